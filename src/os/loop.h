/*
 * loop.h - the event loop: descriptors and timers.
 *
 * One clock reading a round; no tick: with nothing ready and no timer set the loop sleeps in one system call
 * without a time-out. epoll where the system has it, poll elsewhere (and when PP_LOOP=poll is in the environment,
 * for tests).
 *
 * A watch or timer is a struct of the caller's, lent to the loop from add to remove. Callbacks may add, change and
 * remove any watch or timer, their own included: an event of a watch that was removed, or whose wish was withdrawn,
 * earlier in the same round is not delivered. Regular files, which epoll refuses, count as always ready.
 *
 * One descriptor has at most one watch at a time, for reading, writing or both.
 */
#ifndef OS_LOOP_H
#define OS_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include "base/heap.h"
#include "base/list.h"
#include "base/num.h"

enum {
	LOOP_READ = 1,  /* a read would not block: data, end of file or an error */
	LOOP_WRITE = 2, /* a write would not block; also when the other side is gone */
};

struct watch {
	int fd;                                        /* lent; must stay open until loop_remove */
	unsigned want;                                 /* LOOP_READ | LOOP_WRITE, 0 to pause; changed by loop_want */
	void (*ready)(struct watch *w, unsigned what); /* called with the part of want that is ready */
	void *arg;                                     /* for ready */
	bool added;                                    /* private from here on: in the loop */
	bool always;                                   /* the descriptor cannot be polled: always ready */
	struct list always_place;                      /* place among those */
};

struct timer {
	struct heap_node node;            /* private: place in the loop's heap */
	void (*expired)(struct timer *t); /* called once at or after the deadline; the timer is no longer set then */
	void *arg;                        /* for expired */
};

struct loop; /* given by loop_new, freed by loop_free */

struct loop *loop_new(void);    /* NULL with errno when the system refuses */
void loop_free(struct loop *l); /* watches and timers are forgotten, descriptors left open */

/* Puts w in; the caller has set fd, want, ready and arg. Returns 0, or -1 with errno: EEXIST when the descriptor
   has a watch already, EBADF when it is not open. */
int loop_add(struct loop *l, struct watch *w);
void loop_want(struct loop *l, struct watch *w, unsigned want); /* cheap: the system hears of it before the next wait */
void loop_remove(struct loop *l, struct watch *w);              /* no effect when it was not added */

void loop_set_timer(struct loop *l, struct timer *t, nsec_t at); /* at: of clock_now; an earlier setting is replaced */
void loop_cancel_timer(struct loop *l, struct timer *t);         /* no effect when not set */
bool loop_timer_is_set(const struct timer *t);

nsec_t loop_now(const struct loop *l); /* the clock as read at the start of the round, when the wait was over */

/* Waits for something to happen and calls what is due: one round, descriptors before timers. Returns 0, or -1 with
   errno, after a short pause, when the system cannot wait now. Returns at once when nothing could ever happen (no
   watch, no timer). EINTR ends the wait and is no error. It may also return with nothing done. Not to be called from a
   callback. */
int loop_once(struct loop *l);

/* The same as loop_free for a forked child: the parent's loop, which shares the system's side, goes on undisturbed. */
void loop_abandon(struct loop *l);

#endif
