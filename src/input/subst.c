#include "input/subst.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "input/expression.h"
#include "input/perl.h"
#include "input/replacement.h"

enum step_kind { STEP_REPLACE, STEP_MAP, STEP_CUT_FRONT, STEP_CUT_END, STEP_DEFAULT, STEP_SLICE };

struct step {
	enum step_kind kind;
	struct perl pattern;            /* REPLACE, CUT_... */
	struct replacement replacement; /* REPLACE */
	bool global;
	unsigned char *map;    /* MAP: owned, what each byte becomes; 0 to delete it */
	char *text;            /* DEFAULT: owned */
	size_t offset, length; /* SLICE; length of DEFAULT */
};

struct subst {
	struct step *list;
	size_t count;
	size_t capacity;
	bool unquoted;
};

struct subst *subst_new(void)
{
	return mem_zero(1, sizeof(struct subst));
}

static bool has_pattern(const struct step *step)
{
	return step->kind == STEP_REPLACE || step->kind == STEP_CUT_FRONT || step->kind == STEP_CUT_END;
}

void subst_free(struct subst *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++) {
		if (has_pattern(&s->list[i]))
			perl_release(&s->list[i].pattern);
		replacement_release(&s->list[i].replacement);
		free(s->list[i].map);
		free(s->list[i].text);
	}
	free(s->list);
	free(s);
}

static void add_step(struct subst *s, const struct step *step)
{
	if (s->count == s->capacity) {
		s->capacity = mem_grow(s->capacity, s->count + 1);
		s->list = mem_resize_array(s->list, s->capacity, sizeof *s->list);
	}
	s->list[s->count++] = *step;
}

int subst_add_replace(struct subst *s, const char *pattern, const char *replacement, unsigned flags, struct err *e)
{
	struct step step = {.kind = STEP_REPLACE, .global = flags & SUBST_GLOBAL};

	if (perl_compile(&step.pattern, pattern, flags & SUBST_IGNORE_CASE, e) < 0)
		return -1;
	if (replacement_parse(&step.replacement, replacement, e) < 0) {
		perl_release(&step.pattern);
		return -1;
	}
	add_step(s, &step);
	return 0;
}

/* The whole of a piece must match, so the pattern is bound at both ends. */
int subst_add_cut(struct subst *s, const char *pattern, bool at_end, struct err *e)
{
	struct step step = {.kind = at_end ? STEP_CUT_END : STEP_CUT_FRONT};
	struct buf bound = {0};
	int result;

	buf_add_string(&bound, "^(");
	buf_add_string(&bound, pattern);
	buf_add_string(&bound, ")$");
	result = perl_compile(&step.pattern, buf_text(&bound), false, e);
	buf_release(&bound);
	if (result == 0)
		add_step(s, &step);
	return result;
}

void subst_add_default(struct subst *s, const char *text, size_t length)
{
	add_step(s, &(struct step){.kind = STEP_DEFAULT, .text = mem_string_n(text, length), .length = length});
}

void subst_add_slice(struct subst *s, size_t offset, size_t length)
{
	add_step(s, &(struct step){.kind = STEP_SLICE, .offset = offset, .length = length});
}

int subst_add(struct subst *s, const char *expression, size_t length, const struct strv *captures, struct err *e)
{
	struct expression x;
	enum expression_kind kind;

	expression_init(&x, expression, length, captures);
	while ((kind = expression_next(&x, e)) != EXPRESSION_END && kind != EXPRESSION_FAIL) {
		if (kind == EXPRESSION_UNQUOTED)
			s->unquoted = true;
		else if (kind == EXPRESSION_MAP)
			add_step(s, &(struct step){.kind = STEP_MAP, .map = mem_copy(x.map, sizeof x.map)});
		else if (subst_add_replace(s, buf_text(&x.from), buf_text(&x.to), x.flags, e) < 0)
			kind = EXPRESSION_FAIL;
		if (kind == EXPRESSION_FAIL)
			break;
	}
	expression_release(&x);
	return kind == EXPRESSION_FAIL ? -1 : 0;
}

bool subst_unquoted(const struct subst *s)
{
	return s->unquoted;
}

/* An empty match is followed by one byte that is kept, as in Perl. */
static bool replace(const struct step *step, struct value v, struct buf *to)
{
	regmatch_t at[REPLACEMENT_GROUPS];
	size_t from = 0;
	bool any = false;

	while (from <= v.length &&
	       perl_match(&step->pattern, v.text + from, at, REPLACEMENT_GROUPS, from ? REG_NOTBOL : 0)) {
		size_t begin = from + (size_t)at[0].rm_so, end = from + (size_t)at[0].rm_eo;
		any = true;
		buf_add(to, v.text + from, begin - from);
		replacement_add(&step->replacement, to, v.text + from, at);
		from = end;
		if (begin == end && from < v.length && step->global)
			buf_add_char(to, v.text[from]);
		if (begin == end && step->global)
			from++;
		if (!step->global)
			break;
	}
	if (any && from < v.length)
		buf_add(to, v.text + from, v.length - from);
	return any;
}

static void map(const struct step *step, struct value v, struct buf *to)
{
	for (size_t i = 0; i < v.length; i++)
		if (step->map[(unsigned char)v.text[i]])
			buf_add_char(to, (char)step->map[(unsigned char)v.text[i]]);
}

static struct value cut_end(const struct step *step, struct value v)
{
	regmatch_t at[1];

	for (size_t n = v.length + 1; n > 0; n--)
		if (perl_match(&step->pattern, v.text + n - 1, at, 1, 0))
			return (struct value){v.text, n - 1};
	return v;
}

/* Each beginning is tried for itself, in to, for a pattern's end is where the text ends. */
static struct value cut_front(const struct step *step, struct value v, struct buf *to)
{
	regmatch_t at[1];

	buf_reset(to);
	buf_reserve(to, v.length + 1);
	for (size_t n = 0; n <= v.length; n++) {
		if (perl_match(&step->pattern, buf_text(to), at, 1, 0))
			return (struct value){v.text + n, v.length - n};
		if (n < v.length)
			buf_add_char(to, v.text[n]);
	}
	return v;
}

static struct value slice(const struct step *step, struct value v)
{
	size_t offset = step->offset < v.length ? step->offset : v.length;
	size_t rest = v.length - offset;

	return (struct value){v.text + offset, step->length < rest ? step->length : rest};
}

/* Patterns are matched up to a NUL: a piece of a value gets its own. */
static struct value ended(struct value v, struct buf *to)
{
	if (v.text[v.length] == '\0')
		return v;
	buf_reset(to);
	buf_add(to, v.text, v.length);
	return (struct value){buf_text(to), v.length};
}

static struct value apply(const struct step *step, struct value v, struct buf *to)
{
	switch (step->kind) {
	case STEP_REPLACE:
		buf_reset(to);
		if (!replace(step, v, to))
			return v;
		break;
	case STEP_MAP:
		buf_reset(to);
		map(step, v, to);
		break;
	case STEP_CUT_END:
		return cut_end(step, v);
	case STEP_CUT_FRONT:
		return cut_front(step, v, to);
	case STEP_DEFAULT:
		return v.length ? v : (struct value){step->text, step->length};
	case STEP_SLICE:
		return slice(step, v);
	}
	return (struct value){buf_text(to), to->length};
}

static bool is_inside(struct value v, const struct buf *b)
{
	return b->data && (uintptr_t)v.text >= (uintptr_t)b->data &&
	       (uintptr_t)v.text <= (uintptr_t)(b->data + b->length);
}

struct value subst_apply(const struct subst *s, struct value value, struct buf work[2])
{
	for (size_t i = 0; i < s->count; i++) {
		size_t next;

		next = is_inside(value, &work[0]);
		value = ended(value, &work[next]);
		next = is_inside(value, &work[0]);
		value = apply(&s->list[i], value, &work[next]);
	}
	return value;
}
