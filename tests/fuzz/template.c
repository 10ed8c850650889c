/*
 * Templates: the first two bytes choose the options, the rest is words and values, each ended by a NUL; an empty one
 * stands between the two.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/strv.h"
#include "input/item.h"
#include "input/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads texts up to an empty one or the end. Returns how much was read. */
static size_t read_texts(struct strv *to, const char *text, size_t length)
{
	size_t at = 0;

	while (at < length) {
		const char *nul = memchr(text + at, '\0', length - at);
		size_t end = nul ? (size_t)(nul - text) : length;
		if (end == at)
			return at + 1;
		strv_add_n(to, text + at, end - at);
		at = end + (nul != NULL);
	}
	return at;
}

static struct template_config config_from(uint8_t first, uint8_t second, struct strv *rpl, struct strv *names)
{
	struct template_config c = {.mode = (enum template_mode)(first % 3),
	                            .batch = (enum template_batch)(first / 3 % 3)};

	c.plus = second & 1;
	c.quote_words = second & 2;
	c.no_value = second & 4;
	c.never_append = second & 8;
	c.braces = second & 16 ? "," : NULL;
	c.parens = second & 32 ? "<<>>" : NULL;
	if (second & 64) {
		strv_add(rpl, "{%(.+?)} s/$$1$//");
		strv_add(rpl, "{x} s/a/b/;y/a/b/");
		c.rpl = rpl;
	}
	if (second & 128) {
		strv_add(names, "a");
		strv_add(names, "name");
		c.names = names;
	}
	return c;
}

/* Each word of the user is one word of the job, but for those that are made of one replacement string, which may
   be any number, and those that -X repeats. */
static void check_words(const struct template_config *c, const struct template *t, const struct strv *words,
                        size_t values, size_t count)
{
	size_t most = words->count * (values + 1) + values + 1;
	size_t plain = 0;

	for (size_t i = 0; i < words->count; i++)
		plain += strpbrk(words->list[i], "{,<") == NULL;
	for (size_t i = 0; i < words->count; i++)
		if (c->rpl || c->braces || c->parens ||
		    strstr(words->list[i], "{=")) /* may join words, or stand in any of them */
			plain = 0;
	if (template_needs_shell(t) ? count != 1 : count < plain || count > most)
		abort();
}

static void render(const struct template_config *c, const struct template *t, const struct strv *words,
                   const struct item *item)
{
	static const struct template_facts facts = {.sequence = 7, .slot = 2, .total = 1000, .slots = 8};
	struct buf out = {0};
	size_t count = template_render(t, item, &facts, &out), ends = 0;

	for (size_t i = 0; i < out.length; i++)
		ends += out.data[i] == '\0';
	if (ends != count || out.length != template_length(t, item, &facts))
		abort();
	check_words(c, t, words, item->count, count);
	buf_reset(&out);
	template_describe(t, item, &facts, &out);
	template_render_plain(t, item, &facts, &out);
	(void)template_skips(t, item);
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strv words = {0}, values = {0}, rpl = {0}, names = {0};
	struct template_config config;
	struct template *t;
	struct item item;
	struct err e;
	size_t used;

	if (size < 2)
		return 0;
	config = config_from(data[0], data[1], &rpl, &names);
	used = read_texts(&words, (const char *)data + 2, size - 2);
	read_texts(&values, (const char *)data + 2 + used, size - 2 - used);
	item_init(&item);
	for (size_t i = 0; i < values.count; i++)
		item_add(&item, values.list[i], strlen(values.list[i]));
	item_end_row(&item);
	t = template_compile(&config, words.count, words.list, &e);
	if (t)
		render(&config, t, &words, &item);
	template_free(t);
	item_release(&item);
	strv_release(&words);
	strv_release(&values);
	strv_release(&rpl);
	strv_release(&names);
	return 0;
}
