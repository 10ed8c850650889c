/*
 * jobenv.h - the environment of jobs: that of pp, and a few variables that tell a job who it is.
 *
 * PP_SEQ, PP_SLOT, PP_PID, PP_RETRY, and for scripts written for GNU parallel PARALLEL_SEQ, PARALLEL_JOBSLOT,
 * PARALLEL_PID. Built once for a worker; from task to task only digits change.
 */
#ifndef WORKER_JOBENV_H
#define WORKER_JOBENV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { JOBENV_VARIABLES = 8, JOBENV_TEXT = 48 };

struct jobenv {
	char **list;                              /* owned array for exec; the strings of the base are lent */
	char text[JOBENV_VARIABLES][JOBENV_TEXT]; /* NAME=value of the variables that pp sets */
	char **task;                              /* in list: where the variables that change with the task stand */
	char *slot_text;                          /* owned: the user's slot variable, NULL without one */
};

/* base is lent for the life of e. slot_variable as in struct worker_config. */
void jobenv_init(struct jobenv *e, char **base, unsigned slot, pid_t manager, const char *slot_variable);
void jobenv_release(struct jobenv *e);
void jobenv_set_task(struct jobenv *e, uint64_t sequence, uint32_t try);

#endif
