/*
 * writer.h - standard output and error, written without ever blocking and checked to the last byte.
 *
 * Bytes are gathered and written when they are many, when the other descriptor's turn comes, and at writer_flush: so
 * the order between the two is kept, also where both are the same file. The descriptors' flags are left alone, for they
 * are shared with other processes.
 */
#ifndef OUTPUT_WRITER_H
#define OUTPUT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "os/loop.h"

enum { WRITER_ROOM = 64 * 1024 };

struct writer {
	struct loop *loop;  /* lent */
	struct buf pending; /* bytes for `current`, from `written` on */
	size_t written;
	uint64_t taken;           /* bytes that were ever put */
	int current;              /* the descriptor that pending is for: 1 or 2 */
	bool blocked;             /* the last write took less than all: waiting for room */
	int error[3];             /* by descriptor: errno of a write that failed, 0; EPIPE when the reader is gone */
	struct watch watch[3];    /* by descriptor: for room, while blocked */
	void (*ready)(void *arg); /* there is room again */
	void *arg;
	void (*before)(void *arg); /* something is about to be written; NULL for nobody to be told */
	void *before_arg;
	bool in_line[3]; /* by descriptor: the last byte that was written was no newline; 0: to either of them */
};

/* ready is called when a blocked writer has room again, or an error. */
void writer_init(struct writer *w, struct loop *loop, void (*ready)(void *arg), void *arg);
void writer_release(struct writer *w);

/* How many bytes writer_put takes for fd (1 or 2) without writing any; 0 while blocked. */
size_t writer_room(struct writer *w, int fd);

/* Takes bytes for fd until it is blocked, and returns how many. Bytes for a descriptor in error are taken and thrown
   away. */
size_t writer_put(struct writer *w, int fd, const char *bytes, size_t length);

/* Writes what is pending as far as it goes. Returns true when nothing is left. */
bool writer_flush(struct writer *w);

/* Gives up a descriptor that blocks, as if its reader were gone. */
void writer_give_up(struct writer *w);

/* How many of all bytes that were put are written, or thrown away. */
uint64_t writer_settled(const struct writer *w);

bool writer_is_empty(const struct writer *w);

/* Flushes what is left, waiting as long as it takes, and closes standard output: on some file systems the last error
   comes only then. Returns 0 or errno. */
int writer_close(struct writer *w);

#endif
