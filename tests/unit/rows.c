#include "input/rows.h"
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/mem.h"
#include "os/fd.h"
#include "tap.h"

enum { MOST = 6 };

static struct source_rules rules = {.format = {",", 1, "\n", 1}};
static struct strv words[MOST];
static bool linked[MOST];
static int writers[MOST];
static struct source *sources;
static size_t count;

static void begin(void)
{
	for (size_t n = 0; n < MOST; n++) {
		strv_clear(&words[n]);
		linked[n] = false;
	}
	sources = mem_zero(MOST, sizeof *sources);
	count = 0;
}

/* A source of the words in text, which blanks separate. */
static void add_words(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		strv_add_n(&words[count], text, length);
		text += length + (text[length] == ' ');
	}
	source_init_words(&sources[count], &rules, &words[count]);
	count++;
}

static void add_pipe(void)
{
	struct record_reader *r = mem_alloc(sizeof *r);
	int ends[2];

	if (fd_pipe(ends) < 0)
		exit(99);
	writers[count] = ends[1];
	record_init(r, ends[0], true, false, &rules.format, "pipe");
	source_init_reader(&sources[count], &rules, r, false);
	count++;
}

static void put(size_t source, const char *text)
{
	if (fd_write_all(writers[source], text, strlen(text)) < 0)
		exit(99);
}

static struct rows make(bool link)
{
	struct rows r;

	rows_init(&r, sources, count, linked, link);
	return r;
}

/* Up to most rows, values joined without a space, rows by one; what ended it in brackets. */
static const char *take(struct rows *r, size_t most)
{
	static struct buf shown;
	struct item i = {0};
	struct err e;
	enum answer answer = ANSWER_HAVE;

	buf_reset(&shown);
	while (most-- && (answer = rows_next(r, &i, &e)) == ANSWER_HAVE) {
		for (size_t n = 0; n < i.count; n++)
			buf_add_string(&shown, item_value(&i, n).text);
		buf_add_char(&shown, ' ');
		item_reset(&i);
	}
	if (answer == ANSWER_WAIT)
		buf_add_format(&shown, "(wait %d)", (int)(rows_fd(r) >= 0));
	else if (answer != ANSWER_HAVE)
		buf_add_string(&shown, answer == ANSWER_END ? "(end)" : "(fail)");
	item_release(&i);
	return buf_text(&shown);
}

static const char *all(bool link)
{
	struct rows r = make(link);
	const char *text = take(&r, 100);

	rows_release(&r);
	return text;
}

static void test_crossing(void)
{
	begin();
	SAME(all(false), "(end)", "no source has no row");
	begin();
	add_words("");
	SAME(all(false), "(end)", "an empty source has no row");
	begin();
	add_words("a b");
	add_words("1 2");
	add_words("x y");
	SAME(all(false), "a1x a1y a2x a2y b1x b1y b2x b2y (end)", "sources are crossed, the last fastest");
	begin();
	add_words("a b");
	add_words("");
	SAME(all(false), "a b (end)", "an empty source counts as an empty value");
	begin();
	add_words("");
	add_words("");
	SAME(all(false), "(end)", "unless all are empty");
}

static void test_groups(void)
{
	begin();
	add_words("a b c");
	add_words("1 2");
	linked[1] = true;
	add_words("x y");
	SAME(all(false), "a1x a1y b2x b2y (end)", "a linked source goes with the one before, the shorter ends both");
	begin();
	add_words("x y");
	add_words("a b");
	add_words("1 2 3");
	linked[2] = true;
	SAME(all(false), "xa1 xb2 ya1 yb2 (end)", "a group may be the last");
}

static void test_link(void)
{
	begin();
	add_words("1 2");
	add_words("a b c d e");
	add_words("x");
	SAME(all(true), "1ax 2bx 1cx 2dx 1ex (end)", "linked sources start over until the longest ends");
	begin();
	add_words("");
	add_words("a b");
	SAME(all(true), "a b (end)", "an empty one is an empty value in each row");
}

static void test_lazy_first(void)
{
	struct rows r;

	begin();
	add_pipe();
	add_words("x y");
	r = make(false);
	SAME(take(&r, 9), "(wait 1)", "a source that has nothing is waited for");
	put(0, "a\nb");
	SAME(take(&r, 9), "ax ay (wait 1)", "a row of the first source is crossed as soon as it is read");
	OK(table_rows(&r.sources[0].kept) <= 1, "it is not kept longer than it is needed");
	put(0, "\n");
	SAME(take(&r, 1), "bx ", "and so is the next");
	fd_close(&writers[0]);
	SAME(take(&r, 9), "by (end)", "up to the end");
	SAME(take(&r, 9), "(end)", "which stays the end");
	rows_release(&r);
}

static void test_lazy_last(void)
{
	struct rows r;

	begin();
	add_words("a b");
	add_pipe();
	r = make(false);
	put(1, "1\n");
	SAME(take(&r, 9), "a1 (wait 1)", "the last source is given as it is read, the first time");
	put(1, "2\n");
	fd_close(&writers[1]);
	SAME(take(&r, 9), "a2 b1 b2 (end)", "and is remembered for the next time");
	rows_release(&r);
	begin();
	add_words("a");
	add_pipe();
	r = make(false);
	put(1, "1\n2\n3\n");
	SAME(take(&r, 3), "a1 a2 a3 ", "one row is crossed with many");
	OK(table_rows(&r.sources[1].kept) == 1, "and nothing is kept for a next time that never comes");
	fd_close(&writers[1]);
	rows_release(&r);
}

static void test_lazy_link(void)
{
	struct rows r;

	begin();
	add_pipe();
	add_words("x y");
	r = make(true);
	put(0, "1\n2\n3\n4\n5\n");
	SAME(take(&r, 9), "1x 2y 3x 4y 5x (wait 1)", "a linked source is read row by row");
	OK(table_rows(&r.sources[0].kept) <= 1, "the longest is not kept");
	fd_close(&writers[0]);
	SAME(take(&r, 9), "(end)", "its end is the end");
	rows_release(&r);
}

static void test_header(void)
{
	struct strv names = {0};
	struct err e;
	struct rows r;

	begin();
	add_pipe();
	add_words("k v w");
	r = make(false);
	r.skip_first = true;
	put(0, "#\n");
	OK(rows_header(&r, &names, &e) == ANSWER_WAIT, "a header may have to be waited for");
	put(0, "h\na\n");
	OK(rows_header(&r, &names, &e) == ANSWER_HAVE && names.count == 2, "each source has its name");
	SAME(names.list[0], "h", "the line behind the one that was skipped");
	SAME(names.list[1], "k", "the first of the words");
	fd_close(&writers[0]);
	SAME(take(&r, 9), "av aw (end)", "the rows begin behind the header");
	strv_release(&names);
	rows_release(&r);
}

static void test_nothing_yet(void)
{
	struct strv names = {0};
	struct err e;
	struct rows r;

	begin();
	add_pipe();
	r = make(false);
	r.skip_first = true;
	SAME(take(&r, 9), "(wait 1)", "the line to be passed over may have to be waited for");
	OK(rows_header(&r, &names, &e) == ANSWER_WAIT, "before the header too");
	fd_close(&writers[0]);
	OK(rows_header(&r, &names, &e) == ANSWER_HAVE && names.count == 1, "a source without a line has an empty name");
	SAME(names.list[0], "", "for its column");
	OK(rows_read_all(&r, &e) == ANSWER_HAVE && rows_left(&r) == 0, "and no row is left of nothing");
	strv_release(&names);
	rows_release(&r);
}

static void test_count(void)
{
	struct rows r;
	struct err e;
	size_t place[MOST];

	begin();
	add_pipe();
	add_words("x y z");
	r = make(false);
	put(0, "a\nb\nc\n");
	SAME(take(&r, 4), "ax ay az bx ", "some rows are given");
	OK(rows_read_all(&r, &e) == ANSWER_WAIT, "the end has to be waited for");
	fd_close(&writers[0]);
	OK(rows_read_all(&r, &e) == ANSWER_HAVE && rows_left(&r) == 5, "the rows left are counted");
	rows_save(&r, place);
	SAME(take(&r, 9), "by bz cx cy cz (end)", "and given");
	OK(rows_left(&r) == 0, "none is left at the end");
	rows_restore(&r, place);
	SAME(take(&r, 2), "by bz ", "rows can be given again from a place that was saved");
	OK(rows_left(&r) == 3, "and be counted from there");
	rows_release(&r);
	begin();
	add_words("1 2 3");
	add_words("a");
	r = make(true);
	OK(rows_read_all(&r, &e) == ANSWER_HAVE && rows_left(&r) == 3, "of linked sources the longest counts");
	rows_release(&r);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_crossing();
	test_groups();
	test_link();
	test_lazy_first();
	test_lazy_last();
	test_lazy_link();
	test_header();
	test_nothing_yet();
	test_count();
	for (size_t n = 0; n < MOST; n++)
		strv_release(&words[n]);
	return tap_end();
}
