/*
 * summary.h - the list of failed jobs at the end of a run, so that no failure is overlooked.
 *
 *     pp: 23 of 120 jobs failed:
 *       job 2: exit status 3 after 0.12s: gzip -c b > b.gz
 *           gzip: b: No such file or directory
 *       job 9: killed by signal 9 (KILL) after 2m05s: convert 9.png 9.jpg
 *       and 21 more
 *
 * The first SUMMARY_JOBS failures are told of, in the order in which they came; jobs that pp cancelled are none. What
 * is held is bounded. Everything is printable in the list, whatever the commands and outputs hold.
 */
#ifndef OUTPUT_SUMMARY_H
#define OUTPUT_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "output/outcome.h"

enum {
	SUMMARY_JOBS = 20,
	SUMMARY_BYTES = 200, /* of a command, and of a last line */
};

/* The last line of a job's standard error that is not blank. All zero bytes: nothing came yet. */
struct summary_line {
	struct buf text; /* what of it is kept */
	bool over;       /* its end has come */
};

void summary_line_add(struct summary_line *l, const char *bytes, size_t length);
void summary_line_clear(struct summary_line *l); /* at the start of another try, and at the end */

/* All zero bytes: no failures. */
struct summary {
	uint64_t failed; /* failures in all */
	struct buf list; /* their lines, rendered */
};

/* Counts o if it is a failure. last: the last line of the job's standard error; NULL where it is not known. */
void summary_add(struct summary *s, const struct outcome *o, const struct summary_line *last);
void summary_release(struct summary *s);

/* Adds the list, whole lines of which the first begins with the program's name; nothing when nothing failed. jobs: how
   many there were in all, those not run among them. */
void summary_render(const struct summary *s, const char *name, uint64_t jobs, struct buf *to);

/* Adds how a job ended: "exit status 3", "killed by signal 9 (KILL)", "timed out", ... */
void summary_end(const struct outcome *o, struct buf *to);

#endif
