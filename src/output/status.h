/*
 * status.h - what people see of a run while it goes on: a bar, counts, the latest line of each job, at the bottom of
 * the terminal; and a line of life in logs.
 *
 * The lines are drawn on standard error where that is a terminal that can go back to the start of a line, and taken
 * away before anything else is written, so that output scrolls above them. Nothing of the terminal is changed that
 * would have to be restored. To a pipe, --bar writes what programs such as zenity read; to a file nothing is written
 * but the line of life.
 */
#ifndef OUTPUT_STATUS_H
#define OUTPUT_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/num.h"
#include "os/loop.h"
#include "output/outcome.h"

struct status_config {
	bool bar;         /* --bar */
	bool eta;         /* --eta */
	bool progress;    /* --progress */
	bool latest;      /* --latest-line */
	bool summary;     /* --summary: lines at the end */
	nsec_t heartbeat; /* a line of life after so much silence, where nothing is drawn; 0 for never */
	unsigned processors, slots;
};

struct status;

struct status *status_new(struct loop *loop, const struct status_config *config); /* loop is lent, config copied */
void status_free(struct status *s);

/* All may be called with NULL for s, and do nothing then. */

void status_total(struct status *s, uint64_t total, bool known); /* jobs in all, as far as they are known */
void status_start(struct status *s, uint64_t sequence,
                  const char *text); /* a try begins; text: what the job works on, copied */
void status_again(struct status *s, uint64_t sequence, nsec_t took); /* it ended, another one follows */
void status_done(struct status *s, const struct outcome *o,
                 bool started); /* the job is done; started: a try was begun and not told of since */

/* Output of a job, for its latest line. */
void status_output(struct status *s, uint64_t sequence, const char *bytes, size_t length);

/* The latest line of a job under way, lent until the next call; "" for none. */
const char *status_latest(struct status *s, uint64_t sequence);

/* Something else is about to be written, to the terminal perhaps: takes the lines away. */
void status_hide(struct status *s);

/* Draws what is due. in_line: what was written last did not end a line, so that nothing can be drawn now. To be called
   once a round. */
void status_turn(struct status *s, bool in_line);

/* The run is over: the last state stays, and the lines of --summary follow. */
void status_close(struct status *s, bool in_line);

#endif
