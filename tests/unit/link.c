#include "wire/link.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/fd.h"
#include "tap.h"

/* A link and the other side of its two pipes. */
static struct wire_link l;
static int feed, sink;

static void begin(void)
{
	int in[2], out[2];

	if (fd_pipe(in) < 0 || fd_pipe(out) < 0)
		exit(99);
	link_init(&l, in[0], out[1]);
	feed = in[1];
	sink = out[0];
}

static void end(void)
{
	link_release(&l);
	fd_close(&feed);
	fd_close(&sink);
}

static void add_frame(struct buf *b, unsigned type, const char *text)
{
	size_t mark = frame_begin(b, type, 1);

	buf_add_string(b, text);
	frame_end(b, mark);
}

static bool is_frame(const struct frame *f, unsigned type, const char *text)
{
	return f->type == type && f->length == strlen(text) && memcmp(f->payload, text, f->length) == 0;
}

static void test_nothing(void)
{
	struct frame f;

	begin();
	OK(link_read(&l) == 0, "with nothing there a read does not block");
	OK(link_peek(&l, &f) == 0, "then there is no frame");
	OK(link_flush(&l) == 1 && link_unsent(&l) == 0, "nothing is quickly sent");
	end();
	OK(l.in == -1 && l.out == -1, "both descriptors are closed in the end");
}

static void test_bytes(void)
{
	struct buf b = {0};
	struct frame f;
	bool early = false;

	begin();
	add_frame(&b, 3, "hello");
	for (size_t i = 0; i < b.length; i++) {
		early = early || link_peek(&l, &f) != 0;
		fd_write_all(feed, b.data + i, 1);
		early = early || link_read(&l) != 1;
	}
	OK(!early, "a frame that comes byte by byte is there with the last one");
	OK(link_peek(&l, &f) == 1 && is_frame(&f, 3, "hello"), "then it is whole");
	OK(link_peek(&l, &f) == 1 && is_frame(&f, 3, "hello"), "looking does not take it");
	link_take(&l, &f);
	OK(link_peek(&l, &f) == 0, "taking does");
	buf_release(&b);
	end();
}

static void test_several(void)
{
	struct buf b = {0};
	struct frame f;
	size_t cut;

	begin();
	add_frame(&b, 1, "one");
	add_frame(&b, 2, "");
	add_frame(&b, 3, "three");
	cut = b.length - 2;
	fd_write_all(feed, b.data, cut);
	link_read(&l);
	OK(link_peek(&l, &f) == 1 && is_frame(&f, 1, "one"), "the first of several");
	link_take(&l, &f);
	OK(link_peek(&l, &f) == 1 && is_frame(&f, 2, ""), "the second");
	link_take(&l, &f);
	OK(link_peek(&l, &f) == 0, "the third one is not whole");
	fd_write_all(feed, b.data + cut, 2);
	OK(link_read(&l) == 1 && link_peek(&l, &f) == 1 && is_frame(&f, 3, "three"),
	   "its rest is put behind what came before");
	buf_release(&b);
	end();
}

static void test_end(void)
{
	struct buf b = {0};
	struct frame f;

	begin();
	add_frame(&b, 1, "last");
	fd_write_all(feed, b.data, b.length);
	fd_close(&feed);
	OK(link_read(&l) == 1, "what was written before the end is read");
	errno = EIO;
	OK(link_read(&l) == -1 && errno == 0, "then comes the end of file, which is no error");
	OK(link_peek(&l, &f) == 1 && is_frame(&f, 1, "last"), "frames outlive it");
	buf_release(&b);
	end();
}

static void test_garbage(void)
{
	struct frame f;

	begin();
	fd_write_all(feed, "Welcome to example.org!\n", 24);
	link_read(&l);
	OK(link_peek(&l, &f) == -1, "what is no frame is told");
	end();
}

/* Reads what is in the other pipe. Returns the number of bytes. */
static size_t drain(struct buf *to)
{
	size_t before = to->length;
	ssize_t n;

	fd_set_nonblock(sink, true);
	do {
		buf_reserve(to, 65536);
		n = fd_read(sink, to->data + to->length, 65536);
		to->length += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return to->length - before;
}

static void test_clogged(void)
{
	struct buf got = {0};
	struct frame f;
	size_t total, rounds = 0;

	begin();
	for (unsigned i = 0; i < 40000; i++)
		add_frame(&l.send, i % 200, "a frame of some length, so that the pipe is full some time");
	total = l.send.length;
	OK(link_flush(&l) == 0, "a full pipe takes only a part");
	OK(link_unsent(&l) > 0 && link_unsent(&l) < total, "the rest waits");
	OK(link_flush(&l) == 0, "and goes on waiting without blocking");
	add_frame(&l.send, 201, "behind");
	while (drain(&got) > 0 && rounds++ < 10000)
		link_flush(&l);
	OK(link_unsent(&l) == 0 && link_flush(&l) == 1, "in the end all is sent");
	OK(got.length == total + FRAME_HEADER + 6, "no byte more or less");
	for (size_t at = 0; frame_decode(got.data + at, got.length - at, &f) == 1; at += FRAME_HEADER + f.length)
		total = at;
	OK(got.length - total == FRAME_HEADER + 6 && is_frame(&f, 201, "behind"), "all of it frames in their order");
	buf_release(&got);
	end();
}

static void test_gone(void)
{
	begin();
	fd_close(&sink);
	add_frame(&l.send, 1, "to nobody");
	OK(link_flush(&l) == -1 && errno == EPIPE, "the other side is gone");
	link_close_out(&l);
	OK(l.out == -1 && link_unsent(&l) == 0, "then what is left is forgotten");
	OK(link_flush(&l) == 1, "and nothing is to be sent");
	end();
}

static void test_large(void)
{
	struct buf b = {0};
	struct frame f;
	size_t mark, written = 0;
	int peek;

	begin();
	mark = frame_begin(&b, 9, 1);
	buf_reserve(&b, 1000000);
	memset(b.data + b.length, 'z', 1000000);
	b.length += 1000000;
	frame_end(&b, mark);
	fd_set_nonblock(feed, true);
	while ((peek = link_peek(&l, &f)) == 0) {
		ssize_t n = fd_write(feed, b.data + written, b.length - written);

		written += n > 0 ? (size_t)n : 0;
		if (link_read(&l) < 0)
			break;
	}
	OK(peek == 1 && f.length == 1000000 && f.payload[999999] == 'z', "a frame larger than a pipe is put together");
	link_take(&l, &f);
	OK(link_read(&l) == 0 && l.read.length == 0, "and its bytes are dropped when it was taken");
	buf_release(&b);
	end();
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_nothing();
	test_bytes();
	test_several();
	test_end();
	test_garbage();
	test_clogged();
	test_gone();
	test_large();
	return tap_end();
}
