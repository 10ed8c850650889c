/*
 * compiled.h - what a template is made of: shared by compiling (template.c) and rendering (render.c).
 */
#ifndef INPUT_COMPILED_H
#define INPUT_COMPILED_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "input/part.h"
#include "input/template.h"

/* Parts that belong together: a word in EXEC mode and with -q; with -X in a shell line, what is repeated as one. */
struct group {
	size_t first, count; /* parts */
	bool repeats;        /* -X: once for each value */
	bool alone;          /* a single replacement string: its values are words of their own */
};

/* Memory that rendering uses again and again; what it holds between two calls means nothing. */
struct scratch {
	struct buf work[2]; /* substitutions */
	struct buf quoted;  /* place_add */
	struct buf word;    /* -q */
	struct buf length;  /* template_length */
};

struct template
{
	enum template_mode mode;
	bool words;       /* the groups are words: EXEC mode, or -q */
	bool quote_words; /* -q */
	bool no_value;
	bool needs_total;
	bool has_values;
	size_t positions;
	struct parts parts;
	struct group *groups; /* owned */
	size_t group_count;
	size_t group_capacity;
	struct scratch *scratch; /* owned */
};

#endif
