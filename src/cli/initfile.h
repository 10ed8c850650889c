/*
 * initfile.h - the texts of --init-file: read once, then held where each new shell can read them by name.
 *
 * They never stand on a command line or in the environment, for they may be long, or secret.
 */
#ifndef CLI_INITFILE_H
#define CLI_INITFILE_H

#include <stdbool.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"
#include "os/fd.h"

/* All zero: no text. */
struct initfile {
	struct buf text;
	/* The program that a first line #!PROGRAM names, or its argument where that is env; NULL for none. */
	char *shell;
	int fd;             /* holds the text, once there is a name */
	char name[FD_NAME]; /* of the file for other processes; "" before initfile_publish */
	bool is_file;       /* the name is a file of its own */
};

/* Reads the files one after the other. One that is /dev/fd/N is read from the descriptor N, which is closed then: jobs
   have no use for it. Returns 0, or -1 with e filled. */
int initfile_read(struct initfile *f, const struct strv *paths, struct err *e);

/* Gives the text a name. directory: where a temporary file goes, NULL for $TMPDIR or /tmp. Returns 0, or -1 with e
   filled. */
int initfile_publish(struct initfile *f, const char *directory, struct err *e);

void initfile_release(struct initfile *f);

#endif
