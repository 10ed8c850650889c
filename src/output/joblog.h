/*
 * joblog.h - the sink that keeps a log of finished jobs: nine columns, as GNU parallel's --joblog.
 *
 * Seq, Host, Starttime, JobRuntime, Send, Receive, Exitval, Signal, Command, with tabs between them; a newline in the
 * command is written as NUL. Each record is one write at the end of the file, so that a log is whole whenever the
 * program dies.
 */
#ifndef OUTPUT_JOBLOG_H
#define OUTPUT_JOBLOG_H

#include <stdbool.h>
#include "base/buf.h"
#include "base/err.h"
#include "output/outcome.h"

struct joblog {
	int fd;            /* owned, -1 when not open */
	const char *path;  /* lent */
	bool extra;        /* with the columns of resource use */
	struct buf record; /* reused */
};

/* Opens the log: made anew, or added to. extra: behind the command stand user and system time, peak memory in bytes and
   the number of tries. A new or empty file gets the line of column names. Returns 0, or -1 with e filled. */
int joblog_open(struct joblog *l, const char *path, bool append, bool extra, struct err *e);

/* Lends the job's record until the next call. */
const struct buf *joblog_record(struct joblog *l, const struct outcome *o);

/* Returns 0, or -1 with e filled: the record is not whole in the log. */
int joblog_write(struct joblog *l, const char *record, size_t length, struct err *e);

/* Returns 0, or -1 with e filled when the last bytes did not reach the file. */
int joblog_close(struct joblog *l, struct err *e);

#endif
