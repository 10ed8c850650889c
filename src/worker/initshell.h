/*
 * initshell.h - one long-lived shell that ran the initializer and executes the tasks of its worker, each in a subshell.
 *
 * What the initializer set (variables, functions, directory, umask) therefore holds for each job. The shell reads a
 * task's lines from one pipe and answers on another with the exit status. A job writes to the pipes of its own task, which the shell
 * opens by name: /proc/PID/fd/N where the system has it, else a fifo that is gone before the job runs.
 *
 * Jobs run in the shell's process group, so that ending a job ends the shell too: the worker is then replaced.
 */
#ifndef WORKER_INITSHELL_H
#define WORKER_INITSHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "os/fd.h"
#include "wire/message.h"
#include "worker/worker.h"

struct initshell {
	pid_t pid;              /* leader of its group; 0 when it ended */
	int tasks;              /* we write tasks here */
	int answers;            /* we read exit statuses here */
	char names[2][FD_NAME]; /* of the task's pipes */
	bool named[2];          /* the name is a file */
	bool ready;             /* the initializer has ended well */
	bool failed;            /* it has ended badly: */
	int status;             /* its exit status, or 128 + signal */
	struct buf line;        /* a piece of an answer */
};

/* Starts the shell with the initializer. environment is lent for the call. Its output goes to standard error. Returns 0, or -1 with errno. */
int initshell_start(struct initshell *s, const struct worker_config *config, char **environment);
void initshell_release(struct initshell *s);

/* Opens the pipe for a task's standard output (which 0) or error (1). Returns 0, or -1 with errno. */
int initshell_open_pipe(struct initshell *s, int which, int ends[2]);

/* Hands over a task, whose output is to go to the pipes that were opened for it; piped false: to standard output and error as they are. Returns 0,
   or -1 with errno. */
int initshell_run(struct initshell *s, const struct task_message *m, bool piped);

/* Reads what the shell has answered. Returns 1 with *status set when an answer is complete, 0 when there is none yet, -1 when the shell is gone. */
int initshell_answer(struct initshell *s, int *status);

#endif
