/*
 * part.h - the parts of a parsed template: text and replacement strings.
 *
 * A part is either text that is copied or a replacement string: which values it takes, what is made of them, and how
 * the result is quoted where it stands. Parts of all zero bytes are empty and own nothing.
 */
#ifndef INPUT_PART_H
#define INPUT_PART_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "input/item.h"
#include "input/subst.h"

enum part_kind {
	PART_TEXT,            /* copied */
	PART_VALUE,           /* {} */
	PART_NO_EXTENSION,    /* {.} {..} {...}: without the last dots extensions */
	PART_EXTENSION,       /* {+.} {+..} {+...}: the last dots extensions */
	PART_BASE,            /* {/}, with dots above 0 {/.} {/..} {/...} */
	PART_DIRECTORY,       /* {//}, as dirname */
	PART_PARENT,          /* {+/}: what stands before the last slash */
	PART_SUBST,           /* {= ... =}, --rpl and others */
	PART_SEQUENCE,        /* {#} */
	PART_SLOT,            /* {%} */
	PART_TOTAL,           /* {##} */
	PART_PADDED_SEQUENCE, /* {0#} */
	PART_PADDED_SLOT,     /* {0%} */
};

/* Where in a shell line a replacement string stands: how its value is quoted. */
enum place {
	PLACE_RAW,            /* no quoting: not a shell line, or uq */
	PLACE_BARE,           /* a word of its own or a piece of one */
	PLACE_DOUBLE,         /* inside "..." */
	PLACE_SINGLE,         /* inside '...' */
	PLACE_DOLLAR_SINGLE,  /* inside $'...' */
	PLACE_PARAM_DOUBLE,   /* inside "${x:-...}" */
	PLACE_PATTERN_DOUBLE, /* inside "${x%...}" */
	PLACE_ARITHMETIC,     /* inside $((...)) */
	PLACE_LET,            /* inside ((...)): no blanks, for a shell that does not know it would see words */
	PLACE_COMMENT,        /* behind a #: it must not end the comment */
	PLACE_HERE,           /* in a here-document, expanded */
	PLACE_HERE_QUOTED,    /* in a here-document whose end mark is quoted: not expanded */
};

enum part_skip { SKIP_NEVER, SKIP_UNSORTED, SKIP_REPEATED };

struct part {
	enum part_kind kind;
	long position;       /* N of {N}: 0 for all values, negative counted from the end */
	unsigned dots;       /* extensions */
	enum part_skip skip; /* {choose_k}, {uniq}: which jobs are not run at all */
	struct subst *subst; /* PART_SUBST: owned */
	char *text;          /* PART_TEXT: owned */
	size_t length;       /* of text */
	enum place place;
	unsigned levels; /* how many `...` it stands in */
	bool unquoted;   /* uq */
	bool command;    /* where a command may begin: a reserved word is quoted */
	bool force;      /* quoted even where the value is plain, for it would join with what stands beside it */
	bool number;     /* beside -eq and the like: some shells evaluate it */
	bool twice;      /* quoted as a word, and that for its place, as parallel does it inside "..." */
	bool split;      /* inside "...": the quotes are closed and opened again in front of it, for the same reason */
};

struct parts {
	struct part *list;
	size_t count;
	size_t capacity;
};

void parts_release(struct parts *p);
struct part *parts_add(struct parts *p, const struct part *part);      /* takes what part owns; lends the new one */
void parts_add_text(struct parts *p, const char *text, size_t length); /* copies; joined with a text part before it */

/* Cuts text part index in two at offset; nothing happens at its ends. Returns the index of the part that begins
   there. */
size_t parts_cut(struct parts *p, size_t index, size_t offset);

bool part_takes_values(const struct part *part);

/* What part makes of value: lends, either a piece of value or of work (two buffers for its use). Not for PART_TEXT
   and numbers. */
struct value part_apply(const struct part *part, struct value value, struct buf work[2]);

#endif
