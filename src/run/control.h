/*
 * control.h - signals, and stopping early.
 */
#ifndef RUN_CONTROL_H
#define RUN_CONTROL_H

#include "run/state.h"

int control_init(struct run *r); /* 0, or -1 with errno */

/* Signals that arrived while other events were seen to: called before new jobs are fed, so that none starts after the
   signal. */
void control_take_signals(struct run *r);

/* To be called in each round, before new jobs are fed: stops the run where policy, a failure or lost output asks for
   it. */
void control_turn(struct run *r);

#endif
