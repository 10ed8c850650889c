/*
 * runner.h - one task being executed: its program, its output pipes, its time limit and its end.
 *
 * A task is over when its program has been reaped and its pipes are at end of file, in either order. The runner keeps a
 * write end of each pipe until the program is reaped, so that the end of a program is one event and not three. When a
 * descendant keeps a pipe open, a short grace ends the wait; that pipe is then read on and thrown away for as long as
 * the worker lives.
 *
 * Everything that is to be told to the manager is added to a buffer as frames.
 */
#ifndef WORKER_RUNNER_H
#define WORKER_RUNNER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "base/num.h"
#include "os/spawn.h"
#include "os/wait.h"
#include "wire/message.h"
#include "worker/initshell.h"
#include "worker/jobenv.h"
#include "worker/worker.h"

enum { RUNNER_PIPES = 2, RUNNER_STRAYS = 256, RUNNER_POLLS = RUNNER_PIPES + RUNNER_STRAYS };

enum runner_state {
	RUNNER_IDLE,   /* no task */
	RUNNER_RUNS,   /* the program runs */
	RUNNER_DRAINS, /* the program is reaped; some pipe, or a process of an ended job, is still there */
};

struct runner {
	const struct worker_config *config; /* lent */
	struct buf *send;                   /* lent: where frames go */
	struct initshell *shell; /* lent: executes the tasks when there is an initializer, else those that suit it */
	bool keeps_shell;        /* there is no initializer, and such tasks are given to a shell that stays */
	bool in_shell;           /* the current task is */
	struct jobenv env;
	struct spawn_path path; /* where the last command was found */
	char **argv;            /* owned, reused */
	size_t argv_room;
	enum runner_state state;
	struct done_message done;    /* of the current task, filled bit by bit */
	pid_t pid;                   /* of the program, leader of its group */
	int read_end[RUNNER_PIPES];  /* standard output, standard error; -1: none, or at end of file */
	int write_end[RUNNER_PIPES]; /* our own, until the program is reaped; else -1 */
	nsec_t started;              /* clock_now at the start */
	nsec_t timeout_at;           /* NSEC_NEVER without a limit */
	nsec_t drain_until;          /* end of the grace; NSEC_NEVER while the program runs */
	nsec_t step_at;              /* next step of the ladder; NSEC_NEVER when the job is not being ended */
	size_t step;                 /* of the ladder */
	nsec_t look_at;              /* when to see whether the group is gone; NSEC_NEVER when that is not waited for */
	nsec_t stopped_at;           /* when the job was stopped by SIGTSTP; 0 when it is not */
	int strays[RUNNER_STRAYS];   /* pipes that descendants of former jobs keep open */
	size_t stray_count;
};

void runner_init(struct runner *r, const struct worker_config *config, struct buf *send, struct initshell *shell,
                 char **environment);

enum runner_answer {
	RUNNER_STARTED,  /* the task runs */
	RUNNER_REPORTED, /* it could not be started: DONE_NOT_STARTED was reported */
	RUNNER_LATER,    /* the system has no process or descriptor left now: worth another try */
};

/* Starts a task; the runner must be idle. last: RUNNER_LATER is not an answer any more. m is lent for the call. */
enum runner_answer runner_start(struct runner *r, const struct task_message *m, bool last);

/* Fills up to RUNNER_POLLS entries with what to wait for; with_output false: the job's pipes are not read now. Returns
   their number. */
nfds_t runner_poll_fill(const struct runner *r, struct pollfd *fds, bool with_output);
void runner_poll_ready(struct runner *r, const struct pollfd *fds, nfds_t count);

void runner_reaped(struct runner *r, const struct wait_result *w); /* some child of the worker was reaped */
void runner_shell_status(struct runner *r);                        /* the shell has an answer */
nsec_t runner_deadline(const struct runner *r); /* when runner_tick is to be called, NSEC_NEVER for never */
void runner_tick(struct runner *r, nsec_t now);
void runner_cancel(struct runner *r, int signal); /* ends the running job: this signal first, then the ladder */
void runner_signal(struct runner *r, int signal); /* passes a signal to the job's group */

#endif
