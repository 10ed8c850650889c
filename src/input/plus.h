/*
 * plus.h - the replacement strings of --plus.
 *
 * Those of a fixed text are a table; those with a text of the user's inside, as {%suffix} and {/old/new}, are read
 * here.
 */
#ifndef INPUT_PLUS_H
#define INPUT_PLUS_H

#include <stddef.h>
#include "base/err.h"
#include "input/part.h"

struct plus_token {
	const char *text;
	struct part part;
};

/* The fixed ones: lends the table and sets *count. */
const struct plus_token *plus_fixed(size_t *count);

/* Reads a replacement string whose text behind its "{" (or "{N") begins at text and ends before end. Returns how
   many bytes it has, its "}" among them, with part filled; 0 where none begins there; -1 with e filled by a bad
   regular expression. */
long plus_parse(const char *text, const char *end, struct part *part, struct err *e);

#endif
