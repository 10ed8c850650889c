/*
 * roster.h - which slot stands where: the pool's state, shared by the pool and its crew.
 *
 * A crew is how workers of one kind are dealt with: command workers (command_crew.h) or line workers (line_crew.h). The
 * pool chooses slots; the crew starts and ends workers and speaks with them; both keep the roster. A slot with a live
 * worker stands in one of two places while it can take a task: in the heap of idle slots (nothing under way; the lowest
 * number is taken first) or in the list of those that could take one more.
 */
#ifndef POOL_ROSTER_H
#define POOL_ROSTER_H

#include "base/heap.h"
#include "base/list.h"
#include "os/loop.h"
#include "os/wait.h"
#include "pool/config.h"
#include "pool/guard.h"
#include "pool/slot.h"

struct pool;

struct crew {
	/* Starts a worker in an empty slot, which is live then. Returns 0, or -1 with errno: it is tried again later,
	   unless the crew gave the slot up. */
	int (*start)(struct pool *p, struct slot *s);
	int (*hand)(struct pool *p, struct slot *s, const struct task_message *m); /* returns 0 or an errno */
	bool (*takes_more)(const struct pool *p,
	                   const struct slot *s); /* a live slot with tasks under way takes one more */
	bool (*is_resting)(const struct slot *s); /* a live slot with nothing under way may not have a task yet */
	void (*flush)(struct pool *p, struct slot *s);
	void (*bye)(struct pool *p, struct slot *s); /* its worker ends when its tasks are done */
	void (*cancel)(struct pool *p, struct slot *s, uint64_t id, int signal);
	void (*end)(struct pool *p, int signal); /* what has nothing more to do and takes long to end */
	void (*recall)(struct pool *p, struct slot *s);
	void (*signal)(struct pool *p, struct slot *s, int signal);
	void (*resume)(struct pool *p, struct slot *s); /* refused output may be offered again */
	bool (*reaped)(struct pool *p,
	               const struct wait_result *r); /* a child has ended; returns whether it was one of the crew's */
	void (*starve)(struct pool *p, struct slot *s); /* nothing more is there to be handed over now */
	void (*kill)(struct pool *p, struct slot *s);   /* the pool is freed: at once */
	void (*release)(struct pool *p);                /* and what stands in no slot */
};

struct pool {
	struct loop *loop;
	struct pool_config config;
	const struct pool_events *events;
	void *arg;
	const struct crew *crew;
	struct slot **slots;   /* owned, slots[n - 1] is slot n */
	size_t slot_count;     /* slots that exist; at least config.size once all were needed */
	struct board **boards; /* owned pieces of shared memory */
	size_t board_pieces;
	struct heap idle;        /* by number */
	struct list roomy;       /* live slots with something under way that could take more */
	struct list dirty;       /* slots with something to be flushed */
	struct list departed;    /* line workers that have left their slot and end */
	unsigned live;           /* slots whose worker takes tasks */
	unsigned workers;        /* processes not yet gone */
	unsigned leaving;        /* those of them that were told to make room for jobs */
	unsigned held;           /* slots whose output was refused */
	struct timer later;      /* wakes the loop when a start may be tried again */
	nsec_t start_not_before; /* after a fork that failed */
	unsigned start_tries;    /* forks that failed one after another */
	bool dead;               /* no worker can be started */
	struct guard guard;      /* ends what runs when the manager is killed */
	struct timer unguarded;  /* command workers: when to start the guard */
	bool guard_tried;        /* command workers: it was started, or could not be */
	nsec_t real_offset;      /* line workers: from the monotonic clock to the wall clock */
	bool answered;           /* line workers: some task was answered */
	uint64_t told;           /* line workers: notices that were given, a bit each */
};

enum {
	ROSTER_DEATHS = 5, /* workers lost one after another in a slot, no task done: the slot is given up */
};

void roster_place(struct pool *p, struct slot *s); /* after any change of what it has under way */
void roster_make_dirty(struct pool *p, struct slot *s);

/* A worker was started in the slot: tells of it. */
void roster_tell_started(const struct pool *p, const struct slot *s, pid_t pid);

/* The slot's worker takes no more tasks. */
void roster_retire(struct pool *p, struct slot *s, enum slot_state state);

void roster_hold(struct pool *p, struct slot *s, bool held); /* whether its output was refused */

/* The next worker of the slot is started after a while that grows with each call. */
void roster_back_off(struct slot *s);

/* Wakes the loop then, so that a start is tried again. */
void roster_wake_at(struct pool *p, nsec_t at);

#endif
