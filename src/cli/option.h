/*
 * option.h - the table of options, made from options.def, and the search for a name in it.
 *
 * Parser, help, completions and the tests of the manual all read this table.
 */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

enum option_topic {
#define TOPIC(id, name, title) TOPIC_##id,
#include "cli/options.def"
	TOPIC_END
};

enum option_argument { ARGUMENT_NONE, ARGUMENT_REQUIRED, ARGUMENT_OPTIONAL };

/* What an option's value may be, or what an option without one does. */
enum option_kind {
#define KIND(id, setter, complete, allowed) KIND_##id,
#include "cli/options.def"
	KIND_END
};

/* How a shell completes a value. */
enum option_complete {
	COMPLETE_NOTHING,
	COMPLETE_FILE,
	COMPLETE_DIRECTORY,
	COMPLETE_COMMAND,
	COMPLETE_VARIABLE,
	COMPLETE_WORDS, /* the words of option_words */
};

struct option {
	const char *name;    /* long name without dashes; "" for none */
	const char *aliases; /* further long names with spaces between them */
	const char *shorts;  /* short forms, one letter each */
	const char *metavar; /* the value's name in help; "" for none */
	const char *text;    /* one line of help */
	enum option_argument argument;
	enum option_kind kind;
	size_t field; /* offset in struct options of what is set */
	int preset;   /* what is stored by switches, the least number of counts */
	enum option_topic topic;
	bool common; /* on the first page of help */
};

enum { ROWS_PLAIN, ROWS_CONTEXT, ROWS_LINES, ROWS_PLAIN_LINES }; /* presets of KIND_ROWS: -n, -N, -L, -l */

extern const struct option option_table[];
extern const size_t option_count;

const char *option_topic_name(enum option_topic topic);
const char *option_topic_title(enum option_topic topic);

const struct option *option_by_name(
	const char *name); /* exact long name or alias, else a single letter as short form; NULL when there is none */
const struct option *option_by_letter(char letter); /* NULL when there is none */

/* The option whose name or alias is the first length bytes of name, else the only one that begins with them. NULL
   with e filled: unknown, with the nearest name, or ambiguous, with the candidates. */
const struct option *option_find(const char *name, size_t length, struct err *e);

enum option_complete option_completes(const struct option *option);
const char *option_allowed(
	const struct option *option); /* what a value must be, for messages: the words or a description */
const char *option_words(
	const struct option *option); /* the words a value is one of, spaces between them; NULL when it is free */

#endif
