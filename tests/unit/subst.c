#include "input/subst.h"

#include "tap.h"

struct row {
	const char *expression, *value, *want;
};

static const struct row good[] = {
	{"", "abc", "abc"},
	{" ; ; ", "abc", "abc"},
	{"s/a/b/", "banana", "bbnana"},
	{"s/a/b/g", "banana", "bbnbnb"},
	{"s/A/b/gi", "banana", "bbnbnb"},
	{"s/x/y/", "abc", "abc"},
	{"s:\\.[^/.]+$::", "a.b/c.d", "a.b/c"},
	{"s|/|-|g", "a/b/c", "a-b-c"},
	{"s{a}{b}", "a", "b"},
	{"s(a) (b)g", "aa", "bb"},
	{"s<a>/b/", "a", "b"},
	{"s#a#/#", "a", "/"},
	{"s/\\//-/", "a/b", "a-b"},
	{"s|a\\|b|X|", "b", "b"},
	{"s/(.)(.)/$2$1/g", "abcde", "badce"},
	{"s/(a)|(b)/<$1$2>/g", "ab", "<a><b>"},
	{"s/(?:a)(b)/[$1]/", "ab", "[b]"},
	{"s/b/[$&]/", "abc", "a[b]c"},
	{"s/b/${1}x/", "b", "x"},
	{"s/a/\\$1/", "a", "$1"},
	{"s/a/\\t|\\n|\\\\/", "a", "\t|\n|\\"},
	{"s/(\\w+)/\\U$1/", "ab cd", "AB cd"},
	{"s/(\\w+)/\\u$1/g", "ab cd", "Ab Cd"},
	{"s/(\\w)(\\w*)/\\U$1\\E-\\L$2/", "aBC", "A-bc"},
	{"s/\\d+/N/g", "a1b22", "aNbN"},
	{"s/\\D+/N/g", "a1b22", "N1N22"},
	{"s/[\\d.]+/N/", "v1.2", "vN"},
	{"s/\\s+/_/g", "a \t b", "a_b"},
	{"s/\\S/x/", " a", " x"},
	{"s/\\W/_/g", "a-b_c", "a_b_c"},
	{"s/\\./_/g", "a.b", "a_b"},
	{"s/[^\\/]*$//", "a/b", "a/"},
	{"s/^(.*?)-.*/$1/", "a-b-c", "a"},
	{"s/x.*?y/_/g", "xay xby", "_ _"},
	{"s/\"(.+?)\"/<$1>/g", "\"a\" \"b\"", "<a> <b>"},
	{"s/.*?$//", "abc", ""},
	{"s/a{2}/X/", "aaa", "Xa"},
	{"s/{/(/", "a{b", "a(b"},
	{"s/\\x41/b/", "A", "b"},
	{"s/\\x2e/b/", "x.", "xb"},
	{"s/(?i)ABC/x/", "abc", "x"},
	{"s/\\Aa/x/g", "aa", "xa"},
	{"s/a\\z/x/g", "aa", "ax"},
	{"s/x*/-/g", "abc", "-a-b-c-"},
	{"s/^/x/", "a", "xa"},
	{"s/^/x/g", "ab", "xab"},
	{"s/$/x/", "a", "ax"},
	{"s/a//g", "aaa", ""},
	{"s/b/x/;s/x/y/", "abc", "ayc"},
	{"s/a/b/ ; y/b/c/ ; s/c/d/", "a", "d"},
	{"s/;/,/", "a;b", "a,b"},
	{"y/a-c/A-C/", "abcd", "ABCd"},
	{"tr/a-z//d", "a1b2", "12"},
	{"tr/abc/xy/", "abc", "xyy"},
	{"y/\\//_/", "a/b", "a_b"},
	{"y/a-/x_/", "a-b", "x_b"},
	{"y{a}{b}", "a", "b"},
	{"uq", "a b", "a b"},
	{"uq()", "a b", "a b"},
	{"uq; s/a/b/", "a", "b"},
	{"s/^(.*?)\\]/$1/", "a]b]", "ab]"},
	{"s/[^x]*?\\\\/_/g", "ab\\c", "_c"},
	{"s/.+?,/_/", ",a,b,", "_b,"},
	{"s/^([^x]+?)-/<$1>/", "-a-b", "<-a>b"},
	{"s/a.??,/_/", "a,,", "_,"},
	{"s/^(.*?)-(.*?)-(.*)$/$3 $2 $1/", "a-b-c-d", "c-d b a"},
	{"s/^(.*?)-(?:.+)\\.(.*)/$1 $2/", "a-b-.c.d", "a d"},
	{"s/^(.*?)-|x/$1_/", "a-b-c", "a_b-c"},
	{"s/^(.*?)\\.gz$/$1/", "a.gz.gz", "a.gz"},
	{"s/(\\d+?)-a/<$1>/", "12-3-a", "12-<3>"},
	{"s/(\\w+?)\\.b/<$1>/", "a.ab.b", "a.<ab>"},
	{"s/\\s*?x\\//_/", "a  x/b", "a_b"},
	{"s/\\(a\\)/x/", "(a)", "x"},
	{"s/[]x]/-/g", "a]x", "a--"},
	{"s/\\h+/_/", "a \tb", "a_b"},
	{"s/[-a]/x/g", "-ba", "xbx"},
	{"s/[a^]/x/g", "^ba", "xbx"},
	{"s/[\\^a]/x/g", "^ba", "xbx"},
	{"s/[][^a-]/x/g", "^b[a-]", "xbxxxx"},
	{"s/[]^]/x/g", "^b]", "xbx"},
	{"s/\\bx\\b/y/", "axa x b", "axa y b"},
	{"s/\\,\\ /x/", "a, b", "axb"},
	{"s/[[:digit:]]+/N/", "a12", "aN"},
	{"s/(a)\\b/\\1\\1/", "a", "aa"},
	{"s/(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)/$9/", "abcdefghijkl", "i"},
	{"y/\\t\\//_-/", "a\tb/", "a_b-"},
	{"y/aa/bc/", "a", "b"},
	{"s/\xff/x/", "a\xff", "ax"},
};

static const char *const bad[] = {
	"$_=lc($_)",
	"s/a/b",
	"s/a",
	"s",
	"s/a/b/e",
	"s/a/b/ || s/c/d/",
	"s/a/b/ s/c/d/",
	"print",
	"1",
	"y/a",
	"y/z-a/b/",
	"s/a/$x/",
	"s/(?=a)/b/",
	"s/(?<x>a)/b/",
	"s/(a)\\1/b/",
	"s/a++/b/",
	"s/[a/b/",
	"s/(a/b/",
	"s/*/b/",
	"s/a**/b/",
	"s/(ab)+?c/x/",
	"s/\\ca/x/",
	"uqx",
	"sx/a/b/",
	"s a b ",
	"tr/a/b/r",
	"s/a\\/b/",
	"s/a/@x/e",
	"s/.*?ab/x/",
	"s/.*?a(.*b|c)/x/",
	"s/(.*?a)+/x/",
	"s/.*?a(b)/x/",
	"s/\\w+?ab/x/",
	"s/\\S+?-/x/",
	"s/.{2,}?-/x/",
	"s{a}b",
	"s/.*?./x/",
	"s/\\xZZ/a/",
	"{a}",
	"s/a/b/;;die",
};

static struct buf work[2];

static const char *applied(const char *expression, const char *text)
{
	static struct buf out;
	struct subst *s = subst_new();
	struct err e;
	struct value v = {text, strlen(text)};

	buf_reset(&out);
	if (subst_add(s, expression, strlen(expression), NULL, &e) < 0) {
		buf_add_format(&out, "ERR %s", e.text);
	} else {
		v = subst_apply(s, v, work);
		buf_add(&out, v.text, v.length);
	}
	subst_free(s);
	return buf_text(&out);
}

static void test_captures(void)
{
	struct subst *s = subst_new();
	struct strv captures = {0};
	struct err e;
	struct value v;

	strv_add(&captures, "o+");
	strv_add(&captures, "$1/");
	OK(subst_add(s, "s/$$1/$$2/", 10, &captures, &e) == 0, "captures are put into an expression");
	v = subst_apply(s, (struct value){"foo", 3}, work);
	SAME(v.text, "f$1/", "a capture is a pattern on the left, and text on the right");
	subst_free(s);
	strv_release(&captures);
}

/* More groups than can be told of: the first nine and the whole match are what they are. */
static void test_many_groups(void)
{
	struct buf expression = {0};

	buf_add_string(&expression, "s/");
	for (int i = 0; i < 40; i++)
		buf_add_string(&expression, "(.)");
	buf_add_string(&expression, "/$1$9$&/");
	SAME(applied(buf_text(&expression), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"),
	     "aiabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "an expression of 40 groups");
	buf_release(&expression);
}

/* Steps that cut pieces out hand them on to steps that need a text of its own. */
static void test_pieces(void)
{
	struct subst *s = subst_new();
	struct err e;
	struct value v;

	subst_add_slice(s, 1, 3);
	OK(subst_add_replace(s, "c$", "X", 0, &e) == 0 && subst_add_cut(s, "b", false, &e) == 0 &&
	           subst_add_cut(s, "X.*", true, &e) == 0,
	   "steps of all kinds can follow each other");
	subst_add_default(s, "none", 4);
	v = subst_apply(s, (struct value){"abbcd", 5}, work);
	OK(v.length == 1 && v.text[0] == 'b', "a piece of a value is matched as if it were whole");
	v = subst_apply(s, (struct value){"xb", 2}, work);
	OK(v.length == 4 && memcmp(v.text, "none", 4) == 0, "what became empty gets its default");
	subst_free(s);
}

int main(void)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		SAME(applied(good[i].expression, good[i].value), good[i].want, "%s of %s", good[i].expression,
		     good[i].value);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		OK(strncmp(applied(bad[i], "abc"), "ERR ", 4) == 0, "%s is refused", bad[i]);
	SAME(applied("$_ .= 'x'", "a"),
	     "ERR unknown Perl expression: $_ .= 'x': only s///, y///, tr/// and uq are supported, separated by "
	     "semicolons",
	     "what is refused is told with what is known");
	test_captures();
	test_many_groups();
	test_pieces();
	buf_release(&work[0]);
	buf_release(&work[1]);
	return tap_end();
}
