#include "base/heap.h"

#include "tap.h"

enum { NODES = 500 };

static uint32_t state = 12345;

/* The same numbers in every run. */
static uint32_t next_number(void)
{
	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

static bool is_sound(const struct heap *h)
{
	for (size_t i = 0; i < h->count; i++) {
		if (h->nodes[i]->place != i + 1)
			return false;
		if (i > 0 && h->nodes[(i - 1) / 2]->key > h->nodes[i]->key)
			return false;
	}
	return true;
}

static void test_few(void)
{
	struct heap_node a = {0}, b = {0}, c = {0};
	struct heap h;

	heap_init(&h);
	OK(heap_top(&h) == NULL, "an empty heap has no top");
	heap_remove(&h, &a);
	OK(h.count == 0, "removing a node that is in no heap has no effect");
	heap_set(&h, &a, 5);
	OK(heap_top(&h) == &a && a.place == 1, "the only node is the top");
	heap_set(&h, &b, INT64_MIN);
	heap_set(&h, &c, INT64_MAX);
	OK(heap_top(&h) == &b, "the smallest key is the top");
	heap_set(&h, &b, 6);
	OK(heap_top(&h) == &a && h.count == 3, "a node with a new key moves down");
	heap_set(&h, &c, -1);
	OK(heap_top(&h) == &c, "a node with a new key moves up");
	heap_remove(&h, &c);
	OK(heap_top(&h) == &a && c.place == 0, "a removed node is in no heap");
	heap_remove(&h, &c);
	OK(h.count == 2, "removing it again has no effect");
	heap_release(&h);
	OK(a.place == 0 && b.place == 0, "a released heap forgets its nodes");
}

static void test_order(void)
{
	static struct heap_node nodes[NODES];
	struct heap h = {0};
	int64_t last = INT64_MIN;
	bool sorted = true;
	size_t count = 0;

	for (size_t i = 0; i < NODES; i++)
		heap_set(&h, &nodes[i], next_number() % 100);
	OK(is_sound(&h) && h.count == NODES, "many nodes stand in the heap");
	while (heap_top(&h)) {
		struct heap_node *top = heap_top(&h);
		sorted &= top->key >= last;
		last = top->key;
		heap_remove(&h, top);
		count++;
	}
	OK(sorted && count == NODES, "nodes come out in order");
	heap_release(&h);
}

static void test_random(void)
{
	static struct heap_node nodes[NODES];
	struct heap h = {0};
	bool sound = true, smallest = true;

	for (int round = 0; round < 5000; round++) {
		struct heap_node *node = &nodes[next_number() % NODES];
		if (next_number() % 3)
			heap_set(&h, node, (int64_t)next_number() - (1 << 23));
		else
			heap_remove(&h, node);
		sound &= is_sound(&h);
	}
	for (size_t i = 0; i < NODES; i++)
		smallest &= !nodes[i].place || nodes[i].key >= heap_top(&h)->key;
	OK(sound, "the heap is sound after each change");
	OK(smallest, "no node is smaller than the top");
	heap_release(&h);
}

int main(void)
{
	test_few();
	test_order();
	test_random();
	return tap_end();
}
