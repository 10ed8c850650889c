/*
 * heap.h - an intrusive binary heap: the smallest key first.
 *
 * The nodes stand inside other structs and know their place in the heap, so that any of them can be moved or removed in
 * O(log n). A node of all zero bytes is in no heap. The nodes are lent, only the array of pointers is owned.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_node {
	int64_t key;  /* nodes of equal keys come in no particular order */
	size_t place; /* 1 + index in the heap, 0 when in none */
};

struct heap {
	struct heap_node **nodes;
	size_t count;
	size_t capacity;
};

void heap_init(struct heap *h);
void heap_release(struct heap *h);                                  /* the nodes are in no heap afterwards */
void heap_set(struct heap *h, struct heap_node *node, int64_t key); /* puts node in, or moves it to its new place */
void heap_remove(struct heap *h, struct heap_node *node);           /* no effect when it is in no heap */
struct heap_node *heap_top(const struct heap *h);                   /* lends the smallest, NULL when empty */

#endif
