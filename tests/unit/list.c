#include "base/list.h"

#include "tap.h"

struct entry {
	char name;
	struct list place;
};

static struct entry a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};

/* The names in the list, and their order backwards checked. */
static const char *names(struct list *head)
{
	static char text[10];
	size_t count = 0;

	LIST_EACH (node, following, head)
		text[count++] = LIST_ENTRY(node, struct entry, place)->name;
	text[count] = '\0';
	for (struct list *node = head->prev; node != head; node = node->prev)
		if (count == 0 || text[--count] != LIST_ENTRY(node, struct entry, place)->name)
			return "not the same backwards";
	return text;
}

int main(void)
{
	struct list head;

	list_init(&head);
	OK(list_empty(&head), "a new list is empty");
	OK(!list_first(&head) && !list_last(&head), "an empty list has neither first nor last");
	SAME(names(&head), "", "running through an empty list does nothing");

	list_append(&head, &b.place);
	OK(!list_empty(&head), "a list with an element is not empty");
	OK(list_first(&head) == &b.place && list_last(&head) == &b.place, "one element is first and last");
	list_append(&head, &c.place);
	list_prepend(&head, &a.place);
	SAME(names(&head), "abc", "elements are put at the front and at the end");

	list_remove(&b.place);
	SAME(names(&head), "ac", "an element is taken out");
	list_remove(&b.place);
	SAME(names(&head), "ac", "taking it out again does no harm");
	list_insert(&c.place, &b.place);
	SAME(names(&head), "abc", "an element is put in front of another");
	OK(LIST_ENTRY(list_first(&head), struct entry, place) == &a, "an element leads to its struct");

	LIST_EACH (node, following, &head) {
		if (node != &b.place)
			list_remove(node);
	}
	SAME(names(&head), "b", "elements can be removed while running through");
	LIST_EACH (node, following, &head)
		list_remove(node);
	OK(list_empty(&head), "the last element can be removed while running through");
	return tap_end();
}
