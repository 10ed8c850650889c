/*
 * place.h - a value, quoted for the place where it stands in a shell line.
 *
 * Whatever the bytes of the value are, the shell takes them as they are at that place, and never as code.
 */
#ifndef INPUT_PLACE_H
#define INPUT_PLACE_H

#include <stddef.h>
#include "base/buf.h"
#include "input/part.h"

/* Adds text as part's place asks for; scratch is used where it stands in `...`. */
void place_add(struct buf *to, const struct part *part, const char *text, size_t length, struct buf *scratch);

#endif
