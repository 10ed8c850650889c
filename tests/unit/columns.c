#include "input/columns.h"
#include "tap.h"

static const char *split(const char *separator, const char *record)
{
	static struct buf shown;
	struct columns c;
	struct err e;
	struct item i = {0};

	buf_reset(&shown);
	if (columns_init(&c, separator, &e) < 0)
		return "bad expression";
	columns_split(&c, record, strlen(record), &i);
	for (size_t n = 0; n < i.count; n++)
		buf_add_format(&shown, "[%s]", item_value(&i, n).text);
	item_release(&i);
	columns_release(&c);
	return buf_text(&shown);
}

static void test_literal(void)
{
	SAME(split(",", "a,b,c"), "[a][b][c]", "a plain separator");
	SAME(split(",", ",a,,"), "[][a][][]", "empty columns are kept, the last too");
	SAME(split(",", ""), "[]", "an empty record is one column");
	SAME(split("\\t", "a\tb t"), "[a][b t]", "an escaped tab");
	SAME(split("\\|", "a|b"), "[a][b]", "an escaped bar");
	SAME(split("\\.", "a.b"), "[a][b]", "an escaped point");
	SAME(split("::", "a:::b"), "[a][:b]", "a separator of two bytes");
}

static void test_regex(void)
{
	SAME(split(" +", "a  b   c"), "[a][b][c]", "one or more blanks");
	SAME(split("[\\t,]", "a\tb,c"), "[a][b][c]", "a tab among brackets");
	SAME(split("[\\]\\-^]", "a]b-c^d"), "[a][b][c][d]", "escaped marks among brackets");
	SAME(split("[\\^]|x", "a^bxc"), "[a][b][c]", "an escaped caret alone among brackets");
	SAME(split("[^a-z]", "a1b"), "[a][b]", "inverted brackets");
	SAME(split("\\s+", "a \t b"), "[a][b]", "white space by its escape");
	SAME(split("\\d", "a1b2c"), "[a][b][c]", "digits by their escape");
	SAME(split("(\\d)", "a1b2c"), "[a][1][b][2][c]", "what parentheses match is a column too");
	SAME(split("(?:\\d)", "a1b"), "[a][b]", "unless they do not capture");
	SAME(split("x*", "axxbc"), "[a][b][c][]", "a match of no length stands between bytes");
	SAME(split("^", "a^b"), "[a^b]", "the beginning splits nothing off");
	SAME(split("(", "a"), "bad expression", "a bad expression is refused");
	SAME(split(",|;", "\xff,\xfe;x"), "[\xff][\xfe][x]", "bytes that are no text pass unchanged");
}

int main(void)
{
	test_literal();
	test_regex();
	return tap_end();
}
