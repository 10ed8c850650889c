/*
 * define.h - replacement strings that the user defines: --rpl 'NAME s/../../'.
 *
 * A name may hold a regular expression in parentheses, as '{%(.*?)} s/$$1$//': what it matches in the command is $$1
 * in the expression.
 */
#ifndef INPUT_DEFINE_H
#define INPUT_DEFINE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "base/strv.h"
#include "input/part.h"

struct defines; /* given by defines_new */

/* definitions are lent for the time of the call, NULL for none. NULL with e filled by a bad regular expression or
   unknown Perl. */
struct defines *defines_new(const struct strv *definitions, struct err *e);
void defines_free(struct defines *d);

size_t defines_count(const struct defines *d);
const char *defines_name(const struct defines *d, size_t index); /* lends */
bool defines_captures(const struct defines *d, size_t index);    /* the name holds a regular expression */

/* Fills part by definition index, captures NULL for none. Returns 0, or -1 with e filled. */
int defines_make(const struct defines *d, size_t index, const struct strv *captures, struct part *part, struct err *e);

/* Reads a replacement string with captures at text, which is the text behind "{N" where skip is 1. Returns as
   plus_parse. */
long defines_match(const struct defines *d, const char *text, const char *end, size_t skip, struct part *part,
                   struct err *e);

#endif
