/*
 * expression.h - the little of Perl that {= ... =} understands, read one statement at a time.
 *
 * s/RE/TEXT/gi with any delimiter, y/abc/xyz/ (tr), uq; statements are separated by semicolons.
 */
#ifndef INPUT_EXPRESSION_H
#define INPUT_EXPRESSION_H

#include <stddef.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"

enum expression_kind {
	EXPRESSION_END,
	EXPRESSION_FAIL,     /* e is filled */
	EXPRESSION_REPLACE,  /* from, to, flags (enum subst_flags) */
	EXPRESSION_MAP,      /* map */
	EXPRESSION_UNQUOTED, /* uq */
};

struct expression {
	const char *whole; /* lent: the expression, for messages */
	size_t length;
	const char *at, *end;
	const struct strv *captures; /* lent: the texts for $$1 ... */
	struct buf from, to;
	unsigned flags;
	unsigned char map[256]; /* what each byte becomes, 0 to delete it */
};

void expression_init(struct expression *x, const char *text, size_t length, const struct strv *captures);
void expression_release(struct expression *x);
enum expression_kind expression_next(struct expression *x, struct err *e);

#endif
