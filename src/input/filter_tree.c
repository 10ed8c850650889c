#include "input/filter_tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

/* The result of a node: a number or a text. */
struct result {
	bool is_text;
	double number;
	struct buf text; /* owned */
};

/* What all nodes of one evaluation see. */
struct scene {
	const struct item *item;
	const struct template_facts *facts;
	struct err *e;
};

static int evaluate(const struct filter_node *n, const struct scene *s, struct result *to);

struct filter_node *filter_node_new(enum filter_op op, struct filter_node *left, struct filter_node *right)
{
	struct filter_node *n = mem_zero(1, sizeof *n);

	n->op = op;
	n->left = left;
	n->right = right;
	return n;
}

void filter_node_free(struct filter_node *n)
{
	if (!n)
		return;
	filter_node_free(n->left);
	filter_node_free(n->right);
	template_free(n->values);
	if (n->pattern) {
		pattern_release(n->pattern);
		free(n->pattern);
	}
	free(n);
}

/* The decimal number that a text begins with; hexadecimal, infinities and the like are none. */
static double number_of_text(const char *text)
{
	size_t blank = strspn(text, " \t\n\r\f\v"), sign = text[blank] == '-' || text[blank] == '+';
	const char *digits = text + blank + sign;

	if (!strspn(digits + (*digits == '.'), "0123456789") || (digits[0] == '0' && (digits[1] | 0x20) == 'x'))
		return 0;
	return strtod(text, NULL);
}

static double as_number(struct result *r)
{
	return r->is_text ? number_of_text(buf_text(&r->text)) : r->number;
}

static const char *as_text(struct result *r)
{
	if (!r->is_text) {
		buf_add_format(&r->text, "%.15g", r->number);
		r->is_text = true;
	}
	return buf_text(&r->text);
}

static bool as_truth(struct result *r)
{
	const char *text = r->is_text ? buf_text(&r->text) : NULL;

	return text ? *text != '\0' && strcmp(text, "0") != 0 : r->number != 0;
}

static void set_number(struct result *r, double number)
{
	buf_clear(&r->text);
	r->is_text = false;
	r->number = number;
}

/* What is false is an empty text where a text is wanted, and 0 as a number. */
static void set_truth(struct result *r, bool holds)
{
	set_number(r, holds);
	r->is_text = !holds;
}

static bool compare_numbers(enum filter_op op, double a, double b)
{
	switch (op) {
	case FILTER_EQUAL:
		return a == b;
	case FILTER_UNEQUAL:
		return a != b;
	case FILTER_LESS:
		return a < b;
	case FILTER_AT_MOST:
		return a <= b;
	case FILTER_MORE:
		return a > b;
	default:
		return a >= b;
	}
}

static bool compare_texts(enum filter_op op, const char *a, const char *b)
{
	int order = strcmp(a, b);

	switch (op) {
	case FILTER_SAME:
		return order == 0;
	case FILTER_OTHER:
		return order != 0;
	case FILTER_BEFORE:
		return order < 0;
	case FILTER_NOT_AFTER:
		return order <= 0;
	case FILTER_AFTER:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* As Perl: of whole numbers, with the sign of the divisor. */
static double remainder_of(int64_t a, int64_t b)
{
	int64_t rest = b == -1 ? 0 : a % b;

	return (double)(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
}

static bool is_whole_range(double number)
{
	return number > -9e18 && number < 9e18;
}

static int divide(enum filter_op op, double a, double b, struct result *to, const struct scene *s)
{
	if (op == FILTER_REMAINDER && (!is_whole_range(a) || !is_whole_range(b)))
		return err_set(s->e, "bad filter: a number is too large for %%");
	if (op == FILTER_DIVIDE ? b == 0 : (int64_t)b == 0)
		return err_set(s->e, "bad filter: division by zero");
	set_number(to, op == FILTER_DIVIDE ? a / b : remainder_of((int64_t)a, (int64_t)b));
	return 0;
}

static int calculate(enum filter_op op, double a, double b, struct result *to, const struct scene *s)
{
	switch (op) {
	case FILTER_ADD:
		set_number(to, a + b);
		return 0;
	case FILTER_SUBTRACT:
		set_number(to, a - b);
		return 0;
	case FILTER_MULTIPLY:
		set_number(to, a * b);
		return 0;
	case FILTER_DIVIDE:
	case FILTER_REMAINDER:
		return divide(op, a, b, to, s);
	default:
		set_truth(to, compare_numbers(op, a, b));
		return 0;
	}
}

static bool is_about_texts(enum filter_op op)
{
	return op == FILTER_JOIN || (op >= FILTER_SAME && op <= FILTER_NOT_BEFORE);
}

static void combine_texts(enum filter_op op, struct result *left, struct result *right)
{
	const char *a = as_text(left), *b = as_text(right);

	if (op == FILTER_JOIN)
		buf_add(&left->text, b, right->text.length);
	else
		set_truth(left, compare_texts(op, a, b));
}

/* to holds the left operand. */
static int evaluate_pair(const struct filter_node *n, const struct scene *s, struct result *to)
{
	struct result right = {0};
	int status = evaluate(n->right, s, &right);

	if (status == 0) {
		if (is_about_texts(n->op))
			combine_texts(n->op, to, &right);
		else if (n->op == FILTER_XOR)
			set_truth(to, as_truth(to) != as_truth(&right));
		else
			status = calculate(n->op, as_number(to), as_number(&right), to, s);
	}
	buf_release(&right.text);
	return status;
}

/* && and || give the operand that decides, and leave the other alone. */
static int evaluate_choice(const struct filter_node *n, const struct scene *s, struct result *to)
{
	if (as_truth(to) == (n->op == FILTER_OR))
		return 0;
	set_number(to, 0);
	return evaluate(n->right, s, to);
}

static void evaluate_leaf(const struct filter_node *n, const struct scene *s, struct result *to)
{
	to->is_text = n->op != FILTER_NUMBER;
	to->number = n->number;
	if (n->op == FILTER_VALUES)
		template_render_plain(n->values, s->item, s->facts, &to->text);
}

static int evaluate(const struct filter_node *n, const struct scene *s, struct result *to)
{
	if (!n->left) {
		evaluate_leaf(n, s, to);
		return 0;
	}
	if (evaluate(n->left, s, to) < 0)
		return -1;
	switch (n->op) {
	case FILTER_NOT:
		set_truth(to, !as_truth(to));
		return 0;
	case FILTER_NEGATE:
		set_number(to, -as_number(to));
		return 0;
	case FILTER_MATCHES:
	case FILTER_MATCHES_NOT:
		set_truth(to, (regexec(&n->pattern->regex, as_text(to), 0, NULL, 0) == 0) == (n->op == FILTER_MATCHES));
		return 0;
	case FILTER_AND:
	case FILTER_OR:
		return evaluate_choice(n, s, to);
	default:
		return evaluate_pair(n, s, to);
	}
}

int filter_node_holds(const struct filter_node *n, const struct item *item, const struct template_facts *facts,
                      struct err *e)
{
	const struct scene s = {.item = item, .facts = facts, .e = e};
	struct result r = {0};
	int holds = evaluate(n, &s, &r) < 0 ? -1 : as_truth(&r);

	buf_release(&r.text);
	return holds;
}
