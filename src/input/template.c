#include "input/template.h"

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "input/compiled.h"
#include "input/context.h"
#include "input/token.h"

static struct group *add_group(struct template *t, size_t first)
{
	if (t->group_count == t->group_capacity) {
		t->group_capacity = mem_grow(t->group_capacity, t->group_count + 1);
		t->groups = mem_resize_array(t->groups, t->group_capacity, sizeof *t->groups);
	}
	t->groups[t->group_count] = (struct group){.first = first};
	return &t->groups[t->group_count++];
}

/* A word ends where the parts end now; between the words of a shell line stands a space. */
static int add_word(struct template *t, const struct tokens *tokens, const char *text, size_t length, struct err *e)
{
	struct parts word = {0};

	if (tokens_parse(tokens, text, length, &word, e) < 0) {
		parts_release(&word);
		return -1;
	}
	if (t->words)
		add_group(t, t->parts.count)->count = word.count;
	for (size_t i = 0; i < word.count; i++)
		if (word.list[i].kind == PART_TEXT && !t->words)
			parts_add_text(&t->parts, word.list[i].text, word.list[i].length);
		else
			parts_add(&t->parts, &word.list[i]);
	for (size_t i = 0; i < word.count; i++)
		if (word.list[i].kind == PART_TEXT && !t->words)
			free(word.list[i].text);
	free(word.list);
	return 0;
}

static int add_words(struct template *t, const struct tokens *tokens, size_t argc, char *const *argv, struct err *e)
{
	struct buf word = {0};
	int result = 0;

	for (size_t i = 0; i < argc && result == 0; i++) {
		buf_reset(&word);
		buf_add_string(&word, argv[i]);
		while (tokens_open(tokens, buf_text(&word)) &&
		       i + 1 < argc) { /* {= s/a/b/ =} without quotes around it */
			buf_add_char(&word, ' ');
			buf_add_string(&word, argv[++i]);
		}
		result = add_word(t, tokens, buf_text(&word), word.length, e);
		if (!t->words && i + 1 < argc)
			parts_add_text(&t->parts, " ", 1);
	}
	buf_release(&word);
	return result;
}

static bool has_replacement(const struct template *t)
{
	for (size_t i = 0; i < t->parts.count; i++)
		if (t->parts.list[i].kind != PART_TEXT)
			return true;
	return false;
}

static void append_values(struct template *t, size_t argc)
{
	if (!t->words && argc)
		parts_add_text(&t->parts, " ", 1);
	if (t->words)
		add_group(t, t->parts.count)->count = 1;
	parts_add(&t->parts, &(struct part){.kind = PART_VALUE});
}

/* As in parallel, a replacement string in the first word is the command, not one of its words. */
static void unquote_command(struct template *t)
{
	for (size_t i = 0; i < t->parts.count; i++) {
		struct part *part = &t->parts.list[i];
		if (part->kind == PART_TEXT && strpbrk(part->text, " \t\n="))
			return;
		if (part->kind != PART_TEXT && part->place == PLACE_BARE)
			part->place = PLACE_RAW;
	}
}

static bool takes_each(const struct template *t, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		if (part_takes_values(&t->parts.list[i]) && t->parts.list[i].position == 0)
			return true;
	return false;
}

static void mark_groups(struct template *t, bool repeat)
{
	for (size_t i = 0; i < t->group_count; i++) {
		struct group *g = &t->groups[i];
		g->repeats = repeat && takes_each(t, g->first, g->count);
		g->alone = g->count == 1 && part_takes_values(&t->parts.list[g->first]);
	}
}

/* Cuts from the back, so that the indexes in front stay right. */
static void group_line(struct template *t, const struct context_cuts *cuts)
{
	size_t *begins = mem_zero(cuts->count + 1, sizeof *begins);

	for (size_t i = cuts->count; i > 0; i--) {
		size_t count = t->parts.count;
		size_t begin = parts_cut(&t->parts, cuts->list[i - 1].part, cuts->list[i - 1].offset);
		for (size_t later = i; later < cuts->count; later++)
			begins[later] += t->parts.count - count;
		begins[i - 1] = begin;
	}
	add_group(t, 0);
	for (size_t i = 0; i < cuts->count; i++)
		if (begins[i] > t->groups[t->group_count - 1].first)
			add_group(t, begins[i]);
	for (size_t i = 0; i < t->group_count; i++)
		t->groups[i].count =
			(i + 1 < t->group_count ? t->groups[i + 1].first : t->parts.count) - t->groups[i].first;
	free(begins);
}

static int scan_line(struct template *t, const struct template_config *config, struct err *e)
{
	struct context_cuts cuts = {0};
	struct context_options options = {.parallel = config->mode == TEMPLATE_GNU};
	int result = context_scan(&t->parts, &options, config->batch == BATCH_CONTEXT ? &cuts : NULL, e);

	if (result == 0) {
		if (config->mode == TEMPLATE_GNU)
			unquote_command(t);
		group_line(t, &cuts);
	}
	free(cuts.list);
	return result;
}

static void note_part(struct template *t, const struct part *part)
{
	if (part->kind == PART_TOTAL || part->kind == PART_PADDED_SEQUENCE)
		t->needs_total = true;
	if (!part_takes_values(part))
		return;
	t->has_values = true;
	if (part->position > 0 && (size_t)part->position > t->positions)
		t->positions = (size_t)part->position;
}

static int compile(struct template *t, const struct template_config *config, size_t argc, char *const *argv,
                   struct err *e)
{
	struct tokens *tokens = tokens_new(config, e);
	int result = tokens ? add_words(t, tokens, argc, argv, e) : -1;

	tokens_free(tokens);
	if (result < 0)
		return -1;
	if (!has_replacement(t) && !config->never_append && !config->no_value)
		append_values(t, argc);
	for (size_t i = 0; i < t->parts.count; i++)
		note_part(t, &t->parts.list[i]);
	if (!t->words && argc == 0)
		add_group(t, 0)->count = t->parts.count;
	else if (!t->words && scan_line(t, config, e) < 0)
		return -1;
	mark_groups(t, config->batch == BATCH_CONTEXT && argc > 0);
	return 0;
}

struct template *template_compile(const struct template_config *config, size_t argc, char *const *argv, struct err *e)
{
	struct template *t = mem_zero(1, sizeof *t);

	t->scratch = mem_zero(1, sizeof *t->scratch);
	t->mode = argc == 0 && config->mode == TEMPLATE_EXEC ? TEMPLATE_LINE : config->mode;
	t->quote_words = t->mode == TEMPLATE_GNU && config->quote_words && argc > 0;
	t->words = t->mode == TEMPLATE_EXEC || t->quote_words;
	t->no_value = config->no_value;
	if (compile(t, config, argc, argv, e) == 0)
		return t;
	template_free(t);
	return NULL;
}

static void scratch_free(struct scratch *s)
{
	buf_release(&s->work[0]);
	buf_release(&s->work[1]);
	buf_release(&s->quoted);
	buf_release(&s->word);
	buf_release(&s->length);
	free(s);
}

void template_free(struct template *t)
{
	if (!t)
		return;
	scratch_free(t->scratch);
	parts_release(&t->parts);
	free(t->groups);
	free(t);
}

bool template_needs_total(const struct template *t)
{
	return t->needs_total;
}

bool template_has_values(const struct template *t)
{
	return t->has_values;
}

bool template_needs_shell(const struct template *t)
{
	return t->mode != TEMPLATE_EXEC;
}

size_t template_positions(const struct template *t)
{
	return t->positions;
}

/* Whether each value is greater than the one before. */
static bool is_sorted(const struct item *item)
{
	for (size_t i = 1; i < item->count; i++)
		if (strcmp(item_value(item, i - 1).text, item_value(item, i).text) >= 0)
			return false;
	return true;
}

static bool has_repeated(const struct item *item)
{
	for (size_t i = 1; i < item->count; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(item_value(item, i).text, item_value(item, k).text) == 0)
				return true;
	return false;
}

bool template_skips(const struct template *t, const struct item *item)
{
	for (size_t i = 0; i < t->parts.count; i++) {
		enum part_skip skip = t->parts.list[i].skip;
		if ((skip == SKIP_UNSORTED && !is_sorted(item)) || (skip == SKIP_REPEATED && has_repeated(item)))
			return true;
	}
	return false;
}
