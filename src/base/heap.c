#include "base/heap.h"

#include <stdlib.h>
#include "base/mem.h"

/*
 * The usual heap in an array: the children of the node at index i stand at 2i + 1 and 2i + 2, and no child's key is
 * smaller than its parent's. A node whose key fell rises towards the root, one whose key grew sinks.
 */

void heap_init(struct heap *h)
{
	*h = (struct heap){0};
}

void heap_release(struct heap *h)
{
	for (size_t i = 0; i < h->count; i++)
		h->nodes[i]->place = 0;
	free(h->nodes);
}

static void put(struct heap *h, size_t i, struct heap_node *node)
{
	h->nodes[i] = node;
	node->place = i + 1;
}

static void rise(struct heap *h, size_t i, struct heap_node *node)
{
	while (i > 0) {
		size_t parent = (i - 1) / 2;
		if (h->nodes[parent]->key <= node->key)
			break;
		put(h, i, h->nodes[parent]);
		i = parent;
	}
	put(h, i, node);
}

static void sink(struct heap *h, size_t i, struct heap_node *node)
{
	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= h->count)
			break;
		if (child + 1 < h->count && h->nodes[child + 1]->key < h->nodes[child]->key)
			child++;
		if (h->nodes[child]->key >= node->key)
			break;
		put(h, i, h->nodes[child]);
		i = child;
	}
	put(h, i, node);
}

/* Finds the place for a node that may stand at i, whichever way its key changed. */
static void settle(struct heap *h, size_t i, struct heap_node *node)
{
	if (i > 0 && h->nodes[(i - 1) / 2]->key > node->key)
		rise(h, i, node);
	else
		sink(h, i, node);
}

void heap_set(struct heap *h, struct heap_node *node, int64_t key)
{
	node->key = key;
	if (node->place) {
		settle(h, node->place - 1, node);
		return;
	}
	if (h->count == h->capacity) {
		h->capacity = mem_grow(h->capacity, h->count + 1);
		h->nodes = mem_resize_array(h->nodes, h->capacity, sizeof(struct heap_node *));
	}
	rise(h, h->count++, node);
}

void heap_remove(struct heap *h, struct heap_node *node)
{
	if (!node->place)
		return;
	size_t i = node->place - 1;
	struct heap_node *last = h->nodes[--h->count];
	node->place = 0;
	if (last != node)
		settle(h, i, last);
}

struct heap_node *heap_top(const struct heap *h)
{
	return h->count ? h->nodes[0] : NULL;
}
