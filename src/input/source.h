/*
 * source.h - one source of rows: records from a descriptor, or words.
 *
 * A record is trimmed, split into columns where that is asked for, and so becomes a row of one or more values. Rows
 * are asked for by number; those of a descriptor are read when they are first asked for, and only those that may be
 * asked for again are kept.
 */
#ifndef INPUT_SOURCE_H
#define INPUT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/strv.h"
#include "input/answer.h"
#include "input/columns.h"
#include "input/csv.h"
#include "input/record.h"
#include "input/table.h"

enum source_trim { SOURCE_TRIM_LEFT = 1, SOURCE_TRIM_RIGHT = 2 };

/* What all sources of a run have in common: lent for their life. */
struct source_rules {
	struct csv format;             /* the delimiter; the separator where csv is set */
	bool csv;                      /* columns by CSV rules */
	const struct columns *columns; /* columns by a regular expression, NULL for none */
	unsigned trim;                 /* a sum of enum source_trim: of each value */
	const char *end_string;        /* a record equal to it ends the source; NULL for none */
	bool skip_blank;               /* records with nothing but white space are passed over */
	bool continued;                /* a record that ends in a blank goes on in the next one */
};

struct source {
	const struct source_rules *rules;
	struct record_reader *reader; /* NULL for words; owned unless borrowed */
	bool borrowed;                /* the reader belongs to an earlier source that reads the same */
	const struct strv *words;     /* lent */
	size_t next_word;             /* words that were read */
	struct buf record;            /* the word in hand: a copy */
	struct buf held;              /* the beginning of a record that goes on */
	size_t records;               /* records that were read */
	struct item row;              /* scratch */
	struct table kept;            /* rows first_kept and later */
	size_t first_kept;            /* rows that were read before those in kept */
	bool forget;                  /* only the row that was read last is kept */
	bool ended;                   /* no further rows: first_kept + rows in kept is their number */
	bool holding;                 /* held is in use */
	size_t padded;                /* rows are filled up with empty values to as many as this */
	uint64_t nul_records;         /* records that were cut at a NUL byte */
};

/* A source of words, or of the records of a reader, which it takes unless borrowed is set. */
void source_init_words(struct source *s, const struct source_rules *rules, const struct strv *words);
void source_init_reader(struct source *s, const struct source_rules *rules, struct record_reader *reader,
                        bool borrowed);
void source_release(struct source *s);

/* Makes sure that row index (from 0) was read. Rows are first asked for in order. ANSWER_END when there are not as
   many. */
enum answer source_reach(struct source *s, size_t index, struct err *e);

/* Reads the next row, adds its values to to, and forgets it: for those in front of row 0, and where rows are never
   asked for by number. */
enum answer source_read(struct source *s, struct item *to, struct err *e);

size_t source_rows(const struct source *s);    /* rows read so far */
bool source_is_single(const struct source *s); /* there is certainly at most one row */
int source_fd(const struct source *s);         /* the descriptor it waits for, -1 for none */

#endif
