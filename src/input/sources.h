/*
 * sources.h - opens the sources that the command line names.
 */
#ifndef INPUT_SOURCES_H
#define INPUT_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "base/strv.h"
#include "input/source.h"

enum source_kind {
	SOURCE_FD,    /* an open descriptor: standard input */
	SOURCE_FILE,  /* a file by name, "-" for standard input */
	SOURCE_WORDS, /* ::: values */
};

struct source_spec {
	enum source_kind kind;
	int fd;            /* SOURCE_FD: lent */
	const char *path;  /* SOURCE_FILE: lent */
	struct strv words; /* SOURCE_WORDS: lent */
	bool linked;       /* :::+ and ::::+: linked to the source before */
};

/* Gives an array of count sources (at least one element long). NULL with e filled when one cannot be opened or is a
   directory. Several sources that name the same descriptor share what is read from it. */
struct source *sources_open(const struct source_spec *specs, size_t count, const struct source_rules *rules,
                            struct err *e);

#endif
