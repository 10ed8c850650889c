#include "output/summary.h"

#include <signal.h>

#include "tap.h"

/* -- The last lines -- */

/* Adds the text in one piece, and byte by byte. */
static void check_tail(unsigned lines, const char *text, const char *want)
{
	for (size_t step = strlen(text); step > 0; step = step > 1 ? 1 : 0) {
		struct summary_tail t = {.count = 0};

		for (size_t i = 0; i < strlen(text); i += step)
			summary_tail_add(&t, lines, text + i, step);
		buf_add(&t.earlier, t.text.data, t.text.length);
		SAME(buf_text(&t.earlier), want, "the last %u lines, %zu bytes at a time", lines, step);
		summary_tail_clear(&t);
	}
}

static void check_line(const char *text, const char *want)
{
	check_tail(1, text, want);
}

static void test_line(void)
{
	struct summary_tail l = {.count = 0};

	check_line("one\n", "one");
	check_line("one", "one");
	check_line("one\ntwo\n", "two");
	check_line("one\ntwo", "two");
	check_line("one\n\n \t\n\n", "one");
	check_line("one\n  two", "two");
	check_line("10%\r20%\r", "20%");
	check_line("one\r\ntwo\r\n", "two");
	check_line("\n \n", "");
	for (int i = 0; i < 1000; i++)
		summary_tail_add(&l, 1, "0123456789", 10);
	OK(l.text.length == SUMMARY_BYTES + 1, "a long line is not kept whole");
	summary_tail_add(&l, 1, "\nx", 2);
	SAME(buf_text(&l.text), "x", "but its end is known");
	summary_tail_clear(&l);
	OK(l.text.data == NULL && !l.over, "and nothing is left of it");
}

static void test_lines(void)
{
	struct summary_tail t = {.count = 0};

	check_tail(3, "one\n", "one");
	check_tail(3, "one\ntwo", "one\ntwo");
	check_tail(3, "one\ntwo\nthree\n", "one\ntwo\nthree");
	check_tail(3, "one\ntwo\nthree\nfour\nfive\n", "three\nfour\nfive");
	check_tail(2, "one\n\n \t\ntwo\n\n\n", "one\ntwo");
	check_tail(3, "  one\n\ttwo\n \t three", "  one\n        two\n         three");
	check_tail(3, "one\r\ntwo\r\n", "one\ntwo");
	check_tail(3, "one\n10%\r20%\r30%\ntwo\n", "one\n30%\ntwo");
	check_tail(3, "\n\n  \n", "");
	for (int i = 0; i < 100000; i++)
		summary_tail_add(&t, SUMMARY_TAIL, &"0123456789\t\t\t"[i % 2 * 10], 13 - (size_t)i % 2 * 10);
	for (int i = 0; i < 1000; i++)
		summary_tail_add(&t, SUMMARY_TAIL, "\n\t\t\t\t\t\t\t\t\t\tx", 12);
	OK(t.earlier.length == (size_t)(SUMMARY_TAIL - 1) * (40 + 2), "what is kept is bounded, and so are the blanks");
	summary_tail_clear(&t);
	OK(summary_tail_is_empty(&t) && t.earlier.data == NULL, "and nothing is left of it");
}

/* -- The list -- */

static struct outcome failed(void)
{
	return (struct outcome){
		.sequence = 2,
		.cause = OUTCOME_EXITED,
		.status = 3,
		.tries = 1,
		.run_time = 120 * NSEC_PER_MSEC,
		.command = "gzip b",
	};
}

static void check_list(struct summary *s, uint64_t jobs, const char *want, const char *name)
{
	struct buf b = {0};

	summary_render(s, "pp", jobs, &b);
	SAME(buf_text(&b), want, "%s", name);
	buf_release(&b);
	summary_release(s);
	*s = (struct summary){0};
}

static void test_list(void)
{
	struct summary s = {0};
	struct summary_tail last = {.count = 0};
	struct outcome o = failed();

	check_list(&s, 5, "", "with no failures nothing is said");
	summary_tail_add(&last, 1, "gzip: b: \033[1mgone \n", 19);
	summary_add(&s, &o, &last, false);
	o.sequence = 4;
	o.tries = 3;
	o.command = "two\nlines";
	summary_add(&s, &o, NULL, false);
	summary_tail_clear(&last);
	summary_tail_add(&last, 2, "one\n  two \nthree", 16);
	summary_add(&s, &o, &last, true);
	check_list(&s, 5,
	           "pp: 3 of 5 jobs failed:\n"
	           "  job 2: exit status 3 after 0.12s: gzip b\n"
	           "      gzip: b: \\x1B[1mgone\n"
	           "  job 4: exit status 3 after 0.12s, the last of 3 tries: two\\nlines\n"
	           "  job 4: exit status 3 after 0.12s, the last of 3 tries: two\\nlines\n"
	           "      |   two\n"
	           "      | three\n",
	           "failures are listed");
	summary_tail_clear(&last);
}

static void test_ends(void)
{
	struct summary s = {0};
	struct outcome o = failed();
	struct buf text = {0};

	o.status = 0;
	summary_add(&s, &o, NULL, false);
	o.cause = OUTCOME_CANCELLED;
	summary_add(&s, &o, NULL, false);
	OK(s.failed == 0, "what succeeded or was cancelled is no failure");
	summary_end(&o, &text);
	SAME(buf_text(&text), "cancelled", "but there is a word for it");
	buf_release(&text);
	o.cause = OUTCOME_SIGNALLED;
	o.signal = SIGKILL;
	summary_add(&s, &o, NULL, false);
	o.cause = OUTCOME_TIMEOUT;
	summary_add(&s, &o, NULL, false);
	o.cause = OUTCOME_NOT_STARTED;
	summary_add(&s, &o, NULL, false);
	o.cause = OUTCOME_LOST;
	summary_add(&s, &o, NULL, false);
	check_list(&s, 5,
	           "pp: 4 of 5 jobs failed:\n"
	           "  job 2: killed by signal 9 (KILL) after 0.12s: gzip b\n"
	           "  job 2: timed out after 0.12s: gzip b\n"
	           "  job 2: not started: gzip b\n"
	           "  job 2: lost with its worker after 0.12s: gzip b\n",
	           "each way to fail has its words");
}

static void test_many(void)
{
	struct summary s = {0};
	struct summary_tail last = {.count = 0};
	struct outcome o = failed();
	struct buf b = {0}, command = {0};
	size_t lines = 0;

	for (int i = 0; i < 1000; i++) {
		buf_add_string(&command, "\xC3\xA9\x01");
		summary_tail_add(&last, 1, "\xE2\x82\xAC\xff", 4);
	}
	o.command = buf_text(&command);
	for (o.sequence = 1; o.sequence <= 1000000; o.sequence++)
		summary_add(&s, &o, &last, false);
	OK(s.list.length < (size_t)SUMMARY_JOBS * (8 * SUMMARY_BYTES + 100), "what is held is bounded");
	summary_render(&s, "pp", 2000000, &b);
	for (char *at = buf_text(&b); (at = strchr(at, '\n')); at++)
		lines++;
	OK(lines == 2 * SUMMARY_JOBS + 2, "so is the list");
	OK(strncmp(b.data, "pp: 1000000 of 2000000 jobs failed:\n", 36) == 0, "all are counted");
	OK(strstr(buf_text(&b), "...\n  and 999980 more\n"), "those that are not listed are counted too");
	buf_release(&b);
	buf_release(&command);
	summary_tail_clear(&last);
	summary_release(&s);
}

int main(void)
{
	test_line();
	test_lines();
	test_list();
	test_ends();
	test_many();
	return tap_end();
}
