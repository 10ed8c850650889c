/*
 * The estimate. Work is measured in the time that tries take. What is left of it is that of the jobs that are not done
 * at the average of those that are, less what the running ones have had already. It is done at the rate of the run so
 * far: the average number of running tries, which also knows of delays, limits and idle slots; but no more at a time
 * than there are jobs left.
 */
#include "output/progress.h"

#include <string.h>

#include "base/quote.h"
#include "base/span.h"
#include "base/width.h"

/* -- Counting -- */

void progress_init(struct progress *p, nsec_t now)
{
	*p = (struct progress){.begun = now, .changed = now, .peak_rss = -1, .shortest = NSEC_NEVER, .estimated = -1};
}

void progress_total(struct progress *p, uint64_t total, bool known)
{
	if (known && !p->total_known)
		p->estimated = -1;
	p->total = total;
	p->total_known = known;
}

static nsec_t busy_until(const struct progress *p, nsec_t now)
{
	return p->busy + (nsec_t)p->running * (now - p->changed);
}

static void advance(struct progress *p, nsec_t now)
{
	p->busy = busy_until(p, now);
	p->changed = now;
}

void progress_start(struct progress *p, nsec_t now)
{
	advance(p, now);
	p->running++;
}

void progress_again(struct progress *p, nsec_t now, nsec_t took)
{
	advance(p, now);
	p->running -= p->running > 0;
	p->ended += took;
}

void progress_done(struct progress *p, nsec_t now, nsec_t took, const struct outcome *o)
{
	progress_again(p, now, took);
	if (p->done++ == 0)
		p->first_done = now;
	if (o->cause == OUTCOME_CANCELLED)
		p->cancelled++;
	else if (outcome_failed(o))
		p->failed++;
	if (o->run_time < p->shortest)
		p->shortest = o->run_time;
	if (o->run_time > p->longest)
		p->longest = o->run_time;
	if (o->peak_rss > p->peak_rss)
		p->peak_rss = o->peak_rss;
	p->run_time += o->run_time;
	p->user += o->user;
	p->system += o->system;
}

static uint64_t jobs_left(const struct progress *p)
{
	return p->total > p->done ? p->total - p->done : 0;
}

/* -- The estimate -- */

/* How long the rest would take by what is known now. */
static double estimate(const struct progress *p, nsec_t now)
{
	double left = (double)jobs_left(p), waiting = left - (double)p->running;
	double average = (double)p->ended / (double)p->done;
	double had = (double)(busy_until(p, now) - p->ended);
	double work = left * average - had;
	double at_once = (double)busy_until(p, now) / (double)(now - p->begun + 1);

	/* running jobs that take longer than the average are about to end, as far as can be told */
	if (work < waiting * average)
		work = waiting * average;
	if (at_once > left)
		at_once = left;
	return work > 0 && at_once > 0 ? work / at_once : 0;
}

nsec_t progress_remaining(struct progress *p, nsec_t now)
{
	double left, passed, pull;

	if (!p->total_known || p->done == 0)
		return -1;
	if (jobs_left(p) == 0)
		return 0;
	left = estimate(p, now);
	if (left > (double)(NSEC_NEVER / 4))
		left = (double)(NSEC_NEVER / 4);
	if (p->estimated < 0) {
		p->end = now + (nsec_t)left;
	} else {
		passed = (double)(now - p->estimated);
		/* the longer the run, the less it is worth what the last moments say */
		pull = passed / (passed + (double)NSEC_PER_SEC + (double)(now - p->begun) / 16);
		p->end += (nsec_t)(pull * ((double)(now - p->end) + left));
	}
	p->estimated = now;
	return p->end > now ? p->end - now : 0;
}

/* -- GNU parallel's texts -- */

static double seconds(nsec_t time)
{
	return (double)time / (double)NSEC_PER_SEC;
}

/* Whole seconds that are left, 0 where nothing can be said. */
static long long seconds_left(struct progress *p, nsec_t now)
{
	nsec_t left = progress_remaining(p, now);

	return left < 0 ? 0 : (long long)(left / NSEC_PER_SEC);
}

static unsigned percent(const struct progress *p)
{
	uint64_t total = p->total > p->done ? p->total : p->done;

	return total ? (unsigned)((double)p->done / (double)total * 100) : 0;
}

/* A time in the units that it has. */
static void add_time(struct buf *to, long long time)
{
	long long days = time / 86400, hours = time / 3600 % 24, minutes = time / 60 % 60;

	if (days)
		buf_add_format(to, "%lldd%02lldh%02lldm%02llds", days, hours, minutes, time % 60);
	else if (hours)
		buf_add_format(to, "%lldh%02lldm%02llds", hours, minutes, time % 60);
	else if (minutes)
		buf_add_format(to, "%lldm%02llds", minutes, time % 60);
	else
		buf_add_format(to, "%llds", time);
}

void progress_head(struct buf *to, unsigned processors, unsigned slots)
{
	buf_add_format(to,
	               "\nComputers / CPU cores / Max jobs to run\n1:local / %u / %u\n\n"
	               "Computer:jobs running/jobs completed/%%of started jobs/Average seconds to complete\n",
	               processors, slots);
}

void progress_status(struct progress *p, nsec_t now, bool eta, struct buf *to)
{
	double done = p->done ? (double)p->done : 1;

	if (eta)
		buf_add_format(to, "ETA: %llds Left: %llu AVG: %.2fs  ", seconds_left(p, now),
		               (unsigned long long)jobs_left(p), p->done ? seconds(now - p->first_done) / done : 0.0);
	buf_add_format(to, "local:%llu/%llu/100%%/%.1fs ", (unsigned long long)p->running, (unsigned long long)p->done,
	               p->done ? seconds(now - p->begun) / done : 0.0);
}

/* -- The bar -- */

/* Adds as much of the text as fits into so many columns; *at: where in the text it begins, moved behind. Returns the
   columns left. */
static size_t add_columns(struct buf *to, const struct buf *text, size_t *at, size_t columns)
{
	size_t used, bytes = width_cut(text->data + *at, text->length - *at, columns, &used);

	buf_add(to, text->data + *at, bytes);
	*at += bytes;
	return columns - used;
}

static void add_many(struct buf *to, char c, size_t count)
{
	for (; count > 0; count--)
		buf_add_char(to, c);
}

/* "25% 30:90=1m05s TEXT". A + behind the number of jobs left says that more may come. */
static void add_bar_text(struct progress *p, nsec_t now, const char *text, struct buf *to)
{
	buf_add_format(to, "%u%% %llu:%llu", percent(p), (unsigned long long)p->done, (unsigned long long)jobs_left(p));
	if (p->total_known) {
		buf_add_char(to, '=');
		add_time(to, seconds_left(p, now));
	} else {
		buf_add_char(to, '+');
	}
	buf_add_char(to, ' ');
	if (p->failed)
		buf_add_format(to, "%llu failed ", (unsigned long long)p->failed);
	quote_for_message(to, text, strlen(text), strlen(text));
}

static void add_reverse(struct buf *to, const struct buf *text, size_t columns, size_t filled)
{
	size_t at = 0, left;

	buf_add_string(to, "\033[7m");
	left = add_columns(to, text, &at, filled);
	/* a wide character does not fit on either side of the edge */
	add_many(to, ' ', left);
	buf_add_string(to, "\033[0m");
	left = add_columns(to, text, &at, columns - filled);
	add_many(to, ' ', left);
}

static void add_plain(struct buf *to, const struct buf *text, size_t columns, unsigned percent)
{
	size_t cells = columns / 4 < 30 ? columns / 4 : 30, filled = cells * percent / 100, at = 0;

	if (cells >= 4) {
		buf_add_char(to, '[');
		add_many(to, '#', filled);
		add_many(to, ' ', cells - filled);
		buf_add_string(to, "] ");
		columns -= cells + 3;
	}
	columns = add_columns(to, text, &at, columns);
	add_many(to, ' ', columns);
}

void progress_bar(struct progress *p, nsec_t now, size_t columns, enum progress_style style, const char *text,
                  struct buf *to)
{
	struct buf b = {0};

	add_bar_text(p, now, text, &b);
	if (style == PROGRESS_REVERSE)
		add_reverse(to, &b, columns, columns * percent(p) / 100);
	else
		add_plain(to, &b, columns, percent(p));
	buf_release(&b);
}

void progress_zenity(struct progress *p, nsec_t now, const char *text, struct buf *to)
{
	buf_add_format(to, "#   %lld sec ", seconds_left(p, now));
	quote_for_message(to, text, strlen(text), 60);
	buf_add_format(to, "\r%u\r", percent(p));
}

/* -- Whole lines -- */

static void add_count(struct buf *to, uint64_t count, const char *what)
{
	if (count)
		buf_add_format(to, ", %llu %s", (unsigned long long)count, what);
}

void progress_line(struct progress *p, nsec_t now, const char *name, struct buf *to)
{
	nsec_t left = progress_remaining(p, now);

	buf_add_format(to, "%s: %llu of %llu%s jobs done", name, (unsigned long long)p->done,
	               (unsigned long long)p->total, p->total_known ? "" : " or more");
	add_count(to, p->failed, "failed");
	add_count(to, p->running, "running");
	if (left > 0) {
		buf_add_string(to, ", about ");
		add_time(to, (long long)(left / NSEC_PER_SEC));
		buf_add_string(to, " left");
	}
	buf_add_char(to, '\n');
}

static void add_memory(struct buf *to, int64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double size = (double)bytes / 1024;
	size_t unit = 0;

	while (size >= 1024 && unit < sizeof units / sizeof *units - 1) {
		size /= 1024;
		unit++;
	}
	buf_add_format(to, size < 10 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

void progress_summary(const struct progress *p, nsec_t now, const char *name, struct buf *to)
{
	double elapsed = now > p->begun ? seconds(now - p->begun) : 1e-9;

	buf_add_format(to, "%s: %llu job%s in ", name, (unsigned long long)p->done, p->done == 1 ? "" : "s");
	span_add(to, now - p->begun);
	buf_add_format(to, ": %llu succeeded", (unsigned long long)(p->done - p->failed - p->cancelled));
	add_count(to, p->failed, "failed");
	add_count(to, p->cancelled, "cancelled");
	add_count(to, jobs_left(p), "not run");
	buf_add_char(to, '\n');
	if (p->done == 0)
		return;
	buf_add_format(to, "%s: each took ", name);
	span_add(to, p->shortest);
	buf_add_string(to, " to ");
	span_add(to, p->longest);
	buf_add_string(to, ", ");
	span_add(to, p->run_time / (nsec_t)p->done);
	buf_add_format(to, " on average; %.1f at a time, %.3g a second\n", seconds(busy_until(p, now)) / elapsed,
	               (double)p->done / elapsed);
	buf_add_format(to, "%s: processor time ", name);
	span_add(to, p->user);
	buf_add_string(to, " in programs, ");
	span_add(to, p->system);
	buf_add_string(to, " in the system");
	if (p->peak_rss >= 0) {
		buf_add_string(to, "; at most ");
		add_memory(to, p->peak_rss);
		buf_add_string(to, " of memory in one");
	}
	buf_add_char(to, '\n');
}
