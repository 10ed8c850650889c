/*
 * failed.h - the records of failed jobs as text that can be the input of another run, for --failed.
 *
 * A row of the item is a record: its values with the separator of columns between them, and the delimiter of records
 * behind it. Where columns have names they stand in a record in front of all.
 */
#ifndef OUTPUT_FAILED_H
#define OUTPUT_FAILED_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/strv.h"
#include "input/item.h"

struct failed_format {
	const char *delimiter; /* lent: ends a record */
	size_t delimiter_length;
	const char *separator;    /* lent: between columns */
	bool csv;                 /* values are quoted by the rules of CSV where they need it */
	const struct strv *names; /* lent: of the columns; NULL for none */
};

/* The separator for what the regular expression of --colsep splits: itself where it is plain text; else, and for NULL,
   a tab, or a comma in CSV. Lends. */
const char *failed_separator(const char *regex, bool csv);

void failed_names(const struct failed_format *f,
                  struct buf *to); /* adds the record of the names; nothing where there are none */
void failed_records(const struct failed_format *f, const struct item *item, struct buf *to);

#endif
