/*
 * filter_tree.h - a filter expression as a tree, and what it comes to.
 */
#ifndef INPUT_FILTER_TREE_H
#define INPUT_FILTER_TREE_H

#include <stdbool.h>
#include "base/buf.h"
#include "base/err.h"
#include "input/item.h"
#include "input/pattern.h"
#include "input/template.h"

enum filter_op {
	FILTER_NUMBER,
	FILTER_VALUES,
	FILTER_NOT,
	FILTER_NEGATE,
	FILTER_OR,
	FILTER_AND,
	FILTER_XOR,
	FILTER_EQUAL,
	FILTER_UNEQUAL,
	FILTER_LESS,
	FILTER_AT_MOST,
	FILTER_MORE,
	FILTER_AT_LEAST,
	FILTER_SAME,
	FILTER_OTHER,
	FILTER_BEFORE,
	FILTER_NOT_AFTER,
	FILTER_AFTER,
	FILTER_NOT_BEFORE,
	FILTER_ADD,
	FILTER_SUBTRACT,
	FILTER_JOIN,
	FILTER_MULTIPLY,
	FILTER_DIVIDE,
	FILTER_REMAINDER,
	FILTER_MATCHES,
	FILTER_MATCHES_NOT,
};

struct filter_node {
	enum filter_op op;
	struct filter_node *left;  /* owned; the only operand of FILTER_NOT and FILTER_NEGATE, the text of a match */
	struct filter_node *right; /* owned */
	double number;             /* FILTER_NUMBER */
	struct template *values;   /* owned; FILTER_VALUES: text with replacement strings */
	struct pattern *pattern;   /* owned; FILTER_MATCHES, FILTER_MATCHES_NOT */
};

/* Takes both operands. */
struct filter_node *filter_node_new(enum filter_op op, struct filter_node *left, struct filter_node *right);
void filter_node_free(struct filter_node *n); /* NULL is nothing */

/* Whether the tree holds for the item: 1 or 0, -1 with e filled (a division by zero). */
int filter_node_holds(const struct filter_node *n, const struct item *item, const struct template_facts *facts,
                      struct err *e);

#endif
