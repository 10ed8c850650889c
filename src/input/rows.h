/*
 * rows.h - from several sources to rows: crossed, the last source fastest, or linked.
 *
 * Sources that are linked to the one before form a group with it, as long as its shortest member; groups are crossed.
 * With link set all sources are linked and the shorter ones start over. A source without rows counts as one empty
 * value, unless all are empty. Rows are made one by one: the first group is read row by row and never kept, the rows
 * of the others are kept as they are first read.
 */
#ifndef INPUT_ROWS_H
#define INPUT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/strv.h"
#include "input/answer.h"
#include "input/item.h"
#include "input/source.h"

struct rows_group {
	size_t first, end; /* its sources */
	size_t at;         /* the row of the group that comes next */
};

struct rows {
	struct source *sources;    /* owned */
	size_t count;              /* of sources */
	struct rows_group *groups; /* owned */
	size_t group_count;
	bool link;                    /* one group, shorter sources start over */
	bool direct;                  /* one source, whose rows are given as they are read */
	bool skip_first;              /* the first row of the first source is still to be passed over */
	size_t names_read;            /* sources whose header was read */
	struct item names;            /* what was read of the header */
	const struct source *waiting; /* the source that last said ANSWER_WAIT */
};

/* linked[n]: source n is linked to the one before. Takes sources, which is an array of count. */
void rows_init(struct rows *r, struct source *sources, size_t count, const bool *linked, bool link);
void rows_release(struct rows *r);

/* Reads the first row of each source: the names of its columns. To be called, if at all, before rows_next and until
   it no longer says ANSWER_WAIT. */
enum answer rows_header(struct rows *r, struct strv *names, struct err *e);

/* Adds the next row to to and ends it there. Nothing is added with another answer than ANSWER_HAVE. */
enum answer rows_next(struct rows *r, struct item *to, struct err *e);

/* Reads all sources to their ends and keeps them; rows_next goes on where it was. ANSWER_HAVE when that is done. */
enum answer rows_read_all(struct rows *r, struct err *e);

/* After rows_read_all: how many rows rows_next will still give, UINT64_MAX when there are more than can be counted. */
uint64_t rows_left(const struct rows *r);

/* After rows_read_all: place has room for r->group_count numbers. */
void rows_save(const struct rows *r, size_t *place);
void rows_restore(struct rows *r, const size_t *place);

int rows_fd(const struct rows *r);               /* after ANSWER_WAIT: the descriptor to wait for, lent */
uint64_t rows_nul_records(const struct rows *r); /* records that were cut at a NUL byte */

#endif
