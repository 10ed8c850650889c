#include "output/printer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "capture.h"
#include "tap.h"

static struct loop *loop;
static struct printer *p;
static struct printer_config config;
static struct entry *e[8];
static int rooms; /* how often room was told */

static void on_room(void *arg)
{
	(void)arg;
	rooms++;
}

/* A printer with so many entries. Both outputs are one file. */
static void begin(enum print_mode mode, size_t entries)
{
	rooms = 0;
	config = (struct printer_config){.mode = mode, .live = true, .budget = 65536};
	capture_begin();
	dup2(1, 2);
	p = printer_new(loop, &config, on_room, NULL);
	for (size_t i = 0; i < entries; i++)
		e[i] = printer_open(p);
}

static void reopen(size_t entries)
{
	printer_free(p);
	p = printer_new(loop, &config, on_room, NULL);
	for (size_t i = 0; i < entries; i++)
		e[i] = printer_open(p);
}

static const char *end(void)
{
	printer_close(p);
	printer_free(p);
	capture_end();
	return captured(1);
}

static bool out(size_t i, const char *text)
{
	return printer_output(p, e[i], 1, text, strlen(text));
}

static bool err(size_t i, const char *text)
{
	return printer_output(p, e[i], 2, text, strlen(text));
}

static void done(size_t i)
{
	printer_done(p, e[i]);
}

/* What was written so far. */
static off_t written(void)
{
	printer_flush(p);
	return lseek(1, 0, SEEK_CUR);
}

static void test_group(void)
{
	off_t early;
	bool idle_before, idle_after;

	begin(PRINT_GROUP, 3);
	out(0, "a1\n");
	out(1, "b1\n");
	err(0, "a2\n");
	out(0, "a3\n");
	early = written();
	done(1);
	idle_before = printer_is_idle(p);
	printer_flush(p);
	idle_after = printer_is_idle(p);
	done(2);
	done(0);
	SAME(end(), "b1\na1\na3\na2\n", "group: each job whole when it ends, standard output first");
	OK(early == 0, "and nothing before");
	OK(!idle_before && idle_after, "a printer is idle when what was done is written");
}

static void test_keep(void)
{
	off_t live, held;

	begin(PRINT_KEEP, 4);
	out(0, "a1\n");
	live = written();
	out(2, "c1\n");
	done(2);
	out(1, "b1\n");
	held = written();
	err(0, "a2\n");
	done(0);
	out(1, "b2\n");
	done(3);
	done(1);
	SAME(end(), "a1\na2\nb1\nb2\nc1\n", "keep: in the order of the entries");
	OK(live == 3, "the first one streams while it runs");
	OK(held == 3, "the others wait");
}

static void test_keep_not_live(void)
{
	off_t early;

	begin(PRINT_KEEP, 2);
	config.live = false;
	reopen(2);
	out(0, "try\n");
	early = written();
	printer_reset(p, e[0]);
	out(1, "b\n");
	done(1);
	out(0, "again\n");
	done(0);
	SAME(end(), "again\nb\n", "what a try printed is forgotten when the job is tried again");
	OK(early == 0, "where jobs may be tried again none streams");
}

static void test_lines(void)
{
	off_t half;

	begin(PRINT_LINES, 2);
	out(0, "a1\na");
	half = written();
	out(1, "b1\nb2\n");
	err(0, "a-error\n");
	out(0, "2\na3");
	done(1);
	done(0);
	SAME(end(), "a1\nb1\nb2\na-error\na2\na3", "lines: whole ones as they come, the rest at the end");
	OK(half == 3, "a line that is not whole waits");
}

static void test_lines_kept(void)
{
	begin(PRINT_LINES, 3);
	config.keep_order = true;
	reopen(3);
	out(1, "b1\n");
	out(0, "a1\n");
	out(2, "c1\n");
	done(2);
	out(0, "a2\n");
	done(0);
	out(1, "b2\n");
	done(1);
	SAME(end(), "a1\na2\nb1\nb2\nc1\n", "lines in order: those of the first job as they come, the others later");
}

static void test_tags(void)
{
	begin(PRINT_GROUP, 3);
	printer_tag(e[0], "x", 1);
	printer_tag(e[1], "", 0);
	out(0, "one\ntw");
	out(0, "o\n\nrest");
	out(1, "line\n");
	done(0);
	done(1);
	done(2);
	SAME(end(), "x\tone\nx\ttwo\nx\t\nx\trest\tline\n", "a tag stands in front of each line, an empty one too");
	begin(PRINT_LINES, 1);
	printer_tag(e[0], "job 1", 5);
	out(0, "a");
	out(0, "b\nc");
	err(0, "d\n");
	done(0);
	SAME(end(), "job 1\tab\njob 1\td\njob 1\tc", "also where lines come in pieces");
	begin(PRINT_KEEP, 1);
	printer_tag(e[0], "t", 1);
	out(0, "a");
	out(0, "b");
	out(0, "\nc\n");
	done(0);
	SAME(end(), "t\tab\nt\tc\n", "also where they are streamed");
}

static void test_header(void)
{
	begin(PRINT_GROUP, 2);
	printer_tag(e[0], "t", 1);
	printer_header(p, e[0], "echo a\n", 7);
	out(0, "a\n");
	done(0);
	printer_header(p, e[1], "true\n", 5);
	done(1);
	SAME(end(), "echo a\nt\ta\ntrue\n", "a header stands in front, once, without a tag");
	begin(PRINT_GROUP, 1);
	printer_header(p, e[0], "first\n", 6);
	out(0, "x\n");
	printer_reset(p, e[0]);
	printer_header(p, e[0], "second\n", 7);
	done(0);
	SAME(end(), "second\n", "a job that is tried again has a new one");
}

static void test_drop(void)
{
	begin(PRINT_KEEP, 3);
	out(1, "b\n");
	out(2, "c\n");
	done(2);
	printer_drop(p, e[0]);
	done(1);
	SAME(end(), "b\nc\n", "a job that is dropped holds nobody up");
}

static void test_large(void)
{
	enum { BYTES = 300000 };
	char *text = malloc(BYTES);
	const char *got;
	size_t taken = 0;
	bool right = true;

	for (size_t i = 0; i < BYTES; i++)
		text[i] = (char)('a' + i % 23);
	begin(PRINT_GROUP, 2);
	for (size_t i = 0; i < 2; i++) {
		for (size_t at = 0; at < BYTES; at += 1000)
			taken += printer_output(p, e[i], 1, text + at, 1000);
	}
	done(1);
	done(0);
	got = end();
	for (size_t i = 0; right && i < 2; i++)
		right = memcmp(got + i * BYTES, text, BYTES) == 0;
	OK(taken == 2 * BYTES / 1000 && strlen(got) == 2 * BYTES && right,
	   "much more than the budget is held and printed");
	free(text);
}

static void test_waiting(void)
{
	size_t count = 0;
	bool full, room;

	begin(PRINT_KEEP, 1);
	while (printer_has_room(p) && count < 1000000) {
		printer_done(p, printer_open(p));
		count++;
	}
	full = count < 1000000;
	done(0);
	room = printer_has_room(p);
	end();
	OK(full && count > 1000, "not too many done jobs may wait for an earlier one");
	OK(room, "when they are printed there is room again");
}

/* Standard output is a pipe that nobody reads yet. Returns its read end. */
static int begin_pipe(enum print_mode mode, size_t entries)
{
	int ends[2];

	begin(mode, 0);
	if (fd_pipe(ends) < 0)
		exit(99);
	dup2(ends[1], 1);
	fd_close(&ends[1]);
	fd_set_nonblock(ends[0], true);
	reopen(entries);
	return ends[0];
}

static void test_slow_reader(void)
{
	char text[8192];
	int reader = begin_pipe(PRINT_KEEP, 1);
	size_t given = 0, got = 0;
	bool refused = false, idle;

	memset(text, 'z', sizeof text);
	for (int i = 0; i < 100000 && !refused; i++) {
		refused = !printer_output(p, e[0], 1, text, sizeof text);
		given += refused ? 0 : sizeof text;
	}
	idle = printer_is_idle(p);
	for (int i = 0; i < 100000 && rooms == 0; i++) {
		got += capture_drain(reader);
		loop_once(loop);
	}
	if (printer_output(p, e[0], 1, text, sizeof text))
		given += sizeof text;
	done(0);
	for (int i = 0; i < 100000 && !printer_is_idle(p); i++) {
		printer_flush(p);
		got += capture_drain(reader);
		if (!printer_is_idle(p))
			loop_once(loop);
	}
	got += capture_drain(reader);
	end();
	fd_close(&reader);
	OK(refused, "when the reader is slow output is refused in the end");
	OK(!idle, "and the printer is not idle");
	OK(rooms > 0, "when it goes on there is room again");
	OK(got == given, "no byte is lost or doubled");
}

static struct buf receipts;

static void on_receipt(void *arg, const char *bytes, size_t length)
{
	(void)arg;
	buf_add(&receipts, bytes, length);
}

static void begin_receipts(size_t entries)
{
	buf_reset(&receipts);
	printer_on_receipt(p, on_receipt, NULL);
	for (size_t i = 0; i < entries; i++)
		printer_receipt(e[i], &"abcdefgh"[i], 1);
}

/* Puts a mark among the receipts that have come so far. */
static void mark_receipts(void)
{
	printer_flush(p);
	buf_add_char(&receipts, '|');
}

static void test_receipts(void)
{
	begin(PRINT_KEEP, 4);
	begin_receipts(4);
	out(1, "b\n");
	done(1);
	printer_drop(p, e[2]);
	mark_receipts();
	done(0);
	mark_receipts();
	end();
	SAME(buf_text(&receipts), "c|ab|",
	     "receipts come in the order of printing, at once where nothing is printed, and not for a job that is not "
	     "done");
}

static void test_receipts_slow(void)
{
	static char large[200000];
	int reader = begin_pipe(PRINT_GROUP, 2);

	begin_receipts(2);
	printer_output(p, e[0], 1, large, sizeof large);
	done(0);
	done(1);
	mark_receipts();
	for (int i = 0; i < 100000 && !printer_is_idle(p); i++) {
		capture_drain(reader);
		loop_once(loop);
	}
	mark_receipts();
	end();
	fd_close(&reader);
	SAME(buf_text(&receipts), "|ab|", "no receipt comes before the last byte is written");
	buf_release(&receipts);
}

static void test_errors(void)
{
	int reader = begin_pipe(PRINT_GROUP, 1), before, after, closing;

	before = printer_error(p, 1);
	fd_close(&reader);
	out(0, "to nobody\n");
	done(0);
	printer_flush(p);
	after = printer_error(p, 1);
	closing = printer_close(p);
	end();
	OK(before == 0 && after == EPIPE && closing == EPIPE, "a reader that is gone is told");
}

static void test_unfinished(void)
{
	begin(PRINT_GROUP, 2);
	out(0, "held\n");
	done(1);
	SAME(end(), "", "what is not done when the printer ends is not printed");
}

static void test_torn(void)
{
	begin(PRINT_GROUP, 2);
	out(0, "half");
	err(0, "half");
	printer_end_lines(e[0]);
	done(0);
	out(1, "b\n");
	done(1);
	SAME(end(), "half\nhalf\nb\n", "a job that is torn ends with its line");
}

/* The files without a name lose their bytes, but for those that the output goes to. */
static void damage_files(void)
{
	struct stat st;

	for (int fd = 3; fd < 64; fd++) {
		bool mine = fd == capture_files[1] || fd == capture_files[2];

		if (!mine && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0 && ftruncate(fd, 0) < 0)
			exit(99);
	}
}

/* Job 1 has more than memory holds, and the file that has the rest is damaged. Returns what was printed behind job
   0. */
static const char *after_damage(const char *tag)
{
	char text[8192];
	const char *all;
	bool lost, told;

	memset(text, 'b', sizeof text);
	begin(PRINT_KEEP, 3);
	if (tag)
		printer_tag(e[1], tag, strlen(tag));
	for (int i = 0; i < 40; i++)
		printer_output(p, e[1], 1, text, sizeof text);
	out(2, "c\n");
	damage_files();
	done(1);
	done(2);
	done(0);
	told = printer_spool_error(p, &lost) && lost;
	all = end();
	OK(told, "held output that cannot be read back is told of");
	return all + (strlen(all) > 6 ? strlen(all) - 6 : 0);
}

static void test_damage(void)
{
	SAME(after_damage(NULL), "bbb\nc\n",
	     "the line of it that was begun is ended, so that no other job's stands in it");
	SAME(after_damage("tag"), "bbb\nc\n", "and so it is behind a tag");
}

int main(void)
{
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	loop = loop_new();
	test_group();
	test_keep();
	test_keep_not_live();
	test_lines();
	test_lines_kept();
	test_tags();
	test_header();
	test_drop();
	test_large();
	test_waiting();
	test_slow_reader();
	test_receipts();
	test_receipts_slow();
	test_errors();
	test_unfinished();
	test_torn();
	test_damage();
	loop_free(loop);
	capture_release();
	return tap_end();
}
