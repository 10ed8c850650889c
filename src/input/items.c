#include "input/items.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "input/batch.h"
#include "input/filter.h"
#include "input/limit.h"
#include "input/rows.h"
#include "input/shuffle.h"
#include "input/source.h"
#include "os/clock.h"

struct items {
	const struct items_config *config;
	struct columns columns; /* the separator of columns, where there is one */
	struct source_rules rules;
	struct rows rows;
	struct shuffle shuffle;
	struct limit limit;
	struct batch batch;    /* not used for single rows of any length */
	struct filter *filter; /* NULL for none */
	struct strv names;     /* of the header */
	bool has_names;
	uint64_t given;  /* items that were handed out */
	uint64_t total;  /* 0 while it is not known */
	bool failed;     /* an error was told */
	bool bad_filter; /* filter_err is still to be told */
	struct err filter_err;
};

/* The regular expression that separates columns, NULL for none: with a header a tab, unless the user said otherwise. */
static const char *separator(const struct items_config *c)
{
	if (c->csv)
		return NULL;
	return c->column_separator || !c->header ? c->column_separator : "\t";
}

/* A length that the user asked for is kept by single rows too. */
static bool is_batched(const struct items_config *c)
{
	return c->batch != ITEMS_SINGLE || c->max_bytes != 0;
}

static unsigned source_trim(enum items_trim trim)
{
	switch (trim) {
	case TRIM_LEFT:
		return SOURCE_TRIM_LEFT;
	case TRIM_RIGHT:
		return SOURCE_TRIM_RIGHT;
	case TRIM_BOTH:
		return SOURCE_TRIM_LEFT | SOURCE_TRIM_RIGHT;
	default:
		return 0;
	}
}

/* The separator of CSV fields is a plain string; escapes mean what they mean in the regular expression that --colsep
   is otherwise. */
static void set_separator(struct items *s)
{
	const struct items_config *c = s->config;
	const char *separator = c->column_separator && *c->column_separator ? c->column_separator : ",";

	if (!pattern_literal(separator, &s->columns.text))
		buf_add_string(&s->columns.text, separator);
	s->rules.format.separator = buf_text(&s->columns.text);
	s->rules.format.separator_length = s->columns.text.length;
}

static void set_rules(struct items *s)
{
	const struct items_config *c = s->config;
	bool given = c->delimiter && c->delimiter_length;

	s->rules = (struct source_rules){
		.csv = c->csv,
		.columns = separator(c) ? &s->columns : NULL,
		.trim = source_trim(c->trim),
		.end_string = c->end_string,
		.skip_blank = c->skip_empty,
		.continued = c->batch == ITEMS_LINES,
	};
	s->rules.format.delimiter = given ? c->delimiter : "\n";
	s->rules.format.delimiter_length = given ? c->delimiter_length : 1;
	if (c->csv)
		set_separator(s);
}

static int init_rows(struct items *s, struct err *e)
{
	const struct items_config *c = s->config;
	struct source *sources = sources_open(c->sources, c->source_count, &s->rules, e);
	bool *linked;

	if (!sources)
		return -1;
	linked = mem_zero(c->source_count ? c->source_count : 1, sizeof *linked);
	for (size_t n = 0; n < c->source_count; n++)
		linked[n] = c->sources[n].linked;
	rows_init(&s->rows, sources, c->source_count, linked, c->link);
	s->rows.skip_first = c->skip_first_line;
	free(linked);
	return 0;
}

static void init_batch(struct items *s)
{
	const struct items_config *c = s->config;
	const struct batch_rules rules = {
		.max_rows = c->batch == ITEMS_SINGLE ? 1 : c->max_rows,
		.fill = c->batch == ITEMS_FILL && !c->no_value,
		.tight = c->max_bytes != 0,
		.share = c->share,
	};

	limit_init(&s->limit);
	shuffle_init(&s->shuffle, (uint64_t)clock_real() ^ (uint64_t)clock_now() << 20 ^ (uint64_t)getpid() << 40);
	batch_init(&s->batch, &rules, &s->rows, c->shuffle ? &s->shuffle : NULL, &s->limit);
}

struct items *items_new(const struct items_config *config, struct err *e)
{
	struct items *s = mem_zero(1, sizeof *s);

	s->config = config;
	if (separator(config) && columns_init(&s->columns, separator(config), e) < 0) {
		free(s);
		return NULL;
	}
	s->columns.literal = s->columns.literal || !separator(config);
	set_rules(s);
	if (init_rows(s, e) < 0) {
		columns_release(&s->columns);
		free(s);
		return NULL;
	}
	init_batch(s);
	return s;
}

void items_free(struct items *s)
{
	if (!s)
		return;
	batch_release(&s->batch);
	shuffle_release(&s->shuffle);
	limit_release(&s->limit);
	rows_release(&s->rows);
	columns_release(&s->columns);
	filter_free(s->filter);
	strv_release(&s->names);
	free(s);
}

static enum items_answer answer_of(struct items *s, enum answer answer)
{
	switch (answer) {
	case ANSWER_HAVE:
		return ITEMS_HAVE;
	case ANSWER_WAIT:
		return ITEMS_WAIT;
	case ANSWER_END:
		return ITEMS_END;
	default:
		s->failed = true;
		return ITEMS_FAIL;
	}
}

enum items_answer items_header(struct items *s, const struct strv **names, struct err *e)
{
	if (!s->has_names) {
		enum answer answer = rows_header(&s->rows, &s->names, e);

		if (answer != ANSWER_HAVE)
			return answer_of(s, answer);
		s->has_names = true;
	}
	*names = &s->names;
	return ITEMS_HAVE;
}

void items_set_template(struct items *s, const struct template *t, const struct template_config *config)
{
	limit_set(&s->limit, t, s->config->max_bytes);
	if (!s->config->filter)
		return;
	filter_free(s->filter);
	s->filter = filter_new(s->config->filter, config, &s->filter_err);
	s->bad_filter = !s->filter;
}

/* The next item, whatever the filter says of it. */
static enum answer next_any(struct items *s, struct item *item, struct err *e)
{
	if (is_batched(s->config))
		return batch_next(&s->batch, item, s->given + 1, e);
	item_reset(item);
	return s->config->shuffle ? shuffle_next(&s->shuffle, &s->rows, item, e) : rows_next(&s->rows, item, e);
}

static enum answer next_wanted(struct items *s, struct item *item, struct err *e)
{
	const struct template_facts facts = {.sequence = s->given + 1, .slot = 1, .total = s->total};
	enum answer answer;

	while ((answer = next_any(s, item, e)) == ANSWER_HAVE) {
		int holds = s->filter ? filter_holds(s->filter, item, &facts, e) : 1;

		if (holds < 0)
			return ANSWER_FAIL;
		if (holds)
			break;
	}
	s->given += answer == ANSWER_HAVE;
	return answer;
}

/* What makes every further call vain. Returns whether there is nothing of the kind. */
static bool is_sound(struct items *s, enum items_answer *answer, struct err *e)
{
	if (s->bad_filter && !s->failed) {
		*e = s->filter_err;
		*answer = answer_of(s, ANSWER_FAIL);
		return false;
	}
	*answer = ITEMS_END;
	return !s->failed;
}

enum items_answer items_next(struct items *s, struct item *item, struct err *e)
{
	enum items_answer answer;

	item_reset(item);
	return is_sound(s, &answer, e) ? answer_of(s, next_wanted(s, item, e)) : answer;
}

int items_fd(const struct items *s)
{
	return rows_fd(&s->rows);
}

/* Where a run through all items has to come back to. */
struct place {
	size_t *rows;
	size_t shuffle;
	struct batch batch;
	uint64_t given;
};

static void save(const struct items *s, struct place *p)
{
	p->rows = mem_zero(s->rows.group_count + 1, sizeof *p->rows);
	rows_save(&s->rows, p->rows);
	p->shuffle = s->shuffle.at;
	batch_save(&s->batch, &p->batch);
	p->given = s->given;
}

static void restore(struct items *s, struct place *p)
{
	rows_restore(&s->rows, p->rows);
	free(p->rows);
	s->shuffle.at = p->shuffle;
	batch_restore(&s->batch, &p->batch);
	s->given = p->given;
}

static enum answer count_one_by_one(struct items *s, uint64_t *total, struct err *e)
{
	struct item item = {0};
	struct place place;
	enum answer answer;

	save(s, &place);
	do {
		answer = next_wanted(s, &item, e);
	} while (answer == ANSWER_HAVE);
	*total = s->given;
	restore(s, &place);
	item_release(&item);
	return answer == ANSWER_END ? ANSWER_HAVE : answer;
}

static bool is_plain_product(const struct items *s)
{
	return !is_batched(s->config) && !s->config->shuffle && !s->filter;
}

static enum answer count(struct items *s, uint64_t *total, struct err *e)
{
	enum answer answer = s->config->shuffle ? shuffle_read(&s->shuffle, &s->rows, e) : rows_read_all(&s->rows, e);

	if (answer != ANSWER_HAVE || !is_plain_product(s))
		return answer == ANSWER_HAVE ? count_one_by_one(s, total, e) : answer;
	*total = s->given + rows_left(&s->rows);
	return ANSWER_HAVE;
}

enum items_answer items_total(struct items *s, uint64_t *total, struct err *e)
{
	enum items_answer answer;

	if (!is_sound(s, &answer, e))
		return answer;
	if (!s->total) {
		answer = answer_of(s, count(s, &s->total, e));
		if (answer != ITEMS_HAVE)
			return answer;
	}
	*total = s->total;
	return ITEMS_HAVE;
}

uint64_t items_nul_records(const struct items *s)
{
	return rows_nul_records(&s->rows);
}
