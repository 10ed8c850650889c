#include "worker/initshell.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "tap.h"

static bool suits(enum worker_shell kind, const char *line)
{
	struct task_message m = {.flags = TASK_SHELL, .argc = 1, .words = line, .bytes = strlen(line) + 1};

	return initshell_suits(kind, &m);
}

static void test_suits(void)
{
	static const char *const plain[] = {
		":", "gzip -c 'a b' > x.gz", "echo \"$(date)\" $1 $?", "cd x && exec make", "exit 3", ""};
	static const char *const own[] = {
		"echo $$", "echo ${$}", "kill -9 0",    "trap x EXIT",   "return 3",      "break",    "continue",
		"jobs",    "times",     "echo $RANDOM", "echo $SECONDS", "echo $BASHPID", "setsid x", "set -m",
	};
	struct task_message words = {.argc = 2, .words = "echo\0a", .bytes = 7};
	struct task_message elsewhere = {
		.flags = TASK_SHELL | TASK_DIRECTORY, .argc = 2, .words = "/tmp\0:", .bytes = 7};
	struct buf line = {0};

	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		OK(suits(WORKER_SHELL_DASH, plain[i]) && suits(WORKER_SHELL_BASH, plain[i]), "suits: %s", plain[i]);
		OK(!suits(WORKER_SHELL_OTHER, plain[i]), "but not a shell that is not known: %s", plain[i]);
	}
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		OK(!suits(WORKER_SHELL_DASH, own[i]) && !suits(WORKER_SHELL_BASH, own[i]),
		   "needs a shell of its own: %s", own[i]);
	OK(suits(WORKER_SHELL_DASH, "set -e; x") && !suits(WORKER_SHELL_BASH, "set -e; x"),
	   "bash differs in its options");
	OK(suits(WORKER_SHELL_DASH, "echo ${x?y}") && !suits(WORKER_SHELL_BASH, "echo ${x?y}"),
	   "and in unset variables");
	OK(!initshell_suits(WORKER_SHELL_DASH, &words), "words need no shell");
	OK(!initshell_suits(WORKER_SHELL_DASH, &elsewhere), "a directory of its own is another matter");
	for (int i = 0; i < 5000; i++)
		buf_add_char(&line, 'x');
	OK(!suits(WORKER_SHELL_DASH, buf_text(&line)), "a long line is read too slowly");
	buf_release(&line);
}

static struct initshell shell;
static int say;

/* What is made of an answer: the status as of waitpid, -1 when it is not complete, -2 when the shell is gone. */
static int answer(const char *text)
{
	int status = 0, got;

	fd_write_all(say, text, strlen(text));
	got = initshell_answer(&shell, &status);
	return got == 1 ? status : got - 1;
}

static void test_answers(void)
{
	int ends[2];

	if (fd_pipe(ends) < 0)
		exit(99);
	initshell_init(&shell);
	shell.answers = ends[0];
	say = ends[1];
	shell.kind = WORKER_SHELL_DASH;
	OK(answer(":0\n") == 0, "a status");
	OK(WEXITSTATUS(answer(":3\n")) == 3, "another");
	OK(answer(":14") == -1 && WEXITSTATUS(answer("3\n")) == 143, "one in two pieces");
	OK(answer("Terminated\n") == -1 && answer(":143\n") == 15, "a signal that the shell told of");
	OK(WEXITSTATUS(answer(":143\n")) == 143, "no word of one is left for the next");
	OK(answer("sh: line 2: 7 Killed ( a\n:1\nb )\n:137\n") == 9, "a word of several lines");
	OK(WEXITSTATUS(answer("sh: 1: cannot create x\n:2\n")) == 2, "another word is no signal");
	shell.kind = WORKER_SHELL_OTHER;
	OK(answer(":271\n") == 15, "ksh says 256 and more for a signal");
	OK(WEXITSTATUS(answer("x\n:143\n")) == 143, "what other shells say means nothing");
	fd_close(&say);
	OK(initshell_answer(&shell, &ends[0]) == -1 && shell.answers == -1, "its end");
	initshell_release(&shell);
}

int main(void)
{
	test_suits();
	test_answers();
	return tap_end();
}
