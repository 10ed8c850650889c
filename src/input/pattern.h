/*
 * pattern.h - regular expressions as users of Perl write them, within what POSIX extended ones can say.
 *
 * The escapes \t \n \r \f \v \a \e \d \D \s \S \w \W \h and (?:...) are understood in addition to extended regular
 * expressions, those for characters and classes inside [...] too.
 */
#ifndef INPUT_PATTERN_H
#define INPUT_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

struct pattern {
	regex_t regex;
	uint32_t groups; /* bit n: the n-th parenthesis of the regex (from 1) was written to capture */
};

/* Compiles text. Returns 0, or -1 with e filled ("bad regular expression: TEXT: reason"); nothing is to be released
   then. */
int pattern_compile(struct pattern *p, const char *text, bool ignore_case, struct err *e);
void pattern_release(struct pattern *p);

/* Adds to literal what text matches if it can only match one string, escapes resolved. Returns whether that is so;
   adds nothing if not. */
bool pattern_literal(const char *text, struct buf *literal);

#endif
