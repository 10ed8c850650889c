/*
 * strv.h - a growing vector of strings: argument lists, records, environments.
 *
 * A strv of all zero bytes is empty and owns nothing. The list is always NULL ended once something was added, so that
 * v->list can be handed to exec. The strings are owned.
 */
#ifndef BASE_STRV_H
#define BASE_STRV_H

#include <stddef.h>

struct strv {
	char **list;     /* owned strings, list[count] is NULL; NULL while nothing was ever added */
	size_t count;    /* strings in use */
	size_t capacity; /* pointers allocated, the ending NULL among them */
};

void strv_init(struct strv *v);
void strv_release(struct strv *v);                                /* frees strings and list */
void strv_clear(struct strv *v);                                  /* release and init */
void strv_reset(struct strv *v);                                  /* frees the strings, keeps the list */
void strv_add(struct strv *v, const char *text);                  /* copies */
void strv_add_n(struct strv *v, const char *text, size_t length); /* copies length bytes, adds a NUL */
void strv_add_take(struct strv *v, char *text);                   /* takes text */
void strv_add_all(struct strv *v, const struct strv *other);      /* copies each */

#endif
