/*
 * term.h - the terminal: is there one, how wide, may it be coloured.
 */
#ifndef OS_TERM_H
#define OS_TERM_H

#include <stdbool.h>
#include <sys/types.h>

bool term_is_terminal(int fd);
int term_columns(int fd); /* width, else $COLUMNS, else 80 */
int term_rows(int fd);    /* height, else 24 */
bool term_is_dumb(void);  /* TERM unset, empty or "dumb" */
/* Makes group the foreground of the terminal fd, also when the caller is in its background. Async-signal-safe. */
void term_give(int fd, pid_t group);

/* Gives both ends of a new terminal that passes bytes as they are: *ours reads what is written to *theirs. Both are
   close-on-exec. Returns 0, or -1 with errno. */
int term_open_pair(int *ours, int *theirs);

bool term_wants_color(int fd); /* a terminal, not dumb, and NO_COLOR unset or empty */

#endif
