#include "os/sig.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/wait.h"
#include "tap.h"

static bool is_blocked(int signo)
{
	sigset_t set;

	sigprocmask(SIG_SETMASK, NULL, &set);
	return sigismember(&set, signo) == 1;
}

static bool has_action(int signo, void (*action)(int signo))
{
	struct sigaction now;

	return sigaction(signo, NULL, &now) == 0 && now.sa_handler == action;
}

static int test_open(void)
{
	sigset_t some;
	int fd;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, NULL);
	fd = sig_open();
	OK(fd >= 3, "signals come through a descriptor");
	OK(!is_blocked(SIGUSR1), "a signal that the caller had blocked is unblocked");
	OK(!fd_is_readable(fd) && sig_next() == 0, "at first there is none");
	return fd;
}

static void test_events(int fd)
{
	sig_catch(SIGUSR1, false);
	sig_catch(SIGUSR2, false);
	raise(SIGUSR2);
	OK(fd_is_readable(fd), "a signal wakes the loop");
	OK(sig_next() == SIGUSR2 && sig_next() == 0, "it is told once");
	OK(!fd_is_readable(fd), "then the loop may sleep");
	raise(SIGUSR1);
	raise(SIGUSR2);
	raise(SIGUSR1);
	OK(sig_next() + sig_next() == SIGUSR1 + SIGUSR2 && sig_next() == 0,
	   "two signals are told both, and one that came twice once");
	raise(SIGUSR1);
	OK(fd_is_readable(fd) && sig_next() == SIGUSR1, "a signal may come again");
}

static void test_many(int fd)
{
	for (int i = 0; i < 100000; i++)
		raise(SIGUSR1);
	OK(sig_next() == SIGUSR1 && sig_next() == 0, "a flood of signals fills the pipe and stops nobody");
	OK(!fd_is_readable(fd), "and is one event");
}

static void test_ignored(void)
{
	signal(SIGHUP, SIG_IGN);
	sig_catch(SIGHUP, false);
	OK(has_action(SIGHUP, SIG_IGN), "a signal that was ignored stays ignored");
	raise(SIGHUP);
	OK(sig_next() == 0, "and is no event");
	sig_catch(SIGHUP, true);
	raise(SIGHUP);
	OK(sig_next() == SIGHUP, "unless it is wanted all the same");
}

static void test_default(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		sig_default(SIGUSR1);
		raise(SIGUSR1);
		_exit(1);
	}
	status = wait_for(child);
	OK(status > 0 && (status & 0x7f) == SIGUSR1, "with its default action a signal ends the process");
}

static int child_checks(int fd)
{
	sigset_t some;

	sigfillset(&some);
	sigprocmask(SIG_BLOCK, &some, NULL);
	signal(SIGINT, SIG_IGN);
	sig_reset_child();
	for (int signo = 1; signo < 32; signo++) {
		if (signo != SIGKILL && signo != SIGSTOP && (!has_action(signo, SIG_DFL) || is_blocked(signo)))
			return signo;
	}
	return fcntl(fd, F_GETFD) == -1 ? 0 : 101;
}

static void test_child(int fd)
{
	pid_t child = fork();

	raise(SIGUSR1);
	if (child == 0)
		_exit(child_checks(fd));
	OK(wait_for(child) == 0, "a forked child gets default actions, an empty mask and no pipe");
	sig_next();
	raise(SIGUSR2);
	OK(fd_is_readable(fd) && sig_next() == SIGUSR2, "which its parent does not notice");
}

static void test_waiting(void)
{
	OK(!sig_is_waiting(), "no signal waits");
	raise(SIGUSR1);
	OK(sig_is_waiting(), "a signal waits");
	OK(sig_next() == SIGUSR1 && !sig_is_waiting(), "and does no more when it was asked for");
}

static void test_deaf(void)
{
	static const int unwanted[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
	bool ignored = false;

	sig_deafen();
	for (size_t i = 0; i < sizeof unwanted / sizeof unwanted[0]; i++) {
		ignored = ignored || has_action(unwanted[i], SIG_IGN);
		raise(unwanted[i]);
	}
	OK(true, "a deafened process lives on");
	OK(!ignored, "without ignoring the signals");
}

int main(void)
{
	int fd;

	sig_default(SIGHUP);
	sig_default(SIGUSR1);
	sig_default(SIGUSR2);
	fd = test_open();
	test_events(fd);
	test_many(fd);
	test_ignored();
	test_default();
	test_child(fd);
	test_waiting();
	test_deaf();
	sig_reset_child();
	return tap_end();
}
