#include "wire/link.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

#include "os/fd.h"

enum { LINK_READ = 64 * 1024 + 256 };

void link_init(struct wire_link *l, int in, int out)
{
	memset(l, 0, sizeof *l);
	l->in = in;
	l->out = out;
	fd_set_nonblock(in, true);
	fd_set_nonblock(out, true);
}

void link_release(struct wire_link *l)
{
	fd_close(&l->in);
	fd_close(&l->out);
	buf_release(&l->read);
	buf_release(&l->send);
	memset(l, 0, sizeof *l);
	l->in = l->out = -1;
}

void link_close_out(struct wire_link *l)
{
	fd_close(&l->out);
	buf_reset(&l->send);
	l->sent = 0;
}

size_t link_unsent(const struct wire_link *l)
{
	return l->send.length - l->sent;
}

int link_flush(struct wire_link *l)
{
	while (l->sent < l->send.length) {
		ssize_t n = fd_write(l->out, l->send.data + l->sent, l->send.length - l->sent);

		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
			return -1;
		if (n < 0) {
			l->sent = buf_shed(&l->send, l->sent);
			return 0;
		}
		l->sent += (size_t)n;
	}
	buf_reset(&l->send);
	l->sent = 0;
	return 1;
}

/* Moves what is left to the front, when that is cheap: little is left, or nothing. */
static void link_compact(struct wire_link *l)
{
	buf_drop(&l->read, l->taken);
	l->taken = 0;
}

int link_read(struct wire_link *l)
{
	ssize_t n;

	link_compact(l);
	buf_reserve(&l->read, LINK_READ);
	n = fd_read(l->in, l->read.data + l->read.length, LINK_READ);
	if (n > 0) {
		l->read.length += (size_t)n;
		return 1;
	}
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n == 0)
		errno = 0;
	return -1;
}

int link_peek(const struct wire_link *l, struct frame *f)
{
	if (l->read.length == l->taken)
		return 0;
	return frame_decode(l->read.data + l->taken, l->read.length - l->taken, f);
}

void link_take(struct wire_link *l, const struct frame *f)
{
	l->taken += FRAME_HEADER + f->length;
}
