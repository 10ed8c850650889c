/*
 * scan.h - the state of reading a shell line: what is open, and what is known of the word under way.
 *
 * Shared by the modules that read the several kinds of shell text: commands (context.c), quotes and expansions
 * (expand.c) and here-documents (heredoc.c).
 */
#ifndef INPUT_SCAN_H
#define INPUT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "input/context.h"
#include "input/reader.h"

enum { SCAN_DEPTH = 48, SCAN_WORD = 16, SCAN_HERE = 8, SCAN_MARK = 64 };

enum frame_kind {
	FRAME_COMMAND,
	FRAME_SINGLE,        /* '...' */
	FRAME_DOLLAR_SINGLE, /* $'...' */
	FRAME_DOUBLE,        /* "..." */
	FRAME_PARAM,         /* ${...} */
	FRAME_ARITHMETIC,    /* $((...)) and ((...)) */
	FRAME_COMMENT,
};

enum command_end { END_LINE, END_PAREN, END_BACKQUOTE };
enum test_kind { TEST_NONE, TEST_COMMAND, TEST_BRACKETS }; /* nothing; [ and test; [[ */
enum param_mode { PARAM_WORD, PARAM_PATTERN, PARAM_OTHER };

struct frame {
	enum frame_kind kind;

	/* FRAME_COMMAND */
	enum command_end end;
	bool cuts;      /* its words are those of the outermost level */
	unsigned cases; /* case without its esac: a ) ends a pattern */
	bool in_word;
	bool may_be_command; /* the word under way, or the next one, stands where a command may begin */
	bool after_for;
	bool quoted;                     /* the word holds quotes or expansions: it is no keyword */
	bool nested;                     /* the word holds a command of its own */
	enum test_kind test;             /* the command is one that compares */
	bool compare;                    /* the word before is -eq or the like */
	char word[SCAN_WORD];            /* the beginning of the word */
	size_t length;                   /* its whole length */
	size_t first_part;               /* the part in which it begins */
	size_t before_first, before_end; /* the parts of the word before; equal where they do not matter */

	/* FRAME_PARAM, FRAME_ARITHMETIC */
	bool in_double; /* PARAM: inside "..." or what is like it */
	bool evaluated; /* PARAM: inside arithmetic */
	enum param_mode mode;
	bool let; /* ARITHMETIC: ((...)), no expansion */
	bool has_quotes;
	size_t parens;
};

/* A here-document whose text is still to come. */
struct here {
	char mark[SCAN_MARK];
	size_t length;
	bool quoted, strip;
};

struct scan {
	struct reader reader;
	struct parts *parts;
	const struct context_options *options;
	struct context_cuts *cuts;
	struct err *e;
	struct frame stack[SCAN_DEPTH];
	size_t depth;
	bool has_values;
	const char *unsure; /* from here on shells disagree: why; NULL while they agree */
	bool glued;         /* the next symbol is a replacement string that would lengthen a variable's name */
	struct here here[SCAN_HERE];
	size_t here_count;
};

struct frame *scan_top(struct scan *s);
int scan_push(struct scan *s, const struct frame *frame); /* -1 with e filled where it is too deep */
void scan_pop(struct scan *s);
int scan_refuse(struct scan *s, const char *why); /* -1 */

/* Gives the replacement string of symbol its place. */
int scan_place(struct scan *s, struct symbol symbol, enum place place);

/* The byte in front of the replacement string that comes next, which is taken away or gets a backslash in front. */
int scan_drop_before(struct scan *s);
int scan_escape_before(struct scan *s);

/* expand.c: reads one symbol inside the top frame, which is no command. */
int expand_symbol(struct scan *s, struct symbol symbol);
int expand_dollar(struct scan *s, bool in_double); /* behind a $ */
int expand_backquote(struct scan *s, bool in_double);

/* heredoc.c */
int heredoc_begin(struct scan *s); /* behind a << */
int heredoc_read(struct scan *s);  /* behind the newline: the texts of all that were begun */

#endif
