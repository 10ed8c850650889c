/*
 * slot.h - a numbered place in the pool and the worker that is in it now.
 *
 * The number outlives the worker. A slot knows the tasks that were handed to its worker and not answered yet, in the
 * order in which the worker executes them. Selection among slots and what happens to tasks is the pool's business.
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

enum slot_state {
	SLOT_EMPTY,   /* no worker */
	SLOT_LIVE,    /* a worker takes tasks; with an initializer it may still be at that */
	SLOT_CLOSING, /* its worker was told BYE */
	SLOT_ENDING,  /* the link is at end of file or the process was reaped, but not both yet */
	SLOT_BANNED,  /* its initializer failed: no worker is started here any more */
};

/* A task under way. */
struct handed {
	uint64_t id;
	uint64_t sequence; /* line workers: the job's number */
	uint64_t from, to; /* line workers: where its bytes stand in all that was ever sent to the worker */
	nsec_t begun;      /* line workers: when it came to be among those that the worker executes; 0: it waits */
	unsigned cause;    /* line workers: enum done_cause where pp ends it, else 0 */
};

struct program;

struct slot {
	unsigned number; /* from 1 */
	enum slot_state state;
	pid_t pid;               /* of a command worker, 0 when none or reaped */
	pid_t last_pid;          /* of the last command worker */
	int status;              /* its wait status, once reaped */
	struct wire_link link;   /* to a command worker */
	bool linked;             /* the link is open */
	struct program *program; /* the line worker, NULL for none */
	bool held;               /* output was refused: it waits until the pool is resumed */
	bool leaves;             /* the worker was told to make room for jobs */
	bool ready;              /* READY came */
	struct watch in;         /* reports */
	struct watch out;        /* room for tasks, while the link is clogged */
	struct board *board;     /* shared with the worker */
	struct handed *handed;   /* owned ring of tasks under way, in order */
	size_t first;            /* place of the first of them */
	size_t room;             /* places in the ring: a power of two, or 0 */
	size_t under_way;        /* their number */
	uint64_t tasks;          /* handed to this worker in all, those that came back not counted */
	nsec_t average;          /* run time of a task, a running mean; 0: not known */
	unsigned deaths;         /* workers lost in a row without a task done in between */
	unsigned faults;         /* line workers in a row that broke their protocol at once */
	bool hungry;             /* its line worker waits for more tasks before it answers */
	nsec_t start_not_before; /* back-off: no new worker before that time */
	struct heap_node idle;   /* place among the pool's idle slots */
	struct list roomy;       /* place among the slots that could take one more task */
	struct list dirty_node;  /* place among the slots to be flushed */
};

struct slot *slot_new(unsigned number, struct board *board);
void slot_free(struct slot *s);

/* A command worker runs: takes the descriptors. */
void slot_opened(struct slot *s, pid_t pid, int in, int out);

/* A task was handed over. Lends its place in the ring until the next call. */
struct handed *slot_hand(struct slot *s, uint64_t id);

/* The nth task under way, from 0; it must be there. */
struct handed *slot_at(const struct slot *s, size_t n);

/* The task was answered: forgets it. Returns false when it was not under way here. */
bool slot_answered(struct slot *s, uint64_t id);

void slot_drop_first(struct slot *s); /* forgets the first task */

/* The first task under way; NULL when there is none. */
struct handed *slot_first(struct slot *s);

/* Whether the worker had begun the task `id` or one that was handed after it, as the board says. */
bool slot_has_begun(const struct slot *s, uint64_t id);

/* Kills what the worker's job left, and removes its files: for a worker that is gone. */
void slot_kill_job(struct slot *s);

/* How many tasks the slot should have under way so that short ones cost no wait: 1 to most. */
size_t slot_window(const struct slot *s, size_t most);
void slot_learn(struct slot *s, nsec_t run_time); /* a task took so long */

#endif
