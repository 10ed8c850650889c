/*
 * sheet.h - all finished jobs in one file or stream, a row each: --results FILE.csv, .tsv and .json as GNU parallel
 * writes them, and --json.
 *
 *     Seq,Host,Starttime,JobRuntime,Send,Receive,Exitval,Signal,Command,V1,V2,Stdout,Stderr
 *     1,:,1700000000.045,0.003,0,4,0,0,"echo a b",a,b,"a b\n",
 *
 * A column is quoted where it has white space, the separator, a quote or a NUL in it. A job with fewer values than
 * there are columns leaves the others empty; where it has more, the last column has them all, with blanks between. GNU
 * parallel's JSON is the same, a line each: { "Seq": 1, ... "V": [ "a","b" ], "Stdout": "a b\u000a", "Stderr": "" }.
 * That of --json is in jsonl.h.
 *
 * The outputs come in pieces, first all of standard output, then all of standard error:
 *
 *     sheet_begin(&s, &row, o);
 *     sheet_text(&s, &row, bytes, length); ...
 *     sheet_turn(&s, &row);
 *     sheet_text(&s, &row, bytes, length); ...
 *     sheet_end(&s, &row);
 *
 * row may be emptied, that is written, between any two calls.
 */
#ifndef OUTPUT_SHEET_H
#define OUTPUT_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/json.h"
#include "base/strv.h"
#include "output/outcome.h"

enum sheet_format {
	SHEET_NONE,
	SHEET_CSV,
	SHEET_TSV,
	SHEET_JSON,  /* GNU parallel's */
	SHEET_JSONL, /* --json */
};

struct sheet {
	enum sheet_format format;
	size_t columns;        /* values a row */
	struct json_text text; /* of the output under way */
	struct buf held;       /* the beginning of a column that may need no quotes */
	bool quoted;           /* the column under way is in quotes */
};

/* The format that the name of a file asks for by its ending: .csv, .tsv or .json; SHEET_NONE for none of them. A name
   that is "-" and such an ending means standard output. */
enum sheet_format sheet_format(const char *name);

/* columns: values a row, those of the first job. */
void sheet_init(struct sheet *s, enum sheet_format format, size_t columns);
void sheet_release(struct sheet *s);

/* Adds the row of the columns' names; nothing where the format has none. names: of the values, NULL or too few for V1,
   V2 ... */
void sheet_head(struct sheet *s, struct buf *to, const struct strv *names);

void sheet_begin(struct sheet *s, struct buf *to, const struct outcome *o);
void sheet_text(struct sheet *s, struct buf *to, const char *bytes, size_t length);
void sheet_turn(struct sheet *s, struct buf *to); /* standard output is at its end */
void sheet_end(struct sheet *s, struct buf *to);  /* standard error too: adds the end of the row */

#endif
