#include "input/item.h"
#include "input/table.h"
#include "tap.h"

static void add_row(struct item *i, const char *a, const char *b)
{
	item_add(i, a, strlen(a));
	if (b)
		item_add(i, b, strlen(b));
	item_end_row(i);
}

static void test_values(void)
{
	struct item i;

	item_init(&i);
	OK(item_value(&i, 0).text == NULL, "an empty item has no value");
	item_end_row(&i);
	OK(i.rows == 1 && i.columns == 0, "a row may be empty");
	item_reset(&i);
	add_row(&i, "a", "");
	add_row(&i, "ccc", NULL);
	OK(i.rows == 2 && i.columns == 2 && i.count == 3, "rows and the columns of the first are counted");
	SAME(item_value(&i, 0).text, "a", "the first value is NUL ended");
	OK(item_value(&i, 1).length == 0 && item_value(&i, 1).text != NULL, "an empty value is a value");
	OK(item_value(&i, 2).length == 3, "a value knows its length");
	OK(item_value(&i, 3).text == NULL, "beyond the end is no value");
	item_clear(&i);
	OK(i.bytes == NULL && i.count == 0, "a cleared item owns nothing");
}

static void test_rows(void)
{
	struct item a = {0}, b = {0};

	add_row(&b, "1", "2");
	add_row(&b, "3", "4");
	OK(b.count == 4 && b.rows == 2 && b.columns == 2, "an item of two rows");
	item_swap(&a, &b);
	OK(b.count == 0 && a.count == 4, "items change places");
	item_reset(&a);
	OK(a.count == 0 && a.rows == 0 && a.columns == 0, "an item is emptied");
	item_release(&a);
	item_release(&b);
}

static void test_many_values(void)
{
	struct item i = {0};
	bool right = true;
	char text[16];

	for (unsigned n = 0; n < 10000; n++) {
		snprintf(text, sizeof text, "%u", n);
		item_add(&i, text, strlen(text));
	}
	for (unsigned n = 0; n < 10000; n++) {
		snprintf(text, sizeof text, "%u", n);
		right = right && strcmp(item_value(&i, n).text, text) == 0;
	}
	OK(right, "an item grows and keeps its values");
	item_release(&i);
}

static void test_table(void)
{
	struct table t, copy = {0};
	struct item row = {0}, got = {0};
	bool right = true;

	table_init(&t);
	for (unsigned n = 0; n < 1000; n++) {
		char text[16];

		snprintf(text, sizeof text, "%u", n);
		item_reset(&row);
		add_row(&row, text, n % 2 ? "odd" : NULL);
		table_add(&t, &row);
		if (n >= 10)
			table_drop(&t, 1);
		item_reset(&got);
		table_get(&t, 0, &got);
		snprintf(text, sizeof text, "%u", n < 10 ? 0 : n - 9);
		right = right && strcmp(item_value(&got, 0).text, text) == 0;
		right = right && got.count == (n >= 10 && n % 2 == 0 ? 2 : 1);
	}
	OK(right, "rows dropped at the front make way for the next");
	OK(table_rows(&t) == 10, "the rows that are there are counted");
	table_copy(&copy, &t);
	item_reset(&got);
	table_get(&copy, 9, &got);
	OK(table_rows(&copy) == 10 && strcmp(item_value(&got, 0).text, "999") == 0, "a copy has the same rows");
	table_drop(&copy, 10);
	OK(table_rows(&copy) == 0, "all rows may be dropped");
	table_release(&t);
	table_release(&copy);
	item_release(&row);
	item_release(&got);
}

int main(void)
{
	test_values();
	test_rows();
	test_many_values();
	test_table();
	return tap_end();
}
