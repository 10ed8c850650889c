/*
 * summary.h - the list of failed jobs at the end of a run, so that no failure is overlooked.
 *
 *     pp: 23 of 120 jobs failed:
 *       job 2: exit status 3 after 0.12s: gzip -c b > b.gz
 *           gzip: b: No such file or directory
 *       job 9: killed by signal 9 (KILL) after 2m05s: convert 9.png 9.jpg
 *       and 21 more
 *
 * The first SUMMARY_JOBS failures are told of, in the order in which they came; jobs that pp cancelled are none. In the
 * log of a CI service each has several lines of its output, behind a bar, so that the service does not take them for
 * commands to it. What is held is bounded. Everything is printable in the list, whatever the commands and outputs hold.
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
	SUMMARY_BYTES = 200, /* of a command, and of a line of output */
	SUMMARY_TAIL = 5,    /* lines of a job's output in the log of a CI service */
};

/* The last lines of one of a job's streams that are not blank. All zero bytes: nothing came yet. */
struct summary_tail {
	struct buf earlier; /* those before the last one, each with a newline behind it */
	unsigned count;     /* of them */
	struct buf text;    /* what of the last one is kept; empty only when nothing came yet */
	bool over;          /* its end has come: */
	bool ended;         /* as a newline; what comes behind a carriage return takes its place */
	size_t indent;      /* width of the blanks in front of the next one, as far as they came */
};

/* lines: how many are kept, 1 to SUMMARY_TAIL; a single one is kept without the blanks in front of it. */
void summary_tail_add(struct summary_tail *t, unsigned lines, const char *bytes, size_t length);
void summary_tail_clear(struct summary_tail *t); /* at the start of another try, and at the end */

static inline bool summary_tail_is_empty(const struct summary_tail *t)
{
	return t->text.length == 0;
}

/* All zero bytes: no failures. */
struct summary {
	uint64_t failed; /* failures in all */
	struct buf list; /* their lines, rendered */
};

/* Counts o if it is a failure. tail: the end of the job's output, NULL where it is not known; bar: its lines stand
   behind one. */
void summary_add(struct summary *s, const struct outcome *o, const struct summary_tail *tail, bool bar);
void summary_release(struct summary *s);

/* Adds the list, whole lines of which the first begins with the program's name; nothing when nothing failed. jobs: how
   many there were in all, those not run among them. */
void summary_render(const struct summary *s, const char *name, uint64_t jobs, struct buf *to);

/* Adds how a job ended: "exit status 3", "killed by signal 9 (KILL)", "timed out", ... */
void summary_end(const struct outcome *o, struct buf *to);

#endif
