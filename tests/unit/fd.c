#include "os/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum { LARGE = 1 << 20 };

static char dir[] = "/tmp/pp-test-XXXXXX";
static char large[LARGE];

static bool is_close_on_exec(int fd)
{
	return fcntl(fd, F_GETFD) & FD_CLOEXEC;
}

static bool is_nonblocking(int fd)
{
	return fcntl(fd, F_GETFL) & O_NONBLOCK;
}

static void close_both(int ends[2])
{
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

/* Runs body in a child with some of the standard streams closed. Gives its exit status. */
static int run_without(unsigned closed, int (*body)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		for (int fd = 0; fd < 3; fd++)
			if (closed & 1u << fd)
				close(fd);
		_exit(body());
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int sanitized(void)
{
	int mask = fd_sanitize();
	int open_now = 0;

	for (int fd = 0; fd < 3; fd++)
		open_now += fcntl(fd, F_GETFD) != -1;
	if (mask & 2 && (write(1, "x", 1) != -1 || errno != EBADF))
		return 99;
	if (mask & 1 && read(0, &open_now, 1) != 0)
		return 98;
	return open_now == 3 ? mask : 97;
}

static void test_sanitize(void)
{
	for (int mask = 0; mask < 8; mask++)
		OK(run_without((unsigned)mask, sanitized) == mask, "closed standard streams are replaced, mask %d",
		   mask);
}

static int all_above(void)
{
	int ends[2], pair[2];

	if (fd_pipe(ends) == -1 || fd_pair(pair) == -1)
		return 1;
	for (int i = 0; i < 2; i++)
		if (ends[i] < 3 || pair[i] < 3 || !is_close_on_exec(ends[i]) || !is_close_on_exec(pair[i]))
			return 2;
	if (fd_open("/dev/null", O_RDONLY, 0) < 3 || fd_temporary("/tmp") < 3)
		return 3;
	return fcntl(0, F_GETFD) == -1 && fcntl(1, F_GETFD) == -1 && fcntl(2, F_GETFD) == -1 ? 0 : 4;
}

static void test_making(void)
{
	int ends[2];
	char byte;
	int fd;

	OK(run_without(7, all_above) == 0, "new descriptors leave the places of closed standard streams alone");
	OK(fd_pipe(ends) == 0 && is_close_on_exec(ends[0]) && is_close_on_exec(ends[1]), "a pipe is close-on-exec");
	OK(fd_write(ends[1], "x", 1) == 1 && fd_read(ends[0], &byte, 1) == 1 && byte == 'x', "a pipe carries a byte");
	fd = fd_copy(ends[0]);
	OK(fd >= 3 && is_close_on_exec(fd) && fd_is_same_file(fd, ends[0]),
	   "a copy is the same file and close-on-exec");
	fd_close(&fd);
	close_both(ends);
	OK(fd_pair(ends) == 0 && is_close_on_exec(ends[0]) && is_close_on_exec(ends[1]), "a pair is close-on-exec");
	OK(fd_write(ends[0], "a", 1) == 1 && fd_read(ends[1], &byte, 1) == 1 && byte == 'a',
	   "a pair carries a byte there");
	OK(fd_write(ends[1], "b", 1) == 1 && fd_read(ends[0], &byte, 1) == 1 && byte == 'b',
	   "a pair carries a byte back");
	close_both(ends);
	fd = fd_open("/dev/null", O_RDONLY, 0);
	OK(fd >= 3 && is_close_on_exec(fd), "an opened file is close-on-exec");
	fd_close(&fd);
	errno = 0;
	OK(fd_open("/dev/null/none", O_RDONLY, 0) == -1 && errno == ENOTDIR, "a failing open tells why");
	errno = 0;
	OK(fd_copy(-1) == -1 && errno == EBADF, "a failing copy tells why");
}

static void test_close(void)
{
	int fd = fd_open("/dev/null", O_RDONLY, 0);
	int old = fd;

	errno = E2BIG;
	fd_close(&fd);
	OK(fd == -1 && errno == E2BIG, "close forgets the number and keeps errno");
	OK(fcntl(old, F_GETFD) == -1, "close closes");
	errno = E2BIG;
	fd_close(&fd);
	OK(fd == -1 && errno == E2BIG, "closing nothing has no effect");
	fd = 1 << 20;
	fd_close(&fd);
	OK(errno == E2BIG, "even a failing close keeps errno");
}

static void test_flags(void)
{
	int ends[2];
	char byte;

	fd_pipe(ends);
	OK(fd_set_nonblock(ends[0], true) == 0 && is_nonblocking(ends[0]), "non-blocking is set");
	errno = 0;
	OK(fd_read(ends[0], &byte, 1) == -1 && errno == EAGAIN, "reading nothing does not block then");
	OK(fd_set_nonblock(ends[0], true) == 0 && is_nonblocking(ends[0]), "non-blocking is set again");
	OK(fd_set_nonblock(ends[0], false) == 0 && !is_nonblocking(ends[0]), "non-blocking is taken away");
	close_both(ends);
	OK(fd_set_nonblock(-1, true) == -1, "no descriptor, no flag");
}

static void test_kinds(void)
{
	int ends[2], others[2];
	int file = fd_temporary(dir), null = fd_open("/dev/null", O_RDONLY, 0);

	fd_pipe(ends);
	fd_pipe(others);
	OK(fd_is_regular(file), "a file is regular");
	OK(!fd_is_regular(ends[0]) && !fd_is_regular(null) && !fd_is_regular(-1), "other things are not");
	OK(!fd_is_same_file(ends[0], others[0]), "two pipes differ");
	OK(!fd_is_same_file(file, null) && !fd_is_same_file(file, -1) && !fd_is_same_file(-1, -1),
	   "other things differ");
	OK(!fd_is_readable(ends[0]), "an empty pipe is not readable");
	fd_write(ends[1], "x", 1);
	OK(fd_is_readable(ends[0]), "a pipe with data is readable");
	fd_close(&others[1]);
	OK(fd_is_readable(others[0]), "a pipe at its end is readable");
	OK(fd_is_readable(file), "a file is readable");
	fd_close(&file);
	fd_close(&null);
	close_both(ends);
	close_both(others);
}

static void count_signal(int number)
{
	(void)number;
}

/* The signal may or may not come in the middle of the read: the result is the same. */
static void test_signals(void)
{
	struct sigaction action = {.sa_handler = count_signal}, old;
	int ends[2], rounds = 0;
	char byte;
	pid_t child;

	sigaction(SIGUSR1, &action, &old);
	fd_pipe(ends);
	child = fork();
	if (child == 0) {
		for (int i = 0; i < 100; i++) {
			kill(getppid(), SIGUSR1);
			write(ends[1], "x", 1);
		}
		_exit(0);
	}
	fd_close(&ends[1]);
	while (fd_read(ends[0], &byte, 1) == 1)
		rounds++;
	OK(rounds == 100, "signals do not disturb reading");
	while (waitpid(child, NULL, 0) == -1 && errno == EINTR)
		;
	fd_close(&ends[0]);
	sigaction(SIGUSR1, &old, NULL);
}

static bool is_as_written(const char *from, size_t bytes, size_t position)
{
	return position + bytes <= LARGE && memcmp(from, large + position, bytes) == 0;
}

/* Exits with 0 when exactly the large text comes out of fd. */
static void check_large(int fd)
{
	static char part[5000];
	size_t position = 0;
	ssize_t n;

	while ((n = fd_read(fd, part, sizeof part)) > 0) {
		if (!is_as_written(part, (size_t)n, position))
			_exit(1);
		position += (size_t)n;
	}
	_exit(position == LARGE ? 0 : 2);
}

static void test_write_all(bool nonblocking)
{
	int ends[2], status = -1;
	pid_t child;

	fd_pipe(ends);
	fd_set_nonblock(ends[1], nonblocking);
	child = fork();
	if (child == 0) {
		fd_close(&ends[1]);
		check_large(ends[0]);
	}
	fd_close(&ends[0]);
	OK(fd_write_all(ends[1], large, LARGE) == 0, "all is written to a %sblocking pipe", nonblocking ? "non-" : "");
	fd_close(&ends[1]);
	waitpid(child, &status, 0);
	OK(status == 0, "all of it arrives");
}

static void test_write_all_errors(void)
{
	int ends[2];
	int full = fd_open("/dev/full", O_WRONLY, 0);

	fd_pipe(ends);
	OK(fd_write_all(ends[1], "", 0) == 0, "nothing is written at once");
	fd_close(&ends[0]);
	errno = 0;
	OK(fd_write_all(ends[1], "x", 1) == -1 && errno == EPIPE, "writing fails when the reader is gone");
	fd_close(&ends[1]);
	errno = 0;
	if (full != -1)
		OK(fd_write_all(full, "x", 1) == -1 && errno == ENOSPC, "writing fails when the disk is full");
	fd_close(&full);
}

/* Writes without ever reading, then reads what was taken. */
static void test_some(int in, int out, const char *what)
{
	static char back[LARGE];
	size_t written = 0, seen = 0;
	ssize_t n;

	while (written < LARGE && (n = fd_write_some(out, large + written, LARGE - written)) > 0)
		written += (size_t)n;
	OK(written > 0 && written < LARGE && n == 0, "%s takes some, then nothing", what);
	OK(fd_write_some(out, "x", 1) == 0, "%s still takes nothing", what);
	OK(!is_nonblocking(out), "%s keeps its flags", what);
	while (seen < written && (n = fd_read(in, back + seen, written - seen)) > 0)
		seen += (size_t)n;
	OK(seen == written && is_as_written(back, seen, 0), "%s gives it all back", what);
	OK(fd_write_some(out, "x", 1) == 1, "%s takes more when it is empty", what);
	OK(fd_write_some(out, "", 0) == 0, "%s takes nothing when there is nothing", what);
}

static void test_some_pipes(void)
{
	char path[64];
	int ends[2];

	fd_pipe(ends);
	test_some(ends[0], ends[1], "a pipe");
	fd_close(&ends[0]);
	errno = 0;
	OK(fd_write_some(ends[1], large, LARGE) == -1 && errno == EPIPE, "a pipe without reader is an error");
	fd_close(&ends[1]);

	fd_pair(ends);
	test_some(ends[0], ends[1], "a socket");
	fd_close(&ends[0]);
	errno = 0;
	OK(fd_write_some(ends[1], large, LARGE) == -1 && errno == EPIPE, "a socket without reader is an error");
	fd_close(&ends[1]);

	snprintf(path, sizeof path, "%s/fifo", dir);
	mkfifo(path, 0600);
	ends[0] = fd_open(path, O_RDONLY | O_NONBLOCK, 0);
	ends[1] = fd_open(path, O_WRONLY, 0);
	fd_set_nonblock(ends[0], false);
	test_some(ends[0], ends[1], "a named pipe");
	unlink(path);
	close_both(ends);
}

static void test_some_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	const char *name = master != -1 && grantpt(master) == 0 && unlockpt(master) == 0 ? ptsname(master) : NULL;
	int slave = name ? fd_open(name, O_RDWR | O_NOCTTY, 0) : -1;
	size_t written = 0;
	ssize_t n = 0;
	char byte;

	if (slave != -1) {
		while (written < LARGE && (n = fd_write_some(slave, "line\n", 5)) > 0)
			written += (size_t)n;
		OK(written > 0 && written < LARGE && n == 0, "a terminal takes some, then nothing");
		OK(!is_nonblocking(slave), "a terminal keeps its flags");
		OK(fd_read(master, &byte, 1) == 1 && byte == 'l', "a terminal gives it back");
	}
	fd_close(&slave);
	fd_close(&master);
}

static void test_some_others(void)
{
	int file = fd_temporary(dir), null = fd_open("/dev/null", O_WRONLY, 0),
	    full = fd_open("/dev/full", O_WRONLY, 0);
	static char back[LARGE];
	size_t written = 0;
	ssize_t n;

	while (written < LARGE && (n = fd_write_some(file, large + written, LARGE - written)) > 0)
		written += (size_t)n;
	OK(written == LARGE, "a file takes all");
	OK(pread(file, back, LARGE, 0) == LARGE && memcmp(back, large, LARGE) == 0, "a file holds it in order");
	OK(fd_write_some(null, large, LARGE) > 0, "the null device takes some");
	errno = 0;
	if (full != -1)
		OK(fd_write_some(full, large, LARGE) == -1 && errno == ENOSPC, "a full device is an error");
	errno = 0;
	OK(fd_write_some(-1, "x", 1) == -1 && errno == EBADF, "no descriptor is an error");
	fd_close(&full);
	fd_close(&file);
	file = fd_open("/dev/null", O_RDONLY, 0);
	errno = 0;
	OK(fd_write_some(file, "x", 1) == -1 && errno == EBADF, "a descriptor for reading is an error");
	fd_close(&file);
	fd_close(&null);
}

static int entries(const char *path)
{
	DIR *d = opendir(path);
	int count = 0;

	while (d && readdir(d))
		count++;
	if (d)
		closedir(d);
	return count - 2; /* . and .. */
}

static void test_temporary(void)
{
	int fd = fd_temporary(dir);
	struct stat st = {0};
	char byte;

	fstat(fd, &st);
	OK(fd >= 3 && is_close_on_exec(fd), "a temporary file is close-on-exec");
	OK((st.st_mode & 07777) == 0600 && S_ISREG(st.st_mode) && st.st_nlink == 0, "it is private and has no name");
	OK(entries(dir) == 0, "nothing is left in the directory");
	OK(fd_write_all(fd, "x", 1) == 0 && pread(fd, &byte, 1, 0) == 1 && byte == 'x', "it can be written and read");
	fd_close(&fd);
	errno = 0;
	OK(fd_temporary("/dev/null/none") == -1 && errno == ENOTDIR, "no directory, no file");
}

static void test_named_file(void)
{
	char *one, *other;
	int fd = fd_named_file(dir, &one), second = fd_named_file(dir, &other);
	struct stat st = {0};

	OK(fd >= 3 && second >= 3 && strcmp(one, other) != 0, "files with names are made");
	OK(stat(one, &st) == 0 && (st.st_mode & 07777) == 0600 && S_ISREG(st.st_mode), "for their owner only");
	OK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "which programs do not get");
	unlink(one);
	unlink(other);
	free(one);
	free(other);
	fd_close(&fd);
	fd_close(&second);
	errno = 0;
	OK(fd_named_file("/dev/null/none", &one) == -1 && errno == ENOTDIR && !one, "no directory, no file");
}

static void test_named_pipe(void)
{
	char name[FD_NAME], text[8] = "";
	int ends[2], kind = fd_named_pipe(ends, name, NULL), other;

	OK(kind >= 0, "a pipe with a name is made");
	OK(!strpbrk(name, " \t\n"), "the name is a single word");
	other = fd_open(name, O_WRONLY, 0);
	OK(other >= 0 && fd_write_all(other, "named", 5) == 0, "it can be opened and written by name");
	fd_close(&other);
	if (kind == 1)
		unlink(name);
	fd_close(&ends[1]);
	OK(fd_read(ends[0], text, sizeof text) == 5 && strcmp(text, "named") == 0, "and read here");
	OK(fd_read(ends[0], text, sizeof text) == 0, "with an end when all writers are closed");
	fd_close(&ends[0]);
}

static void test_named_text(void)
{
	char name[FD_NAME], text[8] = "";
	int fd = -1, kind = fd_named_text(&fd, name, dir, "text", 4);

	OK(kind >= 0 && fd > 2, "a text with a name is made");
	for (int i = 0; i < 2; i++) {
		int other = fd_open(name, O_RDONLY, 0);

		memset(text, 0, sizeof text);
		OK(fd_read(other, text, sizeof text) == 4 && strcmp(text, "text") == 0, "it can be read by name, %s",
		   i == 0 ? "once" : "and again");
		fd_close(&other);
	}
	if (kind == 1)
		OK(unlink(name) == 0, "the name is a file");
	fd_close(&fd);
	OK(access(name, F_OK) != 0, "nothing is left behind");
	OK(fd_named_text(&fd, name, "/nowhere/at/all", "text", 4) == -1 && fd == -1,
	   "no text is made in a directory that is missing");
}

static void test_close_private(void)
{
	int kept = fd_open("/dev/null", O_RDONLY, 0), left = fd_open("/dev/null", O_RDONLY, 0), status;
	int given = dup(0);
	pid_t child = fork();

	if (child == 0) {
		fd_close_private((int[]){kept, -1}, 2);
		_exit(fcntl(kept, F_GETFD) >= 0 && fcntl(left, F_GETFD) < 0 && fcntl(given, F_GETFD) >= 0 ? 0 : 1);
	}
	waitpid(child, &status, 0);
	OK(status == 0, "what an exec would close is closed, but for those to be kept");
	child = fork();
	if (child == 0) {
		fd_close_others(left);
		_exit(fcntl(left, F_GETFD) >= 0 && fcntl(kept, F_GETFD) < 0 && fcntl(given, F_GETFD) < 0 ? 0 : 1);
	}
	waitpid(child, &status, 0);
	OK(status == 0, "all but one and the standard streams are closed");
	fd_close(&kept);
	fd_close(&left);
	close(given);
}

/* A second reading end of a pipe, and what waits in it. */
static void test_pipe_from_behind(void)
{
	int ends[2], back;
	char byte;

	fd_pipe(ends);
	fd_write_all(ends[1], "abc", 3);
	OK(fd_waiting(ends[0]) == 3 || fd_waiting(ends[0]) == -1, "what waits in a pipe can be counted");
	OK(fd_waiting(-1) == -1, "but not behind a closed descriptor");
	back = fd_reopen(ends[0]);
	if (back < 0) {
		OK(true, "another reading end # SKIP the system gives none");
	} else {
		OK(fd_read(back, &byte, 1) == 1 && byte == 'a', "another reading end takes from the same pipe");
		OK(fd_read(ends[0], &byte, 1) == 1 && byte == 'b', "as the first one does");
		OK((fcntl(back, F_GETFD) & FD_CLOEXEC) != 0, "it is close-on-exec");
		OK(fd_read(back, &byte, 1) == 1 && fd_read(back, &byte, 1) == -1 && errno == EAGAIN,
		   "it does not wait");
		OK((fcntl(ends[0], F_GETFL) & O_NONBLOCK) == 0, "the first one still does");
		OK(fd_waiting(back) == 0, "then nothing waits");
	}
	fd_close(&back);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	OK(fd_reopen(-1) == -1, "a closed descriptor has no second one");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir))
		return 1;
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (char)(i * 7 + i / 251);
	test_sanitize();
	test_making();
	test_pipe_from_behind();
	test_close();
	test_flags();
	test_kinds();
	test_signals();
	test_write_all(false);
	test_write_all(true);
	test_write_all_errors();
	test_some_pipes();
	test_some_terminal();
	test_some_others();
	test_temporary();
	test_named_file();
	test_named_pipe();
	test_named_text();
	test_close_private();
	OK(rmdir(dir) == 0, "nothing is left behind");
	return tap_end();
}
