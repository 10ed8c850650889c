/*
 * render.h - templates for unit tests: words and values in one string each, with a tab between them.
 */
#ifndef TESTS_RENDER_H
#define TESTS_RENDER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/quote.h"
#include "base/strv.h"
#include "input/item.h"
#include "input/template.h"

enum render_what {
	RENDER_DESCRIBE,
	RENDER_WORDS, /* each in <> */
	RENDER_PLAIN,
};

static struct buf render_out;

/* NULL is no word, "" is one empty word. */
static inline void render_split(struct strv *to, const char *text)
{
	while (text) {
		size_t length = strcspn(text, "\t");
		strv_add_n(to, text, length);
		text = text[length] ? text + length + 1 : NULL;
	}
}

static inline void render_words(const struct template *t, const struct item *item, const struct template_facts *facts)
{
	struct buf raw = {0};
	size_t count = template_render(t, item, facts, &raw);
	const char *at = raw.data;

	if (raw.length != template_length(t, item, facts))
		buf_add_string(&render_out, "(length is wrong) ");
	for (; count > 0; count--, at += strlen(at) + 1)
		buf_add_format(&render_out, "<%s>", at);
	if (at && at != raw.data + raw.length)
		buf_add_string(&render_out, " (count is wrong)");
	buf_release(&raw);
}

/* Lends what comes out, or "ERR " and the error; job 5 of 120 in slot 3 of 12. */
static inline const char *rendered_lists(const struct template_config *config, enum render_what what,
                                         const struct strv *words, const struct strv *values)
{
	static const struct template_facts facts = {.sequence = 5, .slot = 3, .total = 120, .slots = 12};
	struct item item;
	struct err e;
	struct template *t;

	item_init(&item);
	for (size_t i = 0; i < values->count; i++)
		item_add(&item, values->list[i], strlen(values->list[i]));
	item_end_row(&item);
	buf_reset(&render_out);
	t = template_compile(config, words->count, words->list, &e);
	if (!t)
		buf_add_format(&render_out, "ERR %s", e.text);
	else if (what == RENDER_DESCRIBE)
		template_describe(t, &item, &facts, &render_out);
	else if (what == RENDER_PLAIN)
		template_render_plain(t, &item, &facts, &render_out);
	else
		render_words(t, &item, &facts);
	template_free(t);
	item_release(&item);
	return buf_text(&render_out);
}

static inline const char *rendered(const struct template_config *config, enum render_what what, const char *words,
                                   const char *values)
{
	struct strv argv = {0}, list = {0};
	const char *out;

	render_split(&argv, words);
	render_split(&list, values);
	out = rendered_lists(config, what, &argv, &list);
	strv_release(&argv);
	strv_release(&list);
	return out;
}

/* The name of a test, on one line; lent until the next call. */
static inline const char *render_name(const char *text)
{
	static char name[400];
	struct buf shown = {0};

	quote_for_message(&shown, text, strlen(text), sizeof name / 2);
	snprintf(name, sizeof name, "%s", buf_text(&shown));
	buf_release(&shown);
	return name;
}

#endif
