/*
 * history.h - what the job log of an earlier run tells: for --resume, --resume-failed and --retry-failed.
 *
 * Reads the nine columns that joblog.h and GNU parallel write. A job is done when a record says so; of several records
 * of one job any that succeeded counts, else the last. A record that was torn when the machine went down is no record,
 * at the end of the log; neither is it when others were written behind it since, unless only its command was torn: then
 * that is another one than today's. 16 bytes of memory a record.
 */
#ifndef OUTPUT_HISTORY_H
#define OUTPUT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

enum history_mode {
	HISTORY_RESUME,        /* what is in the log is not done again */
	HISTORY_RESUME_FAILED, /* but for what failed */
	HISTORY_RETRY_FAILED,  /* only what failed is done again, and the log has the commands */
};

enum history_answer {
	HISTORY_RUN,     /* the job is to be done */
	HISTORY_SKIP,    /* it is not */
	HISTORY_CHANGED, /* it is not, but its command in the log is another one */
};

struct history_row {
	uint64_t sequence;
	/* Lowest bit: it succeeded; the others: a hash of the command, or where in the log the command begins. */
	uint64_t value;
};

struct history {
	enum history_mode mode;
	struct history_row *rows; /* owned: one a job, by sequence */
	size_t count, capacity;
	size_t done;        /* jobs that are not to be done again */
	uint64_t whole;     /* bytes of the log that are whole lines */
	bool torn;          /* something follows them */
	unsigned extra;     /* columns behind the command, which joblog.h's log does not have */
	int fd;             /* owned: the log, for HISTORY_RETRY_FAILED; -1 */
	size_t next_failed; /* place in rows */
};

/* Reads the log; one that is not there has no records. Returns 0, or -1 with e filled: it cannot be read, or is no job
   log. */
int history_read(struct history *h, const char *path, enum history_mode mode, struct err *e);
void history_release(struct history *h);

/* Cuts off what is torn at the end of the log, so that it can be added to. Returns 0, or -1 with e filled. */
int history_repair(const struct history *h, const char *path, struct err *e);

/* What is to become of a job. command: as it would be logged today, NULL to let it be. */
enum history_answer history_ask(const struct history *h, uint64_t sequence, const char *command);

/* HISTORY_RETRY_FAILED: gives the next failed job in order of the numbers: *sequence, and its command, which replaces
   the content of command. Returns 1; 0: there are no more; -1 with e filled. */
int history_next_failed(struct history *h, uint64_t *sequence, struct buf *command, struct err *e);

#endif
