#include "output/joblog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/fd.h"

static const char joblog_columns[] = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand";
static const char joblog_extra_columns[] = "\tUserTime\tSystemTime\tPeakMemory\tTries";

/* Takes back the part of a record that found room, unless somebody else has written behind it. */
static void joblog_take_back(struct joblog *l, size_t written)
{
	int kept = errno;
	off_t end = lseek(l->fd, 0, SEEK_CUR);
	struct stat info;

	if (end >= (off_t)written && fstat(l->fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == end)
		(void)!ftruncate(l->fd, end - (off_t)written);
	errno = kept;
}

/* Writes the record, whole or not at all. Returns 0, or -1 with errno. */
static int joblog_add(struct joblog *l, const char *bytes, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = fd_write(l->fd, bytes + done, length - done);

		if (n <= 0) {
			errno = n == 0 ? ENOSPC : errno;
			joblog_take_back(l, done);
			return -1;
		}
		done += (size_t)n;
	}
	return 0;
}

/* A record that was torn when the machine went down is not to be continued by the next one. */
static bool joblog_is_torn(const char *path, off_t size)
{
	int fd = fd_open(path, O_RDONLY, 0);
	char last = '\n';
	ssize_t n = fd < 0 ? 0 : pread(fd, &last, 1, size - 1);

	fd_close(&fd);
	return n == 1 && last != '\n';
}

int joblog_open(struct joblog *l, const char *path, bool append, bool extra, struct err *e)
{
	int flags = O_WRONLY | O_CREAT | O_APPEND | (append ? 0 : O_TRUNC);
	struct stat info;
	struct err ignored;

	memset(l, 0, sizeof *l);
	l->path = path;
	l->fd = fd_open(path, flags, 0666);
	if (l->fd < 0)
		return err_sys(e, errno, "cannot open job log: %s", path);
	if (fstat(l->fd, &info) < 0) {
		err_sys(e, errno, "cannot open job log: %s", path);
		joblog_close(l, &ignored);
		return -1;
	}
	l->extra = extra;
	if (info.st_size == 0)
		buf_add_format(&l->record, "%s%s\n", joblog_columns, extra ? joblog_extra_columns : "");
	else if (S_ISREG(info.st_mode) && joblog_is_torn(path, info.st_size))
		buf_add_char(&l->record, '\n');
	if (joblog_add(l, l->record.data, l->record.length) == 0)
		return 0;
	err_sys(e, errno, "cannot write job log: %s", path);
	joblog_close(l, &ignored);
	return -1;
}

/* A command is one line in the log, and can be had back from it: NUL, which no command holds, stands for a newline. */
static void joblog_add_command(struct buf *to, const char *command)
{
	for (; *command; command++)
		buf_add_char(to, *command == '\n' ? '\0' : *command);
}

static void joblog_add_extra(struct buf *to, const struct outcome *o)
{
	buf_add_format(to, "\t%.3f\t%.3f\t%lld\t%u", (double)o->user / (double)NSEC_PER_SEC,
	               (double)o->system / (double)NSEC_PER_SEC, (long long)o->peak_rss, o->tries);
}

const struct buf *joblog_record(struct joblog *l, const struct outcome *o)
{
	struct buf *b = &l->record;

	buf_reset(b);
	buf_add_uint(b, o->sequence);
	buf_add_format(b, "\t:\t%lld.%03d\t%10.3f\t0\t%llu\t%d\t%d\t", (long long)(o->start / NSEC_PER_SEC),
	               (int)(o->start % NSEC_PER_SEC / NSEC_PER_MSEC), (double)o->run_time / (double)NSEC_PER_SEC,
	               (unsigned long long)o->output_bytes, o->status, o->signal);
	joblog_add_command(b, o->command);
	if (l->extra)
		joblog_add_extra(b, o);
	buf_add_char(b, '\n');
	return b;
}

int joblog_write(struct joblog *l, const char *record, size_t length, struct err *e)
{
	return joblog_add(l, record, length) == 0 ? 0 : err_sys(e, errno, "cannot write job log: %s", l->path);
}

int joblog_close(struct joblog *l, struct err *e)
{
	int result = 0;

	if (l->fd >= 0 && close(l->fd) < 0)
		result = err_sys(e, errno, "cannot write job log: %s", l->path);
	l->fd = -1;
	buf_clear(&l->record);
	return result;
}
