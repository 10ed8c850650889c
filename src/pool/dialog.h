/*
 * dialog.h - the protocols of line workers: tasks become bytes, bytes become answers. Pure.
 *
 *     line   a task is a line, its answer one line
 *     mark   a task is a line; the answer is all bytes up to the mark, wherever that stands; behind it, up to the end
 *            of the line, may stand a status and a message
 *     fd     a task is a line, the answer all output until a line with status and message comes on another descriptor
 *     frame  T id length try, then the bytes of the task; O E D H P Q lines come back, O and E with bytes behind them
 *     json   one JSON object a line, either way
 *
 * With a separator of NUL, lines of line are NUL ended both ways, and the tasks of mark and fd are. The manual
 * pp-worker(5) is the reference for all this.
 */
#ifndef POOL_DIALOG_H
#define POOL_DIALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

enum dialog_protocol { DIALOG_LINE, DIALOG_MARK, DIALOG_FD, DIALOG_FRAME, DIALOG_JSON };

enum {
	DIALOG_LINE_MAX = 64 * 1024 * 1024, /* bytes of an answer of line and json */
	DIALOG_TEXT_MAX = 64 * 1024,        /* bytes of a status line, header or message */
};

struct dialog_config {
	enum dialog_protocol protocol;
	char separator;   /* newline or NUL */
	const char *mark; /* lent: what ends an answer of mark */
	bool own_mark;    /* the program's own mark: what stands behind it is no status unless it is a number */
};

enum dialog_what {
	DIALOG_NONE,    /* the bytes are no whole event yet */
	DIALOG_OUTPUT,  /* a piece of the task's standard output */
	DIALOG_ERRORS,  /* a piece of its standard error */
	DIALOG_DONE,    /* the task is over; the last piece of its output may come with it */
	DIALOG_READY,   /* the worker takes tasks */
	DIALOG_SIGN,    /* of life */
	DIALOG_REPLACE, /* the worker wants to be replaced */
	DIALOG_BAD,     /* no answer of this protocol: reason */
};

struct dialog_event {
	enum dialog_what what;
	uint64_t sequence; /* the job's number; 0: the first task under way */
	const char *bytes; /* lent, as all texts: a piece of output, or of standard error */
	size_t length;
	bool newline;        /* DONE: a newline is to be printed behind the output */
	const char *message; /* DONE: more standard error, without a newline */
	size_t message_length;
	int status;   /* DONE */
	bool replace; /* DONE: and the worker wants to be replaced */
	const char *reason;
	size_t used;      /* bytes that the event takes */
	uint64_t left;    /* private: what dialog_take makes of the state */
	bool left_errors; /* private */
};

struct dialog {
	struct dialog_config config;
	size_t mark_length;
	uint64_t payload;    /* bytes of an O or E that are still to come */
	uint64_t payload_of; /* the job's number */
	bool payload_errors; /* E */
	size_t seen;         /* line and json: bytes in which no newline was found so far */
	struct buf text[2];  /* decoded output and error of json, reused */
};

void dialog_init(struct dialog *d, const struct dialog_config *config); /* config is copied */
void dialog_release(struct dialog *d);

/* Adds a task. Returns 0, or -1 when its text holds the separator. */
int dialog_add_task(const struct dialog *d, struct buf *to, uint64_t sequence, uint32_t try, const char *task,
                    size_t length);

/* Whether the protocol can end a single task, and how. */
bool dialog_can_cancel(const struct dialog *d);
void dialog_add_cancel(const struct dialog *d, struct buf *to, uint64_t sequence);

/* Looks for the next event in what the worker wrote. ended: nothing follows. The event changes nothing until it is
   taken: then its bytes are gone. */
void dialog_next(struct dialog *d, const char *bytes, size_t length, bool ended, struct dialog_event *e);
void dialog_take(struct dialog *d, const struct dialog_event *e);

/* The same for the descriptor of fd on which statuses come. */
void dialog_next_status(const struct dialog *d, const char *bytes, size_t length, bool ended, struct dialog_event *e);

#endif
