#include "pool/command_crew.h"

#include <errno.h>
#include <signal.h>

#include "os/clock.h"
#include "os/fd.h"

/* How long a run goes on without a guard. */
static const nsec_t COMMAND_UNGUARDED = 10 * NSEC_PER_MSEC;

static void command_on_report(struct watch *w, unsigned what);
static void command_on_room(struct watch *w, unsigned what);
static void command_link_closed(struct pool *p, struct slot *s);

static void command_tell(struct pool *p, struct slot *s, enum message_type type, uint64_t a, uint64_t b)
{
	if (!s->linked || s->link.out < 0)
		return;
	message_numbers(&s->link.send, s->number, type, a, b);
	roster_make_dirty(p, s);
}

/* A worker that someone stopped could not end, nor end its job. */
static void command_wake(const struct slot *s)
{
	if (s->pid)
		kill(s->pid, SIGCONT);
}

static void command_bye(struct pool *p, struct slot *s)
{
	roster_retire(p, s, SLOT_CLOSING);
	command_tell(p, s, MESSAGE_BYE, 0, 0);
	command_wake(s);
}

/* -- Starting -- */

/* In a new worker: a task pipe that some sibling held open would hide the manager's death from its worker. */
static void command_detach_all(void *arg)
{
	struct pool *p = arg;

	for (size_t i = 0; i < p->slot_count; i++) {
		if (p->slots[i]->linked)
			link_release(&p->slots[i]->link);
	}
	fd_close(&p->guard.hearing);
	if (p->config.detach)
		p->config.detach(p->config.detach_arg);
}

/* A run that is over soon has no need of a guard, and most are. Where no process can be made for it the jobs need it
   more. */
void command_on_unguarded(struct timer *t)
{
	struct pool *p = LIST_ENTRY(t, struct pool, unguarded);

	p->guard_tried = true;
	guard_start(&p->guard, command_detach_all, p);
}

static void command_guard_soon(struct pool *p)
{
	if (p->guard_tried || loop_timer_is_set(&p->unguarded))
		return;
	loop_set_timer(p->loop, &p->unguarded, clock_now() + COMMAND_UNGUARDED);
}

static int command_start(struct pool *p, struct slot *s)
{
	int in, out, code;
	pid_t pid;

	if (!p->guard_tried && guard_open(&p->guard) < 0)
		p->guard_tried = true;
	pid = transport_fork(p->config.body, p->config.body_arg, command_detach_all, p, s->number, s->board,
	                     p->guard.alive, &in, &out);
	if (pid < 0)
		return -1;
	slot_opened(s, pid, in, out);
	p->live++;
	p->workers++;
	command_guard_soon(p);
	s->in = (struct watch){.fd = in, .want = LOOP_READ, .ready = command_on_report, .arg = p};
	s->out = (struct watch){.fd = out, .want = LOOP_WRITE, .ready = command_on_room, .arg = p};
	if (loop_add(p->loop, &s->in) < 0) {
		code = errno;
		kill(pid, SIGKILL); /* it has done nothing yet, and must not count as one that lives */
		wait_for(pid);
		s->pid = 0;
		s->status = 0;
		command_link_closed(p, s);
		errno = code;
		return -1;
	}
	roster_tell_started(p, s, pid);
	return 0;
}

/* -- Sending -- */

static int command_hand(struct pool *p, struct slot *s, const struct task_message *m)
{
	if (message_task(&s->link.send, s->number, m) < 0)
		return E2BIG;
	slot_hand(s, m->id);
	roster_make_dirty(p, s);
	return 0;
}

static bool command_takes_more(const struct pool *p, const struct slot *s)
{
	return s->ready && s->under_way < slot_window(s, p->config.prefetch);
}

static bool command_is_resting(const struct slot *s)
{
	(void)s;
	return false;
}

static void command_flush(struct pool *p, struct slot *s)
{
	if (!s->linked || s->link.out < 0)
		return;
	switch (link_flush(&s->link)) {
	case 1:
		loop_remove(p->loop, &s->out);
		break;
	case 0:
		s->out.fd = s->link.out;
		if (!s->out.added)
			loop_add(p->loop, &s->out);
		break;
	default:
		/* The worker is gone, which its own end of file will tell. */
		loop_remove(p->loop, &s->out);
		link_close_out(&s->link);
	}
}

static void command_on_room(struct watch *w, unsigned what)
{
	(void)what;
	command_flush(w->arg, LIST_ENTRY(w, struct slot, out));
}

/* -- Reports -- */

static void command_hold(struct pool *p, struct slot *s, bool held)
{
	roster_hold(p, s, held);
	if (s->linked)
		loop_want(p->loop, &s->in, held ? 0 : LOOP_READ);
}

static void command_task_done(struct pool *p, struct slot *s, const struct frame *f)
{
	struct done_message m;

	if (message_parse_done(f, &m) < 0 || !slot_answered(s, m.id))
		return;
	if (m.cause == DONE_EXITED || m.cause == DONE_SIGNALLED)
		slot_learn(s, m.run_time);
	roster_place(p, s);
	p->events->done(p->arg, s->number, &m);
}

static void command_task_back(struct pool *p, struct slot *s, const struct frame *f)
{
	uint64_t id, unused;

	if (message_parse_numbers(f, &id, &unused) < 0 || !slot_answered(s, id))
		return;
	s->tasks--;
	/* Whatever the average says, a task had to wait: the next one comes alone. */
	s->average = 0;
	roster_place(p, s);
	p->events->back(p->arg, id);
}

static void command_ready(struct pool *p, struct slot *s, const struct frame *f)
{
	uint64_t status;
	const char *text;
	size_t length;

	if (message_parse_data(f, &status, &text, &length) < 0)
		return;
	if (status == 0) {
		s->ready = true;
		return;
	}
	roster_retire(p, s, SLOT_BANNED);
	p->events->init_failed(p->arg, s->number, (int)status - 1);
}

/* Where processes are so few that workers have taken the last ones, all but one go in favour of the jobs. */
static void command_starved(struct pool *p, struct slot *s)
{
	p->guard_tried = true;
	loop_cancel_timer(p->loop, &p->unguarded);
	guard_stop(&p->guard);
	if (p->workers - p->leaving < 2 || s->leaves)
		return;
	s->leaves = true;
	p->leaving++;
	command_tell(p, s, MESSAGE_RECALL, 0, 0);
	if (s->state == SLOT_LIVE)
		command_bye(p, s);
	p->start_not_before = clock_now() + NSEC_PER_SEC;
	loop_set_timer(p->loop, &p->later, p->start_not_before);
}

/* Returns false when the frame has to wait. */
static bool command_report(struct pool *p, struct slot *s, const struct frame *f)
{
	const char *bytes;
	size_t length;
	uint64_t id;

	switch (f->type) {
	case MESSAGE_OUTPUT:
	case MESSAGE_ERRORS:
		if (message_parse_data(f, &id, &bytes, &length) < 0)
			return true;
		return p->events->output(p->arg, id, f->type == MESSAGE_OUTPUT ? 1 : 2, bytes, length);
	case MESSAGE_DONE:
		command_task_done(p, s, f);
		return true;
	case MESSAGE_BACK:
		command_task_back(p, s, f);
		return true;
	case MESSAGE_READY:
		command_ready(p, s, f);
		return true;
	case MESSAGE_STARVED:
		command_starved(p, s);
		return true;
	default:
		return true;
	}
}

static void command_reports(struct pool *p, struct slot *s)
{
	struct frame f;
	int got;

	while ((got = link_peek(&s->link, &f)) == 1) {
		if (!command_report(p, s, &f)) {
			command_hold(p, s, true);
			return;
		}
		link_take(&s->link, &f);
	}
	/* Somebody else has written to the link: nothing that comes can be understood, and the worker is lost. */
	if (got < 0 && s->pid > 0)
		kill(s->pid, SIGKILL);
}

static void command_resume(struct pool *p, struct slot *s)
{
	command_hold(p, s, false);
	command_reports(p, s);
}

/* -- The end of a worker -- */

static void command_sort_tasks(struct pool *p, struct slot *s, int status)
{
	struct handed *h;

	slot_kill_job(s);
	while ((h = slot_first(s))) {
		uint64_t id = h->id;
		bool begun = slot_has_begun(s, id);

		slot_answered(s, id);
		if (begun)
			p->events->lost(p->arg, s->number, id, status);
		else
			p->events->back(p->arg, id);
	}
}

/* Sees to a slot whose worker may be gone: it is when the link is closed and the process reaped. */
static void command_check_gone(struct pool *p, struct slot *s)
{
	bool clean = s->status == 0;

	if (s->linked || s->pid)
		return;
	p->workers--;
	p->leaving -= s->leaves;
	s->leaves = false;
	if (s->state != SLOT_BANNED)
		s->state = SLOT_EMPTY;
	if (!clean) {
		roster_back_off(s);
		if (s->deaths > ROSTER_DEATHS)
			s->state = SLOT_BANNED;
		p->events->vanished(p->arg, s->number, s->last_pid, s->status, "");
	}
	command_sort_tasks(p, s, s->status);
}

static void command_link_closed(struct pool *p, struct slot *s)
{
	command_hold(p, s, false);
	list_remove(&s->dirty_node);
	loop_remove(p->loop, &s->in);
	loop_remove(p->loop, &s->out);
	link_release(&s->link);
	s->linked = false;
	if (s->state == SLOT_LIVE || s->state == SLOT_CLOSING)
		roster_retire(p, s, SLOT_ENDING);
	command_check_gone(p, s);
}

static void command_on_report(struct watch *w, unsigned what)
{
	struct slot *s = LIST_ENTRY(w, struct slot, in);
	struct pool *p = w->arg;

	(void)what;
	if (link_read(&s->link) < 0)
		command_link_closed(p, s);
	else
		command_reports(p, s);
}

static bool command_reaped(struct pool *p, const struct wait_result *r)
{
	if (r->pid == p->guard.pid) {
		guard_ended(&p->guard);
		return true;
	}
	for (size_t i = 0; i < p->slot_count; i++) {
		struct slot *s = p->slots[i];

		if (s->pid != r->pid)
			continue;
		s->pid = 0;
		s->status = r->status;
		slot_kill_job(s);
		if (s->state == SLOT_LIVE || s->state == SLOT_CLOSING)
			roster_retire(p, s, SLOT_ENDING);
		command_check_gone(p, s);
		return true;
	}
	return false;
}

/* -- From above -- */

static void command_cancel(struct pool *p, struct slot *s, uint64_t id, int signal)
{
	command_tell(p, s, MESSAGE_CANCEL, id, (uint64_t)signal);
	command_wake(s);
}

static void command_end(struct pool *p, int signal)
{
	for (size_t i = 0; i < p->slot_count; i++) {
		if (p->slots[i]->state == SLOT_CLOSING && p->slots[i]->under_way == 0)
			command_cancel(p, p->slots[i], 0, signal);
	}
}

static void command_starve(struct pool *p, struct slot *s)
{
	(void)p;
	(void)s;
}

static void command_recall(struct pool *p, struct slot *s)
{
	command_tell(p, s, MESSAGE_RECALL, 0, 0);
}

static void command_signal(struct pool *p, struct slot *s, int signal)
{
	if (signal == SIGCONT)
		command_wake(s);
	if (s->under_way > 0)
		command_tell(p, s, MESSAGE_SIGNAL, 0, (uint64_t)signal);
}

static void command_kill(struct pool *p, struct slot *s)
{
	loop_remove(p->loop, &s->in);
	loop_remove(p->loop, &s->out);
	if (s->pid <= 0)
		return;
	slot_kill_job(s);
	kill(s->pid, SIGKILL);
	wait_for(s->pid);
	slot_kill_job(s);
}

static void command_release(struct pool *p)
{
	(void)p;
}

const struct crew command_crew = {
	.start = command_start,
	.hand = command_hand,
	.takes_more = command_takes_more,
	.is_resting = command_is_resting,
	.flush = command_flush,
	.bye = command_bye,
	.cancel = command_cancel,
	.end = command_end,
	.recall = command_recall,
	.signal = command_signal,
	.resume = command_resume,
	.reaped = command_reaped,
	.starve = command_starve,
	.kill = command_kill,
	.release = command_release,
};
