/*
 * frame.h - one message on a link, as bytes.
 *
 * A frame is a header of 8 bytes and a payload: the payload's length (4 bytes, little endian), the slot it is about (2
 * bytes, little endian), its type, and a zero byte. The length is checked before anything is done with it. Both
 * functions are pure.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

enum {
	FRAME_HEADER = 8,             /* bytes */
	FRAME_MAX = 32 * 1024 * 1024, /* bytes of payload: more than any system takes as arguments of a program */
};

struct frame {
	unsigned type;
	unsigned slot;
	const unsigned char *payload; /* lent from the decoded bytes */
	size_t length;                /* of the payload */
};

/* Begins a frame at the end of b. Returns a mark for frame_end; the payload is added to b in between. */
size_t frame_begin(struct buf *b, unsigned type, unsigned slot);

/* Completes the frame. Returns 0, or -1 when the payload is longer than FRAME_MAX: the frame is then removed from b. */
int frame_end(struct buf *b, size_t mark);

/* Looks at the front of bytes. Returns 1 with f filled (FRAME_HEADER + f->length bytes are then used up), 0 when the
   frame is not complete yet, -1 when this can be no frame. */
int frame_decode(const void *bytes, size_t length, struct frame *f);

#endif
