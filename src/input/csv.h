/*
 * csv.h - records and fields by the rules of RFC 4180.
 *
 * A field may stand in double quotes; a doubled quote inside them is one quote, and separators and record ends inside
 * them are part of the value. Where the RFC has no rule this is lenient: a quote in the middle of an unquoted field
 * stands for itself, and what follows a closing quote is added to the value. Both functions are pure and agree on
 * where a field ends.
 */
#ifndef INPUT_CSV_H
#define INPUT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include "input/item.h"

/* Lent strings, at least one byte each. */
struct csv {
	const char *separator;
	size_t separator_length;
	const char *delimiter; /* the record end */
	size_t delimiter_length;
};

enum csv_state { CSV_FIELD_START, CSV_PLAIN, CSV_QUOTED, CSV_QUOTE_SEEN };

/* How far the search for the end of a record has come. All zero at the start of a record. */
struct csv_cursor {
	size_t at;            /* bytes of the record that were looked at */
	enum csv_state state; /* after those */
};

/* Looks on for the end of the record that starts at text. Returns true when its delimiter stands at k->at; false when
   it does not end within length bytes: to be called again with more of the same text. ended: no more bytes will come,
   so that no look-ahead is kept back. */
bool csv_find_end(const struct csv *c, struct csv_cursor *k, const char *text, size_t length, bool ended);

/* Adds the fields of a record, given without its delimiter, as values to to. Returns false when a quoted field lacks
   its closing quote; the rest of the record is its value then. A value is cut at a NUL byte. text is changed. */
bool csv_split(const struct csv *c, char *text, size_t length, struct item *to);

#endif
