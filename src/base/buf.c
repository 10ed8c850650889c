#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/num.h"

void buf_init(struct buf *b)
{
	*b = (struct buf){0};
}

void buf_release(struct buf *b)
{
	free(b->data);
}

void buf_clear(struct buf *b)
{
	buf_release(b);
	buf_init(b);
}

void buf_reset(struct buf *b)
{
	b->length = 0;
}

void buf_reserve(struct buf *b, size_t more)
{
	if (more <= b->capacity - b->length)
		return;
	/* a sum that overflows is asked for as SIZE_MAX, which fails as any size that cannot be had */
	size_t need = more > SIZE_MAX - b->length ? SIZE_MAX : b->length + more;
	size_t capacity = mem_grow(b->capacity, need);
	b->data = mem_resize(b->data, capacity);
	b->capacity = capacity;
}

void buf_add(struct buf *b, const void *bytes, size_t length)
{
	if (length == 0)
		return;
	buf_reserve(b, length);
	memcpy(b->data + b->length, bytes, length);
	b->length += length;
}

void buf_add_char(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->data[b->length++] = c;
}

void buf_add_string(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_add_format(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_add_vformat(b, format, args);
	va_end(args);
}

void buf_add_vformat(struct buf *b, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	buf_reserve(b, 1);
	size_t room = b->capacity - b->length;
	int length = vsnprintf(b->data + b->length, room, format, args);
	if (length > 0 && (size_t)length >= room) {
		buf_reserve(b, (size_t)length + 1);
		length = vsnprintf(b->data + b->length, (size_t)length + 1, format, again);
	}
	va_end(again);
	if (length > 0)
		b->length += (size_t)length;
}

void buf_add_uint(struct buf *b, unsigned long long value)
{
	buf_reserve(b, NUM_UINT_ROOM);
	b->length += num_format_uint(b->data + b->length, value);
}

void buf_drop(struct buf *b, size_t length)
{
	if (length >= b->length) {
		b->length = 0;
		return;
	}
	if (length == 0)
		return;
	b->length -= length;
	memmove(b->data, b->data + length, b->length);
}

size_t buf_shed(struct buf *b, size_t done)
{
	if (done < b->length - done)
		return done;
	buf_drop(b, done);
	return 0;
}

char *buf_text(struct buf *b)
{
	buf_reserve(b, 1);
	b->data[b->length] = '\0';
	return b->data;
}

char *buf_take(struct buf *b)
{
	char *text = buf_text(b);

	buf_init(b);
	return text;
}
