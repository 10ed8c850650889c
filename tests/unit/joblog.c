#include "output/joblog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/fd.h"
#include "tap.h"

#define COLUMNS "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"

static char dir[4000], path[4096];
static struct err e;

static const struct outcome first = {
	.sequence = 1,
	.cause = OUTCOME_EXITED,
	.status = 3,
	.start = 1700000000 * NSEC_PER_SEC + 45 * NSEC_PER_MSEC,
	.run_time = 1234567890,
	.output_bytes = 42,
	.command = "echo a",
};
static const struct outcome second = {
	.sequence = 18446744073709551615u,
	.cause = OUTCOME_SIGNALLED,
	.signal = 9,
	.run_time = 123456 * NSEC_PER_SEC,
	.command = "two\nlines",
};
#define FIRST  "1\t:\t1700000000.045\t     1.235\t0\t42\t3\t0\techo a\n"
#define SECOND "18446744073709551615\t:\t0.000\t123456.000\t0\t0\t0\t9\ttwo@lines\n"

/* The log, with @ in the place of NUL. */
static const char *text(void)
{
	static char content[4096];
	int fd = fd_open(path, O_RDONLY, 0);
	ssize_t n = fd_read(fd, content, sizeof content - 1);

	fd_close(&fd);
	content[n > 0 ? n : 0] = '\0';
	for (ssize_t i = 0; i < n; i++)
		if (content[i] == '\0')
			content[i] = '@';
	return content;
}

static int add(struct joblog *l, const struct outcome *o)
{
	const struct buf *record = joblog_record(l, o);

	return joblog_write(l, record->data, record->length, &e);
}

/* Writes a log of one outcome. */
static void write_log(bool append, const struct outcome *o)
{
	struct joblog l;

	OK(joblog_open(&l, path, append, false, &e) == 0, "a log is opened%s", append ? " to be added to" : "");
	OK(add(&l, o) == 0 && joblog_close(&l, &e) == 0 && l.fd == -1, "written and closed");
}

static void test_columns(void)
{
	write_log(false, &first);
	SAME(text(), COLUMNS FIRST, "a new log has the names of the columns and a line for a job");
	write_log(true, &second);
	SAME(text(), COLUMNS FIRST SECOND, "one that is added to keeps its lines; newlines in commands become NULs");
	write_log(false, &second);
	SAME(text(), COLUMNS SECOND, "one that is made anew does not");
	unlink(path);
	write_log(true, &first);
	SAME(text(), COLUMNS FIRST, "one to be added to need not be there");
	if (truncate(path, 0) < 0)
		exit(99);
	write_log(true, &first);
	SAME(text(), COLUMNS FIRST, "nor have anything in it");
}

static void test_whole(void)
{
	struct joblog l;

	joblog_open(&l, path, false, false, &e);
	add(&l, &first);
	SAME(text(), COLUMNS FIRST, "a record is in the file before the log is closed");
	joblog_close(&l, &e);
	OK(joblog_close(&l, &e) == 0, "closing twice does no harm");
}

static void test_errors(void)
{
	struct joblog l;
	struct stat full;

	OK(joblog_open(&l, "/pp-no-such-dir/log", false, false, &e) == -1 && e.code == ENOENT,
	   "a log that cannot be opened");
	SAME(e.text, "cannot open job log: /pp-no-such-dir/log: No such file or directory", "what is said of it");
	if (stat("/dev/full", &full) < 0) {
		OK(true, "a full disk # SKIP no /dev/full");
		return;
	}
	OK(joblog_open(&l, "/dev/full", true, false, &e) == -1 && e.code == ENOSPC,
	   "a full disk is told at the first line");
	joblog_close(&l, &e);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof dir, "%s/pp-joblog-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof path, "%s/log", dir);
	test_columns();
	test_whole();
	test_errors();
	unlink(path);
	OK(rmdir(dir) == 0, "nothing is left behind");
	return tap_end();
}
