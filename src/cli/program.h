/*
 * program.h - the program of --worker, made ready from the options.
 */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "base/err.h"
#include "base/strv.h"
#include "cli/choice.h"
#include "os/random.h"
#include "pool/config.h"

struct program_choice {
	struct pool_program program; /* points into this struct and the options */
	struct strv argv;
	char mark[1 + RANDOM_TEXT]; /* fresh in each run */
};

/* The shell for a program that needs one. */
struct program_shell {
	const char *path;        /* NULL where none is needed */
	const struct strv *init; /* lines that it runs first */
	const char *preamble;    /* the same as a line for its -C: fish alone has one. NULL for none */
};

/* Fills c, which must not be moved afterwards. Returns 0, or -1 with e filled. */
int program_choose(struct program_choice *c, const struct options *o, const struct program_shell *shell, struct err *e);
void program_choice_release(struct program_choice *c);

/* Whether a shell is needed, whatever there is to be run first. */
bool program_needs_shell(const struct options *o);

#endif
