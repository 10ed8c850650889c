/*
 * template.h - the user's command with its replacement strings, parsed once.
 *
 * Three modes (design: the command line): EXEC, the words are executed directly and stay words; LINE, one shell line
 * in which each value is quoted for the place where it stands (bare, in "..." or in '...'); GNU, the words are joined
 * with spaces to a shell line as GNU parallel does. With no command at all (argc 0) each item is itself a shell line.
 * Compiling finds every replacement string and its shell context; rendering a job only copies and quotes.
 *
 * A template is never changed by rendering and may be rendered any number of times.
 */
#ifndef INPUT_TEMPLATE_H
#define INPUT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"
#include "input/item.h"

enum template_mode {
	TEMPLATE_EXEC, /* several words, no shell */
	TEMPLATE_LINE, /* one shell line, quoted by context */
	TEMPLATE_GNU,  /* words joined to a shell line */
};

enum template_batch {
	/* A replacement string gives all values joined by spaces, as words of their own where it stands alone. */
	BATCH_NONE,
	BATCH_CONTEXT, /* -X: the word in which it stands is repeated for each value */
	BATCH_PLAIN,   /* -m, --xargs: as BATCH_NONE */
};

/* How a template is compiled. Everything is lent for the time of the call. All zero: the standard replacement
   strings. */
struct template_config {
	enum template_mode mode;
	enum template_batch batch;
	bool plus;          /* --plus */
	bool quote_words;   /* -q: the words of GNU mode are quoted */
	bool no_value;      /* -n0, -N0: nothing is appended, {} is empty */
	bool never_append;  /* the values are not appended when no replacement string stands (pipe mode, tag strings) */
	const char *braces; /* -I and -i: instead of "{}"; NULL for the standard; so each of the following */
	const char *no_extension;      /* {.}  -U, --extensionreplace */
	const char *base;              /* {/}  --basenamereplace */
	const char *directory;         /* {//} --dirnamereplace */
	const char *base_no_extension; /* {/.} --basenameextensionreplace */
	const char *sequence;          /* {#}  --seqreplace */
	const char *slot;              /* {%}  --slotreplace */
	const char *parens;            /* --parens: the two halves of this string instead of {= and =} */
	const struct strv *rpl;        /* --rpl definitions, "NAME s/../../..." */
	const struct strv *names;      /* --header names of the columns, NULL without a header */
};

/* What differs from job to job besides the item. */
struct template_facts {
	uint64_t sequence; /* {#} */
	unsigned slot;     /* {%} */
	uint64_t total;    /* {##}, only read where template_needs_total */
	unsigned slots;    /* {0%}: how many there are; 0 where that is not known */
};

struct template; /* given by template_compile */

/* Gives the compiled template, or NULL with e filled (an unknown Perl expression, a bad regular expression, an
   unterminated {= ...). words is the command as the user gave it, argc 0 for none. */
struct template *template_compile(const struct template_config *config, size_t argc, char *const *argv, struct err *e);
void template_free(struct template *t);

bool template_needs_total(const struct template *t); /* {##} or {0#} stands in it */
bool template_has_values(
	const struct template *t); /* a replacement string for a value stands in it (or was appended) */
bool template_needs_shell(const struct template *t); /* the result is a shell line, one word */
bool template_skips(const struct template *t,
                    const struct item *item);        /* {choose_k} or {uniq} says that the job is not to be run */
size_t template_positions(const struct template *t); /* the highest N of {N} in it, 0 for none */

/* Adds the words of a job to out, each with its NUL, and returns their number: the argument vector in EXEC mode,
   one shell line in the other modes. */
size_t template_render(const struct template *t, const struct item *item, const struct template_facts *facts,
                       struct buf *out);

/* Adds the command as a person reads it, and as a shell would take it, on one line: for -v, -t, --dry-run, the job
   log. */
void template_describe(const struct template *t, const struct item *item, const struct template_facts *facts,
                       struct buf *out);

/* The bytes that template_render would add for the item: for -s and -X limits. */
size_t template_length(const struct template *t, const struct item *item, const struct template_facts *facts);

/* For tag strings and the like: adds the text with values unquoted and words joined by spaces. */
void template_render_plain(const struct template *t, const struct item *item, const struct template_facts *facts,
                           struct buf *out);

#endif
