/*
 * pack.h - compresses the files that jobs leave, with a program of the user's choice: --compress.
 *
 * A file is packed when its job is done: the program has it as standard input, and what it writes takes its place once
 * it has ended well. Until then the file stays as it is, so that nothing is lost however the program ends. Files of
 * several jobs are packed at the same time, in the order in which the jobs came; those of one job one after the other.
 * A program leads a process group of its own: the key that interrupts pp does not reach it.
 */
#ifndef OUTPUT_PACK_H
#define OUTPUT_PACK_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/err.h"
#include "os/loop.h"
#include "output/results.h"

struct pack_config {
	char *const *words; /* lent: the program as for exec; NULL: nothing is packed */
	const char *shown;  /* lent: the same for messages */
	unsigned most;      /* programs at a time, at least 1 */
	/* Lent: so many places where the process groups of those that run stand, 0 for none; NULL for nowhere. */
	volatile pid_t *guarded;
};

/* The files of a job are packed. e: why one is not, and is as it was; NULL when all are, or were given up. */
typedef void pack_done(void *arg, void *job, const struct err *e);

struct pack;

/* loop is lent, config is copied. */
struct pack *pack_new(struct loop *loop, const struct pack_config *config, pack_done *done, void *arg);
void pack_free(struct pack *p); /* kills the programs that run; NULL is fine */

/* Packs the files, which are lent until done is told: never within this call. */
void pack_submit(struct pack *p, struct results *results, void *job);

bool pack_has_room(const struct pack *p); /* not too many jobs wait; so with NULL */
bool pack_is_busy(const struct pack *p);  /* some job's files are not packed yet; not with NULL */

/* A child has ended. Returns whether it was a program of this one. */
bool pack_reaped(struct pack *p, pid_t pid, int status);

/* Kills the programs that run; files that wait stay as they are. */
void pack_give_up(struct pack *p);

#endif
