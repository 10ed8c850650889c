/*
 * callback.h - the sink that runs a command for each finished job: the pool's callback and error callback.
 *
 * The command has the job's standard output on its standard input and its facts in the environment:
 *
 *     PP_SEQ PP_SLOT PP_STATUS PP_SIGNAL PP_CAUSE PP_SECONDS PP_TRIES PP_COMMAND PP_ARGC PP_ARG1 ...
 *     PP_STDERR   a file that holds the job's standard error: for failed jobs only
 *
 * The command's text and the values are there as far as they fit into 64 KiB each. PP_STATUS is empty where the job has
 * no exit status, PP_SIGNAL where no signal ended it. What the command prints is what is printed for the job. Commands
 * run one at a time, in the order in which results are printed. Standard error of a job that succeeded is printed in
 * front.
 *
 * A job's output is held in its printer's entry until its turn comes, so what waits here costs memory only within the
 * budget of the spool; the caller reads no further jobs while callback_has_room says no.
 */
#ifndef OUTPUT_CALLBACK_H
#define OUTPUT_CALLBACK_H

#include <stdbool.h>
#include <sys/types.h>
#include "os/loop.h"
#include "output/outcome.h"
#include "output/printer.h"

struct callback_config {
	char *const *success; /* lent: the words of the command for jobs that succeeded, NULL for none */
	char *const *failure; /* the same for those that failed */
	/* Lent: where the process group of the command that runs stands, 0 for none; NULL for nowhere. */
	volatile pid_t *guarded;
};

/* The command of a job has ended. code: errno when it could not be started: the job's output is printed as if there
   were no command then; ECANCELED when it was given up; else 0. status: as of waitpid. */
typedef void callback_done(void *arg, void *job, int code, int status);

struct callback;

/* loop and printer are lent. config is copied. */
struct callback *callback_new(struct loop *loop, struct printer *printer, const struct callback_config *config,
                              callback_done *done, void *arg);
void callback_free(struct callback *c); /* kills the one that runs */

bool callback_wants(const struct callback *c, const struct outcome *o);

/* The job behind the entry is done: its command is run when its turn comes. o is copied, what it lends stays until done
   is told. The entry is told to be done by the caller then. */
void callback_submit(struct callback *c, struct entry *e, const struct outcome *o, void *job);

bool callback_has_room(const struct callback *c);

void callback_turn(struct callback *c);   /* starts what may be started now: to be called once a round */
void callback_resume(struct callback *c); /* output that the printer refused may be offered again */

/* A child has ended. Returns whether it was a command of this sink. */
bool callback_reaped(struct callback *c, pid_t pid, int status);

/* Whether a command may be started, or runs and gets on: its output is not refused. */
bool callback_is_busy(const struct callback *c);
bool callback_is_held(const struct callback *c); /* its output is refused */

/* Kills the command that runs; those of the jobs that wait are not run. */
void callback_give_up(struct callback *c);

#endif
