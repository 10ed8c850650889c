/*
 * subst.h - what {= ... =} and --rpl do to a value: s/RE/TEXT/, y/abc/xyz/, uq, and the cuts of --plus.
 *
 * A subst is a list of steps, applied in order. Patterns are POSIX extended regular expressions in which the usual
 * abbreviations of Perl are understood (pattern.h). Compiled once, applied without allocating but for the growth of
 * the buffers.
 */
#ifndef INPUT_SUBST_H
#define INPUT_SUBST_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"
#include "input/item.h"

enum subst_flags {
	SUBST_GLOBAL = 1,      /* g: every match, not only the first */
	SUBST_IGNORE_CASE = 2, /* i */
};

struct subst; /* given by subst_new */

struct subst *subst_new(void);
void subst_free(struct subst *s); /* NULL is nothing */

/* Adds the steps of an expression, "s/a/b/g; y/x/y/; uq". captures are the texts for $$1, $$2 ... (NULL for none).
   Returns 0, or -1 with e filled by "unknown Perl expression ...". */
int subst_add(struct subst *s, const char *expression, size_t length, const struct strv *captures, struct err *e);

/* Adds one substitution: pattern and replacement as between the slashes of s/.../.../. */
int subst_add_replace(struct subst *s, const char *pattern, const char *replacement, unsigned flags, struct err *e);

/* Adds the removal of the shortest text at the front (or at the end) that the pattern matches. */
int subst_add_cut(struct subst *s, const char *pattern, bool at_end, struct err *e);

void subst_add_default(struct subst *s, const char *text, size_t length); /* text instead of an empty value */
void subst_add_slice(struct subst *s, size_t offset, size_t length); /* so many bytes from offset; SIZE_MAX for all */

bool subst_unquoted(const struct subst *s); /* uq stands in it */

/* Applies all steps. Lends: value itself where nothing changed, or a text in work, NUL ended. */
struct value subst_apply(const struct subst *s, struct value value, struct buf work[2]);

#endif
