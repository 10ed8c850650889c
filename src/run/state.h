/*
 * state.h - the manager's whole state, shared by the modules of this floor.
 *
 *     feed     reads items, renders commands, hands out tasks
 *     result   hears of tasks and makes outcomes of them
 *     control  signals; stopping early
 *     run      the loop around it all
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
#include "output/joblog.h"
#include "output/printer.h"
#include "pool/pool.h"
#include "run/job.h"
#include "run/median.h"
#include "run/policy.h"
#include "run/run.h"

struct run {
	const struct run_config *config;
	struct loop *loop;
	struct pool *pool;
	struct printer *printer; /* ungrouped runs print their commands only */
	struct joblog joblog;
	struct policy policy;
	struct median run_times;
	struct job_table jobs;
	struct list ready;   /* jobs that came back or may be tried again, in order of their numbers */
	struct heap resting; /* jobs that wait for another try */
	uint64_t sequence;   /* number of the last job read */
	uint64_t total;      /* jobs in all, where it had to be known */

	bool input_ended;
	bool stopping;       /* no new jobs are started */
	bool closed;         /* the pool was told that no more tasks come */
	int interrupted;     /* the signal that ended the run, 0 for none */
	int failure;         /* exit status of a failure of pp's own, 0 for none */
	int program_failure; /* 126 or 127: the one program of all jobs cannot be executed */
	bool output_failed;  /* an error of standard output was dealt with */
	bool spool_failed;
	bool init_failed; /* a failing initializer was told of */
	bool counted;     /* total is known, or not needed */

	struct watch input; /* the source that items_next waits for */
	struct watch signals;
	struct timer start_timer; /* --delay, or more items to print without waiting */
	struct timer rest_timer;  /* the next resting job */
	struct timer limit_timer; /* the next running job to be ended for --timeout N% */
	nsec_t next_start;        /* not before, for --delay */
	struct buf words;         /* rendered task, reused */
	struct buf text;          /* rendered tag, reused */
	uint32_t dice;            /* state of the generator for retry delays */
};

/* feed */
void feed_init(struct run *r);
void feed_tasks(struct run *r);                         /* starts what can be started now */
const char *feed_command(struct run *r, struct job *j); /* lends the job's command as a person reads it */

/* result */
extern const struct pool_events result_events;
void result_not_started(struct run *r, struct job *j,
                        int code); /* the task could not even be handed out; code: errno */
void result_finish(struct run *r, struct job *j,
                   struct outcome *o);   /* the job is over: tells policy and sinks, and forgets it */
void result_check_limits(struct run *r); /* --timeout N%: ends what took too long */

/* control */
int control_init(struct run *r); /* 0, or -1 with errno */
void control_stop(struct run *r,
                  int signal); /* no new jobs; signal 0: running ones finish, else they are ended with it */
void control_fail(struct run *r, int status); /* pp itself failed: stops with SIGTERM, and with this exit status */
void control_drop_ready(struct run *r);       /* jobs that wait for a slot or a further try are not run any more */
void control_reread_jobs(struct run *r);      /* -j FILE: the pool gets the size that stands there now */
void control_check_reader(struct run *r);     /* stops quietly when nobody reads standard output any more */
void control_check_output(struct run *r);     /* stops when standard output or the spool cannot go on */

#endif
