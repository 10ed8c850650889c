/*
 * replacement.h - the second half of s/RE/TEXT/: text, $1 .. $9, $&, and \U \L \u \l \E.
 */
#ifndef INPUT_REPLACEMENT_H
#define INPUT_REPLACEMENT_H

#include <regex.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/err.h"

enum { REPLACEMENT_GROUPS = 10 }; /* the whole match and $1 .. $9 */

struct replacement {
	struct piece *list; /* owned */
	size_t count;
	size_t capacity;
};

/* Returns 0, or -1 with e filled (another variable). */
int replacement_parse(struct replacement *r, const char *text, struct err *e);
void replacement_release(struct replacement *r);

/* Adds the text for a match in text. */
void replacement_add(const struct replacement *r, struct buf *to, const char *text, const regmatch_t *at);

#endif
