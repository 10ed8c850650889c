/*
 * link.h - the framed connection between the manager and one worker, either side of it.
 *
 * Nothing here blocks: both descriptors are set non-blocking, for they are ours alone.
 */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "wire/frame.h"

struct wire_link {
	int in;          /* owned: read from here, -1 when closed */
	int out;         /* owned: written to, -1 when closed */
	struct buf read; /* bytes that came in; used up to `taken` */
	size_t taken;    /* bytes of `read` that were handed out as frames */
	struct buf send; /* frames not written yet, from `sent` on */
	size_t sent;     /* bytes of `send` that are written */
};

/* Takes both descriptors. */
void link_init(struct wire_link *l, int in, int out);
void link_release(struct wire_link *l); /* closes both */
void link_close_out(struct wire_link *l);

/* Frames are added to &l->send by the encoders of message.h, then written by link_flush. Returns 1 when all is written,
   0 when some is left (wait until `out` is writable), -1 with errno when the other side is gone. */
int link_flush(struct wire_link *l);
size_t link_unsent(const struct wire_link *l); /* bytes */

/* Reads once. Returns 1 when bytes came in, 0 when there is nothing now, -1 at end of file or on an error (errno 0 at
   end of file). */
int link_read(struct wire_link *l);

/* Next complete frame. Returns 1 with f lent until the next link_read, 0 when there is none, -1 when the bytes are no
   frames. link_peek leaves the frame where it is; link_take removes the one that was peeked. */
int link_peek(const struct wire_link *l, struct frame *f);
void link_take(struct wire_link *l, const struct frame *f);

#endif
