/*
 * batch.h - from rows to the rows of a job.
 */
#ifndef INPUT_BATCH_H
#define INPUT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "input/answer.h"
#include "input/item.h"
#include "input/limit.h"
#include "input/rows.h"
#include "input/shuffle.h"
#include "input/table.h"

/* How rows are put together. */
struct batch_rules {
	size_t max_rows; /* a job, 0 for no limit */
	bool fill;       /* -X, -m: no more rows than the template has a place for */
	bool tight;      /* a length was asked for: each job is measured, however short */
	unsigned share;  /* the last rows are shared out over so many jobs, 0 or 1 for no sharing */
};

struct batch {
	struct batch_rules rules;
	struct rows *rows;       /* lent */
	struct shuffle *shuffle; /* lent, NULL for none */
	struct limit *limit;     /* lent */
	struct table waiting;    /* rows that were read and not yet given; the first taken of them stand in item */
	struct item item;        /* the job being put together */
	struct item row;         /* scratch */
	size_t taken;            /* rows in item */
	size_t check_bytes;      /* item is measured when its values have as many bytes */
	bool ended;              /* no more rows than those waiting */
	bool placed;             /* rules.max_rows takes account of the template's places */
	bool shared;             /* rules.max_rows is what each job's share is */
};

void batch_init(struct batch *b, const struct batch_rules *rules, struct rows *rows, struct shuffle *shuffle,
                struct limit *limit);
void batch_release(struct batch *b);

/* Fills item (which is reset first) with the rows of the next job, which will have that sequence number. */
enum answer batch_next(struct batch *b, struct item *item, uint64_t sequence, struct err *e);

/* A copy of where b stands, to run through what comes twice; places in rows and shuffle are saved by their own means.
   */
void batch_save(const struct batch *b, struct batch *copy);
void batch_restore(struct batch *b, struct batch *copy); /* takes what batch_save has put in copy */

#endif
