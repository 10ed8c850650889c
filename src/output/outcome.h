/*
 * outcome.h - what sinks are told of a finished job.
 */
#ifndef OUTPUT_OUTCOME_H
#define OUTPUT_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/num.h"
#include "input/item.h"

enum outcome_cause {
	OUTCOME_EXITED,      /* the program ended by itself: status */
	OUTCOME_SIGNALLED,   /* a signal ended it: signal */
	OUTCOME_TIMEOUT,     /* its time was over; status or signal tell how it ended then */
	OUTCOME_CANCELLED,   /* pp ended it because the run was halted or interrupted */
	OUTCOME_NOT_STARTED, /* the program could not be started; status 126 or 127 */
	OUTCOME_LOST,        /* its worker vanished */
};

struct outcome {
	uint64_t sequence; /* the job's number */
	unsigned slot;     /* where its last try ran */
	enum outcome_cause cause;
	int status; /* exit status, 0 when a signal ended it, -1 when there is none */
	int signal; /* 0 when no signal ended it */
	unsigned tries;
	nsec_t start;            /* of the last try, wall clock */
	nsec_t run_time;         /* of the last try */
	nsec_t user, system;     /* processor time of the last try */
	int64_t peak_rss;        /* bytes, -1 unknown */
	uint64_t output_bytes;   /* standard output of the last try */
	const char *command;     /* lent: as a person reads it */
	const char *host;        /* lent: where it ran; NULL for this machine */
	const struct item *item; /* lent: its values; NULL for none */
};

/* "exited", "signalled", "timeout", "cancelled", "not_started", "lost". */
const char *outcome_cause_name(enum outcome_cause cause);

/* Whether the program came to an exit status of its own. */
static inline bool outcome_has_status(const struct outcome *o)
{
	return o->status >= 0 && o->signal == 0 && o->cause != OUTCOME_LOST;
}

static inline bool outcome_failed(const struct outcome *o)
{
	return o->cause != OUTCOME_EXITED || o->status != 0;
}

#endif
