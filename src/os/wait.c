#include "os/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "os/fd.h"

static volatile sig_atomic_t wait_ended;

static nsec_t wait_nsec(struct timeval t)
{
	return (nsec_t)t.tv_sec * NSEC_PER_SEC + (nsec_t)t.tv_usec * 1000;
}

#ifdef HAVE_WAIT4

static pid_t wait_reap(struct wait_result *r)
{
	struct rusage use;
	pid_t pid = wait4(-1, &r->status, WNOHANG, &use);

	if (pid > 0) {
		r->user = wait_nsec(use.ru_utime);
		r->system = wait_nsec(use.ru_stime);
#ifdef __APPLE__
		r->peak_rss = use.ru_maxrss;
#else
		r->peak_rss = (long long)use.ru_maxrss * 1024;
#endif
	}
	return pid;
}

#else

/* Without wait4 a child's times are what the sum over all children has grown by. */
static pid_t wait_reap(struct wait_result *r)
{
	struct rusage before, after;
	pid_t pid;

	getrusage(RUSAGE_CHILDREN, &before);
	pid = waitpid(-1, &r->status, WNOHANG);
	getrusage(RUSAGE_CHILDREN, &after);
	r->user = wait_nsec(after.ru_utime) - wait_nsec(before.ru_utime);
	r->system = wait_nsec(after.ru_stime) - wait_nsec(before.ru_stime);
	r->peak_rss = -1;
	return pid;
}

#endif

int wait_any(struct wait_result *r)
{
	pid_t pid;

	do {
		pid = wait_reap(r);
	} while (pid < 0 && errno == EINTR);
	r->pid = pid;
	return pid > 0 ? 1 : (int)pid;
}

int wait_for(pid_t child)
{
	int status;
	pid_t pid;

	do {
		pid = waitpid(child, &status, 0);
	} while (pid < 0 && errno == EINTR);
	return pid < 0 ? -1 : status;
}

void wait_adopt(void)
{
#ifdef PR_SET_CHILD_SUBREAPER
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
#endif
}

#if defined(PR_SET_CHILD_SUBREAPER) && !defined(PP_PORTABLE)

static bool wait_is_in_group(pid_t child, pid_t group)
{
	return child != group && getpgid(child) == group;
}

/* The children stand in the file as numbers, each with a space behind it. A number may be cut at the end of a read. */
int wait_left_behind(pid_t group)
{
	int fd = fd_open("/proc/thread-self/children", O_RDONLY, 0);
	pid_t child = 0;
	int found = 0;
	char text[512];
	ssize_t n = 0;

	if (fd < 0)
		return -1;
	while (!found && (n = fd_read(fd, text, sizeof text)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				child = child * 10 + (text[i] - '0');
				continue;
			}
			if (child > 0 && wait_is_in_group(child, group))
				found = 1;
			child = 0;
		}
	}
	fd_close(&fd);
	return n < 0 ? -1 : found;
}

#else

int wait_left_behind(pid_t group)
{
	return -1;
}

#endif

void wait_outlive_parent(void)
{
#ifdef PR_SET_PDEATHSIG
	prctl(PR_SET_PDEATHSIG, SIGCONT, 0, 0, 0);
#endif
}

static void wait_handle(int signo)
{
	if (signo == SIGCHLD)
		wait_ended = 1;
}

void wait_open(void)
{
	struct sigaction action;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	memset(&action, 0, sizeof action);
	action.sa_handler = wait_handle;
	action.sa_flags = SA_NOCLDSTOP;
	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, NULL);
	sigaction(SIGPIPE, &action, NULL);
}

#ifdef HAVE_PPOLL

static int wait_masked(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	return ppoll(fds, count, timeout, mask);
}

#else

static void wait_fill_sets(const struct pollfd *fds, nfds_t count, fd_set *in, fd_set *out, int *highest)
{
	FD_ZERO(in);
	FD_ZERO(out);
	*highest = -1;
	for (nfds_t i = 0; i < count; i++) {
		if (fds[i].fd < 0 || fds[i].fd >= FD_SETSIZE)
			continue;
		if (fds[i].events & POLLIN)
			FD_SET(fds[i].fd, in);
		if (fds[i].events & POLLOUT)
			FD_SET(fds[i].fd, out);
		if (fds[i].fd > *highest)
			*highest = fds[i].fd;
	}
}

/* pselect is what POSIX.1-2008 has to wait for descriptors and signals at once. */
static int wait_masked(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	fd_set in, out;
	int highest, ready;

	wait_fill_sets(fds, count, &in, &out, &highest);
	ready = pselect(highest + 1, &in, &out, NULL, timeout, mask);
	for (nfds_t i = 0; i < count; i++) {
		fds[i].revents = 0;
		if (ready <= 0 || fds[i].fd < 0 || fds[i].fd >= FD_SETSIZE)
			continue;
		if (FD_ISSET(fds[i].fd, &in))
			fds[i].revents |= POLLIN;
		if (FD_ISSET(fds[i].fd, &out))
			fds[i].revents |= POLLOUT;
	}
	return ready;
}

#endif

/* With a descriptor ready the wait returns before the signal is delivered: a busy pipe must not hide it for ever. */
static bool wait_is_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGCHLD) == 1;
}

void wait_pause(void)
{
	static const struct timespec pause = {.tv_nsec = 5 * NSEC_PER_MSEC};
	int kept = errno;

	nanosleep(&pause, NULL);
	errno = kept;
}

int wait_poll(struct pollfd *fds, nfds_t count, nsec_t timeout, bool *ended)
{
	struct timespec limit;
	sigset_t none;
	int ready;

	sigemptyset(&none);
	if (timeout < 0)
		timeout = 0;
	limit.tv_sec = (time_t)(timeout / NSEC_PER_SEC);
	limit.tv_nsec = (long)(timeout % NSEC_PER_SEC);
	ready = wait_masked(fds, count, timeout == NSEC_NEVER ? NULL : &limit, &none);
	if (ready < 0) {
		for (nfds_t i = 0; i < count; i++)
			fds[i].revents = 0;
		if (errno == EINTR)
			ready = 0;
		else
			wait_pause();
	}
	*ended = wait_ended != 0 || (ready > 0 && wait_is_pending());
	wait_ended = 0;
	return ready;
}
