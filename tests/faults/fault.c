/*
 * fault.c - fault.so: the k-th call of a kind fails (see fault.h).
 *
 * The counts stand in memory that all processes share. vfork returns twice in one frame, so no C function can stand
 * before it: a few instructions ask whether it shall fail and then jump to the real one, which finds the stack as its
 * caller left it. On other machines than x86-64 and arm64 it is not held up.
 */
#include "fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static struct fault_report *report; /* NULL before the beginning */
static enum fault_who self;         /* which process this is */
static pid_t self_pid;

static struct {
	enum fault_who who;
	enum fault_call call;
	unsigned at;
	int error;
	bool on;
} plan = {.call = FAULT_CALL_COUNT};

/* The real functions, found when they are first asked for. */
static void *real[FAULT_CALL_COUNT];

static const char *const call_names[] = {
#define FAULT_NAME(name) #name,
	FAULT_CALLS(FAULT_NAME)
#undef FAULT_NAME
};

/* A 32-bit program calls another function where files may be large, and gets it here too (_FILE_OFFSET_BITS): open64
   for open. */
static void *find_call(enum fault_call call)
{
	char large[32];
	void *found;

	if (sizeof(long) == 8)
		return dlsym(RTLD_NEXT, call_names[call]);
	snprintf(large, sizeof large, "%s64", call_names[call]);
	found = dlsym(RTLD_NEXT, call == FAULT_pwritev2 ? "pwritev64v2" : large);
	return found ? found : dlsym(RTLD_NEXT, call_names[call]);
}

static void *real_call(enum fault_call call)
{
	if (!real[call])
		real[call] = find_call(call);
	return real[call];
}

#define REAL(name) ((__typeof__(&name))real_call(FAULT_##name))

/* -- Whether a call shall fail -- */

static enum fault_who who_calls(void)
{
	if (getpid() == self_pid)
		return self;
	return self == FAULT_NOBODY ? FAULT_NOBODY : FAULT_CHILD;
}

static void note(int fd)
{
	char link[64];
	long length;

	if (__sync_fetch_and_add(&report->fired, 1) > 0)
		return;
	report->fd = fd;
	if (fd < 0)
		return;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, report->file, sizeof report->file - 1);
	report->file[length > 0 ? length : 0] = '\0';
}

/* Pipes have no disk behind them, and a reader as long as pp runs; files are never full for a moment. What is a
   standard stream in a test may be anything for a user. */
static bool can_give(int fd, int error)
{
	struct stat info;

	if ((error != EIO && error != ENOSPC && error != EPIPE && error != EAGAIN) || fd <= 2 ||
	    REAL(fstat)(fd, &info) < 0)
		return true;
	if (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode))
		return error == EAGAIN;
	return error != EAGAIN && error != EPIPE;
}

static bool is_due(enum fault_call call, int fd)
{
	enum fault_who who;
	unsigned n;
	int kept = errno;

	if (!report || (who = who_calls()) == FAULT_NOBODY || (call == plan.call && !can_give(fd, plan.error)))
		return false;
	/* What fails for good must be told of. */
	if (plan.on && fd == 2 && report->fired && report->fd != 2)
		return false;
	n = __sync_add_and_fetch(&report->seen[who][call], 1);
	if (call != plan.call || who != plan.who || n < plan.at || (n > plan.at && !plan.on))
		return false;
	note(fd);
	errno = plan.error < 0 ? kept : plan.error;
	return true;
}

/* -- The beginning -- */

static int number_of(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(name, names[i]) == 0)
			return i;
	}
	return -1;
}

static int error_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} errors[] = {
#define FAULT_ERROR(name) {#name, name},
		FAULT_ERRORS(FAULT_ERROR)
#undef FAULT_ERROR
			{"short", FAULT_SHORT},
		{"back", FAULT_BACK},
		{"ahead", FAULT_AHEAD},
	};

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		if (strcmp(name, errors[i].name) == 0)
			return errors[i].number;
	}
	return 0;
}

static void read_plan(const char *text)
{
	char who[16], call[32], error[16], on[4] = "";
	int i, j;

	if (!text || sscanf(text, "%15[^:]:%31[^:]:%u:%15[^:]:%3s", who, call, &plan.at, error, on) < 4)
		return;
	i = number_of(who, fault_who_names, FAULT_WHO_COUNT);
	j = number_of(call, call_names, FAULT_CALL_COUNT);
	plan.error = error_number(error);
	plan.on = strcmp(on, "on") == 0;
	if (i < 0 || j < 0 || plan.error == 0) {
		fprintf(stderr, "fault: cannot read FAULT=%s\n", text);
		_exit(99);
	}
	plan.who = (enum fault_who)i;
	plan.call = (enum fault_call)j;
}

static struct fault_report *map_report(const char *path)
{
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	int flags = fd < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
	void *map;

	if (fd >= 0 && REAL(ftruncate)(fd, sizeof *report) < 0)
		_exit(99);
	map = REAL(mmap)(NULL, sizeof *report, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (fd >= 0)
		REAL(close)(fd);
	if (map == MAP_FAILED)
		_exit(99);
	return map;
}

__attribute__((constructor)) static void begin(void)
{
	struct fault_report *r;

	for (int i = 0; i < FAULT_CALL_COUNT; i++)
		real_call((enum fault_call)i);
	r = map_report(getenv("FAULT_REPORT"));
	read_plan(getenv("FAULT"));
	unsetenv("LD_PRELOAD");
	unsetenv("FAULT");
	unsetenv("FAULT_REPORT");
	self_pid = getpid();
	self = __sync_bool_compare_and_swap(&r->manager, 0, self_pid) ? FAULT_MANAGER : FAULT_NOBODY;
	report = r;
}

EXPORT pid_t fork(void)
{
	pid_t pid;

	if (is_due(FAULT_fork, -1))
		return -1;
	pid = REAL(fork)();
	if (pid == 0) {
		bool first = self == FAULT_MANAGER && __sync_fetch_and_add(&report->workers, 1) == 0;

		self = first ? FAULT_WORKER : FAULT_NOBODY;
		self_pid = getpid();
	}
	return pid;
}

/* -- Calls that fail with -1 -- */

#define FAILS(name, fd)               \
	if (is_due(FAULT_##name, fd)) \
		return -1;

#define WRAP1(type, name, A)          \
	EXPORT type name(A a)         \
	{                             \
		FAILS(name, -1)       \
		return REAL(name)(a); \
	}

#define WRAP2(type, name, fd, A, B)      \
	EXPORT type name(A a, B b)       \
	{                                \
		FAILS(name, fd)          \
		return REAL(name)(a, b); \
	}

#define WRAP3(type, name, fd, A, B, C)      \
	EXPORT type name(A a, B b, C c)     \
	{                                   \
		FAILS(name, fd)             \
		return REAL(name)(a, b, c); \
	}

#define WRAP4(type, name, fd, A, B, C, D)      \
	EXPORT type name(A a, B b, C c, D d)   \
	{                                      \
		FAILS(name, fd)                \
		return REAL(name)(a, b, c, d); \
	}

WRAP1(int, chdir, const char *)
WRAP1(int, epoll_create1, int)
WRAP1(int, mkstemp, char *)
WRAP2(int, access, -1, const char *, int)
WRAP2(int, dup2, a, int, int)
WRAP2(int, fstat, a, int, struct stat *)
WRAP2(int, ftruncate, a, int, off_t)
WRAP2(int, kill, -1, pid_t, int)
WRAP2(int, mkdir, -1, const char *, mode_t)
WRAP2(int, mkfifo, -1, const char *, mode_t)
WRAP2(int, rename, -1, const char *, const char *)
WRAP2(int, setpgid, -1, pid_t, pid_t)
WRAP2(int, stat, -1, const char *restrict, struct stat *restrict)
WRAP2(int, timerfd_create, -1, clockid_t, int)
WRAP3(int, execve, -1, const char *, char *const *, char *const *)
WRAP3(int, poll, -1, struct pollfd *, nfds_t, int)
WRAP3(int, sched_getaffinity, -1, pid_t, size_t, cpu_set_t *)
WRAP3(pid_t, waitpid, -1, pid_t, int *, int)
WRAP4(int, epoll_wait, -1, int, struct epoll_event *, int, int)
WRAP4(int, ppoll, -1, struct pollfd *, nfds_t, const struct timespec *, const sigset_t *)
WRAP4(int, timerfd_settime, a, int, int, const struct itimerspec *, struct itimerspec *)
WRAP4(pid_t, wait4, -1, pid_t, int *, int, struct rusage *)

EXPORT int pipe2(int ends[2], int flags)
{
	FAILS(pipe2, -1)
	return REAL(pipe2)(ends, flags);
}

EXPORT int pipe(int ends[2])
{
	FAILS(pipe, -1)
	return REAL(pipe)(ends);
}

EXPORT int pselect(int count, fd_set *in, fd_set *out, fd_set *error, const struct timespec *limit,
                   const sigset_t *mask)
{
	FAILS(pselect, -1)
	return REAL(pselect)(count, in, out, error, limit, mask);
}

EXPORT int socketpair(int domain, int type, int protocol, int ends[2])
{
	FAILS(socketpair, -1)
	return REAL(socketpair)(domain, type, protocol, ends);
}

/* A descriptor is closed whatever close says. */
EXPORT int close(int fd)
{
	if (is_due(FAULT_close, fd)) {
		int error = errno;

		REAL(close)(fd);
		errno = error;
		return -1;
	}
	return REAL(close)(fd);
}

EXPORT int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
		mode = va_arg(args, mode_t);
	va_end(args);
	if (is_due(FAULT_open, -1)) {
		snprintf(report->file, sizeof report->file, "%s", path);
		return -1;
	}
	return REAL(open)(path, flags, mode);
}

/* Only what needs memory can fail. */
EXPORT int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	if (operation == EPOLL_CTL_ADD && is_due(FAULT_epoll_ctl, fd))
		return -1;
	return REAL(epoll_ctl)(epoll, operation, fd, event);
}

/* Only what makes a descriptor can fail. */
EXPORT int fcntl(int fd, int command, ...)
{
	va_list args;
	long argument;

	va_start(args, command);
	argument = va_arg(args, long);
	va_end(args);
	if ((command == F_DUPFD_CLOEXEC || command == F_DUPFD) && is_due(FAULT_fcntl, fd))
		return -1;
	return REAL(fcntl)(fd, command, argument);
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *argument;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	FAILS(ioctl, fd)
	return REAL(ioctl)(fd, request, argument);
}

/* -- The date -- */

EXPORT int clock_gettime(clockid_t id, struct timespec *t)
{
	int result = REAL(clock_gettime)(id, t);

	if (id != CLOCK_REALTIME || result < 0 || !report)
		return result;
	if (is_due(FAULT_clock_gettime, -1))
		report->date = plan.error == FAULT_BACK ? -FAULT_SECONDS : FAULT_SECONDS;
	t->tv_sec += report->date;
	return result;
}

/* -- Calls that may do less than they are asked for -- */

/* A pipe without a reader tells so by a signal, too. */
static ssize_t no_reader(void)
{
	if (plan.error == EPIPE) {
		raise(SIGPIPE);
		errno = EPIPE;
	}
	return -1;
}

#define LESS(name, fd, bytes)                  \
	if (is_due(FAULT_##name, fd)) {        \
		if (plan.error != FAULT_SHORT) \
			return no_reader();    \
		if ((bytes) > 1)               \
			(bytes) = 1;           \
	}

EXPORT ssize_t read(int fd, void *to, size_t bytes)
{
	LESS(read, fd, bytes)
	return REAL(read)(fd, to, bytes);
}

EXPORT ssize_t write(int fd, const void *from, size_t bytes)
{
	/* Only a pipe that is full refuses one byte: pp's call to itself, which it has heard then. */
	if (bytes > 1 || plan.error != EAGAIN) {
		LESS(write, fd, bytes)
	}
	return REAL(write)(fd, from, bytes);
}

EXPORT ssize_t send(int fd, const void *from, size_t bytes, int flags)
{
	LESS(send, fd, bytes)
	return REAL(send)(fd, from, bytes, flags);
}

EXPORT ssize_t pread(int fd, void *to, size_t bytes, off_t at)
{
	LESS(pread, fd, bytes)
	return REAL(pread)(fd, to, bytes, at);
}

EXPORT ssize_t pwrite(int fd, const void *from, size_t bytes, off_t at)
{
	LESS(pwrite, fd, bytes)
	return REAL(pwrite)(fd, from, bytes, at);
}

EXPORT ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t at, int flags)
{
	struct iovec first = parts[0];

	if (!is_due(FAULT_pwritev2, fd))
		return REAL(pwritev2)(fd, parts, count, at, flags);
	if (plan.error != FAULT_SHORT)
		return no_reader();
	first.iov_len = first.iov_len > 1 ? 1 : first.iov_len;
	return REAL(pwritev2)(fd, &first, 1, at, flags);
}

/* -- Memory -- */

EXPORT void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	return is_due(FAULT_mmap, fd) ? MAP_FAILED : REAL(mmap)(at, length, protection, flags, fd, offset);
}

EXPORT void *malloc(size_t bytes)
{
	return is_due(FAULT_malloc, -1) ? NULL : __libc_malloc(bytes);
}

EXPORT void *calloc(size_t count, size_t bytes)
{
	return is_due(FAULT_calloc, -1) ? NULL : __libc_calloc(count, bytes);
}

EXPORT void *realloc(void *block, size_t bytes)
{
	return is_due(FAULT_realloc, -1) ? NULL : __libc_realloc(block, bytes);
}

/* -- vfork -- */

int fault_vfork_fails(void)
{
	return is_due(FAULT_vfork, -1);
}

void *fault_vfork_real(void)
{
	return real_call(FAULT_vfork);
}

#if defined __x86_64__

__asm__(".text\n"
        ".globl vfork\n"
        ".type vfork, @function\n"
        "vfork:\n"
        "	endbr64\n"
        "	subq $8, %rsp\n"
        "	call fault_vfork_fails\n"
        "	testl %eax, %eax\n"
        "	jne 1f\n"
        "	call fault_vfork_real\n"
        "	addq $8, %rsp\n"
        "	jmp *%rax\n"
        "1:	movl $-1, %eax\n"
        "	addq $8, %rsp\n"
        "	ret\n"
        ".size vfork, .-vfork\n");

#elif defined __aarch64__

__asm__(".text\n"
        ".globl vfork\n"
        ".type vfork, %function\n"
        "vfork:\n"
        "	stp x29, x30, [sp, #-16]!\n"
        "	bl fault_vfork_fails\n"
        "	cbnz w0, 1f\n"
        "	bl fault_vfork_real\n"
        "	ldp x29, x30, [sp], #16\n"
        "	mov x16, x0\n"
        "	br x16\n"
        "1:	mov w0, #-1\n"
        "	ldp x29, x30, [sp], #16\n"
        "	ret\n"
        ".size vfork, .-vfork\n");

#endif
