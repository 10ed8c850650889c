#include "input/record.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "os/fd.h"
#include "tap.h"

static const struct csv lines = {",", 1, "\n", 1};
static int writer;

static struct record_reader reader_of_pipe(const struct csv *format, bool quoted)
{
	struct record_reader r;
	int ends[2];

	if (fd_pipe(ends) < 0)
		exit(99);
	writer = ends[1];
	record_init(&r, ends[0], true, quoted, format, "a pipe");
	return r;
}

static void put(const char *text, size_t length)
{
	if (fd_write_all(writer, text, length) < 0)
		exit(99);
}

/* The next record, or what else record_next says. */
static const char *next(struct record_reader *r)
{
	static const char *const words[] = {"have", "wait", "end", "fail"};
	struct err e;
	size_t length;
	char *text;
	enum answer answer = record_next(r, &text, &length, &e);

	if (answer != ANSWER_HAVE)
		return words[answer];
	return text[length] == '\0' ? text : "not NUL ended";
}

static void test_lines(void)
{
	struct record_reader r = reader_of_pipe(&lines, false);

	SAME(next(&r), "wait", "an empty pipe has to be waited for");
	put("one\ntw", 6);
	SAME(next(&r), "one", "a record is given as soon as it is whole");
	SAME(next(&r), "wait", "half a record is not");
	put("o\n\n", 3);
	SAME(next(&r), "two", "its other half completes it");
	SAME(next(&r), "", "an empty record is a record");
	put("last", 4);
	SAME(next(&r), "wait", "a record without its end may still go on");
	fd_close(&writer);
	SAME(next(&r), "last", "at the end it counts");
	OK(r.fd == -1, "the descriptor is closed at its end");
	SAME(next(&r), "end", "then there are no more");
	SAME(next(&r), "end", "for good");
	record_release(&r);
}

static void test_delimiters(void)
{
	static const struct csv nul = {",", 1, "\0", 1}, long_one = {",", 1, "aab", 3};
	struct record_reader r = reader_of_pipe(&nul, false);

	put("a\nb\0c\0", 6);
	fd_close(&writer);
	SAME(next(&r), "a\nb", "records may be NUL ended");
	SAME(next(&r), "c", "and then the last has its end too");
	SAME(next(&r), "end", "an end begins no record");
	record_release(&r);
	r = reader_of_pipe(&long_one, false);
	put("xaaaab", 6);
	SAME(next(&r), "xaa", "a long delimiter is found behind its own beginning");
	put("yaa", 3);
	SAME(next(&r), "wait", "half a delimiter does not end a record");
	put("b", 1);
	SAME(next(&r), "y", "the whole one does");
	put("za", 2);
	fd_close(&writer);
	SAME(next(&r), "za", "half a delimiter at the end is part of the record");
	record_release(&r);
}

static void test_quoted(void)
{
	struct record_reader r = reader_of_pipe(&lines, true);

	put("\"a\n", 3);
	SAME(next(&r), "wait", "a quoted newline ends no record");
	put("b\",c\nd", 6);
	SAME(next(&r), "\"a\nb\",c", "the newline behind the closing quote does");
	fd_close(&writer);
	SAME(next(&r), "d", "the last record needs no end");
	record_release(&r);
}

static void test_nul_bytes(void)
{
	struct record_reader r = reader_of_pipe(&lines, false);
	struct err e;
	size_t length;
	char *text;

	put("a\0b\n", 4);
	OK(record_next(&r, &text, &length, &e) == ANSWER_HAVE && length == 3 && memcmp(text, "a\0b", 3) == 0,
	   "a NUL byte is given as it came");
	record_stop(&r);
	OK(fd_write(writer, "x", 1) < 0, "a reader that was stopped keeps nobody writing");
	SAME(next(&r), "end", "and gives no more");
	fd_close(&writer);
	record_release(&r);
}

static void test_failure(void)
{
	int fd = fd_open("/", O_RDONLY, 0);
	struct record_reader r;
	struct err e = {0};
	size_t length;
	char *text;

	record_init(&r, fd, true, false, &lines, "root");
	OK(record_next(&r, &text, &length, &e) == ANSWER_FAIL && strncmp(e.text, "cannot read root: ", 18) == 0,
	   "a failing read is told");
	SAME(next(&r), "end", "once");
	record_release(&r);
}

/* Another process that reads the same input may be faster: what was readable a moment ago is so no more. Linux says of
   a datagram socket that is shut down that it is readable, and then that there is nothing to read. */
static void test_snatched(void)
{
	struct record_reader r;
	int ends[2];
	char c;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0 || fd_set_nonblock(ends[0], true) < 0 ||
	    shutdown(ends[0], SHUT_RD) < 0)
		exit(99);
	if (!fd_is_readable(ends[0]) || fd_read(ends[0], &c, 1) >= 0 || errno != EAGAIN) {
		OK(true, "input that another process has taken # SKIP cannot be made on this system");
	} else {
		record_init(&r, ends[0], false, false, &lines, "a socket");
		SAME(next(&r), "wait", "input that another process has taken is waited for");
		OK(r.fd == ends[0], "and has not ended");
		record_release(&r);
	}
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

static void test_large_record(void)
{
	enum { BYTES = 3000000 };
	char name[] = "/tmp/pp-record-XXXXXX";
	int fd = mkstemp(name);
	struct record_reader r;
	char *block = malloc(BYTES);
	struct err e;
	size_t length;
	char *text;

	unlink(name);
	memset(block, 'x', BYTES);
	if (fd_write_all(fd, block, BYTES) < 0 || fd_write_all(fd, "\nend", 4) < 0 || lseek(fd, 0, SEEK_SET) != 0)
		exit(99);
	record_init(&r, fd, true, false, &lines, name);
	OK(record_next(&r, &text, &length, &e) == ANSWER_HAVE && length == BYTES && memcmp(text, block, BYTES) == 0,
	   "a record of megabytes is given whole");
	SAME(next(&r), "end", "and so is what follows it");
	OK(r.buffer.capacity < BYTES, "its memory is given back");
	record_release(&r);
	free(block);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_lines();
	test_delimiters();
	test_quoted();
	test_nul_bytes();
	test_failure();
	test_snatched();
	test_large_record();
	return tap_end();
}
