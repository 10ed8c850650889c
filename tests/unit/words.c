/* Words cut as a shell cuts them, and C escapes. */
#include "tap.h"
#include <stdlib.h>
#include "cli/words.h"

/* The words with | between them: gives. NULL when the text is refused. */
static char *split(const char *text)
{
	struct strv words = {0};
	struct buf joined = {0};
	struct err e;
	int status = words_split(&words, text, &e);

	for (size_t i = 0; i < words.count; i++)
		buf_add_format(&joined, "%s%s", i > 0 ? "|" : "", words.list[i]);
	strv_release(&words);
	if (status == 0)
		return buf_take(&joined);
	buf_release(&joined);
	return NULL;
}

static void test_split(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", ""},
		{" \n\t ", ""},
		{"-k", "-k"},
		{"  -j 4\t-k\n--tag ", "-j|4|-k|--tag"},
		{"'a b' c", "a b|c"},
		{"\"a b\" 'c\"d' \"e'f\"", "a b|c\"d|e'f"},
		{"a'b c'd\"e f\"", "ab cde f"},
		{"'' \"\" x", "||x"},
		{"a\\ b \\'c \\\\", "a b|'c|\\"},
		{"'a\\b' \"a\\b\" \"\\\"\\\\\\$\\`\"", "a\\b|a\\b|\"\\$`"},
		{"a\\\nb \"c\\\nd\"", "ab|cd"},
		{"end\\", "end\\"},
		{"-k # comment 'open\n-u#x", "-k|-u#x"},
		{"# all\n", ""},
		{"$HOME `id` *", "$HOME|`id`|*"},
		{"'open", NULL},
		{"\"open", NULL},
		{"\"open\\\"", NULL},
		{"\"open\\", NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *got = split(cases[i].text);

		SAME(got, cases[i].want, "split %zu", i);
		free(got);
	}
}

static void test_unescape(void)
{
	static const struct {
		const char *text, *want;
		size_t length;
	} cases[] = {
		{"", "", 0},
		{"plain", "plain", 5},
		{"\\n\\t\\r\\0", "\n\t\r\0", 4},
		{"\\a\\b\\e\\f\\v", "\a\b\033\f\v", 5},
		{"\\\\n", "\\n", 2},
		{"\\x41\\x1Fg", "A\x1fg", 3},
		{"\\x4b\\x4a", "KJ", 2},
		{"\\x4z", "\x04z", 2},
		{"\\x414", "A4", 2},
		{"\\1012", "A2", 2},
		{"\\377", "\377", 1},
		{"\\08", "\0008", 2},
		{"\\q\\", "\\q\\", 3},
		{"\\'\\\"\\?", "'\"?", 3},
		{"\\r\\n", "\r\n", 2},
	};
	static const char *const refused[] = {"\\x", "\\xg", "\\400", "\\777", "a\\x"};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf got = {0};

		OK(words_unescape(&got, cases[i].text) == 0, "escape %zu is known", i);
		OK(got.length == cases[i].length && memcmp(buf_text(&got), cases[i].want, got.length) == 0,
		   "escape %zu is decoded", i);
		buf_release(&got);
	}
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct buf got = {0};

		OK(words_unescape(&got, refused[i]) == -1, "escape %s is refused", refused[i]);
		buf_release(&got);
	}
}

int main(void)
{
	test_split();
	test_unescape();
	return tap_end();
}
