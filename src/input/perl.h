/*
 * perl.h - what is commonly written in Perl's regular expressions and POSIX has no word for, on top of pattern.h.
 *
 * Understood by rewriting: lazy quantifiers of one character, where there is an expression without them that matches
 * the same: .*? in front of a comma that has nothing or .* behind it is [^,]*; up to the end, or as in \d+?-, there is
 * no choice. \b where the system knows it, \A \z \Z, (?i) at the front, \xHH, braces that count nothing. The rest is
 * refused by name: lookaround, backreferences, possessive quantifiers, other lazy ones.
 */
#ifndef INPUT_PERL_H
#define INPUT_PERL_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "input/pattern.h"

enum { PERL_GROUPS = 32 };

struct perl {
	struct pattern pattern;
	unsigned char group[PERL_GROUPS]; /* the parenthesis of group N as the user counts, 0 for none */
	size_t groups;                    /* how many parentheses there are */
};

/* Returns 0, or -1 with e filled. */
int perl_compile(struct perl *p, const char *text, bool ignore_case, struct err *e);
void perl_release(struct perl *p);

/* Finds the first match in text; at[N] is group N as the user counts, {-1, -1} where it took no part. flags as
   regexec. count at most PERL_GROUPS. */
bool perl_match(const struct perl *p, const char *text, regmatch_t *at, size_t count, int flags);

#endif
