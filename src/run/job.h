/*
 * job.h - the jobs under way: from the item that was read to the outcome.
 *
 * The table hands out ids that travel with the tasks: the place in the table and a generation, so that an answer to a
 * try that is over finds nothing. The free places are chained through the table itself.
 */
#ifndef RUN_JOB_H
#define RUN_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/num.h"
#include "input/item.h"
#include "output/outcome.h"
#include "output/printer.h"

enum job_state {
	JOB_READY,  /* waits for a slot */
	JOB_RUNS,   /* handed to a worker */
	JOB_CALLED, /* over, but for its callback, or the packing of its files */
	JOB_RESTS,  /* waits until it may be tried again */
};

struct traces;

struct job {
	uint64_t id;       /* of the current try; 0 for a free place */
	uint64_t sequence; /* the job's number, from 1 */
	enum job_state state;
	struct item item;
	unsigned tries;         /* begun tries, the current one among them */
	unsigned crashes;       /* line workers that died over it */
	unsigned slot;          /* where it runs, or ran last */
	struct entry *entry;    /* lent by the printer; NULL where nothing is printed */
	struct buf command;     /* as a person reads it; filled where someone asks for it */
	nsec_t handed;          /* when it was handed to its worker */
	uint64_t output_bytes;  /* standard output of the current try */
	bool shown;             /* the current try was shown to begin */
	bool timed_out;         /* pp ended it for its time */
	bool counted;           /* policy has been told of its end */
	bool handed_before;     /* an earlier try, or one that came back, left its traces in the printer */
	struct traces *traces;  /* owned: what sinks keep of it; NULL for nothing */
	bool erased;            /* what the last try printed is forgotten, for another one that did not take place */
	struct outcome last;    /* of the last try, where there was one */
	struct heap_node queue; /* place among the ready ones; key: its number */
	struct heap_node rest;  /* place among those that rest; key: when it may be tried again */
	struct job *next_free;  /* free place behind this one */
	uint32_t place;         /* in the table */
	uint32_t generation;    /* grows with each try */
};

struct job_table {
	struct job **jobs; /* owned */
	size_t count;      /* places */
	struct job *free;  /* first free place */
	struct heap ready; /* jobs that came back or may be tried again, by number */
	size_t used;       /* jobs under way */
};

void job_table_init(struct job_table *t);
void job_table_release(struct job_table *t);

struct job *job_new(struct job_table *t,
                    uint64_t sequence);           /* lends an empty job; its item keeps the memory of a former one */
void job_end(struct job_table *t, struct job *j); /* the place is free again */
void job_next_try(struct job *j);                 /* a new id; counts the try */
struct job *job_find(struct job_table *t, uint64_t id); /* NULL when that try is over */

void job_make_ready(struct job_table *t, struct job *j);  /* puts j among the ready jobs */
struct job *job_first_ready(const struct job_table *t);   /* the one with the lowest number, NULL for none */
void job_leave_ready(struct job_table *t, struct job *j); /* no effect when it is not among them */

#endif
