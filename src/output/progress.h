/*
 * progress.h - how far a run has come, as text for people: --bar, --eta, --progress, --summary, and a line of life.
 *
 * It counts what it is told and renders lines; it knows neither terminal nor clock. The texts of --eta, --progress and
 * --bar are those of GNU parallel, for scripts that read them.
 *
 * The remaining time comes from the time that jobs took and from how many ran at a time so far. What is shown moves
 * towards each new estimate by and by, and counts down meanwhile.
 */
#ifndef OUTPUT_PROGRESS_H
#define OUTPUT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/num.h"
#include "output/outcome.h"

struct progress {
	uint64_t total;   /* jobs in all, as far as they are known */
	bool total_known; /* there will be no more */
	uint64_t running;
	uint64_t done; /* ended: failed and cancelled ones among them */
	uint64_t failed, cancelled;
	nsec_t begun;      /* the start of the run */
	nsec_t changed;    /* when `running` changed last */
	nsec_t busy;       /* sum over all tries of the time between start and end, until `changed` */
	nsec_t ended;      /* the same of tries that ended */
	nsec_t first_done; /* when the first job ended */

	nsec_t shortest, longest, run_time; /* of jobs; the last is the sum */
	nsec_t user, system;                /* sums */
	int64_t peak_rss;                   /* the greatest, -1 unknown */

	nsec_t end;       /* when the run is thought to end */
	nsec_t estimated; /* when that was thought; -1 never */
};

enum progress_style {
	PROGRESS_PLAIN,   /* no escape sequences: [####    ] */
	PROGRESS_REVERSE, /* in reverse video as far as the jobs are done */
};

/* Times are those of one clock, the monotonic one. */
void progress_init(struct progress *p, nsec_t now);
void progress_total(struct progress *p, uint64_t total, bool known);
void progress_start(struct progress *p, nsec_t now);              /* a try begins */
void progress_again(struct progress *p, nsec_t now, nsec_t took); /* it ended, another one follows */
void progress_done(struct progress *p, nsec_t now, nsec_t took, const struct outcome *o); /* the job is done */

/* The time that is left, -1 where nothing can be said: nothing is done yet, or the number of jobs is not known. */
nsec_t progress_remaining(struct progress *p, nsec_t now);

/* The lines that stand once in front of --progress and --eta. */
void progress_head(struct buf *to, unsigned processors, unsigned slots);

/* "local:2/10/100%/0.5s ", with "ETA: 12s Left: 90 AVG: 0.33s  " in front where eta: to be written over the last one,
   behind a \r. */
void progress_status(struct progress *p, nsec_t now, bool eta, struct buf *to);

/* "25% 30:90=1m05s TEXT" in exactly so many columns (one fewer than the terminal has, for many wrap at the last one).
   text: what the newest job works on. */
void progress_bar(struct progress *p, nsec_t now, size_t columns, enum progress_style style, const char *text,
                  struct buf *to);

/* "#   65 sec TEXT\r25\r": the bar for a program such as zenity that reads standard error. */
void progress_zenity(struct progress *p, nsec_t now, const char *text, struct buf *to);

/* "pp: 30 of 120 jobs done, 2 failed, 4 running, about 1m05s left\n": a line of life. */
void progress_line(struct progress *p, nsec_t now, const char *name, struct buf *to);

/* The lines of --summary at the end of the run, each with the program's name in front. */
void progress_summary(const struct progress *p, nsec_t now, const char *name, struct buf *to);

#endif
