#include "pool/line.h"

#include <errno.h>
#include <string.h>

#include "os/clock.h"
#include "os/fd.h"
#include "os/process.h"

static const nsec_t LINE_SETTLE = 2 * NSEC_PER_MSEC;
static const nsec_t LINE_MEASURE = 50 * NSEC_PER_MSEC;

/* -- Sending -- */

int line_hand(struct pool *p, struct slot *s, const struct task_message *m)
{
	struct program *pr = s->program;
	size_t before = pr->send.length;
	struct handed *h;

	if (dialog_add_task(&pr->dialog, &pr->send, m->sequence, m->try, m->words, m->bytes - 1) < 0)
		return EILSEQ;
	if (s->under_way == 0)
		line_progress(p, pr);
	/* Only frame has a word for being ready. Elsewhere it is the first answer. */
	if (s->under_way == 0 && pr->answers == 0 && pr->ready)
		line_limit_start(p, pr);
	h = slot_hand(s, m->id);
	h->sequence = m->sequence;
	h->from = pr->queued;
	h->to = pr->queued += pr->send.length - before;
	if (s->under_way <= p->config.program->inflight)
		h->begun = loop_now(p->loop);
	roster_make_dirty(p, s);
	return 0;
}

static size_t line_window(const struct pool *p, const struct slot *s)
{
	const struct pool_program *config = p->config.program;
	size_t most = p->config.prefetch, window;

	if (line_is_status(p) || most <= 1)
		return config->inflight;
	if (config->window)
		return config->window > config->inflight ? config->window : config->inflight;
	if (s->program->hungry)
		return LINE_HUNGRY;
	window = slot_window(s, most / config->inflight) * config->inflight;
	return window > config->inflight ? window : config->inflight;
}

bool line_takes_more(const struct pool *p, const struct slot *s)
{
	const struct program *pr = s->program;

	if (!pr->ready || pr->closing || pr->replace || pr->due[DUE_SETTLED] != NSEC_NEVER)
		return false;
	if (s->under_way < p->config.program->inflight)
		return true;
	return s->under_way < line_window(p, s) && pr->queued - slot_at(s, 0)->from < pr->ahead;
}

bool line_is_resting(const struct slot *s)
{
	return s->program->due[DUE_SETTLED] != NSEC_NEVER || s->program->replace;
}

static void line_expect_end(struct pool *p, struct program *pr)
{
	roster_retire(p, pr->slot, SLOT_ENDING);
	if (pr->due[DUE_GRACE] == NSEC_NEVER)
		pr->due[DUE_GRACE] = loop_now(p->loop) + NSEC_PER_SEC;
	line_arm(p, pr);
}

/* Whether a task under way may still have to be told to end: its program's input stays open then. */
static bool line_may_cancel(const struct pool *p, const struct program *pr)
{
	return p->config.program->inflight > 1 && dialog_can_cancel(&pr->dialog) && pr->slot && pr->slot->under_way > 0;
}

void line_write(struct pool *p, struct program *pr)
{
	if (pr->in < 0 || (!pr->ready && pr->sent < pr->send.length))
		return;
	switch (program_write(pr)) {
	case 0:
		if (!pr->room.added)
			loop_add(p->loop, &pr->room);
		return;
	case 1:
		loop_remove(p->loop, &pr->room);
		if (!pr->closing || line_may_cancel(p, pr))
			return;
	}
	loop_remove(p->loop, &pr->room);
	fd_close(&pr->in);
	/* Nobody reads it any more: mostly the program has ended, which will be heard of in a moment. */
	if (pr->sent < pr->send.length && pr->slot && !pr->doomed)
		line_expect_end(p, pr);
}

void line_flush(struct pool *p, struct slot *s)
{
	if (!s->program)
		return;
	line_write(p, s->program);
	line_schedule(p, s->program);
}

void line_on_room(struct watch *w, unsigned what)
{
	struct program *pr = w->arg;

	(void)what;
	line_write(pr->pool, pr);
}

/* -- Answers -- */

/* The text of a message, made fit for one line by whoever prints it. */
static void line_surplus(struct pool *p, struct program *pr, const char *bytes, size_t length)
{
	char text[PROGRAM_WORDS];
	size_t part = length < sizeof text - 1 ? length : sizeof text - 1;

	memcpy(text, bytes, part);
	while (part > 0 && (text[part - 1] == '\n' || text[part - 1] == '\0'))
		part--;
	text[part] = '\0';
	if (pr->slot && pr->slot->state != SLOT_ENDING) {
		line_fault(p, pr, NOTICE_SURPLUS, text);
		return;
	}
	/* It ends soon. Perhaps it would write without end until then. */
	line_notice(p, pr, NOTICE_SURPLUS, text);
	loop_want(p->loop, &pr->side[PROGRAM_OUT].watch, 0);
	loop_want(p->loop, &pr->side[PROGRAM_STATUSES].watch, 0);
}

/* The task that an event is about; NULL when there is none. */
static struct handed *line_task_of(const struct program *pr, const struct dialog_event *e)
{
	struct slot *s = pr->slot;

	if (!s || s->under_way == 0)
		return NULL;
	if (e->sequence == 0)
		return slot_at(s, 0);
	for (size_t i = 0; i < s->under_way; i++) {
		if (slot_at(s, i)->sequence == e->sequence)
			return slot_at(s, i);
	}
	return NULL;
}

static void line_hold(struct pool *p, struct program *pr)
{
	roster_hold(p, pr->slot, true);
	for (int i = 0; i < PROGRAM_SIDES; i++)
		loop_want(p->loop, &pr->side[i].watch, 0);
}

/* Returns false when the output has to wait. */
static bool line_output(struct pool *p, struct program *pr, uint64_t id, int which, const char *bytes, size_t length)
{
	if (length == 0 || p->events->output(p->arg, id, which, bytes, length))
		return true;
	line_hold(p, pr);
	return false;
}

/* One of the parts of an answer. Those that were taken already are not given again. */
static bool line_part(struct pool *p, struct program *pr, uint64_t id, unsigned part, const char *bytes, size_t length)
{
	static const int which[] = {1, 1, 2, 2};

	if (part < pr->given)
		return true;
	if (!line_output(p, pr, id, which[part], bytes, length))
		return false;
	pr->given = part + 1;
	return true;
}

static bool line_parts(struct pool *p, struct program *pr, uint64_t id, const struct dialog_event *e)
{
	if (!line_part(p, pr, id, 0, e->bytes, e->length) || !line_part(p, pr, id, 1, "\n", e->newline) ||
	    !line_part(p, pr, id, 2, e->message, e->message_length) ||
	    !line_part(p, pr, id, 3, "\n", e->message_length > 0))
		return false;
	pr->given = 0;
	return true;
}

/* After an answer: the next tasks count as begun. */
static void line_begin_next(struct pool *p, struct slot *s)
{
	size_t begun = line_begun(p, s);

	if (begun > 0 && slot_at(s, begun - 1)->begun == 0)
		slot_at(s, begun - 1)->begun = loop_now(p->loop);
}

static void line_done(struct pool *p, struct program *pr, const struct handed *task, int status)
{
	struct slot *s = pr->slot;
	struct done_message m = {
		.id = task->id,
		.cause = task->cause ? task->cause : DONE_EXITED,
		.value = status,
		.run_time = loop_now(p->loop) - (task->begun ? task->begun : loop_now(p->loop)),
		.peak_rss = -1,
	};

	m.start = p->real_offset + loop_now(p->loop) - m.run_time;
	if (slot_at(s, 0)->id == m.id)
		slot_drop_first(s);
	else
		slot_answered(s, m.id);
	pr->answers++;
	p->answered = true;
	line_begin_next(p, s);
	p->events->done(p->arg, s->number, &m);
}

/* A task is over. Returns false when its last output has to wait. */
static bool line_answer(struct pool *p, struct program *pr, struct handed *task, const struct dialog_event *e)
{
	if (!line_parts(p, pr, task->id, e))
		return false;
	line_done(p, pr, task, e->status);
	pr->replace = pr->replace || e->replace;
	return true;
}

static void line_is_ready(struct program *pr)
{
	pr->ready = true;
	pr->due[DUE_START] = NSEC_NEVER;
}

/* It may have its tasks now. Their time begins. */
static void line_greeted(struct pool *p, struct program *pr)
{
	if (pr->ready)
		return;
	line_is_ready(pr);
	for (size_t i = 0; pr->slot && i < line_begun(p, pr->slot); i++)
		slot_at(pr->slot, i)->begun = loop_now(p->loop);
	line_progress(p, pr);
	line_write(p, pr);
}

/* bytes: those of which the event was made. Returns false when nothing further may be taken now. */
static bool line_event(struct pool *p, struct program *pr, const char *bytes, const struct dialog_event *e)
{
	struct handed *task;

	switch (e->what) {
	case DIALOG_NONE:
		return false;
	case DIALOG_BAD:
		line_fault(p, pr, NOTICE_BAD, e->reason);
		return false;
	case DIALOG_READY:
		line_greeted(p, pr);
		return true;
	case DIALOG_REPLACE:
		pr->replace = true;
		return true;
	case DIALOG_SIGN:
		line_progress(p, pr);
		return true;
	default:
		break;
	}
	task = line_task_of(pr, e);
	if (!task) {
		line_surplus(p, pr, bytes, e->used);
		return false;
	}
	if (e->what == DIALOG_DONE && pr->answers == 0 && !program_has_read(pr)) {
		line_fault(p, pr, NOTICE_BAD, "it printed an answer before it had read a task");
		return false;
	}
	if (e->what == DIALOG_DONE)
		return line_answer(p, pr, task, e);
	return line_output(p, pr, task->id, e->what == DIALOG_ERRORS ? 2 : 1, e->bytes, e->length);
}

/* Takes the events that stand in a side. */
static void line_take_side(struct pool *p, struct program *pr, int i, bool ended)
{
	struct program_side *side = &pr->side[i];

	while (side->taken < side->bytes.length && !pr->doomed && !(pr->slot && pr->slot->held)) {
		const char *bytes = side->bytes.data + side->taken;
		size_t length = side->bytes.length - side->taken;
		struct dialog_event e;

		if (i == PROGRAM_STATUSES)
			dialog_next_status(&pr->dialog, bytes, length, ended, &e);
		else
			dialog_next(&pr->dialog, bytes, length, ended, &e);
		if (!line_event(p, pr, bytes, &e))
			return;
		dialog_take(&pr->dialog, &e);
		side->taken += e.used;
	}
	if (pr->doomed)
		side->taken = side->bytes.length;
}

/* -- Standard error -- */

static void line_keep_words(struct program *pr, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != '\n') {
			if (pr->words.length + 1 < PROGRAM_WORDS)
				buf_add_char(&pr->words, bytes[i]);
			continue;
		}
		if (pr->words.length > 0)
			strcpy(pr->last_words, buf_text(&pr->words));
		buf_reset(&pr->words);
	}
}

const char *line_last_words(struct program *pr)
{
	return pr->words.length > 0 ? buf_text(&pr->words) : pr->last_words;
}

/* It is the first task's, where one is under way. */
static void line_take_errors(struct pool *p, struct program *pr)
{
	struct program_side *side = &pr->side[PROGRAM_ERRORS];
	const char *bytes = side->bytes.data + side->taken;
	size_t length = side->bytes.length - side->taken;

	if (length == 0 || (pr->slot && pr->slot->held))
		return;
	if (!pr->slot || pr->slot->under_way == 0)
		p->events->aside(p->arg, bytes, length);
	else if (!line_output(p, pr, slot_at(pr->slot, 0)->id, 2, bytes, length))
		return;
	line_keep_words(pr, bytes, length);
	side->taken = side->bytes.length;
}

/* -- Reading -- */

/* What the answers say of the time that tasks take, and of the worker. */
static void line_learn(struct pool *p, struct program *pr, uint64_t before, nsec_t since)
{
	struct slot *s = pr->slot;
	uint64_t answers = pr->answers - before;
	nsec_t now = loop_now(p->loop);

	if (answers == 0 || !s)
		return;
	line_progress(p, pr);
	slot_learn(s, (now - since) / (nsec_t)answers);
	if (pr->answers > 1)
		s->faults = 0;
	if (pr->dialog.config.protocol != DIALOG_FRAME)
		line_is_ready(pr);
	if (before == 0 && s->under_way == 0)
		pr->due[DUE_SETTLED] = now + (pr->settles_for = LINE_SETTLE);
	if (s->under_way == 0)
		pr->rested_at = now;
}

/* Whether it has grown too large. */
static bool line_is_large(struct pool *p, struct program *pr)
{
	uint64_t most = p->config.program->max_memory;

	if (most == 0 || pr->pid == 0 || loop_now(p->loop) < pr->measured_at + LINE_MEASURE)
		return false;
	pr->measured_at = loop_now(p->loop);
	return process_memory(pr->pid) > (long long)most;
}

/* After any change: what the slot may take now, and whether its program stays. */
void line_settle(struct pool *p, struct program *pr)
{
	struct slot *s = pr->slot;

	if (!s || pr->doomed)
		return;
	if (s->state == SLOT_CLOSING && s->under_way == 0) {
		line_depart(p, pr);
		return;
	}
	if (s->state == SLOT_LIVE && line_is_large(p, pr))
		pr->replace = true;
	if (s->state == SLOT_LIVE && pr->replace && s->under_way == 0)
		line_renew(p, pr);
	roster_place(p, s);
	line_schedule(p, pr);
}

void line_take(struct pool *p, struct program *pr, bool ended)
{
	struct slot *s = pr->slot;
	uint64_t before = pr->answers;
	nsec_t since = s && s->under_way ? slot_at(s, 0)->begun : 0;

	p->real_offset = clock_real() - clock_now();
	line_take_errors(p, pr);
	line_take_side(p, pr, PROGRAM_OUT, ended);
	line_take_side(p, pr, PROGRAM_STATUSES, ended);
	line_learn(p, pr, before, since);
}

static void line_side_closed(struct pool *p, struct program *pr, int side)
{
	loop_remove(p->loop, &pr->side[side].watch);
	/* It cannot answer any more. Mostly it has ended, which will be heard of in a moment. */
	if (side == line_answers_on(p) && pr->slot && !pr->doomed && pr->pid > 0)
		line_expect_end(p, pr);
}

/* What stands in the pipe, but not all that is added by one who writes without end. */
void line_read_rest(struct pool *p, struct program *pr, int side)
{
	ssize_t n = 1;

	for (size_t total = 0; pr->side[side].fd >= 0 && n > 0 && total < LINE_REST; total += (size_t)n)
		n = program_read(pr, side);
	if (n < 0)
		line_side_closed(p, pr, side);
}

static int line_side_of(const struct program *pr, const struct watch *w)
{
	int side = 0;

	while (w != &pr->side[side].watch)
		side++;
	return side;
}

void line_on_side(struct watch *w, unsigned what)
{
	struct program *pr = w->arg;
	struct pool *p = pr->pool;
	int side = line_side_of(pr, w);
	int fd = pr->side[PROGRAM_ERRORS].fd;

	(void)what;
	if (side != PROGRAM_ERRORS && fd >= 0 && program_read(pr, PROGRAM_ERRORS) < 0)
		line_side_closed(p, pr, PROGRAM_ERRORS);
	if (program_read(pr, side) < 0)
		line_side_closed(p, pr, side);
	if (side == PROGRAM_STATUSES) {
		/* All output that was written before the status is there when the status is. */
		line_read_rest(p, pr, PROGRAM_OUT);
		line_read_rest(p, pr, PROGRAM_ERRORS);
	}
	line_take(p, pr, false);
	line_settle(p, pr);
	line_check_gone(p, pr);
}

void line_resume(struct pool *p, struct slot *s)
{
	struct program *pr = s->program;

	roster_hold(p, s, false);
	for (int i = 0; i < PROGRAM_SIDES; i++)
		loop_want(p->loop, &pr->side[i].watch, LOOP_READ);
	line_take(p, pr, false);
	line_settle(p, pr);
	line_check_gone(p, pr);
}
