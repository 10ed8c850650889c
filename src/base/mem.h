/*
 * mem.h - memory that is always there.
 *
 * None of these returns NULL: when memory runs out, the handler of mem_on_failure is called. When it returns, or there
 * is none, "pp: out of memory" is written to standard error and the process ends with status 255.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Sets the function that is called when memory runs out, NULL for none. bytes is the size that
   was asked for, SIZE_MAX where it cannot even be told. */
void mem_on_failure(void (*handler)(size_t bytes));

void *mem_alloc(size_t bytes) __attribute__((returns_nonnull)); /* gives; bytes 0 counts as 1 */
void *mem_zero(size_t count, size_t bytes)
	__attribute__((returns_nonnull)); /* gives count * bytes zero bytes, overflow checked */
void *mem_resize(void *block, size_t bytes) __attribute__((returns_nonnull)); /* takes block, gives its successor */
void *mem_resize_array(void *block, size_t count, size_t bytes)
	__attribute__((returns_nonnull));            /* as mem_resize, overflow checked */
void *mem_copy(const void *from, size_t bytes);      /* gives a copy */
char *mem_string(const char *text);                  /* gives a copy */
char *mem_string_n(const char *text, size_t length); /* gives a copy of length bytes, NUL added */

/* The next capacity of something that grows and now has room for capacity: half more, at least 64 and at least need. */
size_t mem_grow(size_t capacity, size_t need);

#endif
