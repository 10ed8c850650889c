/*
 * result.h - hears of tasks from the pool, makes outcomes of them, and tells policy and sinks.
 */
#ifndef RUN_RESULT_H
#define RUN_RESULT_H

#include "output/outcome.h"
#include "pool/pool.h"
#include "run/state.h"

/* For pool_new, with a struct run as arg. */
extern const struct pool_events result_events;

/* The job is over: has its files packed, tells policy and sinks, and forgets it. */
void result_finish(struct run *r, struct job *j, struct outcome *o);

/* Told by the callback that it has ended for a job: arg is the run. */
void result_called(void *arg, void *job, int code, int status);

/* Told by the packing that it is over for a job: arg is the run. */
void result_packed(void *arg, void *job, const struct err *e);

/* The job is not to be run: forgets it, and nobody is told. */
void result_skip(struct run *r, struct job *j);

/* The task could not even be handed out; code: errno. */
void result_not_started(struct run *r, struct job *j, int code);

/* The same, and why was said. */
void result_not_begun(struct run *r, struct job *j);

/* The same, because its directory cannot be made. */
void result_no_directory(struct run *r, struct job *j, const char *directory, int code);

/* --timeout N%: ends what took too long, and sets the timer for the next one. */
void result_check_limits(struct run *r);

#endif
