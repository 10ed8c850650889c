#include "pool/line_crew.h"

#include <signal.h>

#include "pool/guard.h"
#include "pool/line.h"

static const nsec_t LINE_RECALL = 5 * NSEC_PER_MSEC;
static const nsec_t LINE_LOOK = 250 * NSEC_PER_MSEC;
static const nsec_t LINE_SETTLE_MOST = 32 * NSEC_PER_MSEC;
static const nsec_t LINE_SETTLE_RUNNING = 512 * NSEC_PER_MSEC;

bool line_is_status(const struct pool *p)
{
	return p->config.program->dialog.protocol == DIALOG_FD;
}

/* The side on which a task is answered. */
int line_answers_on(const struct pool *p)
{
	return line_is_status(p) ? PROGRAM_STATUSES : PROGRAM_OUT;
}

void line_notice(struct pool *p, const struct program *pr, enum pool_notice what, const char *text)
{
	uint64_t bit = (uint64_t)1 << what;

	if (p->told & bit)
		return;
	p->told |= bit;
	p->events->notice(p->arg, pr->number, what, pr->status, text);
}

/* -- Time -- */

/* The timer is only ever set earlier: a deadline that was put off costs one idle waking. */
void line_arm(struct pool *p, struct program *pr)
{
	nsec_t at = NSEC_NEVER;

	for (int i = 0; i < DUE_COUNT; i++)
		at = pr->due[i] < at ? pr->due[i] : at;
	if (at != NSEC_NEVER && (!loop_timer_is_set(&pr->timer) || at < pr->timer.node.key))
		loop_set_timer(p->loop, &pr->timer, at);
}

/* The tasks that the program executes at the moment. */
size_t line_begun(const struct pool *p, const struct slot *s)
{
	return s->under_way < p->config.program->inflight ? s->under_way : p->config.program->inflight;
}

/* When the time of a task is over. Where no word for being ready is known, the time that the program takes to start is
   part of its first task's. */
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
void line_schedule(struct pool *p, struct program *pr)
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

void line_progress(struct pool *p, struct program *pr)
{
	pr->progress_at = loop_now(p->loop);
	pr->look_after = LINE_LOOK;
	pr->was_stuck = false;
}

/* -- What is due -- */

static bool line_has_cancelled(const struct slot *s)
{
	for (size_t i = 0; s && i < s->under_way; i++) {
		if (slot_at(s, i)->cause)
			return true;
	}
	return false;
}

/* Takes back the tasks that wait behind a long one, as far as the program has not read them. Not while the word to give
   up an earlier one may be unread behind them: it would be taken back, too. */
static void line_recall(struct pool *p, struct slot *s)
{
	struct program *pr = s->program;
	size_t kept;

	if (!pr || pr->doomed || s->under_way <= line_begun(p, s) || line_has_cancelled(s))
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

static void line_add_cancel(struct program *pr, const struct handed *task)
{
	size_t before = pr->send.length;

	dialog_add_cancel(&pr->dialog, &pr->send, task->sequence);
	pr->queued += pr->send.length - before;
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
			line_add_cancel(pr, h);
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
	if (!(pr->slot && pr->slot->held)) {
		/* Where much else is to be done the loop may not have come to what the program has left in its
		   pipes. */
		for (int i = 0; i < PROGRAM_SIDES; i++)
			line_read_rest(p, pr, i);
		line_close_sides(p, pr);
	}
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

/* One that does not wait for its next task yet may still be writing, and above all one that a busy machine does not let
   run. Where the system does not tell, it gets the lesser time. */
static bool line_may_add(const struct program *pr)
{
	if (pr->settles_for < LINE_SETTLE_MOST)
		return !program_is_stuck(pr);
	return pr->settles_for < LINE_SETTLE_RUNNING && program_is_running(pr);
}

static void line_settled(struct pool *p, struct program *pr)
{
	pr->settles_for *= 2;
	if (pr->slot && !pr->doomed && line_may_add(pr))
		pr->due[DUE_SETTLED] = loop_now(p->loop) + pr->settles_for;
	else
		line_settle(p, pr);
}

/* Each may free the program when it is the last thing to be done. */
static void line_due(struct pool *p, struct program *pr, enum program_due what)
{
	switch (what) {
	case DUE_SETTLED:
		line_settled(p, pr);
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

void line_on_timer(struct timer *t)
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
