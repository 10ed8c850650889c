/*
 * words.h - text from outside the command line, cut into words, and the escapes in option values.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"

/*
 * Cuts text into words as a shell does, with '...', "..." and backslashes, but expands nothing; a # at the
 * beginning of a word starts a comment up to the end of the line. Adds the words to v. Returns 0, or -1 with e
 * filled for a quote that is not closed; v then holds the words before it.
 */
int words_split(struct strv *v, const char *text, struct err *e);

/*
 * Adds text with its C escapes decoded: \a \b \f \n \r \t \v \\ \' \" \? \e, \xH and \xHH, \N to \NNN (octal). Any
 * other escape stands for itself, backslash and all, as in printf. Returns 0, or -1 for a value above 255 or \x
 * without a digit; to then holds what stood before.
 */
int words_unescape(struct buf *to, const char *text);

#endif
