/*
 * limit.h - how long a command may get.
 *
 * Two limits: what the user asked for (-s: the bytes of the command, each word with its NUL), and what the system
 * takes: the argument space less the environment, a pointer for each word, and the longest single argument, which a
 * whole shell line is.
 */
#ifndef INPUT_LIMIT_H
#define INPUT_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "input/item.h"
#include "input/template.h"

struct limit {
	const struct template *template; /* lent; NULL: everything fits */
	size_t max_bytes;                /* of the words with their NULs */
	size_t space;                    /* of the words and the pointers to them */
	size_t longest;                  /* of one word with its NUL */
	struct buf work;
};

void limit_init(struct limit *l);
void limit_release(struct limit *l);

/* max_bytes: 0 for no limit but the system's. */
void limit_set(struct limit *l, const struct template *template, size_t max_bytes);

/* Whether the command of the item fits. *left: about so many bytes more would fit too. */
bool limit_fits(struct limit *l, const struct item *item, uint64_t sequence, size_t *left);

/* Holds a command that cannot be made shorter to what the user asked for. Returns 0, or -1 with e filled ("command too
   long ..."). */
int limit_check(struct limit *l, const struct item *item, uint64_t sequence, struct err *e);

/* The most rows of so many columns of which no value is lost because the template only names some of them ({1} {2});
   0 for no such limit. */
size_t limit_rows(struct limit *l, size_t columns);

#endif
