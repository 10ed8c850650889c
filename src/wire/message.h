/*
 * message.h - what manager and worker say to each other, version 1.
 *
 * The worker opens with HELLO; after an initializer, if there is one, it says READY, and only then does the manager
 * hand over tasks. Tasks are executed in the order in which they came. For each task the worker answers with any number
 * of OUTPUT and ERRORS and then exactly one of DONE or BACK (not started, and forgotten). End of file on the worker's
 * side without BYE means that the manager died.
 *
 * Numbers are little endian; the slot stands in the frame. The encoders add a whole frame to a buffer; the decoders are
 * pure and return 0, or -1 when the payload is not such a message.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/num.h"
#include "wire/frame.h"

enum { MESSAGE_VERSION = 1 };

enum message_type {
	/* manager to worker */
	MESSAGE_TASK = 1, /* execute this: struct task_message */
	/* Number: task, number: signal to end it with. A task not begun yet is answered with BACK. Task 0: for a
	   worker that ends, and takes long. */
	MESSAGE_CANCEL,
	MESSAGE_RECALL, /* give back all tasks that are not begun */
	MESSAGE_SIGNAL, /* number: 0, number: signal for the running job's process group */
	MESSAGE_BYE,    /* end when the tasks handed over are done */
	/* worker to manager */
	MESSAGE_HELLO,  /* number: version, number: process id */
	MESSAGE_READY,  /* the worker takes tasks. number: 0, or 1 + exit status of a failed initializer */
	MESSAGE_OUTPUT, /* number: task, then bytes of its standard output */
	MESSAGE_ERRORS, /* number: task, then bytes of its standard error */
	MESSAGE_DONE,   /* struct done_message */
	MESSAGE_BACK,   /* number: task, number: 0 */
	/* Number: task, number: 0. The system has had no process for it for a while; the worker goes on trying. */
	MESSAGE_STARVED,
};

enum task_flags {
	TASK_DIRECTORY = 2, /* the first word is the directory to run in, not a word of the command */
	TASK_SHELL = 1,     /* the one word is a shell line */
};

struct task_message {
	uint64_t id;       /* the manager's name for this try */
	uint64_t sequence; /* the job's number, from 1 */
	uint32_t try;      /* from 1 */
	uint32_t flags;    /* enum task_flags */
	nsec_t timeout;    /* 0 for none */
	uint32_t argc;     /* number of words */
	const char *words; /* argc words, each with its NUL; lent */
	size_t bytes;      /* of all words */
};

/* How a task ended. */
enum done_cause {
	DONE_EXITED = 1,  /* value: exit status */
	DONE_SIGNALLED,   /* value: signal */
	DONE_TIMEOUT,     /* its time was over; value: exit status in the end, or minus the signal */
	DONE_CANCELLED,   /* ended because the manager asked; value: as for DONE_TIMEOUT */
	DONE_NOT_STARTED, /* the program could not be started; value: errno */
};

struct done_message {
	uint64_t id;
	uint32_t cause;   /* enum done_cause */
	int32_t value;    /* see there */
	nsec_t start;     /* wall clock, since the Epoch */
	nsec_t run_time;  /* from start to end */
	nsec_t user;      /* processor time */
	nsec_t system;    /* processor time */
	int64_t peak_rss; /* bytes, -1 unknown */
};

/* Returns 0, or -1 when it is longer than a frame may be. */
int message_task(struct buf *to, unsigned slot, const struct task_message *m);
void message_done(struct buf *to, unsigned slot, const struct done_message *m);
void message_numbers(struct buf *to, unsigned slot, enum message_type type, uint64_t a, uint64_t b);

/* OUTPUT, ERRORS, READY: a number, and bytes but for READY. Begins a frame; bytes may then be added to `to`, and
   frame_end closes it. */
size_t message_begin_data(struct buf *to, unsigned slot, enum message_type type, uint64_t id);

int message_parse_task(const struct frame *f,
                       struct task_message *m); /* m->words is lent from f; words are checked to be NUL ended */
int message_parse_done(const struct frame *f, struct done_message *m);
int message_parse_numbers(const struct frame *f, uint64_t *a, uint64_t *b);
int message_parse_data(const struct frame *f, uint64_t *id, const char **bytes, size_t *length); /* lends from f */

#endif
