/*
 * token.h - finding replacement strings in the user's words.
 *
 * The tokens are all replacement strings that hold for a template: the standard ones or what the user calls them,
 * those of --plus and --rpl, and the names of a header. The longest one at a place counts.
 */
#ifndef INPUT_TOKEN_H
#define INPUT_TOKEN_H

#include <stddef.h>
#include "base/err.h"
#include "input/part.h"
#include "input/template.h"

struct tokens; /* given by tokens_new */

/* NULL with e filled by a bad --rpl. config is lent while the tokens are in use. */
struct tokens *tokens_new(const struct template_config *config, struct err *e);
void tokens_free(struct tokens *t);

/* Adds the parts of text to out. Returns 0, or -1 with e filled (bad expression ...). */
int tokens_parse(const struct tokens *t, const char *text, size_t length, struct parts *out, struct err *e);

/* Whether text ends within {= ... =}: the next word belongs to it. */
bool tokens_open(const struct tokens *t, const char *text);

#endif
