#include "output/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/fd.h"
#include "output/joblog.h"
#include "tap.h"

#define HEADER "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"
#define ROW(sequence, status, signal, command) \
	sequence "\t:\t1700000000.045\t     0.003\t0\t2\t" status "\t" signal "\t" command "\n"
#define DONE(sequence)   ROW(sequence, "0", "0", "echo " sequence)
#define FAILED(sequence) ROW(sequence, "3", "0", "echo " sequence)

static char dir[4000], path[4096];
static struct err e;
static struct history h;

static void write_bytes(const char *bytes, size_t length)
{
	int fd = fd_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (fd_write_all(fd, bytes, length) < 0)
		exit(99);
	fd_close(&fd);
}

static void write_log(const char *text)
{
	write_bytes(text, strlen(text));
}

/* The answers for the jobs from 1 on, as letters: r run, s skip, c changed. */
static const char *answers(unsigned jobs)
{
	static char text[100];

	for (unsigned i = 0; i < jobs; i++) {
		char command[20];

		snprintf(command, sizeof command, "echo %u", i + 1);
		text[i] = "rsc"[history_ask(&h, i + 1, command)];
	}
	text[jobs] = '\0';
	return text;
}

static void check(enum history_mode mode, unsigned jobs, const char *want, const char *name)
{
	OK(history_read(&h, path, mode, &e) == 0, "a log is read");
	SAME(answers(jobs), want, "%s", name);
	history_release(&h);
}

static void test_modes(void)
{
	write_log(HEADER DONE("1") FAILED("2") DONE("4") ROW("5", "0", "9", "echo 5") ROW("6", "-1", "15", "echo 6"));
	check(HISTORY_RESUME, 7, "ssrsssr", "to resume, what is in the log is done");
	check(HISTORY_RESUME_FAILED, 7, "srrsrrr", "with the failed ones, what succeeded is");
	check(HISTORY_RETRY_FAILED, 7, "srrsrrr", "and so it is to retry");
	history_read(&h, path, HISTORY_RESUME, &e);
	OK(h.done == 5, "the jobs done are counted");
	history_release(&h);
	history_read(&h, path, HISTORY_RESUME_FAILED, &e);
	OK(h.done == 2, "also where failed ones are not done");
	history_release(&h);
}

static void test_changed(void)
{
	write_log(HEADER DONE("1") ROW("2", "0", "0", "echo 3") ROW("3", "1", "0", "echo 4"));
	check(HISTORY_RESUME, 4, "sccr", "another command than the one in the log is known");
	check(HISTORY_RESUME_FAILED, 4, "scrr", "only where it matters");
	history_read(&h, path, HISTORY_RESUME, &e);
	OK(history_ask(&h, 2, NULL) == HISTORY_SKIP, "and only where it is asked for");
	history_release(&h);
}

static void test_again(void)
{
	write_log(HEADER FAILED("2") DONE("1") ROW("2", "0", "0", "new") FAILED("1") FAILED("3")
	                  ROW("3", "1", "0", "new") FAILED("2"));
	check(HISTORY_RESUME_FAILED, 3, "scr", "of several records one that succeeded counts");
	check(HISTORY_RESUME, 3, "scc", "or the last one");
	write_log(DONE("3") HEADER DONE("2"));
	check(HISTORY_RESUME, 3, "rss", "logs may be put together, in any order");
}

static void test_commands(void)
{
	char log[] = HEADER ROW("1", "0", "0", "a\tb\t") ROW("2", "0", "0", "two@lines") ROW("3", "0", "0", "");

	*strchr(log, '@') = '\0';
	write_bytes(log, sizeof log - 1);
	history_read(&h, path, HISTORY_RESUME, &e);
	OK(history_ask(&h, 1, "a\tb\t") == HISTORY_SKIP, "tabs belong to the command");
	OK(history_ask(&h, 1, "a\tb") == HISTORY_CHANGED, "every one of them");
	OK(history_ask(&h, 2, "two\nlines") == HISTORY_SKIP, "NULs are newlines");
	OK(history_ask(&h, 3, "") == HISTORY_SKIP, "a command may be empty");
	history_release(&h);
}

static off_t size(void)
{
	struct stat info;

	return stat(path, &info) == 0 ? info.st_size : -1;
}

/* A log that is torn behind each of its bytes. */
static void test_torn(void)
{
	static const char log[] = HEADER DONE("1") DONE("2");
	const size_t header = sizeof HEADER - 1, one = header + sizeof DONE("1") - 1, two = sizeof log - 1;
	bool read = true, right = true, repaired = true;

	for (size_t length = 0; length <= two; length++) {
		size_t whole = length == two ? two : length >= one ? one : length >= header ? header : 0;

		write_bytes(log, length);
		read &= history_read(&h, path, HISTORY_RESUME, &e) == 0;
		right &= strcmp(answers(2), whole == two   ? "ss"
		                            : whole == one ? "sr"
		                                           : "rr") == 0 &&
		         h.torn == (length > whole);
		repaired &= history_repair(&h, path, &e) == 0 && size() == (off_t)whole;
		history_release(&h);
	}
	OK(read, "a log that is torn anywhere is read");
	OK(right, "a record that is torn is none");
	OK(repaired, "and is cut off");
	write_bytes(HEADER "1\t:\0\0\0\0", sizeof HEADER + 6);
	check(HISTORY_RESUME, 1, "r", "zeros in the place of what was not written are no record");
	write_log(HEADER DONE("1") "2\t:\t179\n" DONE("3") "4\n5\t:\t1.06\t:\t1.0\t0.0\t0\t2\t0\t0\techo 6\n\n" DONE(
		"7"));
	check(HISTORY_RESUME, 7, "srsrrrs", "nor is a torn one that was written behind");
}

static void test_added(void)
{
	static const struct outcome o = {.sequence = 2, .cause = OUTCOME_EXITED, .command = "echo\n2"};
	const struct buf *record;
	struct joblog l;

	write_log(HEADER DONE("1") "2\t:\t17");
	history_read(&h, path, HISTORY_RESUME, &e);
	history_repair(&h, path, &e);
	history_release(&h);
	joblog_open(&l, path, true, false, &e);
	record = joblog_record(&l, &o);
	joblog_write(&l, record->data, record->length, &e);
	joblog_close(&l, &e);
	history_read(&h, path, HISTORY_RESUME, &e);
	OK(h.count == 2 && !h.torn, "a log that was repaired can be added to");
	OK(history_ask(&h, 2, "echo\n2") == HISTORY_SKIP, "what is written is what is read");
	history_release(&h);
	OK(history_repair(&h, path, &e) == 0 && size() > 0, "a log that is whole stays");
}

static void test_retry(void)
{
	char log[] = HEADER FAILED("7") DONE("1") FAILED("3") ROW("3", "2", "0", "two@lines\tx") FAILED("1");
	struct buf command = {0};
	uint64_t sequence;

	*strchr(log, '@') = '\0';
	write_bytes(log, sizeof log - 1);
	OK(history_read(&h, path, HISTORY_RETRY_FAILED, &e) == 0, "a log is read to retry");
	OK(history_next_failed(&h, &sequence, &command, &e) == 1 && sequence == 3, "the first that failed");
	SAME(buf_text(&command), "two\nlines\tx", "its command, as it was last");
	OK(history_next_failed(&h, &sequence, &command, &e) == 1 && sequence == 7, "the next one");
	SAME(buf_text(&command), "echo 7", "its command");
	OK(history_next_failed(&h, &sequence, &command, &e) == 0, "there are no more");
	OK(history_next_failed(&h, &sequence, &command, &e) == 0, "and that stays so");
	history_release(&h);
	buf_release(&command);
}

static void test_long_commands(void)
{
	struct buf log = {0}, command = {0};
	uint64_t sequence;

	for (int i = 0; i < 600000; i++)
		buf_add_char(&command, (char)('a' + i % 26));
	buf_add_string(&log, HEADER FAILED("1") "2\t:\t1\t1\t0\t0\t1\t0\t");
	buf_add(&log, command.data, command.length);
	buf_add_string(&log, "\n" DONE("3"));
	write_bytes(log.data, log.length);
	OK(history_read(&h, path, HISTORY_RETRY_FAILED, &e) == 0 && h.count == 3, "a very long record is read");
	buf_reset(&log);
	history_next_failed(&h, &sequence, &log, &e);
	OK(history_next_failed(&h, &sequence, &log, &e) == 1 && sequence == 2, "and had back");
	SAME(buf_text(&log), buf_text(&command), "whole");
	history_release(&h);
	buf_release(&log);
	buf_release(&command);
}

static void test_extra(void)
{
	struct buf command = {0};
	uint64_t sequence;

	write_log("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\tUser\tSystem\n"
	          "1\t:\t1.0\t0.1\t0\t0\t0\t0\ta\tb\t0.1\t0.2\n2\t:\t1.0\t0.1\t0\t0\t1\t0\tc\t0.1\t0.2\n");
	history_read(&h, path, HISTORY_RETRY_FAILED, &e);
	OK(history_ask(&h, 1, "a\tb") == HISTORY_SKIP, "columns behind the command do not belong to it");
	history_next_failed(&h, &sequence, &command, &e);
	SAME(buf_text(&command), "c", "nor do they when it is had back");
	history_release(&h);
	buf_release(&command);
}

static void test_many(void)
{
	struct buf log = {0};
	bool right = true;

	buf_add_string(&log, HEADER);
	for (unsigned i = 1; i <= 100000; i++) {
		unsigned sequence = i % 2 ? i : 100002 - i; /* far out of order */

		buf_add_format(&log, "%u\t:\t1.0\t0.1\t0\t0\t%u\t0\techo %u\n", sequence, sequence % 3, sequence);
	}
	buf_add_string(&log, ROW("18446744073709551615", "0", "0", "last"));
	write_bytes(log.data, log.length);
	history_read(&h, path, HISTORY_RESUME_FAILED, &e);
	for (unsigned i = 1; i <= 100001; i++) {
		char command[20];
		bool logged = i <= 100000;

		snprintf(command, sizeof command, "echo %u", i);
		right &= history_ask(&h, i, command) == (logged && i % 3 == 0 ? HISTORY_SKIP : HISTORY_RUN);
	}
	OK(right, "a long log out of order");
	OK(history_ask(&h, UINT64_MAX, "last") == HISTORY_SKIP, "a number may be any");
	history_release(&h);
	buf_release(&log);
}

static void check_refused(const char *text, const char *line)
{
	char want[5000];

	write_log(text);
	OK(history_read(&h, path, HISTORY_RESUME, &e) == -1, "what is no job log is refused");
	snprintf(want, sizeof want, "no job log: %s: line %s is no record of a job", path, line);
	SAME(e.text, want, "and the line is named");
}

static void test_errors(void)
{
	check_refused("hello\n", "1");
	check_refused("hello", "1");
	check_refused(HEADER DONE("1") "garbage\n" DONE("2"), "3");
	check_refused(HEADER DONE("1") "5 words\n", "3");
	check_refused(HEADER DONE("1") "words", "3");
	write_log("");
	check(HISTORY_RESUME, 1, "r", "an empty log has no records");
	unlink(path);
	check(HISTORY_RESUME, 1, "r", "nor has one that is not there");
	OK(history_read(&h, dir, HISTORY_RESUME, &e) == -1 && e.code == EISDIR, "a log that cannot be read is told of");
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof dir, "%s/pp-history-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof path, "%s/log", dir);
	test_modes();
	test_changed();
	test_again();
	test_commands();
	test_torn();
	test_added();
	test_retry();
	test_long_commands();
	test_extra();
	test_many();
	test_errors();
	unlink(path);
	OK(rmdir(dir) == 0, "nothing is left behind");
	return tap_end();
}
