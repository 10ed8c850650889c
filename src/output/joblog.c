#include "output/joblog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/fd.h"

static const char joblog_columns[] = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

int joblog_open(struct joblog *l, const char *path, bool append, struct err *e)
{
	int flags = O_WRONLY | O_CREAT | O_APPEND | (append ? 0 : O_TRUNC);
	struct stat info;

	memset(l, 0, sizeof *l);
	l->fd = fd_open(path, flags, 0666);
	if (l->fd < 0)
		return err_sys(e, errno, "cannot open job log: %s", path);
	if (fstat(l->fd, &info) == 0 && info.st_size == 0 &&
	    fd_write_all(l->fd, joblog_columns, sizeof joblog_columns - 1) < 0)
		return err_sys(e, errno, "cannot write job log: %s", path);
	return 0;
}

/* A command is one line in the log, whatever it holds. */
static void joblog_add_command(struct buf *to, const char *command)
{
	for (; *command; command++)
		buf_add_char(to, *command == '\n' ? ' ' : *command);
	buf_add_char(to, '\n');
}

int joblog_write(struct joblog *l, const struct outcome *o, struct err *e)
{
	struct buf *b = &l->record;

	buf_reset(b);
	buf_add_uint(b, o->sequence);
	buf_add_format(b, "\t:\t%lld.%03d\t%10.3f\t0\t%llu\t%d\t%d\t", (long long)(o->start / NSEC_PER_SEC),
	               (int)(o->start % NSEC_PER_SEC / NSEC_PER_MSEC), (double)o->run_time / (double)NSEC_PER_SEC,
	               (unsigned long long)o->output_bytes, o->status, o->signal);
	joblog_add_command(b, o->command);
	if (fd_write_all(l->fd, b->data, b->length) < 0)
		return err_sys(e, errno, "cannot write job log");
	return 0;
}

int joblog_close(struct joblog *l, struct err *e)
{
	int result = 0;

	if (l->fd >= 0 && close(l->fd) < 0)
		result = err_sys(e, errno, "cannot write job log");
	l->fd = -1;
	buf_clear(&l->record);
	return result;
}
