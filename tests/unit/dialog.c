/*
 * What comes is fed to the dialog in two pieces, cut at each place in turn, and byte by byte; it must say the same each
 * time. It is written down as it would be printed: "<" and ">" around a task's output, "(" and ")" around its standard
 * error, then what became of it.
 */
#include "pool/dialog.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static struct dialog_config config;
static struct dialog dialog;
static struct buf said;
static char open_as; /* what closes the output or standard error that is open in `said` */
static uint64_t open_of;

static void use(enum dialog_protocol protocol)
{
	config = (struct dialog_config){.protocol = protocol, .separator = '\n', .mark = "END"};
}

/* -- What is said -- */

static void close_text(void)
{
	if (open_as)
		buf_add_char(&said, open_as);
	open_as = '\0';
}

static void say_text(const struct dialog_event *e, const char *marks, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	if (open_as != marks[1] || open_of != e->sequence) {
		close_text();
		if (e->sequence)
			buf_add_format(&said, "%llu", (unsigned long long)e->sequence);
		buf_add_char(&said, marks[0]);
	}
	open_as = marks[1];
	open_of = e->sequence;
	buf_add(&said, bytes, length);
}

static void say_done(const struct dialog_event *e)
{
	say_text(e, "<>", e->bytes, e->length);
	if (e->newline)
		say_text(e, "<>", "\n", 1);
	say_text(e, "()", e->message, e->message_length);
	close_text();
	if (e->sequence)
		buf_add_format(&said, "%llu", (unsigned long long)e->sequence);
	buf_add_format(&said, "=%d%s ", e->status, e->replace ? "bye" : "");
}

/* Returns false when nothing can follow. */
static bool say(const struct dialog_event *e)
{
	static const char *const words[] = {
		[DIALOG_READY] = "ready ", [DIALOG_SIGN] = "sign ", [DIALOG_REPLACE] = "bye "};

	switch (e->what) {
	case DIALOG_NONE:
		return false;
	case DIALOG_OUTPUT:
		say_text(e, "<>", e->bytes, e->length);
		return true;
	case DIALOG_ERRORS:
		say_text(e, "()", e->bytes, e->length);
		return true;
	case DIALOG_DONE:
		say_done(e);
		return true;
	case DIALOG_BAD:
		close_text();
		buf_add_format(&said, "bad: %s", e->reason);
		return false;
	default:
		close_text();
		buf_add_string(&said, words[e->what]);
		return true;
	}
}

/* -- Feeding -- */

static bool bad(void)
{
	return strstr(buf_text(&said), "bad: ") != NULL;
}

/* The bytes stand in memory of their own, exactly as long, so that a look beyond them is seen by the sanitizers.
   Returns how many were used. */
static size_t take(const char *bytes, size_t length, bool ended)
{
	char *copy = malloc(length + !length);
	size_t used = 0;

	memcpy(copy, bytes, length);
	while (used < length) {
		struct dialog_event e;

		dialog_next(&dialog, copy + used, length - used, ended, &e);
		if (!say(&e))
			break;
		dialog_take(&dialog, &e);
		used += e.used;
	}
	free(copy);
	return used;
}

static void begin(void)
{
	dialog_init(&dialog, &config);
	buf_reset(&said);
	open_as = '\0';
}

/* In pieces of `first` bytes, then of `step`. */
static const char *hear(const char *bytes, size_t length, size_t first, size_t step)
{
	size_t used = 0;

	begin();
	for (size_t have = first; !bad(); have += step) {
		if (have > length)
			have = length;
		used += take(bytes + used, have - used, false);
		if (have == length)
			break;
	}
	if (!bad() && used < length)
		used += take(bytes + used, length - used, true);
	close_text();
	dialog_release(&dialog);
	return buf_text(&said);
}

static void check(const char *bytes, size_t length, const char *want, const char *name)
{
	size_t cut = 0;

	while (cut < length && strcmp(hear(bytes, length, cut, length), want) == 0)
		cut++;
	if (cut < length)
		printf("# cut behind %zu bytes\n", cut);
	else
		hear(bytes, length, 1, 1);
	SAME(buf_text(&said), want, "%s", name);
}

#define HEARS(bytes, want, name) check(bytes, sizeof(bytes) - 1, want, name)

static const char *task(const char *text, size_t length)
{
	begin();
	if (dialog_add_task(&dialog, &said, 7, 2, text, length) < 0)
		buf_add_string(&said, "refused");
	dialog_release(&dialog);
	return buf_text(&said);
}

/* -- The protocols -- */

static void test_line(void)
{
	use(DIALOG_LINE);
	SAME(task("a b", 3), "a b\n", "line: a task is a line");
	SAME(task("", 0), "\n", "line: an empty task is an empty line");
	SAME(task("a\nb", 3), "refused", "line: a task with a newline is refused");
	HEARS("one\ntwo\n\nfour\n", "<one\n>=0 <two\n>=0 <\n>=0 <four\n>=0 ", "line: each line is an answer");
	HEARS("one\ntwo", "<one\n>=0 <two\n>=0 ", "line: the last one may lack its newline");
	config.separator = '\0';
	SAME(task("a\nb", 3), "a\nb", "line: NUL ends a task that may hold newlines");
	OK(said.length == 4 && said.data[3] == '\0', "line: the NUL stands there");
	SAME(task("a\0b", 3), "refused", "line: then a NUL is refused");
	HEARS("one\ntwo\0\0three", "<one\ntwo\n>=0 <\n>=0 <three\n>=0 ", "line: and answers are printed as lines");
}

static void test_mark(void)
{
	use(DIALOG_MARK);
	SAME(task("a b", 3), "a b\n", "mark: a task is a line");
	HEARS("one\ntwo\nEND\n", "<one\ntwo\n>=0 ", "mark: all up to the mark is the answer");
	HEARS("oneEND 0\nEND\ntwo\nEND 3\n", "<one>=0 =0 <two\n>=3 ",
	      "mark: wherever it stands, with a status or without");
	HEARS("ENENEND 7\nEEND 255\n", "<ENEN>=7 <E>=255 ", "mark: its beginning alone is output");
	HEARS("xEND 1 no such thing\n", "<x>(no such thing)=1 ", "mark: a message stands behind the status");
	HEARS("xEND 0 bye\nyEND 4 bye I am tired\n", "<x>=0bye <y>(I am tired)=4bye ",
	      "mark: a worker may say goodbye");
	HEARS("END 0 byes\n", "(byes)=0 ", "mark: but not in a longer word");
	HEARS("xEND 2", "<x>=2 ", "mark: the last line may lack its newline");
	HEARS("END\r\nEND 5 \r\n", "=0 =5 ", "mark: a carriage return is no part of it");
	HEARS("left over", "<left over>", "mark: what no mark follows is no answer");
	HEARS("END zero\n", "bad: no status where one is due", "mark: a word is no status");
	HEARS("END 256\n", "bad: a status above 255", "mark: a status has a byte");
	HEARS("END 99999999999999999999999\n", "bad: no status where one is due", "mark: a status is no long number");
	HEARS("END -1\n", "bad: no status where one is due", "mark: and not negative");
	config.own_mark = true;
	HEARS("xEND zero\nENDING\nEND 3\n", "<x>(zero)=0 (ING)=0 =3 ",
	      "mark: behind a program's own mark may stand anything");
}

static void test_frame(void)
{
	use(DIALOG_FRAME);
	SAME(task("a\nb", 3), "T 7 3 2\na\nb", "frame: a task has its number, length and try");
	HEARS("H 1\nD 4 0\n", "ready 4=0 ", "frame: a worker is ready, and a task is done");
	HEARS("O 4 3\na\nbO 4 2\ncdD 4 0\n", "4<a\nbcd>4=0 ", "frame: output comes in pieces");
	HEARS("O 4 2\nabE 5 2\ncdO 5 1\nxD 5 1 bad\nD 4 0\n", "4<ab>5(cd)5<x>5(bad)5=1 4=0 ",
	      "frame: several tasks are told apart");
	HEARS("O 4 0\nD 4 2\n", "4=2 ", "frame: a piece may be empty");
	HEARS("P 4 half\nP\nQ\n", "sign sign bye ", "frame: signs of life, and a goodbye");
	HEARS("D 4 0 bye\nD 5 1 bye so long\n", "4=0bye 5(so long)5=1bye ", "frame: goodbye with a task");
	HEARS("X 4\n", "bad: no line of this protocol", "frame: no such line");
	HEARS("\n", "bad: no line of this protocol", "frame: an empty line");
	HEARS("Hello\n", "bad: no line of this protocol", "frame: a word is no letter");
	HEARS("O 4\n", "bad: O and E want a job's number and a length", "frame: a piece without a length");
	HEARS("O 4 5 6\n", "bad: O and E want a job's number and a length", "frame: a piece with too much");
	HEARS("E x 5\n", "bad: O and E want a job's number and a length", "frame: a piece of no task");
	HEARS("D\n", "bad: D wants a job's number and a status", "frame: an end of no task");
	HEARS("D 4 no\n", "bad: no status where one is due", "frame: an end with a word for a status");
	HEARS("D 4\n", "bad: no status where one is due", "frame: an end without a status");
	HEARS("D 4 300\n", "bad: a status above 255", "frame: an end with too high a status");
	HEARS("D 0 0\n", "bad: D wants a job's number and a status", "frame: there is no task 0");
	HEARS("O 0 1\nx", "bad: O and E want a job's number and a length", "frame: nor output of it");
	HEARS("H\n", "bad: H wants the version 1", "frame: a greeting without a version");
	HEARS("H 2\n", "bad: H wants the version 1", "frame: a version that does not exist");
	HEARS("O 4 99999999999999999999\n", "bad: O and E want a job's number and a length",
	      "frame: a length beyond all");
}

static void test_json(void)
{
	use(DIALOG_JSON);
	SAME(task("a\"\n\xff", 4), "{\"id\":7,\"task\":\"a\\\"\\n\\udcff\"}\n", "json: a task is an object");
	HEARS("{\"id\":4,\"status\":0,\"output\":\"a\",\"error\":\"\"}\n", "4<a\n>4=0 ", "json: an answer");
	HEARS("{}\n{\"output\":\"a\\n\"}\n", "=0 <a\n>=0 ", "json: all may be left out");
	HEARS("{\"id\":4,\"status\":3,\"error\":\"b\"}\n", "4(b)4=3 ", "json: a failure");
	HEARS("{\"output\":[1, {\"a\":null}]}\n{\"output\":5}\n{\"output\":null}\n",
	      "<[1, {\"a\":null}]\n>=0 <5\n>=0 =0 ", "json: output that is no string is given as it stands");
	HEARS("{\"other\":[{}],\"output\":\"\\udcff\\u00e9\"}\n", "<\xff\xc3\xa9\n>=0 ",
	      "json: bytes that are no UTF-8");
	HEARS("{\"output\":\"x\"}", "<x\n>=0 ", "json: the last one may lack its newline");
	HEARS("{} {}\n", "bad: no JSON object with id, status, output and error", "json: two objects in a line");
	HEARS("[]\n", "bad: no JSON object with id, status, output and error", "json: an array");
	HEARS("hello\n", "bad: no JSON object with id, status, output and error", "json: a word");
	HEARS("\n", "bad: no JSON object with id, status, output and error", "json: an empty line");
	HEARS("{\"status\":256}\n", "bad: no JSON object with id, status, output and error", "json: too high a status");
	HEARS("{\"status\":\"0\"}\n", "bad: no JSON object with id, status, output and error",
	      "json: a status that is a string");
	HEARS("{\"id\":-1}\n", "bad: no JSON object with id, status, output and error", "json: a negative number");
	HEARS("{\"id\":0}\n", "bad: no JSON object with id, status, output and error", "json: there is no task 0");
	HEARS("{\"output\":\"a\n", "bad: no JSON object with id, status, output and error", "json: half an object");
	HEARS("{\"output\":[1\n", "bad: no JSON object with id, status, output and error", "json: half an array in it");
}

static const char *status_line(const char *bytes, bool ended)
{
	struct dialog_event e;

	begin();
	dialog_next_status(&dialog, bytes, strlen(bytes), ended, &e);
	say(&e);
	dialog_release(&dialog);
	return buf_text(&said);
}

static void test_fd(void)
{
	use(DIALOG_FD);
	SAME(task("a b", 3), "a b\n", "fd: a task is a line");
	HEARS("one\ntwo", "<one\ntwo>", "fd: all is output");
	SAME(status_line("0\n", false), "=0 ", "fd: a status");
	SAME(status_line("3 no such thing\n", false), "(no such thing)=3 ", "fd: a status with a message");
	SAME(status_line("0 bye\n", false), "=0bye ", "fd: a status with a goodbye");
	SAME(status_line("12", false), "", "fd: half a status is none");
	SAME(status_line("12", true), "=12 ", "fd: unless nothing follows");
	SAME(status_line("\n", false), "bad: no status where one is due", "fd: an empty line is no status");
	SAME(status_line(" \r\n", false), "bad: no status where one is due", "fd: nor are blanks");
	SAME(status_line("x\n", false), "bad: no status where one is due", "fd: a word is none");
	SAME(status_line("256\n", false), "bad: a status above 255", "fd: a status has a byte");
}

static void test_cancel(void)
{
	for (int protocol = DIALOG_LINE; protocol <= DIALOG_JSON; protocol++) {
		use((enum dialog_protocol)protocol);
		begin();
		dialog_add_cancel(&dialog, &said, 12);
		OK(dialog_can_cancel(&dialog) == (protocol == DIALOG_FRAME) &&
		           strcmp(buf_text(&said), protocol == DIALOG_FRAME ? "X 12\n" : "") == 0,
		   "only frame can end a single task (%d)", protocol);
		dialog_release(&dialog);
	}
}

/* -- Limits -- */

/* What comes of so many equal bytes without an end, in pieces of 64 KiB: the last thing said. */
static struct dialog_event endless(size_t bytes)
{
	static char piece[64 * 1024];
	struct buf have = {0};
	struct dialog_event e = {.what = DIALOG_NONE};

	memset(piece, '1', sizeof piece);
	begin();
	for (size_t total = 0; total < bytes && e.what != DIALOG_BAD; total += sizeof piece) {
		buf_add(&have, piece, sizeof piece);
		for (;;) {
			dialog_next(&dialog, have.data, have.length, false, &e);
			if (e.what == DIALOG_NONE || e.what == DIALOG_BAD)
				break;
			dialog_take(&dialog, &e);
			memmove(have.data, have.data + e.used, have.length - e.used);
			have.length -= e.used;
		}
	}
	buf_release(&have);
	dialog_release(&dialog);
	return e;
}

static void test_limits(void)
{
	struct dialog_event e;

	use(DIALOG_LINE);
	OK(endless(DIALOG_LINE_MAX).what == DIALOG_NONE, "a line of 64 MiB may go on");
	e = endless(DIALOG_LINE_MAX + (size_t)128 * 1024);
	OK(e.what == DIALOG_BAD, "a longer one is none");
	use(DIALOG_JSON);
	e = endless(DIALOG_LINE_MAX + (size_t)128 * 1024);
	OK(e.what == DIALOG_BAD, "a line above 64 MiB is no JSON");
	use(DIALOG_MARK);
	OK(endless((size_t)2 * DIALOG_LINE_MAX).what == DIALOG_NONE, "output without a mark has no limit");
	use(DIALOG_FRAME);
	e = endless((size_t)2 * DIALOG_TEXT_MAX);
	OK(e.what == DIALOG_BAD, "a header above 64 KiB is none");
}

static void test_long_texts(void)
{
	struct buf text = {0};
	struct dialog_event e;

	buf_add_string(&text, "END 0 ");
	while (text.length <= DIALOG_TEXT_MAX)
		buf_add_string(&text, "0123456789");
	use(DIALOG_MARK);
	begin();
	dialog_next(&dialog, text.data, text.length, false, &e);
	OK(e.what == DIALOG_BAD, "a line above 64 KiB behind the mark is none");
	dialog_next_status(&dialog, text.data, text.length, false, &e);
	OK(e.what == DIALOG_BAD, "nor is one that should be a status");
	dialog_release(&dialog);
	buf_release(&text);
}

/* An answer that begins in one piece and ends in another counts as one, and the next begins anew. */
static void test_long_lines(void)
{
	struct buf text = {0};

	use(DIALOG_LINE);
	for (int line = 0; line < 3; line++) {
		for (size_t i = 0; i < DIALOG_TEXT_MAX + 10; i++)
			buf_add_char(&text, 'x');
		buf_add_char(&text, '\n');
	}
	hear(text.data, text.length, 0, 40000);
	OK(said.length == text.length + (size_t)3 * strlen("<>=0 "), "long lines are given in pieces");
	buf_release(&text);
}

/* An event that was not taken is found again. */
static void test_again(void)
{
	struct dialog_event a, b;

	use(DIALOG_JSON);
	begin();
	dialog_next(&dialog, "{\"id\":", 6, false, &a);
	dialog_next(&dialog, "{\"id\":8}\n{", 10, false, &a);
	dialog_next(&dialog, "{\"id\":8}\n{", 10, false, &b);
	OK(a.what == DIALOG_DONE && b.what == DIALOG_DONE && a.sequence == 8 && b.sequence == 8 && b.used == 9,
	   "what is not taken is found again");
	dialog_release(&dialog);
}

int main(void)
{
	test_line();
	test_mark();
	test_frame();
	test_json();
	test_fd();
	test_cancel();
	test_limits();
	test_long_texts();
	test_long_lines();
	test_again();
	buf_release(&said);
	return tap_end();
}
