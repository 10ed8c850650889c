/*
 * spool.h - held output: in memory up to a budget for the whole run, then in one unlinked temporary file.
 *
 * A spool holds any number of streams. Bytes are added at a stream's end and taken from its front. While the spool
 * has memory left they stay in memory; beyond the budget they go to one temporary file, which all streams share
 * (one descriptor, however many streams) and whose space is used again once it is read. When nothing is left in the
 * file, its disk space is given back. Small streams cost their own size and a little, in memory and in the file.
 */
#ifndef OS_SPOOL_H
#define OS_SPOOL_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct spool; /* given by spool_new */
struct piece;

/* A stream of all zero bytes is an empty stream. It may be moved, but not copied. */
struct stream {
	uint64_t length;     /* bytes held */
	struct piece *first; /* private: owned, NULL while nothing is held */
	struct piece *last;  /* private */
};

/* budget: bytes of memory for all streams together. directory: where the temporary file goes; NULL for $TMPDIR,
   else /tmp. Copied. The file is made only when it is needed. */
struct spool *spool_new(size_t budget, const char *directory);
void spool_free(struct spool *s);                   /* the streams must have been cleared before */
const char *spool_directory(const struct spool *s); /* lends: where the temporary file goes */
size_t spool_memory(const struct spool *s);         /* bytes of the budget in use, room for growth included */
uint64_t spool_file_bytes(const struct spool *s);   /* bytes held in the file */

/* Adds bytes at the end. Returns 0, or -1 with e filled (no room on the file system: e->code ENOSPC, EDQUOT or
   EFBIG) and nothing of these bytes taken: the caller may try again later with the same bytes. */
int stream_add(struct spool *s, struct stream *t, const void *bytes, size_t length, struct err *e);

/* The same for what must be taken even when the disk is full: in memory, whatever the budget. Never fails. */
int stream_add_memory(struct spool *s, struct stream *t, const void *bytes, size_t length, struct err *e);

/* Lends the longest run of bytes at the front that is at hand (at least 1 while length > 0, at most 64 KiB): valid
   until the next call for this spool. Returns its length, 0 when the stream is empty, -1 with e filled when the
   file cannot be read. */
ptrdiff_t stream_front(struct spool *s, struct stream *t, const char **bytes, struct err *e);

/* Removes length bytes, at most those held, at the front. */
void stream_drop(struct spool *s, struct stream *t, size_t length);
void stream_clear(struct spool *s, struct stream *t); /* drops all and frees: an empty stream again */

#endif
