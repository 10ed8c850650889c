#include "output/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/quote.h"
#include "base/width.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/term.h"
#include "output/progress.h"

enum {
	STATUS_LINE = 4096, /* bytes of a latest line that are kept */
	STATUS_LINES = 256,
	STATUS_TEXT = 200, /* bytes of what a job works on */
};

static const nsec_t STATUS_BETWEEN = 100 * NSEC_PER_MSEC; /* between two drawings */
static const nsec_t STATUS_BACK = 20 * NSEC_PER_MSEC;     /* the same where lines were taken away for output */
static const nsec_t STATUS_TICK = NSEC_PER_SEC;           /* a time that counts down is drawn so often */

/* A job under way, for its latest line. */
struct latest {
	struct list node;
	uint64_t sequence;
	char text[STATUS_TEXT + 1];
	struct buf line; /* the last whole line, then what came of the next one */
	size_t whole;    /* bytes of the whole line, without its newline */
};

struct status {
	struct loop *loop;
	struct status_config config;
	struct progress progress;
	bool draws;  /* standard error is a terminal that lines can be drawn on */
	bool zenity; /* standard error is a pipe, and a bar is wanted */
	enum progress_style style;
	unsigned shown;              /* lines on the screen now */
	size_t widths[STATUS_LINES]; /* their columns: a terminal that was made narrower has wrapped them */
	bool hidden;                 /* they were taken away */
	bool dirty;
	nsec_t drawn_at; /* -1 never */
	nsec_t spoke_at; /* when anything was written last */
	struct timer timer;
	char text[STATUS_TEXT + 1]; /* what the newest job works on */
	struct list latest;         /* struct latest, in the order of their start */
	struct buf frame;           /* reused */
};

static void status_on_time(struct timer *t)
{
	(void)t; /* being awake is enough: every round draws what is due */
}

static bool status_has_lines(const struct status *s)
{
	return s->config.bar || s->config.eta || s->config.progress || s->config.latest;
}

struct status *status_new(struct loop *loop, const struct status_config *config)
{
	struct status *s = mem_zero(1, sizeof *s);
	struct buf head = {0};

	s->loop = loop;
	s->config = *config;
	s->draws = status_has_lines(s) && term_is_terminal(2) && !term_is_dumb();
	s->zenity = config->bar && fd_is_pipe(2);
	s->style = term_wants_color(2) ? PROGRESS_REVERSE : PROGRESS_PLAIN;
	s->timer = (struct timer){.expired = status_on_time, .arg = s};
	s->drawn_at = -1;
	s->spoke_at = clock_now();
	list_init(&s->latest);
	progress_init(&s->progress, clock_now());
	if (s->draws && (config->eta || config->progress)) {
		progress_head(&head, config->processors, config->slots);
		fd_write_all(2, head.data, head.length);
	}
	buf_release(&head);
	return s;
}

static void latest_free(struct latest *l)
{
	list_remove(&l->node);
	buf_release(&l->line);
	free(l);
}

void status_free(struct status *s)
{
	if (!s)
		return;
	loop_cancel_timer(s->loop, &s->timer);
	LIST_EACH (node, following, &s->latest)
		latest_free(LIST_ENTRY(node, struct latest, node));
	buf_release(&s->frame);
	free(s);
}

/* -- What is told -- */

static struct latest *status_find(struct status *s, uint64_t sequence)
{
	LIST_EACH (node, following, &s->latest) {
		struct latest *l = LIST_ENTRY(node, struct latest, node);

		if (l->sequence == sequence)
			return l;
	}
	return NULL;
}

static void status_copy(char *to, const char *text)
{
	size_t length = strnlen(text, STATUS_TEXT);

	memcpy(to, text, length);
	to[length] = '\0';
}

void status_total(struct status *s, uint64_t total, bool known)
{
	if (!s || (s->progress.total == total && s->progress.total_known == known))
		return;
	progress_total(&s->progress, total, known);
	s->dirty = true;
}

void status_start(struct status *s, uint64_t sequence, const char *text)
{
	struct latest *l;

	if (!s)
		return;
	progress_start(&s->progress, loop_now(s->loop));
	status_copy(s->text, text);
	s->dirty = true;
	if (!s->config.latest)
		return;
	l = mem_zero(1, sizeof *l);
	l->sequence = sequence;
	status_copy(l->text, text);
	list_append(&s->latest, &l->node);
}

static void status_forget(struct status *s, uint64_t sequence)
{
	struct latest *l = status_find(s, sequence);

	if (l)
		latest_free(l);
	s->dirty = true;
}

void status_again(struct status *s, uint64_t sequence, nsec_t took)
{
	if (!s)
		return;
	progress_again(&s->progress, loop_now(s->loop), took);
	status_forget(s, sequence);
}

void status_done(struct status *s, const struct outcome *o, bool started)
{
	if (!s)
		return;
	if (!started)
		progress_start(&s->progress, loop_now(s->loop));
	progress_done(&s->progress, loop_now(s->loop), o->run_time, o);
	status_forget(s, o->sequence);
}

static void latest_add(struct latest *l, char c)
{
	if (c == '\n' || c == '\r') {
		if (l->line.length > l->whole) {
			memmove(l->line.data, l->line.data + l->whole, l->line.length - l->whole);
			l->line.length -= l->whole;
			l->whole = l->line.length;
		}
	} else if (l->line.length - l->whole < STATUS_LINE) {
		buf_add_char(&l->line, c);
	}
}

void status_output(struct status *s, uint64_t sequence, const char *bytes, size_t length)
{
	struct latest *l = s && s->config.latest ? status_find(s, sequence) : NULL;

	for (size_t i = 0; l && i < length; i++)
		latest_add(l, bytes[i]);
	if (l)
		s->dirty = true;
}

const char *status_latest(struct status *s, uint64_t sequence)
{
	struct latest *l = s ? status_find(s, sequence) : NULL;

	if (!l)
		return "";
	latest_add(l, '\n');
	return buf_text(&l->line);
}

/* -- Drawing -- */

static void status_write(struct status *s, const struct buf *text)
{
	/* A terminal that somebody has stopped must not stop the run. */
	if (text->length == 0)
		return;
	if (s->draws)
		(void)!fd_write_some(2, text->data, text->length);
	else
		fd_write_all(2, text->data, text->length);
}

/* To the start of the first line, and all behind it away. */
static void status_add_erase(struct status *s, struct buf *to)
{
	size_t columns = (size_t)term_columns(2), rows = 0;

	for (unsigned i = 0; i < s->shown; i++)
		rows += s->widths[i] > columns ? (s->widths[i] + columns - 1) / columns : 1;
	if (rows > 1)
		buf_add_format(to, "\x1b[%zuA", rows - 1);
	if (s->shown > 0)
		buf_add_string(to, "\r\x1b[J");
	s->shown = 0;
}

void status_hide(struct status *s)
{
	if (!s)
		return;
	s->spoke_at = clock_now();
	if (s->shown == 0)
		return;
	buf_reset(&s->frame);
	status_add_erase(s, &s->frame);
	status_write(s, &s->frame);
	s->dirty = s->hidden = true;
}

static void status_begin_line(struct status *s, size_t columns)
{
	if (s->shown > 0)
		buf_add_char(&s->frame, '\n');
	s->widths[s->shown++] = columns;
}

/* A line cut to the columns, all of it printable. */
static void status_add_cut(struct status *s, const char *text, size_t length, size_t columns)
{
	struct buf shown = {0};
	size_t used;

	quote_for_message(&shown, text, length, STATUS_LINE);
	length = width_cut(shown.data, shown.length, columns, &used);
	status_begin_line(s, used);
	buf_add(&s->frame, shown.data, length);
	buf_release(&shown);
}

static void status_add_latest(struct status *s, size_t columns)
{
	int rows = term_rows(2) - 2, skip;

	rows = rows < STATUS_LINES - 2 ? rows : STATUS_LINES - 2;
	skip = -rows;
	LIST_EACH (node, following, &s->latest)
		skip++;
	LIST_EACH (node, following, &s->latest) {
		struct latest *l = LIST_ENTRY(node, struct latest, node);
		struct buf line = {0};
		bool open = l->line.length > l->whole;

		if (skip-- > 0)
			continue;
		buf_add_format(&line, "%s: ", l->text);
		if (open)
			buf_add(&line, l->line.data + l->whole, l->line.length - l->whole);
		else
			buf_add(&line, l->line.data, l->whole);
		status_add_cut(s, line.data, line.length, columns);
		buf_release(&line);
	}
}

static void status_add_lines(struct status *s)
{
	size_t columns = (size_t)term_columns(2) - 1;
	nsec_t now = loop_now(s->loop);
	struct buf line = {0};

	if (s->config.latest)
		status_add_latest(s, columns);
	if (s->config.eta || s->config.progress) {
		progress_status(&s->progress, now, s->config.eta, &line);
		status_add_cut(s, line.data, line.length, columns);
	}
	if (s->config.bar) {
		status_begin_line(s, columns);
		progress_bar(&s->progress, now, columns, s->style, s->text, &s->frame);
	}
	buf_release(&line);
}

/* One write, so that nothing flickers. */
static void status_draw(struct status *s)
{
	buf_reset(&s->frame);
	status_add_erase(s, &s->frame);
	status_add_lines(s);
	status_write(s, &s->frame);
	s->dirty = s->hidden = false;
	s->drawn_at = loop_now(s->loop);
}

static void status_draw_zenity(struct status *s)
{
	buf_reset(&s->frame);
	progress_zenity(&s->progress, loop_now(s->loop), s->text, &s->frame);
	status_write(s, &s->frame);
	s->dirty = false;
	s->drawn_at = loop_now(s->loop);
}

static void status_beat(struct status *s)
{
	buf_reset(&s->frame);
	progress_line(&s->progress, loop_now(s->loop), "pp", &s->frame);
	status_write(s, &s->frame);
	s->spoke_at = loop_now(s->loop);
}

/* When there is something to draw next, NSEC_NEVER for never. */
static nsec_t status_due(const struct status *s)
{
	bool counts = s->config.bar || s->config.eta;
	nsec_t at = NSEC_NEVER;

	if (s->dirty)
		at = s->drawn_at < 0 ? loop_now(s->loop) : s->drawn_at + (s->hidden ? STATUS_BACK : STATUS_BETWEEN);
	else if (counts && s->progress.running > 0)
		at = s->drawn_at + STATUS_TICK;
	return at;
}

static void status_wake_at(struct status *s, nsec_t at)
{
	if (at != NSEC_NEVER)
		loop_set_timer(s->loop, &s->timer, at);
}

void status_turn(struct status *s, bool in_line)
{
	if (!s)
		return;
	if (s->draws || s->zenity) {
		if (status_due(s) <= loop_now(s->loop) && !in_line) {
			if (s->draws)
				status_draw(s);
			else
				status_draw_zenity(s);
		}
		status_wake_at(s, in_line ? NSEC_NEVER : status_due(s));
	} else if (s->config.heartbeat) {
		if (s->spoke_at + s->config.heartbeat <= loop_now(s->loop) && !in_line)
			status_beat(s);
		status_wake_at(s, s->spoke_at + s->config.heartbeat);
	}
}

void status_close(struct status *s, bool in_line)
{
	if (!s)
		return;
	if (s->draws && !in_line) {
		status_draw(s);
		if (s->shown > 0)
			(void)!fd_write_some(2, "\n", 1);
		s->shown = 0;
	} else if (s->zenity) {
		status_draw_zenity(s);
	}
	buf_reset(&s->frame);
	if (s->config.summary)
		progress_summary(&s->progress, loop_now(s->loop), "pp", &s->frame);
	status_write(s, &s->frame);
}
