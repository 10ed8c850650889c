/*
 * columns.h - splits a record into columns at what a regular expression matches.
 *
 * As Perl's split does: a match of no length stands between two bytes, and what parentheses in the expression match
 * becomes columns too. Trailing empty columns are kept.
 */
#ifndef INPUT_COLUMNS_H
#define INPUT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/err.h"
#include "input/item.h"
#include "input/pattern.h"

struct columns {
	bool literal;           /* the separator is a plain string */
	struct buf text;        /* that string */
	struct pattern pattern; /* else */
};

/* Returns 0, or -1 with e filled (a bad regular expression); nothing is to be released then. */
int columns_init(struct columns *c, const char *separator, struct err *e);
void columns_release(struct columns *c);

/* Adds the columns of record, NUL ended and of that length, to to: at least one. */
void columns_split(const struct columns *c, const char *record, size_t length, struct item *to);

#endif
