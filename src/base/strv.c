#include "base/strv.h"

#include <stdint.h>
#include <stdlib.h>
#include "base/mem.h"

enum { STRV_FIRST_CAPACITY = 8 };

void strv_init(struct strv *v)
{
	*v = (struct strv){0};
}

static void free_strings(struct strv *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->list[i]);
}

void strv_release(struct strv *v)
{
	free_strings(v);
	free(v->list);
}

void strv_clear(struct strv *v)
{
	strv_release(v);
	strv_init(v);
}

void strv_reset(struct strv *v)
{
	free_strings(v);
	v->count = 0;
	if (v->list)
		v->list[0] = NULL;
}

void strv_add(struct strv *v, const char *text)
{
	strv_add_take(v, mem_string(text));
}

void strv_add_n(struct strv *v, const char *text, size_t length)
{
	strv_add_take(v, mem_string_n(text, length));
}

void strv_add_take(struct strv *v, char *text)
{
	if (v->capacity - v->count < 2) {
		size_t half = v->capacity / 2;
		v->capacity = half ? v->capacity + half : STRV_FIRST_CAPACITY;
		v->list = mem_resize_array(v->list, v->capacity, sizeof *v->list);
	}
	v->list[v->count++] = text;
	v->list[v->count] = NULL;
}

void strv_add_all(struct strv *v, const struct strv *other)
{
	size_t count = other->count; /* read once: v may be the other */

	for (size_t i = 0; i < count; i++)
		strv_add(v, other->list[i]);
}
