#include "input/limit.h"

#include <string.h>
#include <unistd.h>
#include "base/quote.h"
#include "os/host.h"

enum {
	SPARE_BYTES = 4096,           /* for what jobs get in their environment, and for the system's own rounding */
	MOST_SPACE = 4 * 1024 * 1024, /* some systems promise more with an unlimited stack than they keep */
	LEAST_SPACE = 4096,           /* an environment that fills the space leaves the judgement to exec */
	SHOWN_BYTES = 60,             /* of a value, in a message */
};

extern char **environ;

static size_t environment_bytes(void)
{
	size_t bytes = sizeof(char *);

	for (char **at = environ; at && *at; at++)
		bytes += strlen(*at) + 1 + sizeof *at;
	return bytes;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

void limit_init(struct limit *l)
{
	*l = (struct limit){0};
}

void limit_release(struct limit *l)
{
	buf_release(&l->work);
}

void limit_set(struct limit *l, const struct template *template, size_t max_bytes)
{
	size_t space = smaller(host_argument_space(), MOST_SPACE), taken = environment_bytes() + SPARE_BYTES;

	l->template = template;
	l->max_bytes = max_bytes ? max_bytes : SIZE_MAX;
	l->space = space > taken + LEAST_SPACE ? space - taken : LEAST_SPACE;
	l->longest = host_longest_argument();
}

static size_t longest_word(const struct buf *words)
{
	size_t longest = 0, length;

	for (size_t at = 0; at < words->length; at += length) {
		length = strnlen(words->data + at, words->length - at) + 1;
		if (length > longest)
			longest = length;
	}
	return longest;
}

/* The bytes that are left below limit; false when there are none. */
static bool take(size_t limit, size_t bytes, size_t *left)
{
	if (bytes > limit)
		return false;
	*left = smaller(*left, limit - bytes);
	return true;
}

bool limit_fits(struct limit *l, const struct item *item, uint64_t sequence, size_t *left)
{
	const struct template_facts facts = {.sequence = sequence, .slot = 1, .total = sequence};
	size_t words;

	*left = SIZE_MAX;
	if (!l->template)
		return true;
	buf_reset(&l->work);
	words = template_render(l->template, item, &facts, &l->work);
	return take(l->max_bytes, l->work.length, left) &&
	       take(l->space, l->work.length + words * sizeof(char *), left) &&
	       take(l->longest, longest_word(&l->work), left);
}

int limit_check(struct limit *l, const struct item *item, uint64_t sequence, struct err *e)
{
	struct value value = item_value(item, 0);
	struct buf shown = {0};
	size_t left;

	if (limit_fits(l, item, sequence, &left) || l->work.length <= l->max_bytes)
		return 0;
	quote_for_message(&shown, value.text, value.length, SHOWN_BYTES);
	err_set(e, "command too long: %zu bytes for %s: -s allows %zu", l->work.length, buf_text(&shown), l->max_bytes);
	buf_release(&shown);
	return -1;
}

static size_t length_of_rows(const struct limit *l, size_t rows, size_t columns)
{
	const struct template_facts facts = {.sequence = 1, .slot = 1, .total = 1};
	struct item item = {0};
	size_t length;

	for (size_t n = 0; n < rows; n++) {
		for (size_t c = 0; c < columns; c++)
			item_add(&item, "value", 5);
		item_end_row(&item);
	}
	length = template_length(l->template, &item, &facts);
	item_release(&item);
	return length;
}

size_t limit_rows(struct limit *l, size_t columns)
{
	size_t positions = l->template ? template_positions(l->template) : 0, rows;

	if (positions == 0 || columns == 0)
		return 0;
	rows = (positions + columns - 1) / columns;
	return length_of_rows(l, rows, columns) == length_of_rows(l, rows + 1, columns) ? rows : 0;
}
