/*
 * shuffle.h - the rows of a run in random order: all are read first.
 */
#ifndef INPUT_SHUFFLE_H
#define INPUT_SHUFFLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "input/answer.h"
#include "input/item.h"
#include "input/rows.h"
#include "input/table.h"

struct shuffle {
	struct table table; /* the rows as they were read */
	size_t *order;      /* owned: their numbers in random order, NULL until all were read */
	size_t at;          /* of order: comes next */
	uint64_t seed;      /* not 0 */
};

void shuffle_init(struct shuffle *s, uint64_t seed); /* any seed */
void shuffle_release(struct shuffle *s);

/* Reads all of rows: ANSWER_HAVE when that is done. */
enum answer shuffle_read(struct shuffle *s, struct rows *rows, struct err *e);

/* As rows_next. */
enum answer shuffle_next(struct shuffle *s, struct rows *rows, struct item *to, struct err *e);

#endif
