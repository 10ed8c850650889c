/*
 * item.h - the values for one job.
 *
 * An item is made of rows; a row has one value per source or column. Without batching an item has one row; with -n,
 * -N, -L, -X or -m it has several. Values are strings without NUL bytes. Replacement strings count through all values
 * in order: {1} is the first value of the first row, and with 2 columns and 2 rows {3} is the first value of the
 * second row.
 *
 * The bytes of all values stand in one block, so that an item costs two allocations whatever its size. An item of all
 * zero bytes is empty and owns nothing.
 */
#ifndef INPUT_ITEM_H
#define INPUT_ITEM_H

#include <stddef.h>
#include <stdint.h>

struct value {
	const char *text; /* lent, NUL ended, valid while the item is unchanged */
	size_t length;    /* without the NUL */
};

struct item {
	char *bytes;     /* owned: the values back to back, each NUL ended */
	size_t used;     /* bytes in use */
	size_t room;     /* bytes allocated */
	size_t *offsets; /* owned: where each value begins; offsets[count] == used */
	size_t count;    /* values in all rows */
	size_t capacity; /* offsets allocated */
	size_t rows;     /* rows */
	size_t columns;  /* values in the first row */
};

void item_init(struct item *i);
void item_release(struct item *i);
void item_clear(struct item *i);
void item_reset(struct item *i);                                /* empties it, keeps the memory */
void item_add(struct item *i, const char *text, size_t length); /* one more value in the row being filled */
void item_end_row(struct item *i);                              /* the row is complete */
void item_swap(struct item *a, struct item *b);
struct value item_value(const struct item *i, size_t index); /* lends; index from 0; {NULL, 0} beyond the end */

#endif
