/*
 * state.h - the manager's whole state, shared by the modules of this floor.
 *
 *     command  the job's command as a person reads it
 *     sinks    job log, events, result files, failures
 *     result   hears of tasks, makes outcomes of them and tells the sinks
 *     control  signals; stops the run when policy, a failure or a signal asks for it
 *     feed     reads items, renders commands, hands out tasks
 *     run      the loop around it all
 *
 * They call each other downwards only. What a lower one wants of a higher one it leaves in the state, and the higher
 * one looks there in each round.
 */
#ifndef RUN_STATE_H
#define RUN_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/num.h"
#include "os/loop.h"
#include "output/callback.h"
#include "output/each.h"
#include "output/events.h"
#include "output/history.h"
#include "output/joblog.h"
#include "output/pack.h"
#include "output/printer.h"
#include "output/status.h"
#include "output/summary.h"
#include "pool/pool.h"
#include "run/job.h"
#include "run/median.h"
#include "run/policy.h"
#include "run/run.h"

struct run {
	const struct run_config *config;
	struct loop *loop;
	struct pool *pool;
	struct printer *printer;   /* ungrouped runs print their commands only */
	struct callback *callback; /* NULL for none */
	struct pack *pack;         /* compresses files of results; NULL for none */
	struct joblog joblog;
	struct history history; /* of the log of an earlier run */
	bool has_history;
	struct events events;
	struct summary summary;
	struct status *status; /* NULL: nothing is shown of the run */
	struct sheet sheet;    /* makes the beginnings of rows */
	bool has_sheet;        /* it knows its columns: the first job was seen */
	struct each each;
	int failed_fd;     /* records of failed jobs, -1 */
	bool failed_begun; /* names stand in front of them */
	struct policy policy;
	struct median run_times;
	struct job_table jobs;
	struct heap resting; /* jobs that wait for another try */
	uint64_t sequence;   /* number of the last job read */
	uint64_t total;      /* jobs in all, where it had to be known */

	bool input_ended;
	bool input_failed;   /* it ended in an error, which was told: what was read before is run all the same */
	bool stopping;       /* no new jobs are started */
	bool closed;         /* the pool was told that no more tasks come */
	bool look_at_reader; /* a job failed that wrote to standard output itself: perhaps nobody reads it any more */
	uint64_t finished_seen;  /* finished jobs when the file of -j was read last */
	int interrupted;         /* the signal that ended the run, 0 for none */
	bool ending;             /* INT or TERM came: the jobs were told, and the next one kills them */
	int failure;             /* exit status of a failure of pp's own, 0 for none */
	int program_failure;     /* 126 or 127: the one program of all jobs cannot be executed */
	bool failure_dealt_with; /* the run was stopped for it */
	bool told_changed;       /* a job that is not the one in the log was told of */
	unsigned told_workers;   /* how few workers were told of last where no more could be started, 0 for none yet */
	bool told_pack;          /* a file that could not be compressed was told of */
	bool told_callback;      /* a command of the callback that cannot be started was told of */
	bool output_failed;      /* an error of standard output was dealt with */
	bool errors_failed;      /* the same of standard error */
	bool spool_failed;       /* an error of the spool was told of */
	bool output_lost;        /* held output that cannot be read back was told of */
	bool start_failed;       /* a worker that could not be started was told of */
	bool no_start;           /* workers that end at once were told of */
	bool init_failed;        /* a failing initializer was told of */
	bool counted;            /* total is known, or not needed */
	unsigned waits_failed;   /* in a row */

	struct watch input; /* the source that items_next waits for */
	struct watch signals;
	struct timer start_timer; /* --delay, or more items to print without waiting */
	struct timer rest_timer;  /* the next resting job */
	struct timer limit_timer; /* the next running job to be ended for --timeout N% */
	nsec_t next_start;        /* not before, for --delay */
	struct watch terminal;    /* -p: where the user answers */
	uint64_t asked;           /* number of the job asked for, or answered for, last */
	uint64_t answered;
	bool asked_yes;
	struct buf words; /* rendered task, reused */
	struct buf text;  /* rendered tag, reused */
	uint32_t dice;    /* state of the generator for retry delays */
};

/* pp itself failed: the run stops at the end of this round, and with this exit status. */
static inline void state_fail(struct run *r, int status)
{
	if (r->failure == 0)
		r->failure = status;
}

/* Whether something has happened after which no new job may be started. */
static inline bool state_forbids_start(const struct run *r)
{
	return r->stopping || r->failure || r->program_failure || r->policy.verdict != POLICY_GO;
}

#endif
