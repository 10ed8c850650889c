/*
 * filter.h - comparisons that say which items are run: --filter '{1} < {2}'.
 *
 * Operands are numbers, texts in "..." or '...', and replacement strings, alone or in such texts. Operators, from
 * those that bind most loosely:
 *
 *     or xor, and, not, ||, &&, == != eq ne, < <= > >= lt le gt ge, + - ., * / %,
 *     =~ !~ (with /RE/ or m/RE/, flag i), ! and - in front, parentheses
 *
 * They mean what they mean in Perl: the words compare texts, the signs numbers; a text counts as the number it begins
 * with, else as 0; what is empty, 0 or "0" does not hold. Nothing else of Perl is offered.
 */
#ifndef INPUT_FILTER_H
#define INPUT_FILTER_H

#include <stdbool.h>
#include "base/err.h"
#include "input/item.h"
#include "input/template.h"

struct filter; /* given by filter_new */

/* config says how replacement strings are spelt: lent for the time of the call. NULL with e filled ("bad filter:
   EXPR: ..."). */
struct filter *filter_new(const char *text, const struct template_config *config, struct err *e);
void filter_free(struct filter *f); /* NULL is nothing */

/* Whether the item is to be run. Returns 1 or 0, or -1 with e filled (a division by zero). */
int filter_holds(const struct filter *f, const struct item *item, const struct template_facts *facts, struct err *e);

#endif
