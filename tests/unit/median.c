#include "run/median.h"

#include <stdlib.h>
#include "tap.h"

static int by_value(const void *a, const void *b)
{
	nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;

	return (x > y) - (x < y);
}

/* The median as its definition has it. */
static nsec_t plain_median(const nsec_t *values, size_t count)
{
	nsec_t sorted[MEDIAN_KEPT];

	memcpy(sorted, values, count * sizeof *values);
	qsort(sorted, count, sizeof *sorted, by_value);
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void test_few(void)
{
	struct median m;

	median_init(&m);
	OK(median_value(&m) == -1, "of nothing there is no median");
	median_add(&m, 30);
	median_add(&m, 10);
	OK(median_value(&m) == -1, "nor of two values");
	median_add(&m, 20);
	OK(median_value(&m) == 20, "of three it is the middle one");
	median_add(&m, 40);
	OK(median_value(&m) == 25, "of four it is between the middle two");
	median_add(&m, 0);
	OK(median_value(&m) == 20, "zero is a value");
}

static void test_equal(void)
{
	struct median m;

	median_init(&m);
	for (int i = 0; i < 2 * MEDIAN_KEPT; i++)
		median_add(&m, 7);
	OK(median_value(&m) == 7 && m.count == MEDIAN_KEPT, "equal values, more than are kept");
}

static void test_window(void)
{
	static nsec_t values[4 * MEDIAN_KEPT];
	struct median m;
	unsigned seed = 1;
	bool same = true;

	median_init(&m);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		size_t from = i + 1 > MEDIAN_KEPT ? i + 1 - MEDIAN_KEPT : 0;

		seed = seed * 1103515245u + 12345u;
		values[i] = (nsec_t)(seed >> 16) % 1000 * 2;
		median_add(&m, values[i]);
		if (i + 1 >= MEDIAN_LEAST)
			same = same && median_value(&m) == plain_median(values + from, i + 1 - from);
	}
	OK(same, "at each time it is the median of the last values, older ones forgotten");
}

static void test_large(void)
{
	struct median m;

	median_init(&m);
	for (int i = 0; i < 4; i++)
		median_add(&m, INT64_MAX - 1);
	OK(median_value(&m) == INT64_MAX - 1, "the middle of huge values does not overflow");
}

int main(void)
{
	test_few();
	test_equal();
	test_window();
	test_large();
	return tap_end();
}
