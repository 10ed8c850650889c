#include "output/writer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "os/fd.h"

static void writer_on_room(struct watch *watch, unsigned what);

void writer_init(struct writer *w, struct loop *loop, void (*ready)(void *arg), void *arg)
{
	memset(w, 0, sizeof *w);
	w->loop = loop;
	w->current = 1;
	w->ready = ready;
	w->arg = arg;
	for (int fd = 1; fd <= 2; fd++)
		w->watch[fd] = (struct watch){.fd = fd, .want = LOOP_WRITE, .ready = writer_on_room, .arg = w};
}

void writer_release(struct writer *w)
{
	loop_remove(w->loop, &w->watch[1]);
	loop_remove(w->loop, &w->watch[2]);
	buf_release(&w->pending);
}

static size_t writer_left(const struct writer *w)
{
	return w->pending.length - w->written;
}

bool writer_is_empty(const struct writer *w)
{
	return writer_left(w) == 0;
}

uint64_t writer_settled(const struct writer *w)
{
	return w->taken - writer_left(w);
}

static void writer_done(struct writer *w)
{
	buf_reset(&w->pending);
	w->written = 0;
	w->blocked = false;
}

/* A descriptor that cannot be watched (a file) never blocks; one that cannot be written any more is in error. */
static void writer_block(struct writer *w)
{
	struct watch *watch = &w->watch[w->current];

	w->blocked = true;
	if (!watch->added && loop_add(w->loop, watch) < 0) {
		w->error[w->current] = errno;
		writer_done(w);
	}
}

bool writer_flush(struct writer *w)
{
	while (writer_left(w) > 0) {
		ssize_t n;

		if (w->before)
			w->before(w->before_arg);
		n = fd_write_some(w->current, w->pending.data + w->written, writer_left(w));
		if (n < 0) {
			w->error[w->current] = errno;
			break;
		}
		if (n == 0) {
			writer_block(w);
			return writer_left(w) == 0;
		}
		w->written += (size_t)n;
		w->in_line[w->current] = w->in_line[0] = w->pending.data[w->written - 1] != '\n';
	}
	writer_done(w);
	return true;
}

void writer_give_up(struct writer *w)
{
	if (!w->blocked)
		return;
	loop_remove(w->loop, &w->watch[w->current]);
	w->error[w->current] = EPIPE;
	writer_done(w);
}

static void writer_on_room(struct watch *watch, unsigned what)
{
	struct writer *w = watch->arg;

	(void)what;
	loop_remove(w->loop, watch);
	writer_flush(w);
	if (!w->blocked)
		w->ready(w->arg);
}

size_t writer_room(struct writer *w, int fd)
{
	if (w->blocked)
		return 0;
	if (fd != w->current && !writer_flush(w))
		return 0;
	if (writer_left(w) >= WRITER_ROOM && !writer_flush(w))
		return 0;
	return WRITER_ROOM - writer_left(w);
}

size_t writer_put(struct writer *w, int fd, const char *bytes, size_t length)
{
	size_t done = 0, room;

	while (done < length && (room = writer_room(w, fd)) > 0) {
		size_t part = length - done < room ? length - done : room;

		w->current = fd;
		w->taken += part;
		if (w->error[fd] == 0)
			buf_add(&w->pending, bytes + done, part);
		done += part;
	}
	return done;
}

int writer_close(struct writer *w)
{
	while (!writer_flush(w)) {
		struct pollfd room = {.fd = w->current, .events = POLLOUT};

		poll(&room, 1, -1);
	}
	/* A duplicate is closed: 1 stays taken, so that nothing opened later becomes standard output. */
	if (w->error[1] == 0) {
		int copy = fd_copy(1);

		if (copy >= 0 && close(copy) < 0)
			w->error[1] = errno;
	}
	return w->error[1];
}
