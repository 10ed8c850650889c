/*
 * ask.h - asks on the terminal whether a job is to be run (-p).
 */
#ifndef RUN_ASK_H
#define RUN_ASK_H

#include "run/state.h"

/* Opens the terminal. Returns 0, or -1 with errno. */
int ask_init(struct run *r);
void ask_release(struct run *r);

enum ask_answer { ASK_YES, ASK_NO, ASK_LATER };

/* Asks for the job once; ASK_LATER until the user has answered. A yes holds for the job's further tries. */
enum ask_answer ask_job(struct run *r, struct job *j);

#endif
