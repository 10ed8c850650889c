#include "input/define.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "input/perl.h"

enum { DEFINE_GROUPS = 10 };

struct define {
	char *name;             /* owned */
	const char *expression; /* lent from name's block */
	bool captures;
	bool braced;         /* begins with {: may have a position */
	struct perl pattern; /* with captures: the name as a pattern, without that brace */
};

struct defines {
	struct define *list;
	size_t count;
};

static void add_quoted(struct buf *to, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (strchr("\\^$.[]|()*+?{}", text[i]))
			buf_add_char(to, '\\');
		buf_add_char(to, text[i]);
	}
}

/* The name as a pattern: what stands from the first ( to the last ) is one already. */
static int compile_name(struct perl *p, const char *name, const char *open, const char *close, struct err *e)
{
	struct buf pattern = {0};
	int result;

	buf_add_char(&pattern, '^');
	add_quoted(&pattern, name, (size_t)(open - name));
	buf_add(&pattern, open, (size_t)(close + 1 - open));
	add_quoted(&pattern, close + 1, strlen(close + 1));
	result = perl_compile(p, buf_text(&pattern), false, e);
	buf_release(&pattern);
	return result;
}

static int compile_captures(struct define *d, struct err *e)
{
	const char *open = strchr(d->name, '('), *close = strrchr(d->name, ')');

	if (!open || !close || close < open)
		return 0;
	d->braced = *d->name == '{';
	if (compile_name(&d->pattern, d->name + d->braced, open, close, e) < 0)
		return -1;
	d->captures = true;
	return 0;
}

/* A wrong expression is told of even where the name is never used. */
static int check_expression(struct define *d, struct err *e)
{
	struct part part = {0};
	struct defines one = {d, 1};
	int result = d->captures ? 0 : defines_make(&one, 0, NULL, &part, e);

	subst_free(part.subst);
	return result;
}

static int read_define(struct define *d, const char *text, struct err *e)
{
	size_t name = strcspn(text, " \t\n");

	d->name = mem_string(text);
	d->expression = d->name + name + (text[name] != '\0');
	d->name[name] = '\0';
	if (name == 0)
		return err_set(e, "bad --rpl: it has no name: %s", text);
	return compile_captures(d, e) < 0 ? -1 : check_expression(d, e);
}

struct defines *defines_new(const struct strv *definitions, struct err *e)
{
	struct defines *d = mem_zero(1, sizeof *d);
	size_t count = definitions ? definitions->count : 0;

	d->list = mem_zero(count, sizeof *d->list);
	while (d->count < count) {
		const char *text = definitions->list[d->count];
		if (read_define(&d->list[d->count++], text, e) < 0) {
			defines_free(d);
			return NULL;
		}
	}
	return d;
}

void defines_free(struct defines *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->count; i++) {
		if (d->list[i].captures)
			perl_release(&d->list[i].pattern);
		free(d->list[i].name);
	}
	free(d->list);
	free(d);
}

size_t defines_count(const struct defines *d)
{
	return d->count;
}

const char *defines_name(const struct defines *d, size_t index)
{
	return d->list[index].name;
}

bool defines_captures(const struct defines *d, size_t index)
{
	return d->list[index].captures;
}

int defines_make(const struct defines *d, size_t index, const struct strv *captures, struct part *part, struct err *e)
{
	const char *expression = d->list[index].expression;

	*part = (struct part){.kind = PART_SUBST, .subst = subst_new()};
	if (subst_add(part->subst, expression, strlen(expression), captures, e) < 0) {
		subst_free(part->subst);
		part->subst = NULL;
		return -1;
	}
	part->unquoted = subst_unquoted(part->subst);
	return 0;
}

/* Matches a copy of text, for a regular expression is matched up to a NUL. Returns the bytes that match, 0 for none. */
static long match_one(const struct define *d, const char *text, size_t length, size_t skip, struct strv *captures)
{
	size_t brace = d->braced && !skip;
	regmatch_t at[DEFINE_GROUPS];
	char *copy = mem_string_n(text, length), *behind = copy + brace;
	long bytes = 0;

	if ((!brace || *copy == '{') && perl_match(&d->pattern, behind, at, DEFINE_GROUPS, 0) && at[0].rm_so == 0) {
		bytes = (long)brace + (long)at[0].rm_eo;
		for (size_t i = 1; i < DEFINE_GROUPS; i++)
			strv_add_n(captures, behind + (at[i].rm_so < 0 ? 0 : at[i].rm_so),
			           (size_t)(at[i].rm_eo - at[i].rm_so));
	}
	free(copy);
	return bytes;
}

long defines_match(const struct defines *d, const char *text, const char *end, size_t skip, struct part *part,
                   struct err *e)
{
	for (size_t i = d->count; i > 0; i--) {
		const struct define *define = &d->list[i - 1];
		struct strv captures = {0};
		long bytes;
		if (!define->captures || (skip && !define->braced))
			continue;
		bytes = match_one(define, text, (size_t)(end - text), skip, &captures);
		if (bytes > 0 && defines_make(d, i - 1, &captures, part, e) < 0)
			bytes = -1;
		strv_release(&captures);
		if (bytes != 0)
			return bytes;
	}
	return 0;
}
