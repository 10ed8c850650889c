/*
 * buf.h - a growing buffer of bytes.
 *
 * A buf of all zero bytes is an empty buffer that owns nothing. The bytes are not NUL ended until buf_text asks for it.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;      /* owned; NULL while nothing was ever stored */
	size_t length;   /* bytes in use */
	size_t capacity; /* bytes allocated */
};

void buf_init(struct buf *b);
void buf_release(struct buf *b);              /* frees the memory */
void buf_clear(struct buf *b);                /* release and init */
void buf_reset(struct buf *b);                /* length 0, the memory is kept */
void buf_reserve(struct buf *b, size_t more); /* makes room for more bytes behind length */

/* What is added is copied and must not stand in b itself. */
void buf_add(struct buf *b, const void *bytes, size_t length);
void buf_add_char(struct buf *b, char c);
void buf_add_string(struct buf *b, const char *text); /* without its NUL */
void buf_add_format(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_add_vformat(struct buf *b, const char *format, va_list args);
void buf_add_uint(struct buf *b, unsigned long long value); /* decimal digits, faster than a format */
void buf_drop(struct buf *b, size_t length); /* removes length bytes at the front, at most those in use */

/* For bytes that leave at the front bit by bit while others are added: done of them are gone. They are removed once
   they are half of all, so that each byte is moved about once, and a buffer that is never empty does not grow for ever.
   Returns how many of them still stand there. */
size_t buf_shed(struct buf *b, size_t done);

char *buf_text(struct buf *b); /* lends: adds a NUL behind length, not counted */
char *buf_take(struct buf *b); /* gives the text, NUL ended; b is empty afterwards */

#endif
