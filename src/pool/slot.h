/*
 * slot.h - a numbered place in the pool and the worker that is in it now.
 *
 * The number outlives the worker. A slot knows the tasks that were handed to its worker and not answered yet, in the order in
 * which the worker executes them. Selection among slots and what happens to tasks is the pool's business.
 */
#ifndef POOL_SLOT_H
#define POOL_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/heap.h"
#include "base/list.h"
#include "base/num.h"
#include "os/loop.h"
#include "wire/board.h"
#include "wire/link.h"
#include "wire/message.h"

enum slot_state {
	SLOT_EMPTY,   /* no worker */
	SLOT_LIVE,    /* a worker takes tasks; with an initializer it may still be at that */
	SLOT_CLOSING, /* its worker was told BYE */
	SLOT_ENDING,  /* the link is at end of file or the process was reaped, but not both yet */
	SLOT_BANNED,  /* its initializer failed: no worker is started here any more */
};

struct slot {
	unsigned number; /* from 1 */
	enum slot_state state;
	pid_t pid;  /* of the worker, 0 when none or reaped */
	int status; /* its wait status, once reaped */
	struct wire_link link;
	bool linked;             /* the link is open */
	bool held;               /* output was refused: frames wait until the pool is resumed */
	bool leaves;             /* the worker was told to make room for jobs */
	bool dirty;              /* there is something to flush */
	bool ready;              /* READY came */
	struct watch in;         /* reports */
	struct watch out;        /* room for tasks, while the link is clogged */
	struct board *board;     /* shared with the worker */
	struct list handed;      /* struct handed: tasks under way, in order */
	size_t under_way;        /* their number */
	uint64_t tasks;          /* handed to this worker in all, those that came back not counted */
	nsec_t average;          /* run time of a task, a running mean; 0: not known */
	unsigned deaths;         /* workers lost in a row without a task done in between */
	nsec_t start_not_before; /* back-off: no new worker before that time */
	struct heap_node idle;   /* place among the pool's idle slots */
	struct list roomy;       /* place among the slots that could take one more task */
	struct list dirty_node;  /* place among the slots to be flushed */
};

/* A task under way. */
struct handed {
	struct list node;
	uint64_t id;
};

struct slot *slot_new(unsigned number, struct board *board);
void slot_free(struct slot *s);

/* The worker runs: takes the descriptors. */
void slot_opened(struct slot *s, pid_t pid, int in, int out);

/* Adds the task's frame; it is sent by link_flush. Returns 0, or -1 when it is too long for a frame. */
int slot_hand(struct slot *s, const struct task_message *m);

/* The task was answered: forgets it. Returns false when it was not under way here. */
bool slot_answered(struct slot *s, uint64_t id);

/* The first task under way; NULL when there is none. */
struct handed *slot_first(struct slot *s);

/* Whether the worker had begun the task `id` or one that was handed after it. */
bool slot_has_begun(const struct slot *s, uint64_t id);

/* Kills what the worker's job left: for a worker that is gone. */
void slot_kill_job(struct slot *s);

/* How many tasks the slot should have under way so that short ones cost no wait: 1 to most. */
size_t slot_window(const struct slot *s, size_t most);
void slot_learn(struct slot *s, nsec_t run_time); /* a task took so long */

#endif
