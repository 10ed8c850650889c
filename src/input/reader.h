/*
 * reader.h - the symbols of a shell line: bytes and replacement strings, with the backslashes of `...` taken away.
 *
 * The text of a command in backquotes is what remains when one level of backslashes was removed from it, so the
 * reader reads at a level: the number of backquotes that are open.
 */
#ifndef INPUT_READER_H
#define INPUT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include "input/part.h"

enum { READER_LEVELS = 8 };

enum symbol_kind {
	SYMBOL_END,
	SYMBOL_BYTE,
	SYMBOL_VALUE, /* a replacement string: part tells which */
	SYMBOL_CLOSE, /* the backquote that ends level */
};

struct symbol {
	enum symbol_kind kind;
	char byte;
	size_t part, offset; /* where it stands */
	unsigned level;      /* SYMBOL_CLOSE */
};

struct reader {
	const struct parts *parts; /* lent */
	size_t part, offset;
	unsigned level;                    /* backquotes open now */
	bool in_double[READER_LEVELS + 1]; /* whether those of a level stand in "..." */
};

struct symbol reader_next(struct reader *r);
struct symbol reader_peek(const struct reader *r);
bool reader_peek_byte(const struct reader *r, char byte); /* whether it comes next */
bool reader_skip_byte(struct reader *r, char byte);       /* the same, and takes it */

#endif
