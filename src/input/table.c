#include "input/table.h"

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

void table_init(struct table *t)
{
	*t = (struct table){0};
}

void table_release(struct table *t)
{
	item_release(&t->values);
	free(t->ends);
}

void table_reset(struct table *t)
{
	item_reset(&t->values);
	t->count = 0;
	t->dropped = 0;
}

size_t table_rows(const struct table *t)
{
	return t->count - t->dropped;
}

static void add_values(struct item *to, const struct item *from, size_t first, size_t end)
{
	for (size_t n = first; n < end; n++) {
		struct value v = item_value(from, n);

		item_add(to, v.text, v.length);
	}
}

void table_end_row(struct table *t)
{
	if (t->count == t->capacity) {
		t->capacity = mem_grow(t->capacity, t->count + 1);
		t->ends = mem_resize_array(t->ends, t->capacity, sizeof *t->ends);
	}
	t->ends[t->count++] = t->values.count;
}

void table_add(struct table *t, const struct item *from)
{
	add_values(&t->values, from, 0, from->count);
	table_end_row(t);
}

void table_copy(struct table *to, const struct table *from)
{
	table_reset(to);
	for (size_t n = 0; n < table_rows(from); n++) {
		table_get(from, n, &to->values);
		table_end_row(to);
	}
}

/* Rows that are gone are only cleared away when they are the greater part, so that a row costs O(1) on the whole. */
void table_drop(struct table *t, size_t rows)
{
	struct table rest = {0};

	t->dropped += rows;
	if (t->dropped == t->count) {
		table_reset(t);
	} else if (t->dropped > 64 && t->dropped > t->count / 2) {
		table_copy(&rest, t);
		table_release(t);
		*t = rest;
	}
}

void table_get(const struct table *t, size_t index, struct item *to)
{
	size_t row = t->dropped + index;

	add_values(to, &t->values, row ? t->ends[row - 1] : 0, t->ends[row]);
}
