/*
 * command_crew.h - command workers: forked copies of the manager that start one program a task, spoken to in frames.
 *
 * A worker is gone when its link is at end of file and its process is reaped, in either order. What was under way is
 * then sorted with the help of the board: begun tasks are lost, the others come back.
 */
#ifndef POOL_COMMAND_CREW_H
#define POOL_COMMAND_CREW_H

#include "pool/roster.h"

extern const struct crew command_crew;

void command_on_unguarded(struct timer *t); /* for the pool's timer `unguarded` */

#endif
