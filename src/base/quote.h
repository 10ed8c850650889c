/*
 * quote.h - quoting for the shell (POSIX.1-2008, Shell Command Language 2.2).
 *
 * A quoted value is one word and never becomes code, in sh, bash, dash, ksh, zsh and fish. All bytes but NUL pass
 * unchanged; the texts given hold none. Where the bytes in front change what follows them (an open $ or backslash, a
 * here-document, back quotes), or a < or > behind turns a number into a descriptor, the caller has to see to that.
 */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

/* Whether text stands for itself without quotes at any place of a word: it is not empty, has nothing but ASCII letters,
   digits and _ @ % + : . / - in it, and does not begin with %. */
bool quote_is_plain(const char *text, size_t length);

/* Adds text as one word: unchanged where it is plain, otherwise in '...' as quote_in_single does it ('' where it is
   empty). */
void quote_word(struct buf *to, const char *text, size_t length);

/* Adds text for a place inside "...": a backslash before $ ` " and backslash. "!" is left alone, for the shells of
   jobs are not interactive. fish alone keeps the backslash before `. */
void quote_in_double(struct buf *to, const char *text, size_t length);

/* Adds text for a place inside '...': each ' becomes '\'' and each backslash '\\', which fish needs; a run of them
   leaves the quotes only once. */
void quote_in_single(struct buf *to, const char *text, size_t length);

/* Adds text as GNU parallel 2022 shows it in --dry-run, -v and --shellquote: unchanged where it has nothing but ASCII
   letters, digits and _ + . / - in it, otherwise in '...' with each ' as "'"; '' where it is empty. Also one word for a
   shell, fish excepted. */
void quote_backslash(struct buf *to, const char *text, size_t length);

/* Adds text for a message to a person: printable ASCII and valid UTF-8 unchanged, other bytes as \n, \t or \xHH. At
   most max_bytes bytes of text are used, whole characters only; "..." stands for the rest. */
void quote_for_message(struct buf *to, const char *text, size_t length, size_t max_bytes);

#endif
