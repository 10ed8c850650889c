#include "base/quote.h"

#include <stdlib.h>
#include "tap.h"

typedef void quoter(struct buf *to, const char *text, size_t length);

static void double_word(struct buf *to, const char *text, size_t length)
{
	buf_add_char(to, '"');
	quote_in_double(to, text, length);
	buf_add_char(to, '"');
}

static void single_word(struct buf *to, const char *text, size_t length)
{
	buf_add_char(to, '\'');
	quote_in_single(to, text, length);
	buf_add_char(to, '\'');
}

/* Between other characters of the same word. */
static void inner_word(struct buf *to, const char *text, size_t length)
{
	buf_add_string(to, "a");
	quote_word(to, text, length);
	buf_add_string(to, "\"b\"");
}

static const struct {
	const char *name;
	quoter *quote;
	const char *before, *after; /* what the word has around the text */
} quoters[] = {
	{"quote_word", quote_word, "", ""},           {"quote_word in a word", inner_word, "a", "b"},
	{"quote_in_double", double_word, "", ""},     {"quote_in_single", single_word, "", ""},
	{"quote_backslash", quote_backslash, "", ""},
};

enum { QUOTERS = sizeof quoters / sizeof *quoters };

static const char *quoted(quoter *quote, const char *text)
{
	static struct buf b;

	buf_reset(&b);
	quote(&b, text, strlen(text));
	return buf_text(&b);
}

static void test_plain(void)
{
	const char *with = "abcxyzABCXYZ0189_@+:./-";
	bool others = false;

	for (int c = 1; c < 256; c++) {
		char text[] = {(char)c, '\0'};
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && !strchr("_@+:./-", c))
			others |= quote_is_plain(text, 1);
	}
	OK(!others, "no other byte is plain");
	OK(quote_is_plain(with, strlen(with)), "letters, digits and a few others are plain");
	OK(quote_is_plain("50%", 3) && !quote_is_plain("%self", 5), "%% is plain but at the front");
	OK(!quote_is_plain("", 0), "an empty text is not plain");
	OK(!quote_is_plain("a=b", 3) && !quote_is_plain("~", 1) && !quote_is_plain("=ls", 3), "= and ~ are not plain");
	OK(!quote_is_plain("a\0b", 3), "a NUL is not plain");
	OK(quote_is_plain("ab cd", 2), "only the length given counts");
}

static void test_word(void)
{
	SAME(quoted(quote_word, ""), "''", "an empty word");
	SAME(quoted(quote_word, "a-b.c"), "a-b.c", "a plain word");
	SAME(quoted(quote_word, "a b"), "'a b'", "a word with a space");
	SAME(quoted(quote_word, "it's"), "'it'\\''s'", "a word with a single quote");
	SAME(quoted(quote_word, "a\\b"), "'a'\\\\'b'", "a word with a backslash");
	SAME(quoted(quote_word, "a\nb"), "'a\nb'", "a word with a newline");
	SAME(quoted(quote_in_single, "a'b"), "a'\\''b", "a quote inside single quotes");
	SAME(quoted(quote_in_single, "''"), "'\\'\\''", "two quotes inside single quotes");
	SAME(quoted(quote_in_single, ""), "", "nothing inside single quotes");
	SAME(quoted(quote_in_double, "$a`b\"c\\d!e'f"), "\\$a\\`b\\\"c\\\\d!e'f",
	     "what is special inside double quotes");
	SAME(quoted(quote_in_double, ""), "", "nothing inside double quotes");
}

static void test_like_parallel(void)
{
	SAME(quoted(quote_backslash, ""), "''", "as parallel: an empty value");
	SAME(quoted(quote_backslash, "-a_B+0./"), "-a_B+0./", "as parallel: a plain value");
	SAME(quoted(quote_backslash, "a b"), "'a b'", "as parallel: a space");
	SAME(quoted(quote_backslash, "a,b"), "'a,b'", "as parallel: a comma");
	SAME(quoted(quote_backslash, "a:b@c%d"), "'a:b@c%d'", "as parallel: what a shell would leave alone");
	SAME(quoted(quote_backslash, "a\\b"), "'a\\b'", "as parallel: a backslash");
	SAME(quoted(quote_backslash, "a\nb"), "'a\nb'", "as parallel: a newline");
	SAME(quoted(quote_backslash, "\xFF"), "'\xFF'", "as parallel: a high byte");
	SAME(quoted(quote_backslash, "'"), "\"'\"", "as parallel: a single quote alone");
	SAME(quoted(quote_backslash, "a'b"), "'a'\"'\"'b'", "as parallel: a single quote inside");
	SAME(quoted(quote_backslash, "'a"), "\"'\"'a'", "as parallel: a single quote in front");
	SAME(quoted(quote_backslash, "a'"), "'a'\"'\"", "as parallel: a single quote behind");
	SAME(quoted(quote_backslash, "''"), "\"'\"''\"'\"", "as parallel: two single quotes");
}

static const char *for_message(const char *text, size_t max_bytes)
{
	static struct buf b;

	buf_reset(&b);
	quote_for_message(&b, text, strlen(text), max_bytes);
	return buf_text(&b);
}

static void test_message(void)
{
	static const char *const invalid[] = {
		"\x80", "\xC3",     "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
		"\xF8", "\xC2\x9B", "\xE2\x82", "\xC3("};

	SAME(for_message("", 10), "", "an empty text in a message");
	SAME(for_message("a ~!'\"\\$", 100), "a ~!'\"\\$", "printable ASCII in a message");
	SAME(for_message("a\nb\tc\x1B\r\x7F", 100), "a\\nb\\tc\\x1B\\x0D\\x7F", "control characters in a message");
	SAME(for_message("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 100), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
	     "valid UTF-8 in a message");
	for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
		OK(strncmp(for_message(invalid[i], 100), "\\x", 2) == 0, "invalid UTF-8 %zu in a message", i + 1);
	SAME(for_message("abcdef", 6), "abcdef", "a text that just fits in a message");
	SAME(for_message("abcdef", 5), "abcde...", "a longer text is cut");
	SAME(for_message("abc", 0), "...", "a text without any room");
	SAME(for_message("a\xE2\x82\xAC", 3), "a...", "a character is not cut");
	SAME(for_message("\n\n\n", 2), "\\n\\n...", "bytes of the text are counted");
}

/* Runs "printf %s WORD" in the shell that the line begins with. Returns whether it printed want and nothing else. */
static bool prints(const char *shell, quoter *quote, const char *text, const char *want)
{
	struct buf line = {0}, got = {0}, script = {0};
	char block[4096];
	size_t length;

	buf_add_string(&script, "printf %s ");
	quote(&script, text, strlen(text));
	if (shell) {
		buf_add_format(&line, "%s -c ", shell);
		quote_word(&line, script.data, script.length);
	} else {
		buf_add(&line, script.data, script.length);
	}
	FILE *output = popen(buf_text(&line), "r");
	while (output && (length = fread(block, 1, sizeof block, output)) > 0)
		buf_add(&got, block, length);
	bool ended = output && pclose(output) == 0;
	bool same = ended && strcmp(buf_text(&got), want) == 0;
	buf_release(&line);
	buf_release(&script);
	buf_release(&got);
	return same;
}

/* Whether text survives the quoter's word in the shell. */
static bool survives(const char *shell, size_t quoter_index, const char *text)
{
	struct buf want = {0};

	buf_add_format(&want, "%s%s%s", quoters[quoter_index].before, text, quoters[quoter_index].after);
	bool same = prints(shell, quoters[quoter_index].quote, text, buf_text(&want));
	buf_release(&want);
	return same;
}

static void test_each_byte(size_t quoter_index)
{
	int wrong = 0;

	for (int c = 1; c < 256 && !wrong; c++) {
		char text[] = {(char)c, '\0'};
		if (!survives(NULL, quoter_index, text))
			wrong = c;
	}
	OK(!wrong, "%s: sh prints each byte alone", quoters[quoter_index].name);
	if (wrong)
		printf("# byte %d is wrong\n", wrong);
}

static const char *const hard[] = {"",
                                   "'",
                                   "''",
                                   "'''",
                                   "\\",
                                   "\\\\",
                                   "\\'",
                                   "'\\",
                                   "a'b\\c'd",
                                   "\n",
                                   "a\n",
                                   "\na",
                                   "\t",
                                   " ",
                                   "$HOME",
                                   "${x}",
                                   "$(exit 3)",
                                   "`exit 3`",
                                   "\"",
                                   "\\\"",
                                   "\\n\\c\\0",
                                   "-n",
                                   "--",
                                   "*",
                                   "?",
                                   "[a]",
                                   "~",
                                   "~root",
                                   "a=~",
                                   "=ls",
                                   "a=b",
                                   "{a,b}",
                                   "{1..3}",
                                   "a,b",
                                   "%1",
                                   "%self",
                                   "!",
                                   "!!",
                                   "#x",
                                   "^x^y",
                                   "&&",
                                   ";",
                                   "|",
                                   "<x",
                                   ">x",
                                   "(x)",
                                   "a b  c",
                                   "1",
                                   "if",
                                   "@",
                                   "+",
                                   ":",
                                   "\\'; exit 3; '",
                                   "'; exit 3; '",
                                   "\"; exit 3; \"",
                                   "\xFF\xFE",
                                   "\xC3\xA9",
                                   "\r\n",
                                   "\x01\x7F"};

static void test_hard_texts(const char *shell, size_t quoter_index)
{
	const char *wrong = NULL;
	char all[256];

	for (size_t i = 0; i < sizeof hard / sizeof *hard && !wrong; i++)
		if (!survives(shell, quoter_index, hard[i]))
			wrong = hard[i];
	for (int c = 1; c < 256; c++)
		all[c - 1] = (char)c;
	all[255] = '\0';
	if (!wrong && !survives(shell, quoter_index, all))
		wrong = "all bytes in a row";
	OK(!wrong, "%s: %s prints hard texts and all bytes in a row", quoters[quoter_index].name, shell ? shell : "sh");
	if (wrong)
		printf("# wrong: %s\n", quoted(quote_word, wrong));
}

/* The other shells that this machine has. Their start-up files are left out where they would be read. */
static void test_shells(void)
{
	static const char *const shells[] = {"bash", "dash", "zsh -f", "ksh", "mksh", "busybox sh", "yash"};

	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		struct buf probe = {0};
		buf_add_format(&probe, "%s -c : >/dev/null 2>&1", shells[i]);
		bool there = system(buf_text(&probe)) == 0;
		buf_release(&probe);
		for (size_t k = 0; there && k < QUOTERS; k++)
			test_hard_texts(shells[i], k);
	}
}

int main(void)
{
	test_plain();
	test_word();
	test_like_parallel();
	test_message();
	for (size_t k = 0; k < QUOTERS; k++) {
		test_each_byte(k);
		test_hard_texts(NULL, k);
	}
	test_shells();
	return tap_end();
}
