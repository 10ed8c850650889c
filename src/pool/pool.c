/*
 * A slot with a live worker stands in one of two places while it can take a task: in the heap of idle slots (nothing under way; the
 * lowest number is taken first) or, when its tasks are short, in the list of those that could take one more.
 *
 * A worker is gone when its link is at end of file and its process is reaped, in either order. What was under way is then sorted
 * with the help of the board: begun tasks are lost, the others come back.
 */
#include "pool/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/shared.h"
#include "os/wait.h"
#include "pool/slot.h"

enum {
	POOL_DEATHS = 5,       /* workers lost one after another in a slot, no task done: the slot is given up */
	POOL_START_TRIES = 12, /* a worker cannot be forked and none lives: waits of 5 ms, 10 ms ... 1 s */
	POOL_BOARDS = 64,      /* boards in one piece of shared memory */
};

struct pool {
	struct loop *loop;
	struct pool_config config;
	const struct pool_events *events;
	void *arg;
	struct slot **slots;   /* owned, slots[n - 1] is slot n */
	size_t slot_count;     /* slots that exist; at least config.size once all were needed */
	struct board **boards; /* owned pieces of shared memory */
	size_t board_pieces;
	struct heap idle;        /* by number */
	struct list roomy;       /* live slots with something under way that could take more */
	struct list dirty;       /* slots with frames to be flushed */
	unsigned live;           /* slots whose worker takes tasks */
	unsigned workers;        /* processes not yet gone */
	unsigned leaving;        /* those of them that were told to make room for jobs */
	unsigned held;           /* slots whose output was refused */
	struct timer later;      /* wakes the loop when a start may be tried again */
	nsec_t start_not_before; /* after a fork that failed */
	unsigned start_tries;    /* forks that failed one after another */
	bool dead;               /* no worker can be started */
};

static void pool_on_report(struct watch *w, unsigned what);
static void pool_on_room(struct watch *w, unsigned what);
static void pool_link_closed(struct pool *p, struct slot *s);

static void pool_wake(struct timer *t)
{
	(void)t; /* being awake is enough: the run asks for room in each round */
}

struct pool *pool_new(struct loop *loop, const struct pool_config *config, const struct pool_events *events, void *arg)
{
	struct pool *p = mem_zero(1, sizeof *p);

	p->loop = loop;
	p->config = *config;
	p->events = events;
	p->arg = arg;
	heap_init(&p->idle);
	list_init(&p->roomy);
	list_init(&p->dirty);
	p->later.expired = pool_wake;
	return p;
}

/* -- Places -- */

static void pool_unplace(struct pool *p, struct slot *s)
{
	heap_remove(&p->idle, &s->idle);
	list_remove(&s->roomy);
}

static void pool_place(struct pool *p, struct slot *s)
{
	pool_unplace(p, s);
	if (s->state != SLOT_LIVE)
		return;
	if (s->under_way == 0)
		heap_set(&p->idle, &s->idle, s->number);
	else if (s->ready && s->under_way < slot_window(s, p->config.prefetch))
		list_append(&p->roomy, &s->roomy);
}

static void pool_make_dirty(struct pool *p, struct slot *s)
{
	if (!s->linked || s->link.out < 0)
		return;
	list_remove(&s->dirty_node);
	list_append(&p->dirty, &s->dirty_node);
}

/* The slot's worker takes no more tasks. */
static void pool_retire(struct pool *p, struct slot *s, enum slot_state state)
{
	if (s->state == SLOT_LIVE)
		p->live--;
	s->state = state;
	pool_unplace(p, s);
}

static void pool_tell(struct pool *p, struct slot *s, enum message_type type, uint64_t a, uint64_t b)
{
	if (!s->linked || s->link.out < 0)
		return;
	message_numbers(&s->link.send, s->number, type, a, b);
	pool_make_dirty(p, s);
}

/* A worker that someone stopped could not end, nor end its job. */
static void pool_wake_worker(const struct slot *s)
{
	if (s->pid)
		kill(s->pid, SIGCONT);
}

static void pool_bye(struct pool *p, struct slot *s)
{
	if (s->state != SLOT_LIVE)
		return;
	pool_retire(p, s, SLOT_CLOSING);
	message_numbers(&s->link.send, s->number, MESSAGE_BYE, 0, 0);
	pool_make_dirty(p, s);
	pool_wake_worker(s);
}

/* -- Starting -- */

static void pool_close_links(struct pool *p)
{
	for (size_t i = 0; i < p->slot_count; i++) {
		if (p->slots[i]->linked)
			link_release(&p->slots[i]->link);
	}
}

/* In a new worker: a task pipe that some sibling held open would hide the manager's death from its worker. */
static void pool_detach(void *arg)
{
	struct pool *p = arg;

	pool_close_links(p);
	if (p->config.detach)
		p->config.detach(p->config.detach_arg);
}

static struct board *pool_board(struct pool *p, size_t index)
{
	size_t piece = index / POOL_BOARDS;

	if (piece == p->board_pieces) {
		struct board *boards = shared_new(POOL_BOARDS * sizeof *boards);

		if (!boards)
			return NULL;
		p->boards = mem_resize_array(p->boards, piece + 1, sizeof(*p->boards));
		p->boards[p->board_pieces++] = boards;
	}
	return &p->boards[piece][index % POOL_BOARDS];
}

static struct slot *pool_add_slot(struct pool *p)
{
	struct board *board = pool_board(p, p->slot_count);
	struct slot *s;

	if (!board)
		return NULL;
	s = slot_new((unsigned)p->slot_count + 1, board);
	s->in = (struct watch){.fd = -1, .want = LOOP_READ, .ready = pool_on_report, .arg = p};
	s->out = (struct watch){.fd = -1, .want = LOOP_WRITE, .ready = pool_on_room, .arg = p};
	p->slots = mem_resize_array(p->slots, p->slot_count + 1, sizeof(*p->slots));
	p->slots[p->slot_count++] = s;
	return s;
}

/* The lowest slot within the pool's size in which a worker may be started now; NULL when there is none. *banned counts the given up
   ones. */
static struct slot *pool_free_slot(struct pool *p, nsec_t now, unsigned *banned)
{
	for (size_t i = 0; i < p->config.size; i++) {
		struct slot *s = i < p->slot_count ? p->slots[i] : pool_add_slot(p);

		if (!s)
			return NULL;
		*banned += s->state == SLOT_BANNED;
		if (s->state == SLOT_EMPTY && s->start_not_before <= now)
			return s;
		if (s->state == SLOT_EMPTY &&
		    (!loop_timer_is_set(&p->later) || s->start_not_before < p->later.node.key))
			loop_set_timer(p->loop, &p->later, s->start_not_before);
	}
	return NULL;
}

/* A fork that failed is tried again after a while. While other workers live there is no hurry and no end to trying. */
static void pool_start_failed(struct pool *p, struct slot *s, int code)
{
	nsec_t wait = (5 * NSEC_PER_MSEC) << (p->start_tries < 8 ? p->start_tries : 8);

	p->start_tries++;
	/* Nobody but this process itself could close some of its descriptors. */
	if (p->workers == 0 && (p->start_tries >= POOL_START_TRIES || code == EMFILE))
		p->dead = true;
	p->start_not_before = clock_now() + (wait < NSEC_PER_SEC ? wait : NSEC_PER_SEC);
	loop_set_timer(p->loop, &p->later, p->start_not_before);
	if (p->start_tries == 1 || p->dead)
		p->events->start_failed(p->arg, s->number, code);
}

static struct slot *pool_start(struct pool *p, struct slot *s)
{
	int in, out;
	pid_t pid = transport_fork(p->config.body, p->config.body_arg, pool_detach, p, s->number, s->board, &in, &out);

	if (pid < 0) {
		pool_start_failed(p, s, errno);
		return NULL;
	}
	slot_opened(s, pid, in, out);
	p->live++;
	p->workers++;
	s->in.fd = s->link.in;
	if (loop_add(p->loop, &s->in) < 0) {
		pool_start_failed(p, s, errno);
		pool_link_closed(p, s);
		return NULL;
	}
	p->start_tries = 0;
	pool_place(p, s);
	return s;
}

static struct slot *pool_grow(struct pool *p)
{
	nsec_t now;
	unsigned banned = 0;
	struct slot *s;

	if (p->live >= p->config.size || p->dead)
		return NULL;
	now = clock_now();
	if (now < p->start_not_before)
		return NULL;
	s = pool_free_slot(p, now, &banned);
	if (!s && banned >= p->config.size)
		p->dead = true;
	return s ? pool_start(p, s) : NULL;
}

bool pool_has_room(const struct pool *p)
{
	return heap_top(&p->idle) || !list_empty(&p->roomy) || (p->live < p->config.size && !p->dead);
}

unsigned pool_room(struct pool *p)
{
	struct heap_node *top = heap_top(&p->idle);
	struct slot *s = top ? LIST_ENTRY(top, struct slot, idle) : pool_grow(p);

	if (!s && !list_empty(&p->roomy))
		s = LIST_ENTRY(p->roomy.next, struct slot, roomy);
	return s ? s->number : 0;
}

int pool_submit(struct pool *p, unsigned slot, const struct task_message *m)
{
	struct slot *s = p->slots[slot - 1];

	if (slot_hand(s, m) < 0)
		return -1;
	pool_make_dirty(p, s);
	if (p->config.max_tasks && s->tasks >= p->config.max_tasks)
		pool_bye(p, s);
	else
		pool_place(p, s);
	return 0;
}

/* -- Sending -- */

static void pool_flush_slot(struct pool *p, struct slot *s)
{
	list_remove(&s->dirty_node);
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

void pool_flush(struct pool *p)
{
	while (!list_empty(&p->dirty))
		pool_flush_slot(p, LIST_ENTRY(p->dirty.next, struct slot, dirty_node));
}

static void pool_on_room(struct watch *w, unsigned what)
{
	(void)what;
	pool_flush_slot(w->arg, LIST_ENTRY(w, struct slot, out));
}

/* -- Reports -- */

static void pool_hold(struct pool *p, struct slot *s, bool held)
{
	if (s->held == held)
		return;
	s->held = held;
	p->held += held ? 1 : (unsigned)-1;
	if (s->linked)
		loop_want(p->loop, &s->in, held ? 0 : LOOP_READ);
}

static void pool_task_done(struct pool *p, struct slot *s, const struct frame *f)
{
	struct done_message m;

	if (message_parse_done(f, &m) < 0 || !slot_answered(s, m.id))
		return;
	if (m.cause == DONE_EXITED || m.cause == DONE_SIGNALLED)
		slot_learn(s, m.run_time);
	pool_place(p, s);
	p->events->done(p->arg, s->number, &m);
}

static void pool_task_back(struct pool *p, struct slot *s, const struct frame *f)
{
	uint64_t id, unused;

	if (message_parse_numbers(f, &id, &unused) < 0 || !slot_answered(s, id))
		return;
	s->tasks--;
	/* Whatever the average says, a task had to wait: the next one comes alone. */
	s->average = 0;
	pool_place(p, s);
	p->events->back(p->arg, id);
}

static void pool_ready(struct pool *p, struct slot *s, const struct frame *f)
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
	pool_retire(p, s, SLOT_BANNED);
	p->events->init_failed(p->arg, s->number, (int)status - 1);
}

/* Where processes are so few that workers have taken the last ones, all but one go in favour of the jobs. */
static void pool_starved(struct pool *p, struct slot *s)
{
	if (p->workers - p->leaving < 2 || s->leaves)
		return;
	s->leaves = true;
	p->leaving++;
	pool_tell(p, s, MESSAGE_RECALL, 0, 0);
	pool_bye(p, s);
	p->start_not_before = clock_now() + NSEC_PER_SEC;
	loop_set_timer(p->loop, &p->later, p->start_not_before);
}

/* Returns false when the frame has to wait. */
static bool pool_report(struct pool *p, struct slot *s, const struct frame *f)
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
		pool_task_done(p, s, f);
		return true;
	case MESSAGE_BACK:
		pool_task_back(p, s, f);
		return true;
	case MESSAGE_READY:
		pool_ready(p, s, f);
		return true;
	case MESSAGE_STARVED:
		pool_starved(p, s);
		return true;
	default:
		return true;
	}
}

/* Returns false when frames are left: output was refused, or the link is closed. */
static bool pool_reports(struct pool *p, struct slot *s)
{
	struct frame f;

	while (link_peek(&s->link, &f) == 1) {
		if (!pool_report(p, s, &f)) {
			pool_hold(p, s, true);
			return false;
		}
		link_take(&s->link, &f);
	}
	return true;
}

/* -- The end of a worker -- */

static void pool_sort_tasks(struct pool *p, struct slot *s, int status)
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

static void pool_back_off(struct slot *s)
{
	static const nsec_t waits[POOL_DEATHS] = {0, 10 * NSEC_PER_MSEC, 50 * NSEC_PER_MSEC, 250 * NSEC_PER_MSEC,
	                                          NSEC_PER_SEC};

	s->start_not_before = clock_now() + waits[s->deaths < POOL_DEATHS ? s->deaths : POOL_DEATHS - 1];
	s->deaths++;
}

/* Sees to a slot whose worker may be gone: it is when the link is closed and the process reaped. */
static void pool_check_gone(struct pool *p, struct slot *s)
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
		pool_back_off(s);
		if (s->deaths > POOL_DEATHS)
			s->state = SLOT_BANNED;
		p->events->vanished(p->arg, s->number, s->status);
	}
	pool_sort_tasks(p, s, s->status);
}

static void pool_link_closed(struct pool *p, struct slot *s)
{
	pool_hold(p, s, false);
	list_remove(&s->dirty_node);
	loop_remove(p->loop, &s->in);
	loop_remove(p->loop, &s->out);
	link_release(&s->link);
	s->linked = false;
	if (s->state == SLOT_LIVE || s->state == SLOT_CLOSING)
		pool_retire(p, s, SLOT_ENDING);
	pool_check_gone(p, s);
}

static void pool_on_report(struct watch *w, unsigned what)
{
	struct slot *s = LIST_ENTRY(w, struct slot, in);
	struct pool *p = w->arg;

	(void)what;
	if (link_read(&s->link) < 0)
		pool_link_closed(p, s);
	else
		pool_reports(p, s);
}

static struct slot *pool_slot_of(struct pool *p, pid_t pid)
{
	for (size_t i = 0; i < p->slot_count; i++) {
		if (p->slots[i]->pid == pid)
			return p->slots[i];
	}
	return NULL;
}

void pool_reap(struct pool *p)
{
	struct wait_result r;

	while (wait_any(&r) == 1) {
		struct slot *s = pool_slot_of(p, r.pid);

		/* Others are children of whoever executed pp. */
		if (!s)
			continue;
		s->pid = 0;
		s->status = r.status;
		slot_kill_job(s);
		if (s->state == SLOT_LIVE || s->state == SLOT_CLOSING)
			pool_retire(p, s, SLOT_ENDING);
		pool_check_gone(p, s);
	}
}

/* -- From above -- */

void pool_cancel(struct pool *p, unsigned slot, uint64_t id, int signal)
{
	struct slot *s = p->slots[slot - 1];

	pool_tell(p, s, MESSAGE_CANCEL, id, (uint64_t)signal);
	pool_wake_worker(s);
}

void pool_cancel_all(struct pool *p, int signal)
{
	pool_recall(p);
	for (size_t i = 0; i < p->slot_count; i++) {
		LIST_EACH (node, following, &p->slots[i]->handed)
			pool_cancel(p, p->slots[i]->number, LIST_ENTRY(node, struct handed, node)->id, signal);
		if (p->slots[i]->state == SLOT_CLOSING && p->slots[i]->under_way == 0)
			pool_cancel(p, p->slots[i]->number, 0, signal);
	}
}

void pool_recall(struct pool *p)
{
	for (size_t i = 0; i < p->slot_count; i++) {
		if (p->slots[i]->under_way > 0)
			pool_tell(p, p->slots[i], MESSAGE_RECALL, 0, 0);
	}
}

void pool_signal(struct pool *p, int signal)
{
	for (size_t i = 0; i < p->slot_count; i++) {
		if (signal == SIGCONT)
			pool_wake_worker(p->slots[i]);
		if (p->slots[i]->under_way > 0)
			pool_tell(p, p->slots[i], MESSAGE_SIGNAL, 0, (uint64_t)signal);
	}
}

void pool_resize(struct pool *p, unsigned size)
{
	p->config.size = size;
	for (size_t i = size; i < p->slot_count; i++) {
		pool_tell(p, p->slots[i], MESSAGE_RECALL, 0, 0);
		pool_bye(p, p->slots[i]);
	}
}

unsigned pool_size(const struct pool *p)
{
	return p->config.size;
}

void pool_resume(struct pool *p)
{
	for (size_t i = 0; p->held && i < p->slot_count; i++) {
		struct slot *s = p->slots[i];

		if (s->held) {
			pool_hold(p, s, false);
			pool_reports(p, s);
		}
	}
}

bool pool_is_held(const struct pool *p)
{
	unsigned busy = 0;

	for (size_t i = 0; p->held && i < p->slot_count; i++)
		busy += p->slots[i]->under_way > 0 && !p->slots[i]->held;
	return p->held && busy == 0;
}

void pool_close(struct pool *p)
{
	for (size_t i = 0; i < p->slot_count; i++)
		pool_bye(p, p->slots[i]);
}

bool pool_has_queued(const struct pool *p)
{
	for (size_t i = 0; i < p->slot_count; i++) {
		if (p->slots[i]->under_way > 1)
			return true;
	}
	return false;
}

unsigned pool_workers(const struct pool *p)
{
	return p->workers;
}

bool pool_is_dead(const struct pool *p)
{
	return p->dead && p->live == 0;
}

void pool_free(struct pool *p)
{
	heap_release(&p->idle);
	for (size_t i = 0; i < p->slot_count; i++) {
		struct slot *s = p->slots[i];

		loop_remove(p->loop, &s->in);
		loop_remove(p->loop, &s->out);
		if (s->pid) {
			slot_kill_job(s);
			kill(s->pid, SIGKILL);
			wait_for(s->pid);
			slot_kill_job(s);
		}
		slot_free(s);
	}
	for (size_t i = 0; i < p->board_pieces; i++)
		shared_free(p->boards[i], POOL_BOARDS * sizeof **p->boards);
	loop_cancel_timer(p->loop, &p->later);
	free(p->slots);
	free(p->boards);
	free(p);
}
