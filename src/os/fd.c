#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/random.h"

#ifndef PIPE_BUF
#define PIPE_BUF _POSIX_PIPE_BUF
#endif

enum {
	FIRST_FREE = 3, /* descriptors below are the standard streams */
	MOST = 1 << 30, /* bytes in one call: some systems refuse more than INT_MAX */
};

#if defined HAVE_PWRITEV2 && defined RWF_NOWAIT
#define USE_NOWAIT
#endif

#if defined O_TMPFILE && !defined PP_PORTABLE
#define USE_TMPFILE
#endif

#if defined SOCK_CLOEXEC && !defined PP_PORTABLE
#define USE_SOCK_CLOEXEC
#endif

static int poll_one(int fd, short events, int timeout_ms)
{
	struct pollfd one = {.fd = fd, .events = events};
	int n;

	do {
		n = poll(&one, 1, timeout_ms);
	} while (n == -1 && errno == EINTR);
	return n <= 0 ? n : one.revents;
}

int fd_sanitize(void)
{
	struct pollfd standard[FIRST_FREE] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
	int closed = 0;

	/* One call for all three. Some systems call a device that they cannot poll invalid too, hence the second
	   look. */
	if (poll(standard, FIRST_FREE, 0) == 0)
		return 0;
	for (int fd = 0; fd < FIRST_FREE; fd++) {
		if (!(standard[fd].revents & POLLNVAL) || fcntl(fd, F_GETFD) != -1)
			continue;
		closed |= 1 << fd;
		if (open("/dev/null", O_RDONLY) == -1) /* the lowest free number: fd itself */
			return -1;
	}
	return closed;
}

void fd_close(int *fd)
{
	int kept = errno;

	if (*fd != -1)
		close(*fd);
	*fd = -1;
	errno = kept;
}

#if defined HAVE_CLOSE_RANGE && !defined PP_PORTABLE

static void close_range_of(int from, int to)
{
	if (from <= to)
		close_range((unsigned)from, (unsigned)to, 0);
}

#else

enum { CLOSE_MOST = 64 * 1024 }; /* higher numbers are not looked at: the limit may be a thousand million */

static void close_range_of(int from, int to)
{
	long most = sysconf(_SC_OPEN_MAX);

	if (most < 0 || most > CLOSE_MOST)
		most = CLOSE_MOST;
	for (int fd = from; fd <= to && fd < most; fd++)
		close(fd);
}

#endif

void fd_close_others(int kept)
{
	close_range_of(FIRST_FREE, kept - 1);
	close_range_of(kept + 1, INT_MAX);
}

/* Nobody tells the highest number: behind so many free ones there are hardly any more. */
enum { CLOSE_GAP = 64 };

static bool is_among(int fd, const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fds[i] == fd)
			return true;
	}
	return false;
}

void fd_close_private(const int *kept, size_t count)
{
	int gap = 0;

	for (int fd = FIRST_FREE; gap < CLOSE_GAP; fd++) {
		int flags = fcntl(fd, F_GETFD);

		gap = flags < 0 ? gap + 1 : 0;
		if (flags >= 0 && (flags & FD_CLOEXEC) && !is_among(fd, kept, count))
			close(fd);
	}
}

int fd_copy(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
}

/* Takes fd (or -1); gives it, or a duplicate where it stands in the place of a standard stream. */
static int above_standard(int fd)
{
	int higher;

	if (fd == -1 || fd >= FIRST_FREE)
		return fd;
	higher = fd_copy(fd);
	fd_close(&fd);
	return higher;
}

static int both_above_standard(int ends[2])
{
	ends[0] = above_standard(ends[0]);
	ends[1] = above_standard(ends[1]);
	if (ends[0] != -1 && ends[1] != -1)
		return 0;
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	return -1;
}

#if !defined HAVE_PIPE2 || !defined USE_SOCK_CLOEXEC
static int both_close_on_exec(int ends[2])
{
	if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) != -1 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) != -1)
		return 0;
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	return -1;
}
#endif

int fd_pipe(int ends[2])
{
#ifdef HAVE_PIPE2
	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
#else
	if (pipe(ends) == -1 || both_close_on_exec(ends) == -1)
		return -1;
#endif
	return both_above_standard(ends);
}

int fd_pair(int ends[2])
{
#ifdef USE_SOCK_CLOEXEC
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
#else
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1 || both_close_on_exec(ends) == -1)
		return -1;
#endif
	return both_above_standard(ends);
}

int fd_open(const char *path, int flags, mode_t mode)
{
	int fd;

	do {
		fd = open(path, flags | O_CLOEXEC, mode);
	} while (fd == -1 && errno == EINTR);
	return above_standard(fd);
}

int fd_above(int *fd, int least)
{
	int high = fcntl(*fd, F_DUPFD_CLOEXEC, least);

	fd_close(fd);
	*fd = high;
	return high < 0 ? -1 : 0;
}

#if defined __linux__ && !defined PP_PORTABLE

int fd_reopen(int fd)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return fd_open(path, O_RDONLY | O_NONBLOCK, 0);
}

#else

int fd_reopen(int fd)
{
	(void)fd;
	errno = ENOSYS;
	return -1;
}

#endif

long fd_waiting(int fd)
{
#ifdef FIONREAD
	int bytes;

	if (ioctl(fd, FIONREAD, &bytes) == 0)
		return bytes;
#else
	(void)fd;
#endif
	return -1;
}

int fd_set_nonblock(int fd, bool on)
{
	int old = fcntl(fd, F_GETFL);
	int flags = on ? old | O_NONBLOCK : old & ~O_NONBLOCK;

	if (old == -1)
		return -1;
	return flags == old ? 0 : fcntl(fd, F_SETFL, flags);
}

ssize_t fd_read(int fd, void *to, size_t bytes)
{
	ssize_t n;

	do {
		n = read(fd, to, bytes < MOST ? bytes : MOST);
	} while (n == -1 && errno == EINTR);
	return n;
}

ssize_t fd_write(int fd, const void *from, size_t bytes)
{
	ssize_t n;

	do {
		n = write(fd, from, bytes < MOST ? bytes : MOST);
	} while (n == -1 && errno == EINTR);
	return n;
}

static bool is_full(int code)
{
	return code == EAGAIN || code == EWOULDBLOCK;
}

int fd_write_all(int fd, const void *from, size_t bytes)
{
	const char *at = from;

	while (bytes > 0) {
		ssize_t n = fd_write(fd, at, bytes);

		if (n > 0) {
			at += n;
			bytes -= (size_t)n;
		} else if (n == 0) {
			errno = ENOSPC;
			return -1;
		} else if (!is_full(errno) || poll_one(fd, POLLOUT, -1) == -1) {
			return -1;
		}
	}
	return 0;
}

bool fd_is_readable(int fd)
{
	return poll_one(fd, POLLIN, 0) != 0;
}

bool fd_is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

bool fd_is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

bool fd_is_same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static bool stat_regular(const char *name, struct stat *info)
{
	return (name ? stat(name, info) : fstat(STDIN_FILENO, info)) == 0 && S_ISREG(info->st_mode);
}

bool fd_names_same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return stat_regular(a, &sa) && stat_regular(b, &sb) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static ssize_t full_is_zero(ssize_t n)
{
	return n == -1 && is_full(errno) ? 0 : n;
}

/* Another process may fill a shared pipe between poll and write, and a slow line may have less room than it seems.
   Should the write block for such a reason, a signal ends it: the caller gets back to its loop. */
static ssize_t write_polled(int fd, const void *from, size_t bytes)
{
	int ready = poll_one(fd, POLLOUT, 0);
	ssize_t n;

	if (ready <= 0)
		return ready;
	n = write(fd, from, bytes < PIPE_BUF ? bytes : PIPE_BUF);
	return n == -1 && errno == EINTR ? 0 : full_is_zero(n);
}

/* A terminal may poll as writable with room for one byte only. Opened anew, it has flags of its own. */
static ssize_t write_terminal(int fd, const void *from, size_t bytes)
{
	char name[PATH_MAX];
	int own = ttyname_r(fd, name, sizeof name) == 0 ? fd_open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK, 0) : -1;
	ssize_t n;

	if (own == -1)
		return write_polled(fd, from, bytes);
	n = fd_write(own, from, bytes);
	fd_close(&own);
	return full_is_zero(n);
}

static ssize_t write_by_kind(int fd, const void *from, size_t bytes)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (S_ISREG(st.st_mode))
		return full_is_zero(fd_write(fd, from, bytes));
#ifdef MSG_DONTWAIT
	if (S_ISSOCK(st.st_mode)) {
		ssize_t n = send(fd, from, bytes < MOST ? bytes : MOST, MSG_DONTWAIT);

		return n == -1 && errno == EINTR ? 0 : full_is_zero(n);
	}
#endif
	if (S_ISCHR(st.st_mode) && isatty(fd))
		return write_terminal(fd, from, bytes);
	return write_polled(fd, from, bytes);
}

#ifdef USE_NOWAIT

/* Descriptors (modulo 64) that have refused RWF_NOWAIT. A wrong memory, after a number was used again, costs only
   the better way. */
static uint64_t refused;

/* True when the write was tried, with its result in *n; false when the descriptor is not to be written in this way. */
static bool write_nowait(int fd, const void *from, size_t bytes, ssize_t *n)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)from, .iov_len = bytes < MOST ? bytes : MOST};
	uint64_t bit = (uint64_t)1 << (fd & 63);

	if (refused & bit)
		return false;
	do {
		/* Offset -1: at the file position, as write does; and pipes, which have none, take no other. */
		*n = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
	} while (*n == -1 && errno == EINTR);
	if (*n >= 0 || errno == EPIPE)
		return true;
	if (is_full(errno) && !fd_is_regular(fd)) { /* a regular file says so when it would have to wait for the disk */
		*n = 0;
		return true;
	}
	refused |= bit;
	return false;
}

#endif

ssize_t fd_write_some(int fd, const void *from, size_t bytes)
{
	if (bytes == 0)
		return 0;
#ifdef USE_NOWAIT
	ssize_t n;

	if (fd >= 0 && write_nowait(fd, from, bytes, &n))
		return n;
#endif
	return write_by_kind(fd, from, bytes);
}

int fd_named_file(const char *dir, char **path)
{
	static const char pattern[] = "/pp-XXXXXX";
	size_t length = strlen(dir);
	int fd, made, kept;

	*path = mem_alloc(length + sizeof pattern);
	memcpy(*path, dir, length);
	memcpy(*path + length, pattern, sizeof pattern);
	made = mkstemp(*path);
	if (made != -1)
		fcntl(made, F_SETFD, FD_CLOEXEC);
	fd = above_standard(made);
	if (fd != -1)
		return fd;
	kept = errno;
	if (made != -1)
		unlink(*path);
	free(*path);
	*path = NULL;
	errno = kept;
	return -1;
}

/* With a name for a moment, where the system or the file system has no files without one. */
static int named_temporary(const char *dir)
{
	char *path;
	int fd = fd_named_file(dir, &path), kept = errno;

	if (path)
		unlink(path);
	free(path);
	errno = kept;
	return fd;
}

int fd_temporary(const char *dir)
{
#ifdef USE_TMPFILE
	int fd = fd_open(dir, O_TMPFILE | O_EXCL | O_RDWR, 0600);

	if (fd != -1)
		return fd;
#endif
	return named_temporary(dir);
}

static bool has_named_fds(void)
{
#ifdef PP_PORTABLE
	return false;
#else
	static int known = -1;

	/* One answer for the life of the process: the two pipes of a job are named the same way. */
	if (known < 0)
		known = access("/proc/self/fd", X_OK) == 0;
	return known;
#endif
}

static void fifo_name(char *name, uint64_t number)
{
	const char *dir = getenv("TMPDIR");

	if (!dir || *dir == '\0' || strlen(dir) > FD_NAME / 2 || strpbrk(dir, " \t\n"))
		dir = "/tmp";
	snprintf(name, FD_NAME, "%s/pp-%016llx", dir, (unsigned long long)number);
}

/* A fifo that exists is someone else's, and another name is tried. */
static int make_fifo(char *name, volatile uint64_t *noted)
{
	char text[RANDOM_TEXT];
	uint64_t number;
	int made;

	do {
		if (random_text(text) < 0)
			return -1;
		number = strtoull(text, NULL, 16);
		fifo_name(name, number);
		if (noted)
			*noted = number;
		made = mkfifo(name, 0600);
	} while (made == -1 && errno == EEXIST);
	if (made == -1 && noted)
		*noted = 0;
	return made;
}

bool fd_pipes_have_files(void)
{
	return !has_named_fds();
}

void fd_remove_named_pipe(uint64_t number)
{
	char name[FD_NAME];
	struct stat info;

	if (number == 0)
		return;
	fifo_name(name, number);
	if (lstat(name, &info) == 0 && S_ISFIFO(info.st_mode))
		unlink(name);
}

/* The reader first, and without waiting: then the writer finds one. */
static int open_fifo(int ends[2], const char *name)
{
	ends[0] = fd_open(name, O_RDONLY | O_NONBLOCK, 0);
	ends[1] = ends[0] == -1 ? -1 : fd_open(name, O_WRONLY, 0);
	if (ends[1] != -1) {
		fd_set_nonblock(ends[0], false);
		return 1;
	}
	fd_close(&ends[0]);
	unlink(name);
	return -1;
}

int fd_named_pipe(int ends[2], char *name, volatile uint64_t *number)
{
	if (!has_named_fds())
		return make_fifo(name, number) == -1 ? -1 : open_fifo(ends, name);
	if (fd_pipe(ends) == -1)
		return -1;
	snprintf(name, FD_NAME, "/proc/%ld/fd/%d", (long)getpid(), ends[1]);
	return 0;
}

static int make_named_file(char *name, const char *dir)
{
	char *path;
	int fd = fd_named_file(dir, &path), kept;

	if (fd == -1)
		return -1;
	if (strlen(path) < FD_NAME) {
		strcpy(name, path);
	} else {
		unlink(path);
		fd_close(&fd);
		errno = ENAMETOOLONG;
	}
	kept = errno;
	free(path);
	errno = kept;
	return fd;
}

int fd_named_text(int *fd, char *name, const char *dir, const void *bytes, size_t length)
{
	bool is_file = !has_named_fds();
	int kept;

	if (!dir)
		dir = getenv("TMPDIR");
	if (!dir || *dir == '\0')
		dir = "/tmp";
	*fd = is_file ? make_named_file(name, dir) : fd_temporary(dir);
	if (*fd == -1)
		return -1;
	if (!is_file)
		snprintf(name, FD_NAME, "/proc/%ld/fd/%d", (long)getpid(), *fd);
	if (fd_write_all(*fd, bytes, length) == 0)
		return is_file;
	kept = errno;
	if (is_file)
		unlink(name);
	fd_close(fd);
	errno = kept;
	return -1;
}

bool fd_reader_is_gone(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}
