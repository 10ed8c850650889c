/*
 * guard.h - a small process that ends what nobody else is left to end: process groups, when the manager was killed.
 *
 * A line worker sees the end of its input then, but may be in the midst of a task, and what it has started sees
 * nothing. Command workers end their jobs themselves, unless they were killed together with the manager. The guard
 * waits for the end of a pipe that the manager (and each command worker) holds open, then ends the process groups that
 * stand in memory it shares with them, and removes their files.
 */
#ifndef POOL_GUARD_H
#define POOL_GUARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "wire/board.h"

enum { GUARD_EXTRAS = 65 };

struct guard {
	pid_t pid;   /* 0 when none runs */
	int alive;   /* our end of the pipe, -1 */
	int hearing; /* the guard's end of it until it runs, -1 */
	/* Shared: leaders of process groups, 0 for a free place; the last ones are guard_extra's. */
	volatile pid_t *groups;
	/* Shared: for each numbered place the BOARD_FILES numbers of the names of pipes, where these are files. */
	volatile uint64_t *files;
	size_t next; /* where the search for a free place begins */
};

void guard_init(struct guard *g);

/* Makes the memory and the pipe, unless they are there: processes that are forked from now on hold the pipe open.
   Returns 0, or -1 with errno. guard_start does it too. */
int guard_open(struct guard *g);

/* Starts it. detach is called in it, to close what it must not hold. Returns 0, or -1 with errno. */
int guard_start(struct guard *g, void (*detach)(void *arg), void *arg);

/* Lends a free place for a group; it is free again when the owner writes 0 to it. */
volatile pid_t *guard_place(struct guard *g);

/* Lends the place of this number, from 0: not to be mixed with guard_place. NULL: there are no more, or there is no
   memory. */
volatile pid_t *guard_numbered(struct guard *g, size_t number);

/* Lends what belongs to the place of this number: BOARD_FILES numbers of the names of pipes (fd_named_pipe), which are
   removed with the groups. NULL: pipes have no files here, or as above. */
volatile uint64_t *guard_files(struct guard *g, size_t number);

/* Lends the places of GUARD_EXTRAS groups beside all those, for the user's commands for results. NULL: there is no
   memory. */
volatile pid_t *guard_extra(struct guard *g);

void guard_ended(struct guard *g); /* it was reaped by somebody else: it may be started again, and the places remain */

void guard_stop(struct guard *g);    /* ends it, and no group; the places remain */
void guard_release(struct guard *g); /* ends it, and no group: none is to be left */

#endif
