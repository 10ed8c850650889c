#include "input/filter.h"
#include "tap.h"

static struct template_config config;

/* Whether the expression holds for a row of two values: "yes", "no", or what is wrong. */
static const char *holds(const char *expression, const char *a, const char *b)
{
	static struct err e;
	const struct template_facts facts = {.sequence = 7, .slot = 1};
	struct filter *f = filter_new(expression, &config, &e);
	struct item i = {0};
	int answer = -1;

	item_add(&i, a, strlen(a));
	item_add(&i, b, strlen(b));
	item_end_row(&i);
	if (f)
		answer = filter_holds(f, &i, &facts, &e);
	filter_free(f);
	item_release(&i);
	return answer < 0 ? e.text : answer ? "yes" : "no";
}

static void test_numbers(void)
{
	SAME(holds("{1} < {2}", "9", "10"), "yes", "signs compare numbers");
	SAME(holds("{1} < {2}", "10", "9"), "no", "and find what is not so");
	SAME(holds("{1}<={2}", "2", "2.0"), "yes", "at most");
	SAME(holds("{1}>={2}", "1", "2"), "no", "at least");
	SAME(holds("{1} == {2}", "1", "1.0"), "yes", "equal numbers may be spelt in two ways");
	SAME(holds("{1} != {2}", "a", "0"), "no", "what is no number counts as 0");
	SAME(holds("{1} > {2}", "3x", "2"), "yes", "a number may be followed by other text");
	SAME(holds("{1} == 0", "0x10", ""), "yes", "other bases are not known");
	SAME(holds("{1} < {2}+1", "3", "3"), "yes", "numbers can be added");
	SAME(holds("2 + 3 * 4 - 10 / 5 == 12", "", ""), "yes", "multiplication goes first");
	SAME(holds("-{1} < 0", "5", ""), "yes", "a number can be negated");
	SAME(holds("{1} % 3 == 2", "-1", ""), "yes", "a remainder has the sign of the divisor");
	SAME(holds("{#} == 7", "", ""), "yes", "the job's number is known");
}

static void test_texts(void)
{
	SAME(holds("{1} lt {2}", "10", "9"), "yes", "words compare texts");
	SAME(holds("\"{1}\" eq 'a b'", "a b", ""), "yes", "a replacement string may stand in quotes");
	SAME(holds("{1} ne {2}", "a", "a"), "no", "not equal");
	SAME(holds("{1} ge {2} and {1} le {2}", "a", "a"), "yes", "at least and at most");
	SAME(holds("{1} gt {2}", "b", "a"), "yes", "after");
	SAME(holds("{1} eq '\"'", "\"", ""), "yes", "a value is never read as a part of the expression");
	SAME(holds("{1.} eq 'x/y' && {1/} eq 'y.z'", "x/y.z", ""), "yes", "all replacement strings can be used");
	SAME(holds("{1} . '-' . {2} eq 'a-b'", "a", "b"), "yes", "texts can be joined");
	SAME(holds("1 . 2 eq '12'", "", ""), "yes", "numbers too");
	SAME(holds("{1} eq 'it\\'s'", "it's", ""), "yes", "a quote within quotes stands behind a backslash");
	SAME(holds("{1} =~ /^a.*z$/", "abcz", ""), "yes", "a regular expression matches");
	SAME(holds("{1} =~ m{/\\d+/}", "/12/", ""), "yes", "in other marks");
	SAME(holds("{1} =~ /A\\/B/i", "a/b", ""), "yes", "whatever the case");
	SAME(holds("{1} !~ /x/", "y", ""), "yes", "or does not match");
}

static void test_logic(void)
{
	SAME(holds("1 && 0 || 1", "", ""), "yes", "and binds tighter than or");
	SAME(holds("!(1 == 1)", "", ""), "no", "a parenthesis can be denied");
	SAME(holds("not 1 == 2", "", ""), "yes", "the word not denies a whole comparison");
	SAME(holds("1 or 0 and 0", "", ""), "yes", "so do the words");
	SAME(holds("1 xor 1", "", ""), "no", "exclusive or");
	SAME(holds("{1}", "0", ""), "no", "0 does not hold");
	SAME(holds("{1}", "", ""), "no", "nor an empty text");
	SAME(holds("{1}", "0.0", ""), "yes", "any other text does");
	SAME(holds("0 && 1/0", "", ""), "no", "what decides nothing is not looked at");
	SAME(holds("(1 == 2) eq ''", "", ""), "yes", "what is false is an empty text");
}

static bool is_refused(const char *expression)
{
	return strncmp(holds(expression, "1", "2"), "bad ", 4) == 0;
}

static void test_refusals(void)
{
	static const char *const bad[] = {
		"",       "{1} <", "1 2",        "(1",         "\"a",       "{1} = 2",       "abc",    "{1",
		"1 < 2)", "2x",    "{1} =~ {2}", "{1} =~ /(/", "{1} =~ /a", "print 'hello'", "$x > 1",
	};
	char deep[1001];

	for (size_t n = 0; n < sizeof bad / sizeof *bad; n++)
		OK(is_refused(bad[n]), "refused: %s", bad[n]);
	memset(deep, '(', 1000);
	deep[1000] = '\0';
	OK(is_refused(deep), "refused: too many parentheses");
	memset(deep, '!', 1000);
	OK(is_refused(deep), "refused: too many signs");
	SAME(holds("1 / {1}", "0", ""), "bad filter: division by zero", "a division by zero is told");
	SAME(holds("1 % {1}", "0.5", ""), "bad filter: division by zero", "and so is a remainder");
	OK(strncmp(holds("{=print=} eq 1", "", ""), "unknown Perl", 12) == 0, "what no replacement string is, is told");
	SAME(holds("1 / {1} + 1 == 1", "0", ""), "bad filter: division by zero", "within others");
	SAME(holds("1e19 % 3 == 0", "", ""), "bad filter: a number is too large for %",
	     "a remainder of what is too large is none");
}

static void test_spellings(void)
{
	struct strv names = {0};

	strv_add(&names, "size");
	strv_add(&names, "limit");
	config.names = &names;
	SAME(holds("{size} < {limit}", "1", "2"), "yes", "columns can be named");
	config = (struct template_config){.braces = ",,"};
	SAME(holds(",, eq 'a b'", "a", "b"), "yes", "another spelling of the replacement string is known");
	strv_clear(&names);
	strv_add(&names, "%stem s/[.].*//");
	strv_add(&names, "% s/.*[.]//");
	config = (struct template_config){.rpl = &names};
	SAME(holds("%stem eq 'a ' and % eq 'b '", "a.b", ""), "yes",
	     "and one of the user's own, the longest that fits");
	config = (struct template_config){0};
	strv_release(&names);
}

int main(void)
{
	test_numbers();
	test_texts();
	test_logic();
	test_refusals();
	test_spellings();
	return tap_end();
}
