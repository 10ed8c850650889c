/*
 * results.h - the sink that keeps each job's output in files of its own: --results DIR, --results TEMPLATE, --files.
 *
 * A base names a job's files. One that ends in a slash is a directory, with the files stdout, stderr and seq (the job's
 * number) in it; any other is itself the file of standard output, beside it those with .err and .seq added. This is GNU
 * parallel's layout.
 *
 * Output is written to files with other names (stdout~12 for job 12), which take the place of earlier results when the
 * job is done; seq comes last. So results with their seq are whole, however pp ended. Such a file that is there
 * already was left by a run that was killed, and is replaced. Where that run is alive it finds that the file is not its
 * own any more, which is an error there: no file has the output of two runs.
 */
#ifndef OUTPUT_RESULTS_H
#define OUTPUT_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"
#include "input/item.h"

/* Adds the base of a job under directory: a level for the name of each column and one for its value, DIR/1/a/2/b/.
   names: of the columns, which come in the order of the names then; NULL or too few for numbers. In names and values a
   backslash is written \\, a slash \_, a tab \t; "." and ".." get a backslash in front; what is longer than a name may
   be is cut, and a number made from the whole stands at the end. */
void results_path(struct buf *to, const char *directory, const struct item *item, const struct strv *names);

/* Whether a path rendered from a template leads elsewhere than the template says: its values bring in "..", or a / at
   the front. */
bool results_strays(const char *path, const char *template);

enum { RESULTS_PARTS = 3 }; /* standard output, standard error, seq */

struct results_file {
	dev_t device;
	ino_t number;
};

/* The files of a job under way. */
struct results {
	char *base;                               /* owned; NULL: none are open */
	uint64_t sequence;                        /* the job's number */
	bool final;                               /* the files have their last names already */
	struct results_file files[RESULTS_PARTS]; /* what was made under their first names; unless final */
	bool begun[2];                            /* this try has written to standard output, and error */
	bool filled[2];                           /* what it wrote is not empty */
};

/* Makes directories and the file of standard output. Nothing is held open between two calls, so that any number of jobs
   may be under way. Returns 0, or -1 with e filled and nothing to release. */
int results_begin(struct results *r, const char *base, uint64_t sequence, struct err *e);

/* --files: the same for a new file in directory (NULL: $TMPDIR, else /tmp), which is made now and whose name is
   r->base, and standard output alone. */
int results_begin_file(struct results *r, const char *directory, uint64_t sequence, struct err *e);

/* Adds output; which: 1 or 2. Returns 0, or -1 with e filled. */
int results_write(struct results *r, int which, const char *bytes, size_t length, struct err *e);

/* What was written is forgotten: the job is tried again. */
void results_restart(struct results *r);

/* For a program that compresses a file of a job that is done; which: 1 or 2, and filled. Gives *input, the file, and
   *output, a new one, both close-on-exec. Returns 0, or -1 with e filled and neither open. Then one of these follows,
   which close *output: */
int results_pack(struct results *r, int which, int *input, int *output, struct err *e);

/* What was written takes the file's place. Returns 1; 0 when that is nothing; -1 with e filled: the file is as it was
   then. */
int results_packed(struct results *r, int which, int *output, struct err *e);

/* The new file is removed. */
void results_unpack(struct results *r, int which, int *output);

/* The job is done: its files take their places. Returns 0, or -1 with e filled: they are not whole. r is released. */
int results_finish(struct results *r, struct err *e);

/* The job did not come to an end: nothing is kept. r is released. */
void results_drop(struct results *r);

/* Adds the name of a file of the base; which: 1 or 2. */
void results_name(struct buf *to, const char *base, int which);

/* Whether there are whole results under this base. */
bool results_are_whole(const char *base);

#endif
