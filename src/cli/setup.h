/*
 * setup.h - from what the user asked for to a run: opens sources, compiles templates, chooses the shell and the size of
 * the pool.
 */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include "cli/options.h"

/* Does what the options say. Returns the exit status of the program; what went wrong was said. */
int setup_run(const struct options *o);

#endif
