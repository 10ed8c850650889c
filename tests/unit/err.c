#include "base/err.h"

#include <errno.h>
#include <wchar.h>
#include "tap.h"

static void test_set(void)
{
	struct err e = {.code = 5};

	errno = EPIPE;
	OK(err_set(&e, "open: %s: %d", "file", 7) == -1, "setting an error gives -1");
	OK(errno == EPIPE, "errno is kept");
	SAME(e.text, "open: file: 7", "the text is formatted");
	OK(e.code == 0, "the code is 0");
	err_set(&e, "%s", "");
	SAME(e.text, "", "an empty text is kept");
	err_set(&e, "no %ls", (const wchar_t[]){0x7fffffff, 0});
	SAME(e.text, "no %ls", "what cannot be formatted is told as it was written");
}

static void test_system(void)
{
	struct err e = {0};
	char want[200];

	errno = EPIPE;
	OK(err_sys(&e, ENOENT, "open: %s", "file") == -1, "setting a system error gives -1");
	OK(errno == EPIPE, "errno is kept by a system error");
	snprintf(want, sizeof want, "open: file: %s", strerror(ENOENT));
	SAME(e.text, want, "the system's words are added");
	OK(e.code == ENOENT, "the code is kept");
	err_sys(&e, 0, "open");
	SAME(e.text, "open", "code 0 adds no words");
}

static void test_wrap(void)
{
	struct err e = {0};

	err_sys(&e, ENOSPC, "write");
	err_set(&e, "spool: %s", e.text);
	OK(strncmp(e.text, "spool: write: ", 14) == 0, "an error's own text may be told again");
}

static void check_ends(const struct err *e, const char *what)
{
	char want[200];

	snprintf(want, sizeof want, "x: %s", strerror(ENOENT));
	OK(strlen(e->text) == ERR_TEXT - 1 && strncmp(e->text, "xxxx", 4) == 0 && strstr(e->text, "x...x"),
	   "%s is cut in its middle", what);
	SAME(e->text + strlen(e->text) - strlen(want), want, "%s keeps these", what);
	OK(e->code == ENOENT, "%s keeps the code", what);
}

static void test_cut(void)
{
	char longest[2 * ERR_TEXT];
	struct err e = {0};

	memset(longest, 'x', sizeof longest);
	longest[ERR_TEXT - 1] = '\0';
	err_set(&e, "%s", longest);
	SAME(e.text, longest, "a text that just fits is whole");
	longest[ERR_TEXT - 1] = 'x';
	longest[ERR_TEXT] = '\0';
	err_set(&e, "%s", longest);
	OK(strlen(e.text) == ERR_TEXT - 1, "a text that is one byte too long is cut");
	OK(strstr(e.text, "x...x"), "dots stand where it is cut");
	err_sys(&e, ENOENT, "%.*s", ERR_TEXT - 3, longest);
	check_ends(&e, "a text that is too long with the system's words");
	err_sys(&e, ENOENT, "%s", longest);
	check_ends(&e, "a text that is too long without the system's words");
	err_set(&e, "bad name: %s%s: too deep", longest, longest);
	OK(strncmp(e.text, "bad name: xx", 12) == 0 && strstr(e.text, "x...xx") && strstr(e.text, "xx: too deep"),
	   "what is wrong with a long text is told");
}

static void test_cut_character(void)
{
	char text[2 * ERR_TEXT] = "";
	struct err e = {0};

	for (size_t i = 0; i + 3 < sizeof text; i += 3)
		memcpy(text + i, "\xE2\x82\xAC", 4);
	for (size_t shift = 0; shift < 3; shift++) {
		err_set(&e, "%.*s%s", (int)shift, "ab", text);
		const char *dots = strstr(e.text, "...");
		OK(dots && (size_t)(dots - e.text - shift) % 3 == 0 && strlen(dots + 3) % 3 == 0,
		   "a cut after %zu bytes leaves whole characters", shift);
	}
}

int main(void)
{
	test_set();
	test_system();
	test_wrap();
	test_cut();
	test_cut_character();
	return tap_end();
}
