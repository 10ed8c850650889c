/*
 * events.h - the sink that tells programs what happens as it happens: a line of JSON for each event, for --events.
 *
 *     {"event":"start","time":1700000000.045678,"seq":1,"slot":2,"host":":","try":1,"values":["a"],"command":"echo a"}
 *     {"event":"output","time":...,"seq":1,"stream":"stdout","text":"a\n"}
 *     {"event":"end","time":...,"seq":1,... the members of jsonl.h but for the two outputs}
 *     {"event":"retry","time":...,"seq":1,... the same, of the try that failed ...,"delay":0.500000}
 *     {"event":"worker_started","time":...,"slot":2,"pid":4711}
 *     {"event":"worker_lost","time":...,"slot":2,"pid":4711,"status":null,"signal":9}
 *
 * A pid that is not known is null. Each line is given to the system in one write. Where the reader is slow, lines are
 * held until there is room; the caller goes on reading from jobs only while events_has_room. After an error nothing
 * more is written.
 */
#ifndef OUTPUT_EVENTS_H
#define OUTPUT_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "os/loop.h"
#include "output/outcome.h"

enum { EVENTS_ROOM = 1024 * 1024 }; /* bytes that may be held */

struct events {
	int fd;             /* owned, -1 when not open */
	const char *where;  /* lent: its name, or number */
	struct loop *loop;  /* lent */
	struct watch watch; /* for room, while bytes are held */
	struct buf held;    /* lines for fd, from `written` on */
	size_t written;
	struct buf parts; /* text of an output event, reused */
	bool given_up;    /* what was held was thrown away */
	int error;        /* errno of a write that failed, 0; EPIPE: the reader is gone */
	void (*ready)(void *arg);
	void *arg;
};

/* where: lent for the life of v: the number of an open descriptor (it is taken: jobs don't get it), or else the name of
   a file, which is made anew. ready is called when held lines were written, or an error came. Returns 0, or -1 with e
   filled. */
int events_open(struct events *v, struct loop *loop, const char *where, void (*ready)(void *arg), void *arg,
                struct err *e);

bool events_has_room(const struct events *v);

bool events_are_written(const struct events *v); /* nothing is held */

/* What is held is thrown away, and nothing more is written. */
void events_give_up(struct events *v);

/* Waits for a slow reader until all is written, and closes. Returns 0, or -1 with e filled when not all could be
   written. */
int events_close(struct events *v, struct err *e);

/* time: wall clock. A try begins: of o sequence, slot, host, tries, item and command are told. */
void events_start(struct events *v, nsec_t time, const struct outcome *o);

/* Output of a job; which: 1 or 2. carry belongs to this output of the job, all zero bytes at the start of a try: it
   holds the beginning of a character that was cut. A call that leaves no text is no event. */
void events_output(struct events *v, nsec_t time, uint64_t sequence, int which, struct json_text *carry,
                   const char *bytes, size_t length);

/* The job is done, or its try was and it will be tried again after delay. carry: of standard output and error; what
   they hold is told first. */
void events_end(struct events *v, nsec_t time, const struct outcome *o, struct json_text carry[2]);
void events_retry(struct events *v, nsec_t time, const struct outcome *o, nsec_t delay, struct json_text carry[2]);

/* pid -1: not known. status: as of waitpid. */
void events_worker_started(struct events *v, nsec_t time, unsigned slot, int64_t pid);
void events_worker_lost(struct events *v, nsec_t time, unsigned slot, int64_t pid, int status);

#endif
