/*
 * pool.h - the manager's view of its workers: hands out tasks, hears of them again.
 *
 * This is the seam of the program: run/ sees workers only through these calls down and the events of config.h up, and
 * its unit tests replay whole runs with another pool behind the same names.
 *
 * Every task that was accepted by pool_submit is answered by exactly one event: done, back or lost.
 */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "os/loop.h"
#include "pool/config.h"

struct pool;

/* Nothing is started yet: a worker is when a task needs it. config is copied, loop and events are lent. */
struct pool *pool_new(struct loop *loop, const struct pool_config *config, const struct pool_events *events, void *arg);
void pool_free(struct pool *p); /* kills what is left */

/* Whether pool_room is likely to give a slot: worth reading the next job for. Starts nothing. */
bool pool_has_room(const struct pool *p);

/* A slot that takes a task now, 0 when there is none: wait for an event. May start a worker. */
unsigned pool_room(struct pool *p);

/* Hands the task to the slot that pool_room gave. Returns 0, or an errno: E2BIG when its words are longer than any
   system takes, EILSEQ when a line worker's protocol cannot carry its text. m is lent for the call. It is sent by
   pool_flush. */
int pool_submit(struct pool *p, unsigned slot, const struct task_message *m);

void pool_flush(struct pool *p); /* sends what was submitted: to be called once a round */

/* Ends a task: not begun, it comes back; begun, it is ended with the signal and then the ladder, and is reported
   done. */
void pool_cancel(struct pool *p, unsigned slot, uint64_t id, int signal);
void pool_cancel_all(struct pool *p, int signal); /* all tasks under way */
void pool_recall(struct pool *p);                 /* tasks that are not begun come back */
void pool_signal(struct pool *p, int signal); /* passes a signal to the running jobs; SIGCONT wakes the workers too */
void pool_resize(struct pool *p, unsigned size); /* surplus workers end when their task is done */
unsigned pool_size(const struct pool *p);
void pool_resume(struct pool *p);        /* refused output is offered again */
bool pool_is_held(const struct pool *p); /* refused output waits, and every worker that has a task waits with it */

/* No more tasks: every worker ends when it has nothing left to do. Tasks may be submitted again later all the same. */
void pool_close(struct pool *p);

/* Nothing is there to be submitted for now, and perhaps never will be: line workers that wait for more before they
   answer get the end of their input. */
void pool_starve(struct pool *p);

bool pool_has_queued(const struct pool *p);  /* tasks wait behind others in a worker's hands: they may come back */
unsigned pool_workers(const struct pool *p); /* worker processes that are not yet gone */
bool pool_is_dead(const struct pool *p);     /* no worker can be started any more */

/* Children have ended: reaps them all. */
void pool_reap(struct pool *p);

enum { POOL_GUARDED = 65 };

/* Starts the guard, if it can. Lends, as long as the pool is there, the places of POOL_GUARDED more process groups that
   are to end with this process, whatever ends that: their leaders' ids, 0 for none. NULL: there is no memory. */
volatile pid_t *pool_guarded(struct pool *p);

#endif
