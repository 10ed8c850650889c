/*
 * The program of --each takes the place of standard output, so each test that starts one runs in a process of its own.
 */
#include "output/each.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/wait.h"
#include "tap.h"

/* The exit status of what runs in a process of its own. */
static int apart(int (*body)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(30);
		_exit(body());
	}
	return WEXITSTATUS(wait_for(pid));
}

/* The program counts the bytes that it gets: its status tells how many. */
static int gets_all(void)
{
	static const char *const words[] = {"sh", "-c", "exit $(wc -c)", NULL};
	struct each e;
	int status;

	if (each_start(&e, (char *const *)words) < 0 || fd_write_all(1, "hello\n", 6) < 0)
		return 100;
	each_close(&e);
	status = wait_for(e.pid);
	if (each_reaped(&e, e.pid + 1, status) || e.ended)
		return 101;
	if (!each_reaped(&e, e.pid, status) || !e.ended || e.pid != 0)
		return 102;
	return WEXITSTATUS(e.status);
}

/* Behind the end there is still a descriptor 1, which no file that is opened later becomes. */
static int keeps_a_place(void)
{
	static const char *const words[] = {"cat", NULL};
	struct each e;
	struct stat st;

	if (each_start(&e, (char *const *)words) < 0)
		return 100;
	each_close(&e);
	wait_for(e.pid);
	return fstat(1, &st) == 0 && S_ISCHR(st.st_mode) ? 0 : 1;
}

static int is_killed(void)
{
	static const char *const words[] = {"sh", "-c", "trap '' TERM; sleep 1000; :", NULL};
	struct each e;
	int status;

	if (each_start(&e, (char *const *)words) < 0)
		return 100;
	each_kill(&e);
	status = wait_for(e.pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_not_started(void)
{
	static const char *const words[] = {"/nosuch/program", NULL};
	struct each e;
	struct stat before, after;

	fstat(1, &before);
	errno = 0;
	OK(each_start(&e, (char *const *)words) == -1 && errno == ENOENT, "a program that is not there is told of");
	fstat(1, &after);
	OK(e.pid == 0 && before.st_ino == after.st_ino, "and standard output stays what it was");
	each_kill(&e);
	each_close(&e);
	fstat(1, &after);
	OK(before.st_ino == after.st_ino, "also when it is closed");
	OK(!each_reaped(&e, 0, 0), "no child is taken for it");
}

int main(void)
{
	OK(apart(gets_all) == 6, "the program gets what is written to descriptor 1, and its status is kept");
	OK(apart(keeps_a_place) == 0, "then descriptor 1 leads nowhere");
	OK(apart(is_killed) == SIGKILL, "it can be killed");
	test_not_started();
	return tap_end();
}
