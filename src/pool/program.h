/*
 * program.h - a line worker as a process: the user's program with its pipes.
 *
 * It leads a process group of its own. The manager keeps a reading end of the pipe that brings it tasks: what the
 * program has not read yet can be taken back, and a task that it never read is none that it can have died of.
 */
#ifndef POOL_PROGRAM_H
#define POOL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "base/list.h"
#include "base/num.h"
#include "os/loop.h"
#include "pool/config.h"
#include "pool/dialog.h"

struct pool;
struct slot;

enum { PROGRAM_OUT, PROGRAM_ERRORS, PROGRAM_STATUSES, PROGRAM_SIDES, PROGRAM_WORDS = 400 };

/* One of the pipes that bring something from the program. */
struct program_side {
	int fd; /* -1: none, or at end of file */
	struct watch watch;
	struct buf bytes; /* read, and used up to `taken` */
	size_t taken;
};

/* When something is to be done about it; NSEC_NEVER for not at all. */
enum program_due {
	DUE_SETTLED, /* its first answer was long enough ago for a second one to be seen */
	DUE_RECALL,  /* tasks wait behind a long one */
	DUE_LOOK,    /* it has been silent: what does it do? */
	DUE_LIMIT,   /* the time of a task is over */
	DUE_START,   /* it must be ready by then */
	DUE_STEP,    /* the next signal of the ladder */
	DUE_GRACE,   /* its input has ended, so it should too */
	DUE_DRAIN,   /* it is reaped, but a descendant keeps a pipe */
	DUE_IDLE,    /* too long without a task */
	DUE_AGE,     /* too old */
	DUE_COUNT
};

struct program {
	struct pool *pool;
	struct slot *slot;       /* NULL when it has departed */
	unsigned number;         /* of its slot */
	struct list departed;    /* place among those */
	pid_t pid;               /* 0 once reaped */
	pid_t group;             /* its process group */
	int status;              /* wait status, once reaped */
	volatile pid_t *guarded; /* its place with the guard */
	int in;                  /* where tasks are written to, -1 when closed */
	int back;                /* the same pipe's reading end, -1 where the system has no second one */
	struct watch room;       /* of `in`, while it is full */
	struct program_side side[PROGRAM_SIDES];
	struct buf send; /* tasks, written up to `sent` */
	size_t sent;
	uint64_t written; /* bytes in the pipe or read from it */
	uint64_t queued;  /* bytes that were ever added to `send` */
	struct dialog dialog;
	struct timer timer;
	nsec_t due[DUE_COUNT];
	nsec_t started_at;
	nsec_t rested_at;   /* when it last had nothing more to do */
	nsec_t progress_at; /* when it last got a first task or gave an answer */
	nsec_t look_after;  /* how long until the next look at a silent one */
	nsec_t settles_for; /* how long it is given for a second answer to its first task */
	nsec_t measured_at; /* when its memory was last asked for */
	nsec_t stopped_at;  /* when it was told to stand still, 0 when it runs */
	uint64_t answers;
	uint64_t recalled; /* the task behind which others were taken back */
	unsigned step;     /* of the ladder */
	bool ready;        /* it may be sent tasks: with frame it says when */
	unsigned given;    /* parts of an answer that was refused in part */
	bool closing;      /* no further task: its input is closed when all is written */
	bool doomed;       /* it is being ended; what it says is not heard any more */
	bool faulty;       /* ... for not keeping to its protocol */
	bool replace;      /* another takes its place when nothing is under way */
	uint64_t ahead;    /* bytes of tasks that may be under way */
	bool hungry;       /* it waits for more before it answers: it buffers */
	bool was_stuck;    /* when it was looked at last */
	struct buf words;  /* its last line of standard error, and what has come of the next */
	char last_words[PROGRAM_WORDS];
};

/* Starts it. guarded is lent: where its process id is written to before it runs. Gives the program, or NULL with errno
   and *in_exec as of spawn_start. */
struct program *program_new(const struct pool_program *config, unsigned slot, volatile pid_t *guarded, bool *in_exec);
void program_close(struct program *pr); /* our ends of its pipes */
void program_free(struct program *pr);  /* it must have been reaped and its watches be removed */

/* Writes tasks as far as they go. Returns 1 when nothing is left, 0 when the pipe is full, -1 with errno when nobody
   reads it. */
int program_write(struct program *pr);

/* Takes back what it has not read: the bytes stand in `send` again as if they had never been written. Where that cannot
   be done, only what was not written counts as not read. */
void program_take_back(struct program *pr);

/* Forgets the last tasks: all bytes from there on, which must not be written yet. */
void program_cut(struct program *pr, uint64_t from);

/* Reads once from a side. Returns bytes, 0 for none now, -1 at end of file, where the side is closed. */
ssize_t program_read(struct program *pr, int side);

bool program_has_read(const struct program *pr); /* whether it may have read anything */

bool program_is_running(const struct program *pr); /* as of process_is_running */

/* Whether it has read all that it was sent and sleeps until there is more. */
bool program_is_stuck(const struct program *pr);

void program_signal(const struct program *pr, int signal); /* to its group, and to itself where it has left that */

#endif
