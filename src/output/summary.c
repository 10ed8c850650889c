#include "output/summary.h"

#include <string.h>

#include "base/quote.h"
#include "base/rule.h"
#include "base/span.h"

enum { SUMMARY_INDENT = 40, SUMMARY_TAB = 8 };

/* -- The last lines -- */

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

/* Passes over the bytes at the front that are between lines: an ended line is kept until something stands in another.
   Returns how many. */
static size_t pass_between(struct summary_tail *t, const char *bytes, size_t length)
{
	size_t n = 0;

	for (; n < length; n++) {
		if (is_end(bytes[n])) {
			t->indent = 0;
			t->ended = t->ended || bytes[n] == '\n';
		} else if (!is_blank(bytes[n])) {
			break;
		} else if (t->indent < SUMMARY_INDENT) {
			t->indent += bytes[n] == '\t' ? SUMMARY_TAB - t->indent % SUMMARY_TAB : 1;
		}
	}
	return n;
}

/* The last line joins the earlier ones, of which the first makes room for it. */
static void keep_line(struct summary_tail *t, unsigned lines)
{
	if (t->count + 1 == lines) {
		char *end = memchr(t->earlier.data, '\n', t->earlier.length);

		buf_drop(&t->earlier, (size_t)(end + 1 - t->earlier.data));
		t->count--;
	}
	buf_add(&t->earlier, t->text.data, t->text.length);
	buf_add_char(&t->earlier, '\n');
	t->count++;
}

static void begin_line(struct summary_tail *t, unsigned lines, char first)
{
	if (lines > 1 && t->ended && t->text.length > 0)
		keep_line(t, lines);
	buf_reset(&t->text);
	for (size_t i = 0; i < t->indent && lines > 1; i++)
		buf_add_char(&t->text, ' ');
	buf_add_char(&t->text, first);
	t->over = t->ended = false;
	t->indent = 0;
}

void summary_tail_add(struct summary_tail *t, unsigned lines, const char *bytes, size_t length)
{
	while (length > 0) {
		bool between = t->over || t->text.length == 0;
		size_t part = between ? pass_between(t, bytes, length) : count_inside(bytes, length);

		if (!between) {
			size_t room = SUMMARY_BYTES + 1 - t->text.length;

			buf_add(&t->text, bytes, part < room ? part : room);
			t->over = part < length;
		} else if (part < length) {
			begin_line(t, lines, bytes[part++]);
		}
		bytes += part;
		length -= part;
	}
}

void summary_tail_clear(struct summary_tail *t)
{
	buf_release(&t->earlier);
	buf_release(&t->text);
	*t = (struct summary_tail){0};
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

static void add_line(struct buf *to, const char *text, size_t length, bool bar)
{
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	buf_add_string(to, bar ? "      | " : "      ");
	quote_for_message(to, text, length, SUMMARY_BYTES);
	buf_add_char(to, '\n');
}

static void add_tail(struct buf *to, const struct summary_tail *t, bool bar)
{
	size_t at = 0;

	while (at < t->earlier.length) {
		const char *line = t->earlier.data + at, *end = memchr(line, '\n', t->earlier.length - at);

		add_line(to, line, (size_t)(end - line), bar);
		at += (size_t)(end + 1 - line);
	}
	add_line(to, t->text.data, t->text.length, bar);
}

void summary_add(struct summary *s, const struct outcome *o, const struct summary_tail *tail, bool bar)
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
	if (tail && !summary_tail_is_empty(tail))
		add_tail(b, tail, bar);
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
