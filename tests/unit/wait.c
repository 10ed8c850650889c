#include "os/wait.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/fd.h"
#include "tap.h"

enum { CHILD_MEMORY = 4 << 20 };

/* A child that ends with status when a byte comes through the pipe, or at once. Some systems count memory roughly: it
   has used enough to be noticed. */
static pid_t start_child(int status, const int *hold)
{
	pid_t child = fork();
	char byte;

	if (child == 0) {
		volatile char *memory = malloc(CHILD_MEMORY);

		for (int i = 0; memory && i < CHILD_MEMORY; i += 1024)
			memory[i] = 1;
		if (hold)
			fd_read(hold[0], &byte, 1);
		_exit(status);
	}
	return child;
}

static void wait_until_zombie(pid_t child)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
}

static void test_reap(void)
{
	struct wait_result r;
	int hold[2];
	pid_t child;

	OK(wait_any(&r) == -1, "without children there is nothing to reap");
	OK(wait_for(getpid()) == -1 && errno == ECHILD, "nor to wait for");
	if (fd_pipe(hold) < 0)
		exit(99);
	child = start_child(3, hold);
	OK(wait_any(&r) == 0, "a child that runs is not waited for");
	fd_write_all(hold[1], "x", 1);
	wait_until_zombie(child);
	OK(wait_any(&r) == 1 && r.pid == child, "one that has ended is reaped");
	OK(WIFEXITED(r.status) && WEXITSTATUS(r.status) == 3, "its exit status is told");
	OK(r.user >= 0 && r.system >= 0, "so is its processor time");
	OK(r.peak_rss == -1 || r.peak_rss > CHILD_MEMORY / 2, "and its memory in bytes, where the system tells");
	OK(wait_any(&r) == -1, "it is reaped once");
	fd_close(&hold[0]);
	fd_close(&hold[1]);
}

static void test_signalled(void)
{
	struct wait_result r;
	pid_t child = fork();

	if (child == 0) {
		signal(SIGKILL, SIG_DFL);
		raise(SIGKILL);
	}
	wait_until_zombie(child);
	OK(wait_any(&r) == 1 && WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGKILL, "an end by a signal is told");
	child = start_child(7, NULL);
	OK(wait_for(child) == 7 << 8, "waiting for one child gives its status");
}

/* Computes until the system has counted some processor time. */
static void test_times(void)
{
	struct wait_result r;
	pid_t child = fork();

	if (child == 0) {
		while (clock() < CLOCKS_PER_SEC / 20)
			;
		_exit(0);
	}
	wait_until_zombie(child);
	wait_any(&r);
	OK(r.user + r.system >= NSEC_PER_SEC / 25, "the processor time is that of the child");
}

static void test_poll(void)
{
	struct wait_result r;
	struct pollfd fds[2];
	int hold[2];
	bool ended = true;
	pid_t child;

	if (fd_pipe(hold) < 0)
		exit(99);
	fds[0] = (struct pollfd){.fd = hold[0], .events = POLLIN};
	fds[1] = (struct pollfd){.fd = -1, .events = POLLIN, .revents = POLLIN};
	OK(wait_poll(fds, 2, 0, &ended) == 0 && !ended, "nothing is ready, nobody has ended");
	OK(fds[0].revents == 0 && fds[1].revents == 0, "no descriptor is marked");
	fd_write_all(hold[1], "x", 1);
	OK(wait_poll(fds, 2, NSEC_NEVER, &ended) == 1 && fds[0].revents && !ended, "a descriptor is ready");
	child = start_child(0, hold);
	OK(wait_poll(NULL, 0, NSEC_NEVER, &ended) == 0 && ended, "the end of a child ends the wait");
	OK(wait_any(&r) == 1 && r.pid == child, "and it can be reaped");
	OK(wait_poll(fds, 2, 0, &ended) == 0 && !ended, "it is told once");
	OK(wait_poll(NULL, 0, -5, &ended) == 0 && !ended, "a time that is over is no wait");
	fd_close(&hold[0]);
	fd_close(&hold[1]);
}

static void test_early(void)
{
	bool ended = false;
	pid_t child = start_child(0, NULL);

	wait_until_zombie(child);
	OK(wait_poll(NULL, 0, NSEC_NEVER, &ended) == 0 && ended, "a child that ended before the wait is not missed");
	wait_for(child);
}

static void test_busy(void)
{
	struct pollfd fd = {.events = POLLIN};
	bool ended = false;
	int busy[2];
	pid_t child;

	if (fd_pipe(busy) < 0)
		exit(99);
	fd_write_all(busy[1], "x", 1);
	fd.fd = busy[0];
	child = start_child(0, NULL);
	wait_until_zombie(child);
	for (int i = 0; i < 3 && !ended; i++)
		wait_poll(&fd, 1, NSEC_NEVER, &ended);
	OK(ended, "a descriptor that is always ready does not hide the end of a child");
	wait_for(child);
	fd_close(&busy[0]);
	fd_close(&busy[1]);
}

static void test_pipe_signal(void)
{
	int ends[2];
	struct sigaction action;

	if (fd_pipe(ends) < 0)
		exit(99);
	fd_close(&ends[0]);
	OK(fd_write(ends[1], "x", 1) == -1 && errno == EPIPE, "a write to nobody fails and kills nobody");
	OK(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler != SIG_IGN,
	   "without the signal being ignored, which programs would inherit");
	fd_close(&ends[1]);
}

/* A child that leads a group starts another one in it, and ends. */
static void test_left_behind(void)
{
	int hold[2], known;
	pid_t child, other;

	wait_adopt();
	if (fd_pipe(hold) < 0)
		exit(99);
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		start_child(0, hold);
		_exit(0);
	}
	other = start_child(0, hold);
	wait_for(child);
	known = wait_left_behind(child);
	OK(known == 1 || known == -1, "what a child left behind in its group is seen, where the system tells");
	OK(wait_left_behind(other) == (known < 0 ? -1 : 0), "a group of which there is only its leader is empty");
	fd_write_all(hold[1], "go", 2);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	OK(wait_left_behind(child) != 1, "what has ended is gone");
	fd_close(&hold[0]);
	fd_close(&hold[1]);
}

int main(void)
{
	/* Ignored, children would vanish unseen. */
	signal(SIGCHLD, SIG_DFL);
	test_reap();
	test_signalled();
	test_times();
	test_left_behind();
	wait_open();
	test_poll();
	test_early();
	test_busy();
	test_pipe_signal();
	return tap_end();
}
