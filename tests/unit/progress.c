#include "output/progress.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "base/width.h"
#include "tap.h"

static const nsec_t second = NSEC_PER_SEC;
static struct progress p;
static struct buf b;

static void done(nsec_t now, nsec_t took, enum outcome_cause cause, int status)
{
	struct outcome o = {.cause = cause, .status = status, .run_time = took, .user = took / 2, .peak_rss = 3 << 20};

	progress_done(&p, now, took, &o);
}

/* After 10 seconds 4 of 10 jobs are done, one failed, and two run. */
static void fill(bool known)
{
	progress_init(&p, 100 * second);
	progress_total(&p, 10, known);
	progress_start(&p, 100 * second);
	progress_start(&p, 100 * second);
	for (int i = 1; i <= 2; i++) {
		nsec_t now = (100 + 5 * i) * second;

		done(now, 5 * second, OUTCOME_EXITED, 0);
		done(now, 5 * second, OUTCOME_EXITED, i == 2);
		progress_start(&p, now);
		progress_start(&p, now);
	}
}

static const char *rendered(void)
{
	static char text[1000];

	snprintf(text, sizeof text, "%s", buf_text(&b));
	buf_reset(&b);
	return text;
}

static void test_texts(void)
{
	progress_head(&b, 8, 2);
	SAME(rendered(),
	     "\nComputers / CPU cores / Max jobs to run\n1:local / 8 / 2\n\n"
	     "Computer:jobs running/jobs completed/%of started jobs/Average seconds to complete\n",
	     "the head");
	progress_init(&p, 0);
	progress_total(&p, 3, true);
	progress_status(&p, 0, true, &b);
	SAME(rendered(), "ETA: 0s Left: 3 AVG: 0.00s  local:0/0/100%/0.0s ", "at the beginning nothing is known");
	fill(true);
	progress_status(&p, 110 * second, false, &b);
	SAME(rendered(), "local:2/4/100%/2.5s ", "the status");
	progress_status(&p, 110 * second, true, &b);
	SAME(rendered(), "ETA: 15s Left: 6 AVG: 1.25s  local:2/4/100%/2.5s ", "with the remaining time");
	progress_line(&p, 110 * second, "pp", &b);
	SAME(rendered(), "pp: 4 of 10 jobs done, 1 failed, 2 running, about 15s left\n", "a line of life");
	progress_zenity(&p, 110 * second, "a\nb", &b);
	SAME(rendered(), "#   15 sec a\\nb\r40\r", "for a program that draws the bar");
	fill(false);
	progress_line(&p, 110 * second, "pp", &b);
	SAME(rendered(), "pp: 4 of 10 or more jobs done, 1 failed, 2 running\n", "a number that is not known yet");
}

static void test_bar(void)
{
	fill(true);
	progress_bar(&p, 110 * second, 40, PROGRESS_PLAIN, "x.png", &b);
	SAME(rendered(), "[####      ] 40% 4:6=15s 1 failed x.png ", "a plain bar");
	progress_bar(&p, 110 * second, 10, PROGRESS_PLAIN, "x.png", &b);
	SAME(rendered(), "40% 4:6=15", "where there is no room for one");
	progress_bar(&p, 110 * second, 30, PROGRESS_REVERSE, "x.png", &b);
	SAME(rendered(), "\033[7m40% 4:6=15s \033[0m1 failed x.png    ", "a bar in reverse video");
	progress_bar(&p, 110 * second, 0, PROGRESS_REVERSE, "x.png", &b);
	SAME(rendered(), "\033[7m\033[0m", "one with no room at all");
	progress_bar(&p, 110 * second, 37, PROGRESS_PLAIN, "\033[2J\n", &b);
	SAME(rendered(), "[###      ] 40% 4:6=15s 1 failed \\x1B",
	     "nothing in the text reaches the terminal but what can be seen");
	fill(false);
	progress_bar(&p, 110 * second, 24, PROGRESS_PLAIN, "x", &b);
	SAME(rendered(), "[##    ] 40% 4:6+ 1 fail", "more jobs may come");
}

/* Columns of text without its escape sequences. */
static size_t columns(const char *text)
{
	size_t total = 0;

	while (*text) {
		size_t length = utf8_length(text, strlen(text));

		if (*text == '\033') {
			text += strcspn(text, "m") + 1;
			continue;
		}
		total += width_of(utf8_value(text, length));
		text += length;
	}
	return total;
}

static void test_wide(void)
{
	static const char text[] = "\xE4\xB8\xAD\xE6\x96\x87\xE4\xB8\xAD\xE6\x96\x87"
				   "e\xCC\x81 x \xE4\xB8\xAD\xE6\x96\x87.txt";
	bool right = true;

	for (unsigned n = 0; n <= 100; n++) {
		progress_init(&p, 0);
		progress_total(&p, 100, true);
		for (unsigned i = 0; i < n; i++)
			done(0, 0, OUTCOME_EXITED, 0);
		for (size_t width = 0; width < 80; width++) {
			progress_bar(&p, 0, width, n % 2 ? PROGRESS_PLAIN : PROGRESS_REVERSE, text, &b);
			right &= columns(rendered()) == width;
		}
	}
	OK(right, "a bar has the width that it should have");
}

static void test_percent(void)
{
	progress_init(&p, 0);
	progress_total(&p, 1000000, true);
	for (unsigned i = 0; i < 999999; i++)
		done(0, 0, OUTCOME_EXITED, 0);
	progress_bar(&p, 0, 20, PROGRESS_REVERSE, "", &b);
	SAME(rendered(), "\033[7m99% 999999:1=0s    \033[0m ", "a hundred percent is said when all is done");
	done(0, 0, OUTCOME_EXITED, 0);
	progress_bar(&p, 0, 20, PROGRESS_REVERSE, "", &b);
	SAME(rendered(), "\033[7m100% 1000000:0=0s   \033[0m", "and not before");
	progress_init(&p, 0);
	progress_total(&p, 1, true);
	done(second, 0, OUTCOME_EXITED, 0);
	done(second, 0, OUTCOME_EXITED, 0);
	progress_bar(&p, second, 20, PROGRESS_REVERSE, "", &b);
	SAME(rendered(), "\033[7m100% 2:0=0s         \033[0m", "more jobs than were announced do no harm");
}

/* -- The remaining time -- */

/* But for a fifth, and the longest job. */
static bool is_near(nsec_t time, nsec_t want)
{
	nsec_t slack = want / 5 + 9 * second / 4;

	return time > want - slack && time < want + slack;
}

/* Plays jobs of the given times on slots; holds the remaining time against what it turns out to be. Returns how often
   it was far off, and the greatest rise between two looks; both from when a tenth of the jobs is done. */
static unsigned play(const nsec_t took[], unsigned jobs, unsigned slots, nsec_t *rise)
{
	nsec_t free_at[16] = {0}, start[1000], last = 0, shown = -1;
	unsigned far = 0, begun = 0, ended = 0;
	bool over[1000] = {false};

	for (unsigned i = 0; i < jobs; i++) {
		unsigned slot = 0;

		for (unsigned k = 1; k < slots; k++)
			slot = free_at[k] < free_at[slot] ? k : slot;
		start[i] = free_at[slot];
		free_at[slot] += took[i];
		last = free_at[slot] > last ? free_at[slot] : last;
	}
	progress_init(&p, 0);
	progress_total(&p, jobs, true);
	*rise = 0;
	for (nsec_t now = 0; now < last; now += second / 10) {
		nsec_t left;

		for (unsigned i = 0; i < jobs; i++)
			if (!over[i] && start[i] + took[i] <= now) {
				over[i] = true;
				ended++;
				done(start[i] + took[i] > p.changed ? start[i] + took[i] : p.changed, took[i],
				     OUTCOME_EXITED, 0);
			}
		for (; begun < jobs && start[begun] <= now; begun++)
			progress_start(&p, start[begun] > p.changed ? start[begun] : p.changed);
		left = progress_remaining(&p, now);
		if (left < 0)
			continue;
		far += ended > jobs / 10 && !is_near(left, last - now);
		if (ended > jobs / 10 && left - shown > *rise)
			*rise = left - shown;
		shown = left;
	}
	return far;
}

static void test_remaining(void)
{
	nsec_t took[1000], rise;
	uint32_t dice = 1;

	for (unsigned i = 0; i < 1000; i++)
		took[i] = second;
	OK(play(took, 100, 4, &rise) == 0, "equal jobs: the remaining time is right all the time");
	OK(rise < second, "and steady");
	OK(play(took, 3, 8, &rise) == 0, "fewer jobs than slots");
	for (unsigned i = 0; i < 1000; i++) {
		dice = dice * 1664525u + 1013904223u;
		took[i] = second / 4 + second / 1000 * (dice >> 16) % (2 * second);
	}
	OK(play(took, 1000, 8, &rise) == 0, "jobs of all kinds: it is near");
	OK(rise < second, "and does not jump");
}

static void test_slow_starts(void)
{
	progress_init(&p, 0);
	progress_total(&p, 100, true);
	for (int i = 0; i < 10; i++) {
		progress_start(&p, i * 10 * second);
		done((i * 10 + 1) * second, second, OUTCOME_EXITED, 0);
	}
	OK(is_near(progress_remaining(&p, 100 * second), 900 * second), "slots that wait are reckoned with");
}

static void test_unknown(void)
{
	progress_init(&p, 0);
	progress_total(&p, 5, true);
	OK(progress_remaining(&p, second) == -1, "before the first job is done nothing is said");
	progress_start(&p, 0);
	done(second, second, OUTCOME_EXITED, 0);
	progress_total(&p, 9, false);
	OK(progress_remaining(&p, second) == -1, "nor before the number of jobs is known");
	progress_total(&p, 2, true);
	OK(is_near(progress_remaining(&p, second), second), "then it is");
	progress_again(&p, 2 * second, second);
	OK(p.running == 0 && p.done == 1, "a try is no job");
	done(2 * second, second, OUTCOME_EXITED, 0);
	OK(progress_remaining(&p, 2 * second) == 0, "when all is done nothing remains");
}

static void test_summary(void)
{
	fill(true);
	done(112 * second, 2 * second, OUTCOME_CANCELLED, -1);
	progress_summary(&p, 112 * second, "pp", &b);
	SAME(rendered(),
	     "pp: 5 jobs in 12.0s: 3 succeeded, 1 failed, 1 cancelled, 5 not run\n"
	     "pp: each took 2.00s to 5.00s, 4.40s on average; 2.0 at a time, 0.417 a second\n"
	     "pp: processor time 11.0s in programs, 0.000s in the system; at most 3.0 MiB of memory in one\n",
	     "a summary");
	progress_init(&p, 0);
	progress_summary(&p, 0, "pp", &b);
	SAME(rendered(), "pp: 0 jobs in 0.000s: 0 succeeded\n", "the summary of nothing");
}

int main(void)
{
	test_texts();
	test_bar();
	test_wide();
	test_percent();
	test_remaining();
	test_slow_starts();
	test_unknown();
	test_summary();
	buf_release(&b);
	return tap_end();
}
