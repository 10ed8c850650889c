/*
 * sinks.h - what becomes of results besides being printed: job log, events, result files, the list of failures, their
 * records.
 *
 * Whatever goes wrong in a sink is said here, and fails the run.
 */
#ifndef RUN_SINKS_H
#define RUN_SINKS_H

#include "base/err.h"
#include "output/outcome.h"
#include "run/state.h"

/* Opens what the configuration asks for. Returns 0, or -1 when something cannot be opened, which was said. To be called
   before signals are caught: opening a fifo waits for its other end, and the key that interrupts ends that. */
int sinks_open(struct run *r);

/* Starts the program of --each. Returns 0, or -1 when that cannot be, which was said. To be called when signals are
   caught, and before the printer is made. */
int sinks_start(struct run *r);

/* Closes all, and prints the list of failures. interrupted runs tell of it too. */
void sinks_close(struct run *r);
void sinks_release(struct run *r);

bool sinks_have_room(
	const struct run *r); /* another job may be read, and output be taken: else it is to be offered again */

bool sinks_are_written(const struct run *r); /* nothing waits for a slow reader */
void sinks_give_up(struct run *r);           /* nobody waits any more for those that read, and they are killed */

/* A job was read. Returns false when an earlier run has done it, so that it is not to be run. */
bool sinks_want(struct run *r, struct job *j);

/* A try of the job begins. Returns 0, or -1 when it may not: its files cannot be made, which was said. */
int sinks_begin(struct run *r, struct job *j);

/* Output of its current try, which the printer has taken. */
void sinks_output(struct run *r, struct job *j, int which, const char *bytes, size_t length);

/* The job is not run after all, though a try may have begun. */
void sinks_skip(struct job *j);

/* The try is over, and another one follows after delay. */
void sinks_retry(struct run *r, struct job *j, struct outcome *o, nsec_t delay);

/* --json and such: adds the beginning of the job's row. */
void sinks_begin_row(struct run *r, const struct outcome *o, struct buf *row);

/* The job was read, and its entry is open. */
void sinks_read(struct run *r, struct job *j);

/* The files of a job whose last try is over are to be packed. Returns false when there is nothing to pack; else
   result_packed is told. */
bool sinks_pack(struct run *r, struct job *j, const struct outcome *o);

/* They could not. */
void sinks_not_packed(struct run *r, const struct err *e);

/* The job is over. o->command and o->item are filled in. */
void sinks_end(struct run *r, struct job *j, struct outcome *o);

void sinks_worker_started(struct run *r, unsigned slot, pid_t pid);
/* For printer_on_receipt: a record of the job log, for the run arg. */
void sinks_write_log(void *arg, const char *record, size_t length);

void sinks_worker_lost(struct run *r, unsigned slot, pid_t pid, int status);

/* A child has ended that is none of the pool's. */
void sinks_reaped(struct run *r, pid_t pid, int status);

#endif
