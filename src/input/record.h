/*
 * record.h - delimited records from a descriptor, read lazily and without ever blocking.
 *
 * A record ends at a delimiter of any length, which is not part of it; a last record without its end counts when it
 * has at least one byte. With CSV rules a delimiter inside quotes does not end a record. What is no regular file is
 * only read from when it is readable.
 */
#ifndef INPUT_RECORD_H
#define INPUT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/err.h"
#include "input/answer.h"
#include "input/csv.h"

struct record_reader {
	int fd;                  /* -1 once the end was read */
	bool owned;              /* fd is closed at its end */
	bool regular;            /* a read never waits */
	bool quoted;             /* by CSV rules */
	struct csv format;       /* lent strings: the delimiter, and the separator where quoted is set */
	char *name;              /* owned: for messages */
	struct buf buffer;       /* bytes read and not yet given are those from start on */
	size_t start;            /* where the next record begins */
	struct csv_cursor found; /* how far the search for its end has come, from start */
};

/* format: copied, its strings lent for the life of the reader. name: copied. owned: takes fd, else fd is lent. */
void record_init(struct record_reader *r, int fd, bool owned, bool quoted, const struct csv *format, const char *name);
void record_release(struct record_reader *r); /* closes fd if it is owned */

/* Lends the next record, NUL ended, valid until the next call; its bytes may be changed. */
enum answer record_next(struct record_reader *r, char **text, size_t *length, struct err *e);

/* No more is wanted: what was read is dropped, and the descriptor closed if it is owned. */
void record_stop(struct record_reader *r);

#endif
