/*
 * config.h - what a pool is told when it is made, and what it tells.
 */
#ifndef POOL_CONFIG_H
#define POOL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/num.h"
#include "base/rule.h"
#include "pool/dialog.h"
#include "pool/transport.h"
#include "wire/message.h"

/* What a line worker has done that its user should hear of. Each is told once. */
enum pool_notice {
	NOTICE_BUFFERS,    /* it has read its task and waits for more, but has not answered */
	NOTICE_ONE_SHOT,   /* it ended with status 0 after one answer */
	NOTICE_SURPLUS,    /* output that no task asked for: text; it is replaced */
	NOTICE_BAD,        /* no answer of its protocol: text says why; it is replaced */
	NOTICE_SLOW_START, /* it was not ready in time; it is replaced */
	NOTICE_GIVEN_UP,   /* each worker of its slot did such things at once: the slot is given up */
	/* Each worker of its slot ended at once: text has the last one's last words; the slot is given up. */
	NOTICE_NO_START,
};

/* What the pool tells; all are called with the arg of pool_new. They may call the pool. */
struct pool_events {
	/* Bytes of a task's standard output (which 1) or error (which 2); lent. False: they cannot be taken now; they
	   are offered again after pool_resume, and nothing more is read from that worker before. */
	bool (*output)(void *arg, uint64_t id, int which, const char *bytes, size_t length);
	/* The task is over. */
	void (*done)(void *arg, unsigned slot, const struct done_message *m);
	/* The task was not begun and is nobody's now: it may be submitted again. */
	void (*back)(void *arg, uint64_t id);
	/* The worker vanished with the task under way. status: wait status of the worker. */
	void (*lost)(void *arg, unsigned slot, uint64_t id, int status);
	/* A worker has been started. NULL: nobody wants to know. */
	void (*started)(void *arg, unsigned slot, pid_t pid);
	/* A worker vanished, with or without a task; pid and status as it had them, as for lost. words: a line worker's
	   last line of standard error, lent; "" for none. */
	void (*vanished)(void *arg, unsigned slot, pid_t pid, int status, const char *words);
	/* The initializer of a worker failed with this exit status; its slot is given up. */
	void (*init_failed)(void *arg, unsigned slot, int status);
	/* A worker could not be started (code: errno). It is tried again later, as the pool thinks fit. */
	void (*start_failed)(void *arg, unsigned slot, int code);
	/* The program of the line workers cannot be executed (code: errno): none can be started. */
	void (*no_program)(void *arg, int code);
	/* Standard error of a line worker while it had no task; lent. */
	void (*aside)(void *arg, const char *bytes, size_t length);
	/* A child has ended that is no worker. */
	void (*stranger)(void *arg, pid_t pid, int status);
	/* See above. text is lent, "" for none. status: the worker's wait status where it has ended. */
	void (*notice)(void *arg, unsigned slot, enum pool_notice what, int status, const char *text);
};

/* The program that is a line worker. Everything is lent for the life of the pool. */
struct pool_program {
	char *const *argv;
	struct dialog_config dialog;
	size_t window;                /* tasks under way per worker; 0: as the time that they take allows */
	size_t inflight;              /* tasks that a worker executes at the same time, at least 1 */
	bool pty;                     /* its standard output is a terminal */
	nsec_t timeout;               /* of a task, 0 for none */
	nsec_t start_limit;           /* until it is ready, 0 for none */
	nsec_t max_age;               /* it is replaced then, 0 for never */
	nsec_t max_idle;              /* it is ended when it had nothing to do for so long, 0 for never */
	uint64_t max_memory;          /* resident bytes; it is replaced above, 0 for no limit */
	const struct termseq *ladder; /* how it is ended */
	const char *directory;        /* where it runs, NULL for here */
	int nice;                     /* added to its priority */
	const char *slot_variable;    /* a further variable with the slot's number, from 0; NULL for none */
};

struct pool_config {
	unsigned size; /* workers at most */
	/* Tasks under way per worker at most; 1: a worker gets its next task when it reported the last. */
	size_t prefetch;
	uint64_t max_tasks;                 /* a worker is replaced after so many; 0 for never */
	const struct pool_program *program; /* line workers; NULL for command workers: */
	transport_body *body;               /* what a worker does */
	void *body_arg;
	transport_detach *detach; /* called in a new process: closes what belongs to the caller */
	void *detach_arg;
};

#endif
