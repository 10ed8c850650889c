/*
 * Rows are taken into the item one by one. Rendering the command to measure it costs as much as the item is long, so
 * it is not done for each row: from how long the command is now it is reckoned when half of what is left may be used
 * up, and only there it is measured again. Should it have grown beyond the limit in between, the number of rows that
 * fit is found by halving. Rows that do not fit stay in the table of those waiting.
 *
 * Sharing: when the end of all rows is reached, those of the last job are dealt out in equal parts, rounded up. That
 * it is the last is only known after one row more was asked for.
 */
#include "input/batch.h"

void batch_init(struct batch *b, const struct batch_rules *rules, struct rows *rows, struct shuffle *shuffle,
                struct limit *limit)
{
	*b = (struct batch){.rules = *rules, .rows = rows, .shuffle = shuffle, .limit = limit};
}

void batch_release(struct batch *b)
{
	table_release(&b->waiting);
	item_release(&b->item);
	item_release(&b->row);
}

static bool is_sharing(const struct batch *b)
{
	return b->rules.share > 1 && !b->shared;
}

/* Makes sure that a row waits behind those taken. */
static enum answer read_row(struct batch *b, struct err *e)
{
	enum answer answer;

	if (table_rows(&b->waiting) > b->taken)
		return ANSWER_HAVE;
	if (b->ended)
		return ANSWER_END;
	item_reset(&b->row);
	answer = b->shuffle ? shuffle_next(b->shuffle, b->rows, &b->row, e) : rows_next(b->rows, &b->row, e);
	if (answer == ANSWER_HAVE)
		table_add(&b->waiting, &b->row);
	else if (answer != ANSWER_WAIT)
		b->ended = true;
	return answer;
}

static void take_row(struct batch *b)
{
	table_get(&b->waiting, b->taken++, &b->item);
	item_end_row(&b->item);
}

static void take_rows(struct batch *b, size_t rows)
{
	item_reset(&b->item);
	b->taken = 0;
	while (b->taken < rows)
		take_row(b);
}

static bool fits(struct batch *b, uint64_t sequence)
{
	size_t left, each;

	if (!limit_fits(b->limit, &b->item, sequence, &left))
		return false;
	each = b->limit->work.length / (b->item.used + 1) + 1;
	b->check_bytes = b->item.used + left / each / 2;
	return true;
}

/* The most rows of those taken that fit; one, if not even that fits. */
static void take_fitting(struct batch *b, uint64_t sequence)
{
	size_t fit = 1, too_many = b->taken;

	while (too_many - fit > 1) {
		size_t middle = fit + (too_many - fit) / 2;

		take_rows(b, middle);
		if (fits(b, sequence))
			fit = middle;
		else
			too_many = middle;
	}
	take_rows(b, fit);
}

static size_t smaller_limit(size_t a, size_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Once the columns of the first row are known. */
static void heed_places(struct batch *b)
{
	if (!b->placed && b->rules.fill)
		b->rules.max_rows = smaller_limit(b->rules.max_rows, limit_rows(b->limit, b->item.columns));
	b->placed = true;
}

static bool is_full(const struct batch *b)
{
	return b->rules.max_rows && b->taken >= b->rules.max_rows;
}

static enum answer take_more(struct batch *b, bool *over, uint64_t sequence, struct err *e)
{
	enum answer answer = ANSWER_HAVE;

	while (!is_full(b) && !*over && (answer = read_row(b, e)) == ANSWER_HAVE) {
		take_row(b);
		heed_places(b);
		*over = b->item.used > b->check_bytes && !fits(b, sequence);
	}
	if (answer == ANSWER_HAVE && !*over && is_sharing(b))
		answer = read_row(b, e);
	return answer;
}

static void share_out(struct batch *b)
{
	b->rules.max_rows = (b->taken + b->rules.share - 1) / b->rules.share;
	b->shared = true;
	take_rows(b, b->rules.max_rows);
}

enum {
	SHORT_BYTES = 512, /* values so short make no command too long for the system */
};

enum answer batch_next(struct batch *b, struct item *item, uint64_t sequence, struct err *e)
{
	bool over = false;
	enum answer answer;

	item_reset(item);
	if (b->taken == 0)
		b->check_bytes = b->rules.tight ? 0 : SHORT_BYTES;
	answer = take_more(b, &over, sequence, e);
	if (answer == ANSWER_WAIT || answer == ANSWER_FAIL || b->taken == 0)
		return answer;
	over = over || ((b->rules.tight || b->item.used > SHORT_BYTES) && b->taken > 1 && !fits(b, sequence));
	if (over)
		take_fitting(b, sequence);
	if (b->rules.tight && b->taken == 1 && limit_check(b->limit, &b->item, sequence, e) < 0)
		return ANSWER_FAIL;
	if (b->ended && is_sharing(b) && table_rows(&b->waiting) == b->taken)
		share_out(b);
	item_swap(item, &b->item);
	item_reset(&b->item);
	table_drop(&b->waiting, b->taken);
	b->taken = 0;
	return ANSWER_HAVE;
}

void batch_save(const struct batch *b, struct batch *copy)
{
	*copy = *b;
	copy->waiting = (struct table){0};
	table_copy(&copy->waiting, &b->waiting);
	copy->item = copy->row = (struct item){0};
	copy->taken = 0;
}

void batch_restore(struct batch *b, struct batch *copy)
{
	batch_release(b);
	*b = *copy;
}
