/* What is a shell line, and which shell runs it. */
#include "tap.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
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

static void test_kind(void)
{
	char directory[] = "/tmp/pp-shell.XXXXXX";
	struct buf path = {0};

	setenv("PATH", mkdtemp(directory), 1);
	OK(shell_kind("bash") == WORKER_SHELL_OTHER, "a shell that is not there is of no kind");
	buf_add_format(&path, "%s/bash", directory);
	close(open(buf_text(&path), O_CREAT | O_WRONLY, 0755));
	OK(shell_kind("bash") == WORKER_SHELL_BASH, "a name is looked for in PATH");
	OK(shell_kind(buf_text(&path)) == WORKER_SHELL_BASH, "a path is taken as it is");
	buf_reset(&path);
	buf_add_format(&path, "%s/sh", directory);
	OK(symlink("bash", buf_text(&path)) == 0 && shell_kind("sh") == WORKER_SHELL_BASH, "sh is what it leads to");
	unlink(buf_text(&path));
	buf_reset(&path);
	buf_add_format(&path, "%s/rbash", directory);
	OK(symlink("bash", buf_text(&path)) == 0 && shell_kind("rbash") == WORKER_SHELL_OTHER,
	   "a shell by another name may be another one");
	unlink(buf_text(&path));
	buf_reset(&path);
	buf_add_format(&path, "%s/zsh-5.9", directory);
	close(open(buf_text(&path), O_CREAT | O_WRONLY, 0755));
	OK(shell_kind(buf_text(&path)) == WORKER_SHELL_ZSH, "a version may follow the name");
	unlink(buf_text(&path));
	buf_reset(&path);
	buf_add_format(&path, "%s/bash", directory);
	unlink(buf_text(&path));
	rmdir(directory);
	buf_release(&path);
}

static void test_stay(void)
{
	unsetenv("BASH_ENV");
	unsetenv("SHELLOPTS");
	unsetenv("BASHOPTS");
	OK(shell_can_stay(WORKER_SHELL_DASH) && shell_can_stay(WORKER_SHELL_BASH) &&
	           !shell_can_stay(WORKER_SHELL_OTHER) && !shell_can_stay(WORKER_SHELL_ZSH),
	   "shells that are known may stay");
	setenv("BASH_ENV", "/dev/null", 1);
	OK(shell_can_stay(WORKER_SHELL_DASH) && !shell_can_stay(WORKER_SHELL_BASH),
	   "one that has a file to read each time may not");
	unsetenv("BASH_ENV");
}

int main(void)
{
	test_lines();
	test_choice();
	test_kind();
	test_stay();
	return tap_end();
}
