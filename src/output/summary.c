#include "output/summary.h"

#include <string.h>

#include "base/quote.h"
#include "base/rule.h"
#include "base/span.h"

/* -- The last line -- */

/* A carriage return ends a line as well: what a progress bar has overwritten is not its last state. */
static bool is_end(char c)
{
	return c == '\n' || c == '\r';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* How many bytes at the front are within the line. */
static size_t count_inside(const char *bytes, size_t length)
{
	size_t n = 0;

	while (n < length && !is_end(bytes[n]))
		n++;
	return n;
}

/* How many bytes at the front are between lines: an ended line is kept until something stands in another. */
static size_t count_between(const char *bytes, size_t length)
{
	size_t n = 0;

	while (n < length && (is_end(bytes[n]) || is_blank(bytes[n])))
		n++;
	return n;
}

void summary_line_add(struct summary_line *l, const char *bytes, size_t length)
{
	while (length > 0) {
		bool between = l->over || l->text.length == 0;
		size_t part = between ? count_between(bytes, length) : count_inside(bytes, length);

		if (!between) {
			size_t room = SUMMARY_BYTES + 1 - l->text.length;

			buf_add(&l->text, bytes, part < room ? part : room);
			l->over = part < length;
		} else if (part < length) {
			buf_reset(&l->text);
			buf_add_char(&l->text, bytes[part++]);
			l->over = false;
		}
		bytes += part;
		length -= part;
	}
}

void summary_line_clear(struct summary_line *l)
{
	buf_clear(&l->text);
	l->over = false;
}

/* -- The list -- */

static void add_signal(struct buf *to, int signal)
{
	const char *name = rule_signal_name(signal);

	buf_add_format(to, name ? "killed by signal %d (%s)" : "killed by signal %d", signal, name);
}

void summary_end(const struct outcome *o, struct buf *to)
{
	switch (o->cause) {
	case OUTCOME_EXITED:
		buf_add_format(to, "exit status %d", o->status);
		break;
	case OUTCOME_SIGNALLED:
		add_signal(to, o->signal);
		break;
	case OUTCOME_TIMEOUT:
		buf_add_string(to, "timed out");
		break;
	case OUTCOME_CANCELLED:
		buf_add_string(to, "cancelled");
		break;
	case OUTCOME_NOT_STARTED:
		buf_add_string(to, "not started");
		break;
	case OUTCOME_LOST:
		buf_add_string(to, "lost with its worker");
		break;
	}
}

static void add_last(struct buf *to, const struct summary_line *last)
{
	size_t length = last ? last->text.length : 0;

	while (length > 0 && is_blank(last->text.data[length - 1]))
		length--;
	if (length == 0)
		return;
	buf_add_string(to, "      ");
	quote_for_message(to, last->text.data, length, SUMMARY_BYTES);
	buf_add_char(to, '\n');
}

void summary_add(struct summary *s, const struct outcome *o, const struct summary_line *last)
{
	struct buf *b = &s->list;

	if (!outcome_failed(o) || o->cause == OUTCOME_CANCELLED || s->failed++ >= SUMMARY_JOBS)
		return;
	buf_add_string(b, "  job ");
	buf_add_uint(b, o->sequence);
	buf_add_string(b, ": ");
	summary_end(o, b);
	if (o->cause != OUTCOME_NOT_STARTED) {
		buf_add_string(b, " after ");
		span_add(b, o->run_time);
	}
	if (o->tries > 1)
		buf_add_format(b, ", the last of %u tries", o->tries);
	buf_add_string(b, ": ");
	quote_for_message(b, o->command, strlen(o->command), SUMMARY_BYTES);
	buf_add_char(b, '\n');
	add_last(b, last);
}

void summary_release(struct summary *s)
{
	buf_release(&s->list);
}

void summary_render(const struct summary *s, const char *name, uint64_t jobs, struct buf *to)
{
	if (s->failed == 0)
		return;
	buf_add_format(to, "%s: %llu of %llu job%s failed:\n", name, (unsigned long long)s->failed,
	               (unsigned long long)jobs, jobs == 1 ? "" : "s");
	buf_add(to, s->list.data, s->list.length);
	if (s->failed > SUMMARY_JOBS)
		buf_add_format(to, "  and %llu more\n", (unsigned long long)(s->failed - SUMMARY_JOBS));
}
