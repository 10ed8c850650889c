/*
 * width.h - how many columns of a terminal text takes.
 *
 * UTF-8 in any locale. Bytes that are no character count as one column each.
 */
#ifndef BASE_WIDTH_H
#define BASE_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/* The columns of a character: 0 (a combining mark, a control character), 1 or 2. */
unsigned width_of(uint32_t value);

/* How many bytes at the front of text fit into so many columns, whole characters with their marks. *used: the columns
   they take. */
size_t width_cut(const char *text, size_t length, size_t columns, size_t *used);

#endif
