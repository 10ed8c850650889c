#include "input/csv.h"
#include <stdlib.h>
#include "base/buf.h"
#include "tap.h"

static const struct csv commas = {",", 1, "\n", 1};

/* The fields of a record as [a][b]; an unclosed quote adds a "!". */
static const char *fields(const struct csv *c, const char *record, size_t length)
{
	static struct buf shown;
	struct item i = {0};
	char *copy = malloc(length + 1);
	bool closed;

	memcpy(copy, record, length);
	buf_reset(&shown);
	closed = csv_split(c, copy, length, &i);
	for (size_t n = 0; n < i.count; n++)
		buf_add_format(&shown, "[%s]", item_value(&i, n).text);
	if (!closed)
		buf_add_char(&shown, '!');
	free(copy);
	item_release(&i);
	return buf_text(&shown);
}

#define FIELDS(c, record) fields((c), (record), sizeof(record) - 1)

static void test_split(void)
{
	SAME(FIELDS(&commas, "a\nb,c"), "[a\nb][c]", "the end of a record within it is text");
	static const struct csv wide = {"::", 2, "\n", 1};

	SAME(FIELDS(&commas, "a,b,c"), "[a][b][c]", "fields are split at commas");
	SAME(FIELDS(&commas, ""), "[]", "an empty record is one empty field");
	SAME(FIELDS(&commas, ",a,,"), "[][a][][]", "empty fields count, the last too");
	SAME(FIELDS(&commas, "\"a,b\",c"), "[a,b][c]", "a quoted comma splits nothing");
	SAME(FIELDS(&commas, "\"a\nb\",c"), "[a\nb][c]", "a quoted newline is part of the value");
	SAME(FIELDS(&commas, "\"say \"\"hi\"\"\",\"\""), "[say \"hi\"][]", "a doubled quote is one quote");
	SAME(FIELDS(&commas, "5\" disk,b\"\""), "[5\" disk][b\"\"]", "quotes in an unquoted field are kept");
	SAME(FIELDS(&commas, "\"a\"b\"c,d"), "[ab\"c][d]", "what follows a closing quote is added");
	SAME(FIELDS(&commas, "\"a,b"), "[a,b]!", "an unclosed quote is told");
	SAME(FIELDS(&commas, " a , b "), "[ a ][ b ]", "blanks are part of the value");
	SAME(FIELDS(&commas, "a\0b,c"), "[a][c]", "a value is cut at a NUL byte");
	SAME(FIELDS(&wide, "a::\"b::c\"::d:e"), "[a][b::c][d:e]", "a separator may have several bytes");
}

/* Where the record at text ends when its bytes come one by one; -1 for nowhere. */
static long find_slowly(const struct csv *c, const char *text, size_t length)
{
	struct csv_cursor k = {0};

	for (size_t n = 0; n <= length; n++)
		if (csv_find_end(c, &k, text, n, false))
			return (long)k.at;
	return csv_find_end(c, &k, text, length, true) ? (long)k.at : -1;
}

static void test_find_end(void)
{
	static const struct csv crlf = {";;", 2, "\r\n", 2};

	OK(find_slowly(&commas, "a,b\nc", 5) == 3, "a record ends at a newline");
	OK(find_slowly(&commas, "\"a\nb\"\nc", 7) == 5, "but not at a quoted one");
	OK(find_slowly(&commas, "\"a\"\"\n\"\nc", 8) == 6, "nor behind a doubled quote");
	OK(find_slowly(&commas, "5\" a\nb\"\n", 8) == 4, "a stray quote hides no newline");
	OK(find_slowly(&commas, "a,\"b", 4) == -1, "an unclosed quote has no end");
	OK(find_slowly(&crlf, "a;\r;\r\nb", 7) == 4, "a record end may have several bytes");
	OK(find_slowly(&crlf, "a\r\n", 3) == 1, "the end may be the last of the input");
}

int main(void)
{
	test_split();
	test_find_end();
	return tap_end();
}
