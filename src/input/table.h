/*
 * table.h - rows kept in memory, to be read in any order.
 *
 * A row has any number of values. A table of all zero bytes is empty and owns nothing.
 */
#ifndef INPUT_TABLE_H
#define INPUT_TABLE_H

#include <stddef.h>
#include "input/item.h"

struct table {
	struct item values; /* all rows back to back, those that were dropped included */
	size_t *ends;       /* owned: ends[n] is the number of values in rows 0 to n */
	size_t count;       /* rows in ends */
	size_t capacity;    /* of ends */
	size_t dropped;     /* rows at the front that are gone */
};

void table_init(struct table *t);
void table_release(struct table *t);
void table_reset(struct table *t);                                    /* empties it, keeps the memory */
size_t table_rows(const struct table *t);                             /* rows that are there */
void table_add(struct table *t, const struct item *from);             /* adds the values of from as one row */
void table_end_row(struct table *t);                                  /* what was added to t->values is a row */
void table_copy(struct table *to, const struct table *from);          /* to is reset first */
void table_drop(struct table *t, size_t rows);                        /* removes rows at the front */
void table_get(const struct table *t, size_t index, struct item *to); /* adds the values of a row; no row is ended */

#endif
