/*
 * initshell.h - one long-lived shell that executes shell lines, each in a subshell: behind an initializer, which it
 * ran, or by itself, where that can be told from a shell for each line by its speed alone.
 *
 * What the initializer set (variables, functions, directory, umask) therefore holds for each job. The shell reads a
 * task's lines from one pipe and answers on another with the exit status. A job writes to the pipes of its own task,
 * which the shell opens by name: /proc/PID/fd/N where the system has it, else a fifo that is gone before the job runs.
 *
 * Jobs run in the shell's process group, so that ending a job may end the shell too. It is then replaced: by the worker
 * itself where there is no initializer, else together with the worker.
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
	pid_t pid;   /* leader of its group; 0 when it ended, or was not started yet */
	int tasks;   /* we write tasks here */
	int answers; /* we read exit statuses here; -1 when there is no shell to hear of */
	enum worker_shell kind;
	char names[2][FD_NAME];   /* of the task's pipes */
	bool named[2];            /* the name is a file */
	volatile uint64_t *files; /* where the numbers of these are noted, NULL for nowhere; lent */
	bool ready;               /* the initializer has ended well */
	bool failed;              /* it has ended badly: */
	int status;               /* its exit status, or 128 + signal */
	struct buf text;          /* a piece of an answer */
};

void initshell_init(struct initshell *s);

/* Starts the shell, with the initializer if there is one. environment is lent for the call. What the initializer prints
   goes to standard error. Returns 0, or -1 with errno. */
int initshell_start(struct initshell *s, const struct worker_config *config, char **environment);

/* Closes the pipes, at which the shell ends; its pid is left as it is. */
void initshell_release(struct initshell *s);

/* Removes the names of its pipes, where they have some: a shell that died before it came to the task has left them. */
void initshell_remove_files(struct initshell *s);

/* Whether a task behaves in such a shell, with no initializer, as in a shell of its own. Errs on the side of no. */
bool initshell_suits(enum worker_shell kind, const struct task_message *m);

/* Opens the pipe for a task's standard output (which 0) or error (1). Returns 0, or -1 with errno. */
int initshell_open_pipe(struct initshell *s, int which, int ends[2]);

/* Hands over a task, whose output is to go to the pipes that were opened for it; piped false: to standard output and
   error as they are. Returns 0, or -1 with errno. */
int initshell_run(struct initshell *s, const struct task_message *m, bool piped);

/* Reads what the shell has answered. Returns 1 with *status set, as of waitpid, when an answer is complete, 0 when
   there is none yet, -1 when the shell is gone. */
int initshell_answer(struct initshell *s, int *status);

#endif
