/* What is a shell line, and which shell runs it. */
#include "tap.h"
#include <stdlib.h>
#include "cli/shell.h"

static void test_lines(void)
{
	static const char *const lines[] = {
		"echo a",     "a\tb",
		"a\nb",       "a|b",
		"a&",         "a;",
		"<f",         ">f",
		"(a)",        "$HOME",
		"`id`",       "a\\b",
		"\"a\"",      "'a'",
		"*.c",        "a?",
		"[a]",        "#a",
		"~/bin/x",    "A=1",
		"_x2=",       "{",
		"}",          "a{b,c}",
		"{1..3}",     "{a..z}",
		"a}",         "{a b}",
		"{ echo",     "echo {}",
		"{} {}",      "{=uq=}x y",
		"{}|wc",      "test{}>{.}.out",
		"{=s/a b/c/",
	};
	static const char *const programs[] = {
		"",
		"true",
		"/bin/true",
		"./a.out",
		"a-b_c+d",
		"1=2",
		"x#y",
		"x~",
		"{}",
		"{.}",
		"{/}",
		"{//}",
		"{/.}",
		"{#}",
		"{%}",
		"{1}",
		"{-1/.}",
		"{name.}",
		"{..}",
		"{...}",
		"{+/}",
		"run-{}.sh",
		"{}{}",
		"{= s/a b/c/ =}",
		"{=s/[ab]*$/x/=}",
		"\303\251t\303\251",
		"a%b",
		"@x",
		"a,b",
		"a:b",
		"!x",
		"0=1",
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		OK(shell_is_line(lines[i]), "shell line %zu", i);
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		OK(!shell_is_line(programs[i]), "program %zu", i);
}

static void test_choice(void)
{
	char *shell;

	setenv("PP_SHELL", "/first/sh", 1);
	setenv("PARALLEL_SHELL", "/second/sh", 1);
	shell = shell_choose();
	SAME(shell, "/first/sh", "PP_SHELL comes first");
	free(shell);
	setenv("PP_SHELL", "", 1);
	shell = shell_choose();
	SAME(shell, "/second/sh", "then PARALLEL_SHELL, when the first is empty");
	free(shell);
	unsetenv("PP_SHELL");
	unsetenv("PARALLEL_SHELL");
	shell = shell_choose();
	OK(shell && shell[0], "then there is always some shell");
	free(shell);
	OK(shell_is_sh("bash") && shell_is_sh("dash") && shell_is_sh("mksh") && shell_is_sh("zsh"), "the family of sh");
	OK(!shell_is_sh("fish") && !shell_is_sh("csh") && !shell_is_sh("") && !shell_is_sh("shx"), "other families");
}

int main(void)
{
	test_lines();
	test_choice();
	return tap_end();
}
