/*
 * board.h - what a local worker and its manager show each other in shared memory.
 *
 * Messages may still lie in the worker's buffer when it is killed. The board tells the manager what it must know even
 * then: whose process group to end, which files to remove, and which tasks were begun and so must not be handed to
 * another worker as if nothing had happened. The manager says what may change while the worker runs.
 */
#ifndef WIRE_BOARD_H
#define WIRE_BOARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { BOARD_FILES = 2 };

struct board {
	volatile pid_t *job;     /* leader of the running job's process group, 0 when none runs; written before exec */
	volatile uint64_t begun; /* id of the last task that was begun */
	/* BOARD_FILES numbers of the names of its pipes, where these are files; NULL for nowhere to note them. */
	volatile uint64_t *files;
	volatile bool alone; /* what this worker gave back unasked would come to it again, after later tasks */
};

#endif
