/*
 * options.h - the command line, understood.
 *
 * options_parse reads $PP_OPTIONS, then the arguments, against the one table of options.def and fills a struct
 * options (choice.h): whatever main and the run need to know, validated. Nothing is opened and nothing is started;
 * only profiles are read.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/err.h"
#include "cli/choice.h"

/*
 * Fills o from argv (argv[0] is the name that pp was called by), $PP_OPTIONS in front of it. Returns 0, or -1 with
 * e filled: one line that names the option, the value and what is allowed. o is to be released in both cases.
 */
int options_parse(struct options *o, int argc, char **argv, struct err *e);
void options_release(struct options *o);

#endif
