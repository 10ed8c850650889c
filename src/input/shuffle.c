#include "input/shuffle.h"

#include <stdlib.h>
#include "base/mem.h"

void shuffle_init(struct shuffle *s, uint64_t seed)
{
	*s = (struct shuffle){.seed = seed ? seed : 1};
}

void shuffle_release(struct shuffle *s)
{
	table_release(&s->table);
	free(s->order);
}

/* xorshift64*, Vigna 2016. */
static uint64_t random_number(struct shuffle *s)
{
	s->seed ^= s->seed >> 12;
	s->seed ^= s->seed << 25;
	s->seed ^= s->seed >> 27;
	return s->seed * UINT64_C(2685821657736338717);
}

static void make_order(struct shuffle *s)
{
	size_t rows = table_rows(&s->table);

	s->order = mem_zero(rows ? rows : 1, sizeof *s->order);
	for (size_t n = 0; n < rows; n++) {
		size_t other = (size_t)((random_number(s) >> 11) % (n + 1));

		s->order[n] = s->order[other];
		s->order[other] = n;
	}
}

enum answer shuffle_read(struct shuffle *s, struct rows *rows, struct err *e)
{
	struct item row = {0};
	enum answer answer = ANSWER_HAVE;

	while (!s->order && (answer = rows_next(rows, &row, e)) == ANSWER_HAVE) {
		table_add(&s->table, &row);
		item_reset(&row);
	}
	item_release(&row);
	if (answer == ANSWER_END) {
		make_order(s);
		answer = ANSWER_HAVE;
	}
	return answer;
}

enum answer shuffle_next(struct shuffle *s, struct rows *rows, struct item *to, struct err *e)
{
	enum answer answer = shuffle_read(s, rows, e);

	if (answer != ANSWER_HAVE)
		return answer;
	if (s->at == table_rows(&s->table))
		return ANSWER_END;
	table_get(&s->table, s->order[s->at++], to);
	item_end_row(to);
	return ANSWER_HAVE;
}
