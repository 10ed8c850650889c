#include "input/item.h"

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

void item_init(struct item *i)
{
	*i = (struct item){0};
}

void item_release(struct item *i)
{
	free(i->bytes);
	free(i->offsets);
}

void item_clear(struct item *i)
{
	item_release(i);
	item_init(i);
}

void item_reset(struct item *i)
{
	i->used = 0;
	i->count = 0;
	i->rows = 0;
	i->columns = 0;
}

static void reserve(struct item *i, size_t bytes, size_t values)
{
	if (i->room - i->used < bytes) {
		i->room = mem_grow(i->room, i->used + bytes);
		i->bytes = mem_resize(i->bytes, i->room);
	}
	if (i->capacity <= i->count + values) {
		i->capacity = mem_grow(i->capacity, i->count + values + 1);
		i->offsets = mem_resize_array(i->offsets, i->capacity, sizeof *i->offsets);
	}
}

void item_add(struct item *i, const char *text, size_t length)
{
	reserve(i, length + 1, 1);
	i->offsets[i->count++] = i->used;
	if (length)
		memcpy(i->bytes + i->used, text, length);
	i->used += length;
	i->bytes[i->used++] = '\0';
	i->offsets[i->count] = i->used;
}

void item_end_row(struct item *i)
{
	if (i->rows++ == 0)
		i->columns = i->count;
}

void item_swap(struct item *a, struct item *b)
{
	struct item other = *a;

	*a = *b;
	*b = other;
}

struct value item_value(const struct item *i, size_t index)
{
	if (index >= i->count)
		return (struct value){NULL, 0};
	return (struct value){i->bytes + i->offsets[index], i->offsets[index + 1] - i->offsets[index] - 1};
}
