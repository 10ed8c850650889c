#include "base/strv.h"

#include "base/mem.h"
#include "tap.h"

static void test_empty(void)
{
	struct strv v, none = {0};

	strv_init(&v);
	OK(!v.list && v.count == 0, "a new vector owns nothing");
	strv_reset(&v);
	strv_add_all(&v, &none);
	OK(!v.list, "resetting it or adding an empty one allocates nothing");
	strv_clear(&v);
	strv_release(&v);
}

static void test_add(void)
{
	char source[] = "one";
	struct strv v = {0};

	strv_add(&v, source);
	source[0] = 'X';
	strv_add_n(&v, "two and more", 3);
	strv_add_take(&v, mem_string("three"));
	strv_add(&v, "");
	OK(v.count == 4, "strings are counted");
	SAME(v.list[0], "one", "a string is copied");
	SAME(v.list[1], "two", "a part of a string is copied");
	SAME(v.list[2], "three", "a string is taken");
	SAME(v.list[3], "", "an empty string is a string");
	OK(v.list[4] == NULL, "the list is NULL ended");
	char **list = v.list;
	strv_reset(&v);
	OK(v.count == 0 && v.list == list && v.list[0] == NULL, "a reset keeps the list");
	strv_add(&v, "again");
	SAME(v.list[0], "again", "it can be used again");
	strv_clear(&v);
	OK(!v.list && v.count == 0 && v.capacity == 0, "a cleared vector owns nothing");
}

static void test_many(void)
{
	struct strv v = {0};
	bool ended = true, right = true;
	char text[20];

	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof text, "%d", i);
		strv_add(&v, text);
		ended &= v.list[v.count] == NULL && v.capacity > v.count;
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof text, "%d", i);
		right &= strcmp(v.list[i], text) == 0;
	}
	OK(v.count == 5000 && right, "many strings are kept in order");
	OK(ended, "the list is NULL ended at each length");
	strv_release(&v);
}

static void test_all(void)
{
	struct strv a = {0}, b = {0};

	strv_add(&a, "1");
	strv_add(&a, "2");
	strv_add_all(&b, &a);
	OK(b.count == 2 && b.list[0] != a.list[0], "all strings are copied");
	SAME(b.list[1], "2", "the copies are the same");
	strv_add_all(&b, &b);
	OK(b.count == 4, "a vector can be added to itself");
	SAME(b.list[3], "2", "its strings are then there twice");
	strv_release(&a);
	strv_release(&b);
}

int main(void)
{
	test_empty();
	test_add();
	test_many();
	test_all();
	return tap_end();
}
