/*
 * items.h - from sources to the items of jobs: crossing or linking, columns, trimming, filtering, batching.
 *
 * Reading is lazy: every source is read no further than the items asked for need, and the reader never blocks:
 * items_next answers ITEMS_WAIT and items_fd names the descriptor to wait for. Of sources that are crossed, the first
 * is never kept in memory; the others are kept as they are read, for they start over.
 */
#ifndef INPUT_ITEMS_H
#define INPUT_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/strv.h"
#include "input/item.h"
#include "input/sources.h"
#include "input/template.h"

enum items_trim { TRIM_NONE, TRIM_LEFT, TRIM_RIGHT, TRIM_BOTH };

enum items_batch {
	ITEMS_SINGLE, /* one row a job */
	ITEMS_ROWS,   /* -n, -N, --max-args: up to max_rows rows a job; the last job may have fewer */
	ITEMS_LINES,  /* -L, -l: up to max_rows lines; one that ends in a blank is continued on the next */
	ITEMS_FILL,   /* -X, -m, --xargs: as many rows as fit max_bytes, the system and max_rows, shared out evenly */
};

/* Lent for the life of the items. All zero: one row a job, newline ended records. */
struct items_config {
	const struct source_spec *sources; /* in the order of the command line */
	size_t source_count;
	const char *delimiter; /* record end, delimiter_length bytes; NULL for newline */
	size_t delimiter_length;
	const char *end_string;       /* -E: a record equal to it ends the source; NULL for none */
	bool skip_empty;              /* -r: records that are empty or blank are passed over */
	bool link;                    /* --link: all sources linked, shorter ones start over */
	bool skip_first_line;         /* --skip-first-line: of the first source */
	bool header;                  /* --header : */
	bool csv;                     /* --csv, with column_separator ("," when NULL) as separator */
	const char *column_separator; /* --colsep: an extended regular expression; NULL for none, a tab with header */
	enum items_trim trim;
	bool shuffle;       /* --shuf: all is read first */
	const char *filter; /* --filter expression, NULL for none */
	enum items_batch batch;
	size_t max_rows;  /* rows a job, 0 for no limit (batches other than SINGLE) */
	size_t max_bytes; /* -s: bytes of a command, each word with its NUL; a single row that is too long is an
	                              error. 0 for what the system takes; what is too long by itself is an item alone */
	unsigned share;   /* batches: shared out evenly over so many jobs, 0 for no sharing */
	bool no_value;    /* -n0, -N0: rows are read, their values are ignored by the template */
};

enum items_answer {
	ITEMS_HAVE, /* an item was filled in */
	ITEMS_WAIT, /* none yet: wait until items_fd is readable */
	ITEMS_END,  /* no more */
	ITEMS_FAIL, /* e is filled; no more will come */
};

struct items; /* given by items_new */

/* Opens the sources. NULL with e filled ("cannot open argument file: NAME: reason", a bad regular expression ...). A
   template is not needed yet. */
struct items *items_new(const struct items_config *config, struct err *e);
void items_free(struct items *s);

/* Reads header names where config->header is set: ITEMS_HAVE with *names lent, or as items_next. To be called first,
   until it no longer says WAIT, and only with header set. */
enum items_answer items_header(struct items *s, const struct strv **names, struct err *e);

/* The template that lengths are measured with, and the spellings that --filter expressions are read with: lent for
   the life of the items; to be set before items_next is called. A bad filter is told by items_next and items_total.
   */
void items_set_template(struct items *s, const struct template *t, const struct template_config *config);

/* Fills item (which is reset first) with the next job's values. Items that the filter refuses are passed over: they
   are no jobs and take no number. */
enum items_answer items_next(struct items *s, struct item *item, struct err *e);

int items_fd(const struct items *s); /* after ITEMS_WAIT: the descriptor to wait for, lent */

/* The number of items in all, those already given included: reads all sources into memory, but makes no list of their
   products. ITEMS_HAVE with *total set, or as items_next. */
enum items_answer items_total(struct items *s, uint64_t *total, struct err *e);

/* Whether some record held a NUL byte that had to be cut, for one warning: 0 or the number of such records. */
uint64_t items_nul_records(const struct items *s);

#endif
