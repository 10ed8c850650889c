/*
 * help.h - the pages of --help, made from the option table.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdbool.h>
#include "base/buf.h"

/* Whether there is a page of this name: a topic, "all", or the name of an option. */
bool help_knows(const char *topic);

/*
 * Adds the page for a topic, lines no wider than columns where words allow it. topic: NULL for the first page,
 * which fits a screen; the name of a topic; "all"; or the name of an option, for this one alone. Returns 0, or -1
 * with nothing added when there is no such topic.
 */
int help_page(struct buf *to, const char *topic, int columns);

/* Writes the page to descriptor fd, as wide as its terminal (80 columns where there is none). Returns 0, or -1
   with errno set when it cannot be written. */
int help_print(int fd, const char *topic);

#endif
