#include "output/summary.h"

#include <signal.h>

#include "tap.h"

/* -- The last line -- */

/* Adds the text in one piece, and byte by byte. */
static void check_line(const char *text, const char *want)
{
	for (size_t step = strlen(text); step > 0; step = step > 1 ? 1 : 0) {
		struct summary_line l = {0};

		for (size_t i = 0; i < strlen(text); i += step)
			summary_line_add(&l, text + i, step);
		SAME(buf_text(&l.text), want, "the last line, %zu bytes at a time", step);
		summary_line_clear(&l);
	}
}

static void test_line(void)
{
	struct summary_line l = {0};

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
		summary_line_add(&l, "0123456789", 10);
	OK(l.text.length == SUMMARY_BYTES + 1, "a long line is not kept whole");
	summary_line_add(&l, "\nx", 2);
	SAME(buf_text(&l.text), "x", "but its end is known");
	summary_line_clear(&l);
	OK(l.text.data == NULL && !l.over, "and nothing is left of it");
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
	struct summary_line last = {0};
	struct outcome o = failed();

	check_list(&s, 5, "", "with no failures nothing is said");
	summary_line_add(&last, "gzip: b: \033[1mgone \n", 19);
	summary_add(&s, &o, &last);
	o.sequence = 4;
	o.tries = 3;
	o.command = "two\nlines";
	summary_add(&s, &o, NULL);
	check_list(&s, 5,
	           "pp: 2 of 5 jobs failed:\n"
	           "  job 2: exit status 3 after 0.12s: gzip b\n"
	           "      gzip: b: \\x1B[1mgone\n"
	           "  job 4: exit status 3 after 0.12s, the last of 3 tries: two\\nlines\n",
	           "failures are listed");
	summary_line_clear(&last);
}

static void test_ends(void)
{
	struct summary s = {0};
	struct outcome o = failed();

	o.status = 0;
	summary_add(&s, &o, NULL);
	o.cause = OUTCOME_CANCELLED;
	summary_add(&s, &o, NULL);
	OK(s.failed == 0, "what succeeded or was cancelled is no failure");
	o.cause = OUTCOME_SIGNALLED;
	o.signal = SIGKILL;
	summary_add(&s, &o, NULL);
	o.cause = OUTCOME_TIMEOUT;
	summary_add(&s, &o, NULL);
	o.cause = OUTCOME_NOT_STARTED;
	summary_add(&s, &o, NULL);
	o.cause = OUTCOME_LOST;
	summary_add(&s, &o, NULL);
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
	struct summary_line last = {0};
	struct outcome o = failed();
	struct buf b = {0}, command = {0};
	size_t lines = 0;

	for (int i = 0; i < 1000; i++) {
		buf_add_string(&command, "\xC3\xA9\x01");
		summary_line_add(&last, "\xE2\x82\xAC\xff", 4);
	}
	o.command = buf_text(&command);
	for (o.sequence = 1; o.sequence <= 1000000; o.sequence++)
		summary_add(&s, &o, &last);
	OK(s.list.length < (size_t)SUMMARY_JOBS * (8 * SUMMARY_BYTES + 100), "what is held is bounded");
	summary_render(&s, "pp", 2000000, &b);
	for (char *at = buf_text(&b); (at = strchr(at, '\n')); at++)
		lines++;
	OK(lines == 2 * SUMMARY_JOBS + 2, "so is the list");
	OK(strncmp(b.data, "pp: 1000000 of 2000000 jobs failed:\n", 36) == 0, "all are counted");
	OK(strstr(buf_text(&b), "...\n  and 999980 more\n"), "those that are not listed are counted too");
	buf_release(&b);
	buf_release(&command);
	summary_line_clear(&last);
	summary_release(&s);
}

int main(void)
{
	test_line();
	test_list();
	test_ends();
	test_many();
	return tap_end();
}
