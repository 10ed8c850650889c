#include "output/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "capture.h"
#include "tap.h"

static struct loop *loop;
static struct writer w;
static int rooms; /* how often room was told */

static void on_ready(void *arg)
{
	(void)arg;
	rooms++;
}

static void begin(void)
{
	rooms = 0;
	capture_begin();
	writer_init(&w, loop, on_ready, NULL);
}

static int end(void)
{
	int error = writer_close(&w);

	writer_release(&w);
	capture_end();
	return error;
}

static size_t put(int fd, const char *text)
{
	return writer_put(&w, fd, text, strlen(text));
}

/* What stands in a descriptor's file so far. */
static off_t written(int fd)
{
	struct stat info;

	return fstat(fd, &info) == 0 ? info.st_size : -1;
}

static void test_gathering(void)
{
	off_t before, at_turn, at_flush;
	bool empty, flushed;
	int error;

	begin();
	empty = writer_is_empty(&w);
	put(1, "one ");
	put(1, "two ");
	before = written(1);
	put(2, "error");
	at_turn = written(1);
	flushed = writer_flush(&w);
	at_flush = written(2);
	error = end();
	OK(empty, "a new writer is empty");
	OK(before == 0 && at_turn == 8, "bytes are gathered until the other descriptor's turn");
	OK(flushed && at_flush == 5, "or until they are to be flushed");
	OK(error == 0, "all went well");
	SAME(captured(1), "one two ", "standard output");
	SAME(captured(2), "error", "standard error");
}

static void test_same_file(void)
{
	begin();
	dup2(1, 2);
	put(1, "a");
	put(2, "b");
	put(1, "c");
	put(2, "d");
	put(2, "e");
	end();
	SAME(captured(1), "abcde", "the order is kept where both are one file");
}

static void test_large(void)
{
	enum { BYTES = 1000000 };
	char *text = malloc(BYTES);
	size_t done = 0;

	begin();
	memset(text, 'x', BYTES);
	for (int tries = 0; done < BYTES && tries < 1000; tries++)
		done += writer_put(&w, 1, text + done, BYTES - done);
	end();
	OK(done == BYTES && strlen(captured(1)) == BYTES, "a file takes all, however much");
	free(text);
}

/* Standard output is a pipe now. Returns its read end. */
static int begin_pipe(void)
{
	int ends[2];

	begin();
	if (fd_pipe(ends) < 0)
		exit(99);
	dup2(ends[1], 1);
	fd_close(&ends[1]);
	fd_set_nonblock(ends[0], true);
	return ends[0];
}

static void test_blocked(void)
{
	int reader = begin_pipe();
	size_t done = 0, room, other, more, got;
	int told_before, told_after;
	char text[10000];
	bool flushed, flags;

	memset(text, 'y', sizeof text);
	for (int i = 0; i < 100000 && !w.blocked; i++) {
		done += writer_put(&w, 1, text, sizeof text);
		writer_flush(&w);
	}
	flags = (fcntl(1, F_GETFL) & O_NONBLOCK) == 0;
	room = writer_room(&w, 1);
	other = writer_room(&w, 2);
	more = put(1, "more");
	flushed = writer_flush(&w);
	told_before = rooms;
	got = capture_drain(reader);
	for (int i = 0; i < 1000 && rooms == 0; i++)
		loop_once(loop);
	told_after = rooms;
	done += put(1, "end");
	writer_flush(&w);
	got += capture_drain(reader);
	end();
	fd_close(&reader);
	OK(room == 0 && other == 0 && more == 0 && !flushed, "when the reader is slow nothing more is taken");
	OK(flags, "and the descriptor's flags are left alone");
	OK(told_before == 0 && told_after == 1, "when there is room again that is told");
	OK(got == done, "no byte is lost or doubled");
}

static void test_reader_gone(void)
{
	int reader = begin_pipe(), error, closing;
	size_t taken;

	fd_close(&reader);
	put(1, "to nobody");
	writer_flush(&w);
	error = w.error[1];
	taken = put(1, "more");
	put(2, "error");
	closing = end();
	OK(error == EPIPE && closing == EPIPE, "a reader that is gone is told");
	OK(taken == 4, "bytes for it are thrown away");
	SAME(captured(2), "error", "the other descriptor goes on");
}

static void test_full(void)
{
	int full = fd_open("/dev/full", O_WRONLY, 0), error;

	if (full < 0) {
		OK(true, "a full disk # SKIP no /dev/full");
		return;
	}
	begin();
	dup2(full, 1);
	put(1, "x");
	error = end();
	fd_close(&full);
	OK(error == ENOSPC, "a full disk is told in the end");
}

static void test_closed(void)
{
	int error;

	begin();
	close(1);
	put(1, "x");
	error = end();
	OK(error == EBADF, "so is a standard output that is not open");
}

int main(void)
{
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	loop = loop_new();
	test_gathering();
	test_same_file();
	test_large();
	test_blocked();
	test_reader_gone();
	test_full();
	test_closed();
	loop_free(loop);
	capture_release();
	return tap_end();
}
