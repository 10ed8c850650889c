/*
 * worker.h - what runs inside a command worker: takes tasks from its link, executes one after another, reports.
 *
 * The worker is a child of the manager, forked and not executed, so that its settings come by memory. It ends when it
 * is told BYE and has nothing left to do, and when its link is closed: then the manager is gone, and the running job is
 * ended by the ladder first.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/rule.h"
#include "base/strv.h"
#include "wire/board.h"

/* The shells that the worker knows: how they tell of a subshell that a signal ended, or how a builtin is called behind
   a function. */
enum worker_shell { WORKER_SHELL_OTHER, WORKER_SHELL_DASH, WORKER_SHELL_BASH, WORKER_SHELL_ZSH };

/* Lent for the life of the worker. */
struct worker_config {
	unsigned slot;                /* its slot's number, from 1 */
	pid_t manager;                /* PP_PID of the jobs */
	bool ungrouped;               /* jobs write to the manager's own standard output and error */
	const char *shell;            /* the program for shell lines */
	enum worker_shell shell_kind; /* what it is */
	bool keep_shell;              /* shell lines may share one shell, each in a subshell of it */
	const struct strv *init;      /* shell lines to be run once, before the first task; NULL or empty for none */
	/* A line for the shell's -C, run before each shell line; NULL for none. fish alone has it. */
	const char *preamble;
	const struct termseq *ladder; /* how a job is ended */
	const char *directory;        /* where jobs run, NULL for the manager's own */
	int nice;                     /* added to the priority of jobs */
	bool tty;                     /* jobs have the terminal as standard input, and are in its foreground */
	pid_t group;                  /* the manager's process group, to which the terminal belongs between jobs */
	const char *slot_variable;    /* a further variable that holds the slot's number, from 0; NULL for none */
	struct board *board;
};

/* Runs the worker until it ends. Takes the descriptors. Descriptors 0, 1 and 2 are the manager's. Returns the exit
   status for the process. */
int worker_main(const struct worker_config *config, int in, int out);

#endif
