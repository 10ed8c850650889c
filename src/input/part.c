#include "input/part.h"

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

void parts_release(struct parts *p)
{
	for (size_t i = 0; i < p->count; i++) {
		subst_free(p->list[i].subst);
		free(p->list[i].text);
	}
	free(p->list);
	*p = (struct parts){0};
}

struct part *parts_add(struct parts *p, const struct part *part)
{
	if (p->count == p->capacity) {
		p->capacity = mem_grow(p->capacity, p->count + 1);
		p->list = mem_resize_array(p->list, p->capacity, sizeof *p->list);
	}
	/* There is no list only while its capacity is 0. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	p->list[p->count] = *part;
	return &p->list[p->count++];
}

void parts_add_text(struct parts *p, const char *text, size_t length)
{
	struct part *last = p->count ? &p->list[p->count - 1] : NULL;

	if (length == 0)
		return;
	if (!last || last->kind != PART_TEXT) {
		parts_add(p, &(struct part){.kind = PART_TEXT, .text = mem_string_n(text, length), .length = length});
		return;
	}
	last->text = mem_resize(last->text, last->length + length + 1);
	memcpy(last->text + last->length, text, length);
	last->length += length;
	last->text[last->length] = '\0';
}

size_t parts_cut(struct parts *p, size_t index, size_t offset)
{
	struct part *part = &p->list[index];
	struct part rest;

	if (offset == 0)
		return index;
	if (offset >= part->length)
		return index + 1;
	rest = (struct part){.kind = PART_TEXT, .length = part->length - offset};
	rest.text = mem_string_n(part->text + offset, rest.length);
	part->length = offset;
	part->text[offset] = '\0';
	parts_add(p, &rest);
	memmove(&p->list[index + 2], &p->list[index + 1], (p->count - index - 2) * sizeof *p->list);
	p->list[index + 1] = rest;
	return index + 1;
}

bool part_takes_values(const struct part *part)
{
	return part->kind != PART_TEXT && part->kind < PART_SEQUENCE;
}

static struct value value_from(struct value v, size_t offset)
{
	return (struct value){v.text + offset, v.length - offset};
}

/* Where the base name begins. */
static size_t base_offset(struct value v)
{
	size_t i = v.length;

	while (i > 0 && v.text[i - 1] != '/')
		i--;
	return i;
}

/* Where the last so many extensions begin, at their first point; the length where there are fewer. */
static size_t extension_offset(struct value v, unsigned dots)
{
	for (size_t i = v.length; i > 0 && v.text[i - 1] != '/'; i--)
		if (v.text[i - 1] == '.' && --dots == 0)
			return i - 1;
	return v.length;
}

static struct value without_extension(struct value v, unsigned dots)
{
	return dots ? (struct value){v.text, extension_offset(v, dots)} : v;
}

static struct value extension(struct value v, unsigned dots)
{
	size_t offset = extension_offset(v, dots);

	return value_from(v, offset < v.length ? offset + 1 : offset);
}

/* The slashes at the end do not count, nor do several in a row. */
static struct value directory(struct value v)
{
	size_t i = v.length;

	while (i > 1 && v.text[i - 1] == '/')
		i--;
	while (i > 0 && v.text[i - 1] != '/')
		i--;
	if (i == 0)
		return (struct value){".", 1};
	while (i > 1 && v.text[i - 1] == '/')
		i--;
	return (struct value){v.text, i};
}

static struct value parent(struct value v)
{
	size_t base = base_offset(v);

	return (struct value){v.text, base ? base - 1 : 0};
}

struct value part_apply(const struct part *part, struct value value, struct buf work[2])
{
	switch (part->kind) {
	case PART_NO_EXTENSION:
		return without_extension(value, part->dots);
	case PART_EXTENSION:
		return extension(value, part->dots);
	case PART_BASE:
		return without_extension(value_from(value, base_offset(value)), part->dots);
	case PART_DIRECTORY:
		return directory(value);
	case PART_PARENT:
		return parent(value);
	case PART_SUBST:
		return subst_apply(part->subst, value, work);
	default:
		return value;
	}
}
