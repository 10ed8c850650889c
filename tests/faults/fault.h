/*
 * fault.h - what the preloaded library fault.so and its users agree on.
 *
 * The library counts the calls that pp makes and lets one of them fail. It is told by the environment:
 *
 *   FAULT=WHO:CALL:K:ERROR[:on]   the K-th CALL of WHO fails with ERROR, an errno by name or "short" (a read or write of one byte);
 *                                 with ":on" all later ones fail too. ERROR of clock_gettime is "back" or "ahead": somebody sets the date
 *                                 by so many FAULT_SECONDS then, for all processes. Readings of other clocks do not count
 *   FAULT_REPORT=FILE             a file that becomes a struct fault_report
 *
 * WHO is manager (the first process that loads the library), worker (the first one that the manager forks) or child (what runs between
 * vfork and exec, in any of them). Jobs, and other children, are left alone: the variables and LD_PRELOAD are taken out of pp's environment.
 */
#ifndef TESTS_FAULT_H
#define TESTS_FAULT_H

#define FAULT_CALLS(X)       \
	X(access)            \
	X(calloc)            \
	X(chdir)             \
	X(clock_gettime)     \
	X(close)             \
	X(dup2)              \
	X(epoll_create1)     \
	X(epoll_ctl)         \
	X(epoll_wait)        \
	X(execve)            \
	X(fcntl)             \
	X(fork)              \
	X(fstat)             \
	X(ftruncate)         \
	X(ioctl)             \
	X(kill)              \
	X(malloc)            \
	X(mkdir)             \
	X(mkfifo)            \
	X(mkstemp)           \
	X(mmap)              \
	X(open)              \
	X(pipe)              \
	X(pipe2)             \
	X(poll)              \
	X(ppoll)             \
	X(pread)             \
	X(pselect)           \
	X(pwrite)            \
	X(pwritev2)          \
	X(read)              \
	X(realloc)           \
	X(rename)            \
	X(sched_getaffinity) \
	X(send)              \
	X(setpgid)           \
	X(socketpair)        \
	X(stat)              \
	X(timerfd_create)    \
	X(timerfd_settime)   \
	X(vfork)             \
	X(wait4)             \
	X(waitpid)           \
	X(write)

enum fault_call {
#define FAULT_ENUM(name) FAULT_##name,
	FAULT_CALLS(FAULT_ENUM)
#undef FAULT_ENUM
		FAULT_CALL_COUNT
};

enum fault_who { FAULT_MANAGER, FAULT_WORKER, FAULT_CHILD, FAULT_WHO_COUNT, FAULT_NOBODY = FAULT_WHO_COUNT };

static const char *const fault_who_names[] = {"manager", "worker", "child"};

/* In place of an errno. */
enum { FAULT_SHORT = -1, FAULT_BACK = -2, FAULT_AHEAD = -3 };

enum { FAULT_SECONDS = 100000 };

#define FAULT_ERRORS(X) \
	X(E2BIG)        \
	X(EACCES)       \
	X(EAGAIN)       \
	X(EBUSY)        \
	X(EEXIST)       \
	X(EINTR)        \
	X(EINVAL)       \
	X(EIO)          \
	X(ELOOP)        \
	X(EMFILE)       \
	X(ENFILE)       \
	X(ENOENT)       \
	X(ENOMEM)       \
	X(ENOSPC)       \
	X(ENOSYS)       \
	X(ENOTTY)       \
	X(EOPNOTSUPP)   \
	X(EPERM)        \
	X(EPIPE)        \
	X(ESRCH)        \
	X(ETXTBSY)

struct fault_report {
	int manager;                                      /* process number, 0 when no one has loaded the library */
	int workers;                                      /* forked by the manager */
	unsigned seen[FAULT_WHO_COUNT][FAULT_CALL_COUNT]; /* calls */
	unsigned fired;                                   /* calls that failed on request */
	int fd;                                           /* the descriptor of the first one, or -1 */
	char file[128];                                   /* what that was */
	int date;                                         /* seconds by which the date was set */
};

#endif
