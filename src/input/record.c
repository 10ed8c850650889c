/*
 * One buffer holds what was read and not yet given. The search for a record's end remembers how far it has come, and
 * the buffer grows by half, so that a record of any size costs time in proportion to its size.
 */
#include "input/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "os/fd.h"

enum {
	READ_BYTES = 65536,       /* the least room that a read is given */
	KEPT_BYTES = 1024 * 1024, /* a buffer that has grown beyond is given back once it is nearly empty */
};

void record_init(struct record_reader *r, int fd, bool owned, bool quoted, const struct csv *format, const char *name)
{
	*r = (struct record_reader){.fd = fd, .owned = owned, .quoted = quoted, .format = *format};
	r->regular = fd_is_regular(fd);
	r->name = mem_string(name);
}

static void close_input(struct record_reader *r)
{
	if (r->owned)
		fd_close(&r->fd);
	r->fd = -1;
}

void record_stop(struct record_reader *r)
{
	close_input(r);
	buf_clear(&r->buffer);
	r->start = 0;
}

void record_release(struct record_reader *r)
{
	close_input(r);
	free(r->name);
	buf_release(&r->buffer);
}

static bool find_plain(struct record_reader *r, const char *text, size_t length)
{
	const struct csv *f = &r->format;

	while (length - r->found.at >= f->delimiter_length) {
		const char *from = text + r->found.at;
		/* There is no text only where its length is 0.
		   NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
		const char *hit = memchr(from, f->delimiter[0], length - r->found.at - (f->delimiter_length - 1));

		if (!hit) {
			r->found.at = length - (f->delimiter_length - 1);
			return false;
		}
		r->found.at = (size_t)(hit - text);
		if (memcmp(hit, f->delimiter, f->delimiter_length) == 0)
			return true;
		r->found.at++;
	}
	return false;
}

/* Lends the record in front of the delimiter that was found, or all that is left. Its NUL takes the place of the
   delimiter. */
static void take(struct record_reader *r, size_t bytes, size_t delimiter, char **text, size_t *length)
{
	*text = buf_text(&r->buffer) + r->start;
	(*text)[bytes] = '\0';
	*length = bytes;
	r->start += bytes + delimiter;
	r->found = (struct csv_cursor){0};
}

static bool take_buffered(struct record_reader *r, char **text, size_t *length)
{
	size_t left = r->buffer.length - r->start;
	char *from = r->buffer.data ? r->buffer.data + r->start : NULL;
	bool found;

	if (!left)
		return false;
	found = r->quoted ? csv_find_end(&r->format, &r->found, from, left, r->fd < 0) : find_plain(r, from, left);
	if (found)
		take(r, r->found.at, r->format.delimiter_length, text, length);
	else if (r->fd < 0)
		take(r, left, 0, text, length);
	return found || r->fd < 0;
}

/* Moves the record that has begun to the front, so that what was given takes no room. */
static void make_room(struct record_reader *r)
{
	buf_drop(&r->buffer, r->start);
	r->start = 0;
	if (r->buffer.length < READ_BYTES && r->buffer.capacity > KEPT_BYTES) {
		struct buf smaller = {0};

		buf_add(&smaller, r->buffer.data, r->buffer.length);
		buf_release(&r->buffer);
		r->buffer = smaller;
	}
	buf_reserve(&r->buffer, READ_BYTES);
}

static enum answer read_more(struct record_reader *r, struct err *e)
{
	ssize_t got;

	if (!r->regular && !fd_is_readable(r->fd))
		return ANSWER_WAIT;
	make_room(r);
	got = fd_read(r->fd, r->buffer.data + r->buffer.length, r->buffer.capacity - r->buffer.length);
	if (got > 0) {
		r->buffer.length += (size_t)got;
	} else if (got == 0) {
		close_input(r);
	} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
		return ANSWER_WAIT;
	} else {
		err_sys(e, errno, "cannot read %s", r->name);
		close_input(r);
		r->start = r->buffer.length;
		return ANSWER_FAIL;
	}
	return ANSWER_HAVE;
}

enum answer record_next(struct record_reader *r, char **text, size_t *length, struct err *e)
{
	while (!take_buffered(r, text, length)) {
		enum answer answer;

		if (r->fd < 0)
			return ANSWER_END;
		answer = read_more(r, e);
		if (answer != ANSWER_HAVE)
			return answer;
	}
	return ANSWER_HAVE;
}
