/*
 * context.h - reading a shell line as a shell does, to learn where its replacement strings stand.
 *
 * Each replacement string gets its place (part.h). Where shells disagree on what a line means, or where no quoting
 * helps, the line is refused. What is said in POSIX counts, and what bash, dash, ksh, mksh and zsh make of the rest.
 */
#ifndef INPUT_CONTEXT_H
#define INPUT_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "input/part.h"

/* Where a word of the line begins or ends: in front of byte offset of text part. */
struct context_cut {
	size_t part, offset;
};

struct context_cuts {
	struct context_cut *list; /* owned */
	size_t count;
	size_t capacity;
};

struct context_options {
	bool parallel; /* as GNU parallel where that is safe; an unfinished line is the shell's to complain about */
};

/* Sets the places of parts, and adds to cuts where the words of the outermost level begin and end (NULL: not asked
   for). Text may be changed, where a backslash or a dollar sign stands in front of a replacement string. Returns
   0, or -1 with e filled. */
int context_scan(struct parts *parts, const struct context_options *options, struct context_cuts *cuts, struct err *e);

#endif
