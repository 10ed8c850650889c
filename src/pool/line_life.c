#include "pool/line.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "os/fd.h"
#include "os/wait.h"
#include "pool/guard.h"

static const nsec_t LINE_GRACE = 5 * NSEC_PER_SEC;
static const nsec_t LINE_DRAIN = 250 * NSEC_PER_MSEC;

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

void line_kill_now(struct pool *p, struct program *pr)
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

void line_limit_start(struct pool *p, struct program *pr)
{
	if (p->config.program->start_limit)
		pr->due[DUE_START] = loop_now(p->loop) + p->config.program->start_limit;
}

int line_start(struct pool *p, struct slot *s)
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
	roster_tell_started(p, s, pr->pid);
	return 0;
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
void line_depart(struct pool *p, struct program *pr)
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

void line_bye(struct pool *p, struct slot *s)
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
void line_renew(struct pool *p, struct program *pr)
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

void line_want_renewal(struct pool *p, struct program *pr)
{
	pr->replace = true;
	pr->due[DUE_AGE] = NSEC_NEVER;
	if (pr->slot && pr->slot->under_way == 0)
		line_renew(p, pr);
}

/* -- Ending -- */

nsec_t line_step_wait(const struct termseq *ladder, unsigned step)
{
	return step + 1 < ladder->count && ladder->steps[step].wait > 0 ? ladder->steps[step].wait : NSEC_PER_SEC;
}

/* The next step, or another signal in its stead. */
void line_climb(struct pool *p, struct program *pr, int signal)
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
void line_give_back(struct pool *p, struct slot *s, size_t kept)
{
	size_t count = s->under_way;

	s->under_way = kept;
	s->tasks -= count - kept;
	for (size_t i = kept; i < count; i++)
		p->events->back(p->arg, slot_at(s, i)->id);
}

/* It is ended with the signal, 0 for the first one of the ladder, then with the rest of the ladder. */
void line_doom(struct pool *p, struct program *pr, int signal)
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
void line_fault(struct pool *p, struct program *pr, enum pool_notice what, const char *text)
{
	line_notice(p, pr, what, text);
	pr->faulty = true;
	line_doom(p, pr, 0);
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
	/* One that has waited for the end of its input, and then gave one answer to all of it, is no worker either. */
	if (line_ended_well(pr) && pr->answers == 1 && (!worked || pr->hungry)) {
		line_notice(p, pr, NOTICE_ONE_SHOT, "");
		return;
	}
	if (line_ended_well(pr) && pr->answers > 0 && !worked)
		return;
	roster_back_off(s);
	if (line_is_hopeless(p, pr, s)) {
		s->state = SLOT_BANNED;
		line_notice(p, pr, NOTICE_NO_START, line_last_words(pr));
	} else if (pr->written > 0 || pr->answers > 0) {
		p->events->vanished(p->arg, s->number, pr->group, pr->status, line_last_words(pr));
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

void line_check_gone(struct pool *p, struct program *pr)
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

void line_close_sides(struct pool *p, struct program *pr)
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

bool line_reaped(struct pool *p, const struct wait_result *r)
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
