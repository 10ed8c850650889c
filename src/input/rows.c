/*
 * Each group has a place, the row of it that comes next. A row is there when each group has read as far as its place;
 * a group that has no row there starts over and moves the one before it on, as the wheels of a counter do, and the
 * first group ends the whole. Nothing but the places is remembered, so that an answer of ANSWER_WAIT only has to be
 * asked again.
 */
#include "input/rows.h"

#include <stdlib.h>
#include "base/mem.h"

static void make_groups(struct rows *r, const bool *linked)
{
	r->groups = mem_zero(r->count ? r->count : 1, sizeof *r->groups);
	for (size_t n = 0; n < r->count; n++) {
		if (n == 0 || !(linked[n] || r->link))
			r->groups[r->group_count++].first = n;
		r->groups[r->group_count - 1].end = n + 1;
	}
}

static bool is_single(const struct rows *r, const struct rows_group *g)
{
	for (size_t n = g->first; n < g->end; n++)
		if (source_is_single(&r->sources[n]))
			return true;
	return false;
}

/* A group never starts over when those before it have one row. */
static void forget_where_possible(struct rows *r)
{
	bool starts_over = false;

	for (size_t n = 0; n < r->group_count && !r->link; n++) {
		struct rows_group *g = &r->groups[n];

		for (size_t s = g->first; s < g->end; s++)
			r->sources[s].forget = !starts_over;
		starts_over = starts_over || !is_single(r, g);
	}
}

void rows_init(struct rows *r, struct source *sources, size_t count, const bool *linked, bool link)
{
	*r = (struct rows){.sources = sources, .count = count, .link = link, .direct = count == 1};
	make_groups(r, linked);
	forget_where_possible(r);
}

void rows_release(struct rows *r)
{
	for (size_t n = r->count; n-- > 0;)
		source_release(&r->sources[n]);
	free(r->sources);
	free(r->groups);
	item_release(&r->names);
}

/* Remembers who has to be waited for. */
static enum answer note(struct rows *r, const struct source *s, enum answer answer)
{
	if (answer == ANSWER_WAIT)
		r->waiting = s;
	return answer;
}

static enum answer skip_first(struct rows *r, struct err *e)
{
	struct item unused = {0};
	enum answer answer;

	if (!r->skip_first || r->count == 0)
		return ANSWER_HAVE;
	answer = note(r, &r->sources[0], source_read(&r->sources[0], &unused, e));
	item_release(&unused);
	if (answer == ANSWER_WAIT || answer == ANSWER_FAIL)
		return answer;
	r->skip_first = false;
	return ANSWER_HAVE;
}

/* Short rows are filled up to the number of names, so that the names of the next source's columns hold. */
static enum answer read_names(struct rows *r, struct source *s, struct err *e)
{
	size_t before = r->names.count;
	enum answer answer = note(r, s, source_read(s, &r->names, e));

	if (answer == ANSWER_END) {
		item_add(&r->names, "", 0);
		answer = ANSWER_HAVE;
	}
	if (answer == ANSWER_HAVE && ++r->names_read < r->count)
		s->padded = r->names.count - before;
	return answer;
}

enum answer rows_header(struct rows *r, struct strv *names, struct err *e)
{
	enum answer answer = skip_first(r, e);

	while (answer == ANSWER_HAVE && r->names_read < r->count)
		answer = read_names(r, &r->sources[r->names_read], e);
	for (size_t n = 0; answer == ANSWER_HAVE && n < r->names.count; n++)
		strv_add(names, item_value(&r->names, n).text);
	return answer;
}

/* Whether s has ended without a row: it counts as one empty value then. */
static bool is_empty(const struct source *s)
{
	return s->ended && source_rows(s) == 0;
}

static bool all_empty(const struct rows *r)
{
	for (size_t n = 0; n < r->count; n++)
		if (!is_empty(&r->sources[n]))
			return false;
	return true;
}

static enum answer reach(struct rows *r, struct source *s, size_t index, struct err *e)
{
	enum answer answer = note(r, s, source_reach(s, index, e));

	return answer == ANSWER_END && index == 0 && is_empty(s) ? ANSWER_HAVE : answer;
}

static enum answer reach_group(struct rows *r, const struct rows_group *g, struct err *e)
{
	enum answer answer = ANSWER_HAVE;

	for (size_t n = g->first; n < g->end && answer == ANSWER_HAVE; n++)
		answer = reach(r, &r->sources[n], g->at, e);
	return answer;
}

/* Adds a row that was reached before. */
static void add_row(struct source *s, size_t index, struct item *to)
{
	if (is_empty(s))
		item_add(to, "", 0);
	else
		table_get(&s->kept, index - s->first_kept, to);
}

static enum answer next_crossed(struct rows *r, struct item *to, struct err *e)
{
	for (size_t n = 0; n < r->group_count;) {
		struct rows_group *g = &r->groups[n];
		enum answer answer = reach_group(r, g, e);

		if (answer == ANSWER_HAVE) {
			n++;
		} else if (answer != ANSWER_END || n == 0) {
			return answer;
		} else {
			g->at = 0;
			g[-1].at++;
			n--;
		}
	}
	if (all_empty(r))
		return ANSWER_END;
	for (size_t n = 0; n < r->group_count; n++)
		for (size_t s = r->groups[n].first; s < r->groups[n].end; s++)
			add_row(&r->sources[s], r->groups[n].at, to);
	r->groups[r->group_count - 1].at++;
	item_end_row(to);
	return ANSWER_HAVE;
}

/* The rows of s need not be kept when all others have ended before row at: s is the longest and never starts over. */
static void forget_longest(struct rows *r, struct source *s, size_t at)
{
	for (size_t n = 0; n < r->count; n++)
		if (&r->sources[n] != s && (!r->sources[n].ended || source_rows(&r->sources[n]) > at))
			return;
	s->forget = true;
}

static enum answer next_linked(struct rows *r, struct item *to, struct err *e)
{
	size_t at = r->groups[0].at;
	bool more = false;

	for (size_t n = 0; n < r->count; n++) {
		struct source *s = &r->sources[n];

		if (!s->ended) {
			enum answer answer;

			forget_longest(r, s, at);
			answer = reach(r, s, at, e);
			if (answer == ANSWER_WAIT || answer == ANSWER_FAIL)
				return answer;
		}
		more = more || source_rows(s) > at;
	}
	if (!more)
		return ANSWER_END;
	for (size_t n = 0; n < r->count; n++) {
		struct source *s = &r->sources[n];

		add_row(s, s->ended && source_rows(s) ? at % source_rows(s) : at, to);
	}
	r->groups[0].at++;
	item_end_row(to);
	return ANSWER_HAVE;
}

enum answer rows_next(struct rows *r, struct item *to, struct err *e)
{
	enum answer answer = skip_first(r, e);

	if (answer != ANSWER_HAVE)
		return answer;
	if (r->count == 0)
		return ANSWER_END;
	if (!r->direct)
		return r->link ? next_linked(r, to, e) : next_crossed(r, to, e);
	answer = note(r, &r->sources[0], source_read(&r->sources[0], to, e));
	if (answer == ANSWER_HAVE)
		item_end_row(to);
	return answer;
}

enum answer rows_read_all(struct rows *r, struct err *e)
{
	enum answer answer = skip_first(r, e);

	r->direct = false;
	for (size_t n = 0; n < r->count && answer == ANSWER_HAVE; n++) {
		struct source *s = &r->sources[n];

		s->forget = false;
		answer = note(r, s, source_reach(s, SIZE_MAX - 1, e));
		if (answer == ANSWER_END)
			answer = ANSWER_HAVE;
	}
	return answer;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
	return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t group_rows(const struct rows *r, const struct rows_group *g)
{
	uint64_t rows = r->link ? 0 : UINT64_MAX;

	for (size_t n = g->first; n < g->end; n++) {
		uint64_t here = is_empty(&r->sources[n]) ? 1 : source_rows(&r->sources[n]);

		if (r->link ? here > rows : here < rows)
			rows = here;
	}
	return rows;
}

/* The places are the digits of the row's number, counted from the end: left = (rows of the first - its place) * rows
   of the rest, less the rest's places. */
uint64_t rows_left(const struct rows *r)
{
	uint64_t left = 0;

	if (all_empty(r))
		return 0;
	for (size_t n = 0; n < r->group_count; n++) {
		uint64_t rows = group_rows(r, &r->groups[n]), at = r->groups[n].at;

		if (n == 0)
			left = rows - at;
		else
			left = left ? add(multiply(left - 1, rows), rows - at) : 0;
	}
	return left;
}

void rows_save(const struct rows *r, size_t *place)
{
	for (size_t n = 0; n < r->group_count; n++)
		place[n] = r->groups[n].at;
}

void rows_restore(struct rows *r, const size_t *place)
{
	for (size_t n = 0; n < r->group_count; n++)
		r->groups[n].at = place[n];
}

int rows_fd(const struct rows *r)
{
	return r->waiting ? source_fd(r->waiting) : -1;
}

uint64_t rows_nul_records(const struct rows *r)
{
	uint64_t records = 0;

	for (size_t n = 0; n < r->count; n++)
		records += r->sources[n].nul_records;
	return records;
}
