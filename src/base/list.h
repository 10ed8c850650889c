/*
 * list.h - intrusive doubly linked lists.
 *
 * A struct that is to stand in a list holds a struct list for each list that it may be in. The list is a ring through
 * its head, which is a struct list as well. Nothing is allocated and nothing is owned.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next; /* the first element, or the head itself */
	struct list *prev; /* the last element, or the head itself */
};

/* The struct of the given type whose member is *node. */
#define LIST_ENTRY(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Runs through the list from the first to the last; the body may remove *node, but not *following. */
#define LIST_EACH(node, following, head)                                                \
	for (struct list *node = (head)->next, *following = node->next; node != (head); \
	     node = following, following = node->next)

static inline void list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

/* Puts node in front of the element before. */
static inline void list_insert(struct list *before, struct list *node)
{
	node->next = before;
	node->prev = before->prev;
	before->prev->next = node;
	before->prev = node;
}

/* Puts node at the end of the list. */
static inline void list_append(struct list *head, struct list *node)
{
	list_insert(head, node);
}

/* Puts node at the front of the list. */
static inline void list_prepend(struct list *head, struct list *node)
{
	list_insert(head->next, node);
}

/* Takes node out of its list; it may be removed again without harm. */
static inline void list_remove(struct list *node)
{
	node->next->prev = node->prev;
	node->prev->next = node->next;
	node->next = node->prev = node;
}

/* Lends the first element, NULL when there is none. */
static inline struct list *list_first(struct list *head)
{
	return list_empty(head) ? NULL : head->next;
}

/* Lends the last element, NULL when there is none. */
static inline struct list *list_last(struct list *head)
{
	return list_empty(head) ? NULL : head->prev;
}

#endif
