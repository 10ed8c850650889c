#include "run/median.h"

#include <string.h>

void median_init(struct median *m)
{
	m->count = m->next = 0;
}

/* The first place whose value is not below value. */
static size_t median_place(const struct median *m, nsec_t value)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->sorted[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void median_forget(struct median *m, nsec_t value)
{
	size_t place = median_place(m, value);

	m->count--;
	memmove(&m->sorted[place], &m->sorted[place + 1], (m->count - place) * sizeof m->sorted[0]);
}

void median_add(struct median *m, nsec_t value)
{
	size_t place;

	if (m->count == MEDIAN_KEPT)
		median_forget(m, m->recent[m->next]);
	place = median_place(m, value);
	memmove(&m->sorted[place + 1], &m->sorted[place], (m->count - place) * sizeof m->sorted[0]);
	m->sorted[place] = value;
	m->count++;
	m->recent[m->next] = value;
	m->next = (m->next + 1) % MEDIAN_KEPT;
}

nsec_t median_value(const struct median *m)
{
	if (m->count < MEDIAN_LEAST)
		return -1;
	if (m->count % 2)
		return m->sorted[m->count / 2];
	return m->sorted[m->count / 2 - 1] / 2 + m->sorted[m->count / 2] / 2;
}
