/*
 * setting.h - one option applied to struct options: its value is checked and stored.
 */
#ifndef CLI_SETTING_H
#define CLI_SETTING_H

#include "base/err.h"
#include "cli/choice.h"
#include "cli/option.h"

/*
 * Stores value (lent as long as o lives; NULL where none was given). shown is the option as the user wrote it, for
 * the message. Returns 0, or -1 with e filled: "SHOWN: VALUE: must be WHAT IS ALLOWED". A profile's name is only
 * checked: reading it is the parser's business.
 */
int setting_apply(struct options *o, const struct option *option, const char *shown, const char *value, struct err *e);

/* Adds a source at the end. The words of a SOURCE_WORDS spec are taken: the list, not the strings. */
void setting_add_source(struct options *o, const struct source_spec *spec);

#endif
