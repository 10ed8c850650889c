/*
 * utf8.h - characters in UTF-8 (RFC 3629): overlong forms, surrogates and what lies beyond U+10FFFF are no characters.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* The bytes of the character at the front of text, 0 where there is none. */
size_t utf8_length(const char *text, size_t length);

/* Whether text, which is not empty, may be the beginning of a character and lacks its end. */
bool utf8_is_begun(const char *text, size_t length);

/* The number of the character at text, which has the given length of utf8_length (not 0). */
uint32_t utf8_value(const char *text, size_t length);

/* Adds the character with this number, which is one: no surrogate, at most U+10FFFF. */
void utf8_add(struct buf *to, uint32_t value);

#endif
