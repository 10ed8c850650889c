/*
 * A slot's worker is a program (program.h). Tasks are written ahead into its pipe as the time that they take allows; their answers
 * come in order, or with numbers where the protocol has them. The first tasks under way, as many as it executes at a time, count as
 * begun; the first one of a worker that dies is suspect and lost with it, unless the program had not read it; the others come back.
 *
 * A worker that is to go finishes what it has; with nothing under way it departs: its input is closed, the slot is free for
 * another one, and it gets a grace to end before the ladder begins. One that is ended in the midst of its tasks keeps the slot
 * until it is gone.
 *
 * It is gone when it is reaped and its pipes are at end of file, or a descendant has kept them for too long.
 */
#include "pool/line_crew.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/process.h"
#include "pool/guard.h"
#include "pool/program.h"

enum {
	LINE_AHEAD = 64 * 1024,             /* bytes of tasks under way per worker */
	LINE_AHEAD_MOST = 16 * 1024 * 1024, /* the same for one that does not answer before it has so many */
	LINE_HUNGRY = 256 * 1024,           /* and tasks */
	LINE_DEATHS = 12,        /* workers lost in a row in a slot that is given up, unless ROSTER_DEATHS is enough */
	LINE_FAULTS = 5,         /* workers in a row that gave one answer, then broke the protocol */
	LINE_REST = 1024 * 1024, /* bytes that a pipe holds at most */
};

static const nsec_t LINE_SETTLE = 2 * NSEC_PER_MSEC;
static const nsec_t LINE_RECALL = 5 * NSEC_PER_MSEC;
static const nsec_t LINE_LOOK = 250 * NSEC_PER_MSEC;
static const nsec_t LINE_GRACE = 5 * NSEC_PER_SEC;
static const nsec_t LINE_DRAIN = 250 * NSEC_PER_MSEC;
static const nsec_t LINE_MEASURE = 50 * NSEC_PER_MSEC;

static void line_on_timer(struct timer *t);
static void line_on_side(struct watch *w, unsigned what);
static void line_on_room(struct watch *w, unsigned what);
static void line_check_gone(struct pool *p, struct program *pr);
static void line_take(struct pool *p, struct program *pr, bool ended);

static bool line_is_status(const struct pool *p)
{
	return p->config.program->dialog.protocol == DIALOG_FD;
}

/* The side on which a task is answered. */
static int line_answers_on(const struct pool *p)
{
	return line_is_status(p) ? PROGRAM_STATUSES : PROGRAM_OUT;
}

static void line_notice(struct pool *p, const struct program *pr, enum pool_notice what, const char *text)
{
	uint64_t bit = (uint64_t)1 << what;

	if (p->told & bit)
		return;
	p->told |= bit;
	p->events->notice(p->arg, pr->number, what, pr->status, text);
}

/* -- Time -- */

/* The timer is only ever set earlier: a deadline that was put off costs one idle waking. */
static void line_arm(struct pool *p, struct program *pr)
{
	nsec_t at = NSEC_NEVER;

	for (int i = 0; i < DUE_COUNT; i++)
		at = pr->due[i] < at ? pr->due[i] : at;
	if (at != NSEC_NEVER && (!loop_timer_is_set(&pr->timer) || at < pr->timer.node.key))
		loop_set_timer(p->loop, &pr->timer, at);
}

/* The tasks that the program executes at the moment. */
static size_t line_begun(const struct pool *p, const struct slot *s)
{
	return s->under_way < p->config.program->inflight ? s->under_way : p->config.program->inflight;
}

/* When the time of a task is over. Where no word for being ready is known, the time that the program takes to start is part of its
   first task's. */
static nsec_t line_time_over(const struct pool *p, const struct program *pr, const struct handed *task)
{
	const struct pool_program *config = p->config.program;
	bool starts = pr->answers == 0 && config->dialog.protocol != DIALOG_FRAME;

	return task->begun + config->timeout + (starts ? config->start_limit : 0);
}

static nsec_t line_limit(const struct pool *p, const struct program *pr)
{
	const struct pool_program *config = p->config.program;
	nsec_t at = NSEC_NEVER;

	if (config->timeout == 0 || !pr->slot || !pr->ready || pr->doomed || pr->stopped_at)
		return NSEC_NEVER;
	for (size_t i = 0; i < line_begun(p, pr->slot); i++) {
		const struct handed *h = slot_at(pr->slot, i);
		nsec_t end = line_time_over(p, pr, h);

		if (h->cause == 0 && end < at)
			at = end;
	}
	return at;
}

/* After tasks were handed over or answered. */
static void line_schedule(struct pool *p, struct program *pr)
{
	struct slot *s = pr->slot;
	bool busy = s && s->under_way > 0 && !pr->doomed;
	bool waits = busy && s->under_way > p->config.program->inflight && !pr->hungry;
	nsec_t idle = p->config.program->max_idle;
	bool looks;

	pr->due[DUE_LIMIT] = line_limit(p, pr);
	pr->due[DUE_RECALL] = NSEC_NEVER;
	if (waits && slot_first(s)->id != pr->recalled)
		pr->due[DUE_RECALL] = slot_first(s)->begun + LINE_RECALL;
	/* One that executes several tasks reads on while it does. */
	looks = busy && (!pr->ready || (pr->ahead < LINE_AHEAD_MOST && p->config.program->inflight == 1));
	pr->due[DUE_LOOK] = looks ? pr->progress_at + pr->look_after : NSEC_NEVER;
	pr->due[DUE_IDLE] = !busy && s && idle && !pr->closing ? pr->rested_at + idle : NSEC_NEVER;
	line_arm(p, pr);
}

static void line_progress(struct pool *p, struct program *pr)
{
	pr->progress_at = loop_now(p->loop);
	pr->look_after = LINE_LOOK;
	pr->was_stuck = false;
}

/* -- Starting -- */

static int line_watch(struct pool *p, struct program *pr)
{
	pr->room = (struct watch){.fd = pr->in, .want = LOOP_WRITE, .ready = line_on_room, .arg = pr};
	pr->timer = (struct timer){.expired = line_on_timer, .arg = pr};
	for (int i = 0; i < PROGRAM_SIDES; i++) {
		struct program_side *side = &pr->side[i];

		side->watch = (struct watch){.fd = side->fd, .want = LOOP_READ, .ready = line_on_side, .arg = pr};
		if (side->fd >= 0 && loop_add(p->loop, &side->watch) < 0)
			return -1;
	}
	return 0;
}

static void line_unwatch(struct pool *p, struct program *pr)
{
	loop_remove(p->loop, &pr->room);
	for (int i = 0; i < PROGRAM_SIDES; i++)
		loop_remove(p->loop, &pr->side[i].watch);
	loop_cancel_timer(p->loop, &pr->timer);
}

static void line_kill_now(struct pool *p, struct program *pr)
{
	line_unwatch(p, pr);
	program_signal(pr, SIGKILL);
	if (pr->pid > 0)
		wait_for(pr->pid);
	program_free(pr);
}

/* In the guard: the programs' pipes must not stay open there. */
static void line_detach(void *arg)
{
	struct pool *p = arg;

	for (size_t i = 0; i < p->slot_count; i++) {
		if (p->slots[i]->program)
			program_close(p->slots[i]->program);
	}
	LIST_EACH (node, following, &p->departed)
		program_close(LIST_ENTRY(node, struct program, departed));
	p->config.detach(p->config.detach_arg);
}

static int line_open_guard(struct pool *p)
{
	return p->guard.pid > 0 ? 0 : guard_start(&p->guard, line_detach, p);
}

static void line_limit_start(struct pool *p, struct program *pr)
{
	if (p->config.program->start_limit)
		pr->due[DUE_START] = loop_now(p->loop) + p->config.program->start_limit;
}

static int line_start(struct pool *p, struct slot *s)
{
	const struct pool_program *config = p->config.program;
	struct program *pr;
	bool in_exec;
	int code;

	if (line_open_guard(p) < 0)
		return -1;
	pr = program_new(config, s->number, guard_place(&p->guard), &in_exec);
	if (!pr) {
		code = errno;
		if (in_exec) {
			p->dead = true;
			p->events->no_program(p->arg, code);
		}
		errno = code;
		return -1;
	}
	pr->pool = p;
	if (line_watch(p, pr) < 0) {
		code = errno;
		line_kill_now(p, pr);
		errno = code;
		return -1;
	}
	pr->slot = s;
	s->program = pr;
	s->state = SLOT_LIVE;
	s->tasks = 0;
	s->average = 0;
	s->hungry = false;
	pr->ahead = LINE_AHEAD;
	p->live++;
	p->workers++;
	if (config->dialog.protocol == DIALOG_FRAME)
		line_limit_start(p, pr);
	pr->due[DUE_AGE] = config->max_age ? pr->started_at + config->max_age : NSEC_NEVER;
	line_schedule(p, pr);
	return 0;
}

/* -- Sending -- */

static int line_hand(struct pool *p, struct slot *s, const struct task_message *m)
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

static bool line_takes_more(const struct pool *p, const struct slot *s)
{
	const struct program *pr = s->program;

	if (!pr->ready || pr->closing || pr->replace || pr->due[DUE_SETTLED] != NSEC_NEVER)
		return false;
	if (s->under_way < p->config.program->inflight)
		return true;
	return s->under_way < line_window(p, s) && pr->queued - slot_at(s, 0)->from < pr->ahead;
}

static bool line_is_resting(const struct slot *s)
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

static void line_write(struct pool *p, struct program *pr)
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

static void line_flush(struct pool *p, struct slot *s)
{
	if (!s->program)
		return;
	line_write(p, s->program);
	line_schedule(p, s->program);
}

static void line_on_room(struct watch *w, unsigned what)
{
	struct program *pr = w->arg;

	(void)what;
	line_write(pr->pool, pr);
}

/* -- Going -- */

/* Its input ends, and then it should. */
static void line_close(struct pool *p, struct program *pr)
{
	pr->closing = true;
	line_write(p, pr);
	pr->due[DUE_GRACE] = loop_now(p->loop) + LINE_GRACE;
	line_schedule(p, pr);
}

static bool line_is_crowded(const struct pool *p)
{
	return p->workers > 2 * p->config.size;
}

static void line_leave(struct pool *p, struct program *pr)
{
	pr->slot = NULL;
	list_append(&p->departed, &pr->departed);
	line_close(p, pr);
}

/* The program leaves its slot to another one, unless too many have left that take long to end. */
static void line_depart(struct pool *p, struct program *pr)
{
	struct slot *s = pr->slot;

	if (line_is_crowded(p)) {
		roster_retire(p, s, SLOT_ENDING);
		line_close(p, pr);
		return;
	}
	roster_retire(p, s, SLOT_EMPTY);
	s->program = NULL;
	line_leave(p, pr);
}

static void line_bye(struct pool *p, struct slot *s)
{
	struct program *pr = s->program;

	pr->closing = true;
	if (s->under_way == 0) {
		line_depart(p, pr);
		return;
	}
	roster_retire(p, s, SLOT_CLOSING);
	roster_make_dirty(p, s);
}

static void line_stay(struct pool *p, struct program *pr)
{
	struct slot *s = pr->slot;

	s->state = SLOT_LIVE;
	p->live++;
	pr->replace = false;
	if (p->config.program->max_age)
		pr->due[DUE_AGE] = loop_now(p->loop) + NSEC_PER_SEC;
	roster_place(p, s);
}

/* Another program takes its place, and is started first; where none can be started now it stays. */
static void line_renew(struct pool *p, struct program *pr)
{
	struct slot *s = pr->slot;

	if (s->state != SLOT_LIVE || pr->doomed)
		return;
	if (line_is_crowded(p)) {
		line_depart(p, pr);
		return;
	}
	roster_retire(p, s, SLOT_EMPTY);
	if (line_start(p, s) < 0) {
		line_stay(p, pr);
		return;
	}
	line_leave(p, pr);
	roster_place(p, s);
}

static void line_want_renewal(struct pool *p, struct program *pr)
{
	pr->replace = true;
	pr->due[DUE_AGE] = NSEC_NEVER;
	if (pr->slot && pr->slot->under_way == 0)
		line_renew(p, pr);
}

/* -- Ending -- */

static nsec_t line_step_wait(const struct termseq *ladder, unsigned step)
{
	return step + 1 < ladder->count && ladder->steps[step].wait > 0 ? ladder->steps[step].wait : NSEC_PER_SEC;
}

/* The next step, or another signal in its stead. */
static void line_climb(struct pool *p, struct program *pr, int signal)
{
	const struct termseq *ladder = p->config.program->ladder;

	if (signal == 0)
		signal = pr->step < ladder->count ? ladder->steps[pr->step].signal : SIGKILL;
	program_signal(pr, signal);
	if (signal != SIGKILL)
		program_signal(pr, SIGCONT);
	pr->due[DUE_STEP] = loop_now(p->loop) + line_step_wait(ladder, pr->step);
	pr->step++;
}

/* What was not begun comes back. */
static void line_give_back(struct pool *p, struct slot *s, size_t kept)
{
	size_t count = s->under_way;

	s->under_way = kept;
	s->tasks -= count - kept;
	for (size_t i = kept; i < count; i++)
		p->events->back(p->arg, slot_at(s, i)->id);
}

/* It is ended with the signal, 0 for the first one of the ladder, then with the rest of the ladder. */
static void line_doom(struct pool *p, struct program *pr, int signal)
{
	struct slot *s = pr->slot;
	bool again = pr->doomed;

	pr->doomed = true;
	if (s && !again) {
		roster_hold(p, s, false);
		roster_retire(p, s, SLOT_ENDING);
		line_give_back(p, s, line_begun(p, s));
	}
	for (int i = 0; i < PROGRAM_SIDES; i++)
		loop_want(p->loop, &pr->side[i].watch, LOOP_READ);
	if (signal == SIGKILL)
		pr->step = (unsigned)p->config.program->ladder->count;
	if (!again || signal == SIGKILL)
		line_climb(p, pr, signal);
	line_schedule(p, pr);
}

/* It broke the protocol. What it has begun counts as lost with it. */
static void line_fault(struct pool *p, struct program *pr, enum pool_notice what, const char *text)
{
	line_notice(p, pr, what, text);
	pr->faulty = true;
	line_doom(p, pr, 0);
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

static const char *line_last_words(struct program *pr)
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
		pr->due[DUE_SETTLED] = now + LINE_SETTLE;
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
static void line_settle(struct pool *p, struct program *pr)
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

static void line_take(struct pool *p, struct program *pr, bool ended)
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
static void line_read_rest(struct pool *p, struct program *pr, int side)
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

static void line_on_side(struct watch *w, unsigned what)
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

static void line_resume(struct pool *p, struct slot *s)
{
	struct program *pr = s->program;

	roster_hold(p, s, false);
	for (int i = 0; i < PROGRAM_SIDES; i++)
		loop_want(p->loop, &pr->side[i].watch, LOOP_READ);
	line_take(p, pr, false);
	line_settle(p, pr);
	line_check_gone(p, pr);
}

/* -- The end -- */

/* How a task of a worker that is gone ended. */
static void line_end_task(struct pool *p, const struct program *pr, const struct handed *task, bool suspect)
{
	struct done_message m = {.id = task->id, .cause = task->cause, .peak_rss = -1};

	if (task->cause) {
		m.run_time = loop_now(p->loop) - task->begun;
		m.start = p->real_offset + task->begun;
		m.value = WIFSIGNALED(pr->status) ? -WTERMSIG(pr->status) : WEXITSTATUS(pr->status);
		p->events->done(p->arg, pr->number, &m);
	} else if (suspect) {
		p->events->lost(p->arg, pr->number, task->id, pr->status);
	} else {
		p->events->back(p->arg, task->id);
	}
}

static void line_sort_tasks(struct pool *p, struct program *pr, struct slot *s)
{
	bool own_end = !pr->doomed || pr->faulty;
	bool first = true;

	while (s->under_way > 0) {
		struct handed task = *slot_at(s, 0);
		bool suspect = first && own_end && task.from < pr->written;

		slot_drop_first(s);
		line_end_task(p, pr, &task, suspect);
		first = false;
	}
}

/* Whether no further worker is to be started in the slot: one that ends before it reads anything will do so again. */
static bool line_is_hopeless(const struct pool *p, const struct program *pr, const struct slot *s)
{
	if (p->answered)
		return pr->written == 0 && s->deaths > LINE_DEATHS;
	return s->deaths > (pr->written == 0 ? ROSTER_DEATHS : LINE_DEATHS);
}

static void line_was_faulty(struct pool *p, struct program *pr, struct slot *s)
{
	roster_back_off(s);
	if (pr->answers <= 1)
		s->faults++;
	if (s->faults < LINE_FAULTS)
		return;
	s->state = SLOT_BANNED;
	line_notice(p, pr, NOTICE_GIVEN_UP, "");
}

static bool line_ended_well(const struct program *pr)
{
	return WIFEXITED(pr->status) && WEXITSTATUS(pr->status) == 0;
}

/* A worker of the slot has ended that was not told to. */
static void line_vanished(struct pool *p, struct program *pr, struct slot *s, bool worked)
{
	if (pr->faulty) {
		line_was_faulty(p, pr, s);
		return;
	}
	if (line_ended_well(pr) && pr->answers > 0 && !worked) {
		if (pr->answers == 1)
			line_notice(p, pr, NOTICE_ONE_SHOT, "");
		return;
	}
	roster_back_off(s);
	if (line_is_hopeless(p, pr, s)) {
		s->state = SLOT_BANNED;
		line_notice(p, pr, NOTICE_NO_START, line_last_words(pr));
	} else if (pr->written > 0 || pr->answers > 0) {
		p->events->vanished(p->arg, s->number, pr->status, line_last_words(pr));
	}
}

static void line_leave_slot(struct pool *p, struct program *pr)
{
	struct slot *s = pr->slot;
	bool worked;

	program_take_back(pr);
	worked = s->under_way > 0 && slot_at(s, 0)->from < pr->written;
	roster_hold(p, s, false);
	roster_retire(p, s, SLOT_EMPTY);
	list_remove(&s->dirty_node);
	s->program = NULL;
	if (pr->faulty || (!pr->doomed && (!pr->closing || s->under_way > 0)))
		line_vanished(p, pr, s, worked);
	line_sort_tasks(p, pr, s);
}

static void line_gone(struct pool *p, struct program *pr)
{
	bool failed = pr->doomed || pr->status != 0;

	line_unwatch(p, pr);
	if (failed)
		kill(-pr->group, SIGKILL);
	p->workers--;
	list_remove(&pr->departed);
	if (pr->slot)
		line_leave_slot(p, pr);
	program_free(pr);
}

static void line_check_gone(struct pool *p, struct program *pr)
{
	if (pr->pid > 0)
		return;
	if (pr->slot && pr->slot->held) {
		pr->due[DUE_DRAIN] = NSEC_NEVER;
		return;
	}
	for (int i = 0; i < PROGRAM_SIDES; i++) {
		if (pr->side[i].fd < 0)
			continue;
		if (pr->due[DUE_DRAIN] == NSEC_NEVER)
			pr->due[DUE_DRAIN] = loop_now(p->loop) + LINE_DRAIN;
		line_arm(p, pr);
		return;
	}
	/* What one that was killed left half written is no answer. */
	line_take(p, pr, line_ended_well(pr));
	if (pr->slot && pr->slot->held)
		return;
	line_gone(p, pr);
}

static void line_close_sides(struct pool *p, struct program *pr)
{
	for (int i = 0; i < PROGRAM_SIDES; i++) {
		loop_remove(p->loop, &pr->side[i].watch);
		fd_close(&pr->side[i].fd);
	}
}

static void line_reap(struct pool *p, struct program *pr, int status)
{
	pr->pid = 0;
	pr->status = status;
	*pr->guarded = 0;
	pr->due[DUE_STEP] = NSEC_NEVER;
	if (pr->slot && !pr->doomed)
		roster_retire(p, pr->slot, SLOT_ENDING);
	if (pr->doomed)
		kill(-pr->group, SIGKILL);
	for (int i = 0; i < PROGRAM_SIDES; i++) {
		if (!(pr->slot && pr->slot->held))
			line_read_rest(p, pr, i);
	}
	line_take(p, pr, false);
	line_check_gone(p, pr);
}

static bool line_reaped(struct pool *p, const struct wait_result *r)
{
	if (r->pid == p->guard.pid) {
		guard_ended(&p->guard);
		line_open_guard(p);
		return true;
	}
	for (size_t i = 0; i < p->slot_count; i++) {
		struct program *pr = p->slots[i]->program;

		if (pr && pr->pid == r->pid) {
			line_reap(p, pr, r->status);
			return true;
		}
	}
	LIST_EACH (node, following, &p->departed) {
		struct program *pr = LIST_ENTRY(node, struct program, departed);

		if (pr->pid == r->pid) {
			line_reap(p, pr, r->status);
			return true;
		}
	}
	return false;
}

/* -- What is due -- */

/* Takes back the tasks that wait behind a long one, as far as the program has not read them. */
static void line_recall(struct pool *p, struct slot *s)
{
	struct program *pr = s->program;
	size_t kept;

	if (!pr || pr->doomed || s->under_way <= line_begun(p, s))
		return;
	program_take_back(pr);
	kept = s->under_way;
	while (kept > line_begun(p, s) && slot_at(s, kept - 1)->from >= pr->written)
		kept--;
	if (kept < s->under_way) {
		program_cut(pr, slot_at(s, kept)->from);
		s->average = 0;
		line_give_back(p, s, kept);
	}
	line_write(p, pr);
	roster_place(p, s);
	line_schedule(p, pr);
}

/* The time of tasks is over. */
static void line_expire(struct pool *p, struct program *pr)
{
	const struct pool_program *config = p->config.program;
	struct slot *s = pr->slot;
	bool cancels = false;

	for (size_t i = 0; i < line_begun(p, s); i++) {
		struct handed *h = slot_at(s, i);

		if (h->cause || line_time_over(p, pr, h) > loop_now(p->loop))
			continue;
		h->cause = DONE_TIMEOUT;
		cancels = config->inflight > 1 && dialog_can_cancel(&pr->dialog);
		if (cancels)
			dialog_add_cancel(&pr->dialog, &pr->send, h->sequence);
	}
	if (!cancels) {
		line_doom(p, pr, 0);
		return;
	}
	line_write(p, pr);
	pr->due[DUE_GRACE] = loop_now(p->loop) + line_step_wait(config->ladder, 0);
	line_schedule(p, pr);
}

static void line_look(struct pool *p, struct program *pr)
{
	bool stuck = !pr->slot->held && program_is_stuck(pr);

	if (stuck && pr->was_stuck && !pr->ready) {
		line_fault(p, pr, NOTICE_BAD, "it waits for a task, but has not said H 1");
		return;
	}
	if (stuck && pr->was_stuck) {
		line_notice(p, pr, NOTICE_BUFFERS, "");
		if (pr->hungry)
			pr->ahead *= 2;
		pr->hungry = pr->slot->hungry = true;
		roster_place(p, pr->slot);
	}
	pr->look_after += stuck && !pr->was_stuck ? LINE_LOOK : pr->look_after;
	pr->was_stuck = stuck;
	line_schedule(p, pr);
}

static bool line_has_cancelled(const struct slot *s)
{
	for (size_t i = 0; s && i < s->under_way; i++) {
		if (slot_at(s, i)->cause)
			return true;
	}
	return false;
}

/* Whether the first task, which was not written whole, never will be. */
static bool line_is_deaf(const struct program *pr)
{
	return pr->in < 0 && slot_at(pr->slot, 0)->to > pr->written;
}

/* The grace is over: after the end of its input or of its answers, or for a task that it was to give up. */
static void line_grace_over(struct pool *p, struct program *pr)
{
	struct slot *s = pr->slot;
	bool owes = s && s->under_way > 0 && !line_has_cancelled(s);

	if (owes && line_is_deaf(pr))
		line_fault(p, pr, NOTICE_BAD, "it closed its standard input");
	else if (owes && pr->side[line_answers_on(p)].fd < 0)
		line_fault(p, pr, NOTICE_BAD, "it closed its standard output");
	else if (!owes && (!s || s->under_way > 0 || s->state != SLOT_LIVE))
		line_doom(p, pr, 0);
}

static void line_drained(struct pool *p, struct program *pr)
{
	if (!(pr->slot && pr->slot->held))
		line_close_sides(p, pr);
	line_check_gone(p, pr);
}

static void line_start_limit(struct pool *p, struct program *pr)
{
	if (!pr->slot || pr->doomed)
		return;
	line_notice(p, pr, NOTICE_SLOW_START, "");
	pr->faulty = true;
	line_doom(p, pr, 0);
}

/* Each may free the program when it is the last thing to be done. */
static void line_due(struct pool *p, struct program *pr, enum program_due what)
{
	switch (what) {
	case DUE_SETTLED:
		line_settle(p, pr);
		break;
	case DUE_RECALL:
		pr->recalled = slot_at(pr->slot, 0)->id;
		line_recall(p, pr->slot);
		break;
	case DUE_LOOK:
		line_look(p, pr);
		break;
	case DUE_LIMIT:
		line_expire(p, pr);
		break;
	case DUE_START:
		line_start_limit(p, pr);
		break;
	case DUE_STEP:
		line_climb(p, pr, 0);
		break;
	case DUE_GRACE:
		line_grace_over(p, pr);
		break;
	case DUE_IDLE:
		if (pr->slot->state == SLOT_LIVE)
			line_bye(p, pr->slot);
		break;
	case DUE_AGE:
		line_want_renewal(p, pr);
		break;
	case DUE_DRAIN:
	case DUE_COUNT:
		break;
	}
}

static void line_on_timer(struct timer *t)
{
	struct program *pr = t->arg;
	struct pool *p = pr->pool;
	nsec_t now = loop_now(p->loop);

	for (int i = 0; i < DUE_COUNT; i++) {
		if (pr->due[i] > now || i == DUE_DRAIN)
			continue;
		pr->due[i] = NSEC_NEVER;
		line_due(p, pr, (enum program_due)i);
	}
	line_arm(p, pr);
	if (pr->due[DUE_DRAIN] <= now)
		line_drained(p, pr);
}

/* -- From above -- */

static void line_cancel(struct pool *p, struct slot *s, uint64_t id, int signal)
{
	struct program *pr = s->program;

	for (size_t i = 0; pr && i < line_begun(p, s); i++) {
		struct handed *h = slot_at(s, i);

		if (h->id != id)
			continue;
		if (h->cause == 0)
			h->cause = DONE_CANCELLED;
		line_doom(p, pr, signal);
		return;
	}
}

/* All that may go goes at once. */
static void line_end(struct pool *p, int signal)
{
	for (size_t i = 0; i < p->slot_count; i++) {
		struct slot *s = p->slots[i];

		if (s->state == SLOT_LIVE && s->under_way == 0)
			line_bye(p, s);
		if (s->program && s->under_way == 0)
			line_doom(p, s->program, signal);
	}
	LIST_EACH (node, following, &p->departed)
		line_doom(p, LIST_ENTRY(node, struct program, departed), signal);
}

static void line_signal_program(struct pool *p, struct program *pr, int signal)
{
	nsec_t now = loop_now(p->loop);

	program_signal(pr, signal);
	if (signal == SIGTSTP && !pr->stopped_at)
		pr->stopped_at = now;
	if (signal == SIGCONT && pr->stopped_at) {
		/* The time that a task stood still does not count against its limit. */
		for (size_t i = 0; pr->slot && i < line_begun(p, pr->slot); i++)
			slot_at(pr->slot, i)->begun += now - pr->stopped_at;
		pr->stopped_at = 0;
	}
	line_schedule(p, pr);
}

static void line_signal(struct pool *p, struct slot *s, int signal)
{
	if (s->program)
		line_signal_program(p, s->program, signal);
}

/* Nothing more is to be handed over: who waits for more before it answers gets the end of its input. */
static void line_starve(struct pool *p, struct slot *s)
{
	if (s->program && s->program->hungry && s->state == SLOT_LIVE)
		line_bye(p, s);
}

static void line_kill(struct pool *p, struct slot *s)
{
	if (s->program)
		line_kill_now(p, s->program);
	s->program = NULL;
}

static void line_release(struct pool *p)
{
	LIST_EACH (node, following, &p->departed)
		line_kill_now(p, LIST_ENTRY(node, struct program, departed));
	guard_stop(&p->guard);
}

const struct crew line_crew = {
	.start = line_start,
	.hand = line_hand,
	.takes_more = line_takes_more,
	.is_resting = line_is_resting,
	.flush = line_flush,
	.bye = line_bye,
	.cancel = line_cancel,
	.end = line_end,
	.recall = line_recall,
	.signal = line_signal,
	.starve = line_starve,
	.resume = line_resume,
	.reaped = line_reaped,
	.kill = line_kill,
	.release = line_release,
};
