#include "pool/pool.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/shared.h"
#include "os/wait.h"
#include "pool/command_crew.h"
#include "pool/line_crew.h"
#include "pool/roster.h"

enum {
	POOL_START_TRIES = 12, /* a worker cannot be forked and none lives: waits of 5 ms, 10 ms ... 1 s */
	POOL_BOARDS = 64,      /* boards in one piece of shared memory */
};

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
	p->crew = config->program ? &line_crew : &command_crew;
	heap_init(&p->idle);
	list_init(&p->roomy);
	list_init(&p->dirty);
	list_init(&p->departed);
	guard_init(&p->guard);
	p->later.expired = pool_wake;
	p->unguarded.expired = command_on_unguarded;
	return p;
}

/* -- Starting -- */

static struct board *pool_board(struct pool *p, size_t index)
{
	size_t piece = index / POOL_BOARDS;
	struct board *board;

	if (piece == p->board_pieces) {
		struct board *boards = shared_new(POOL_BOARDS * sizeof *boards);

		if (!boards)
			return NULL;
		p->boards = mem_resize_array(p->boards, piece + 1, sizeof(*p->boards));
		p->boards[p->board_pieces++] = boards;
	}
	board = &p->boards[piece][index % POOL_BOARDS];
	if (!p->config.program) {
		board->job = guard_numbered(&p->guard, index);
		board->files = guard_files(&p->guard, index);
	}
	return p->config.program || board->job ? board : NULL;
}

static struct slot *pool_add_slot(struct pool *p)
{
	struct board *board = pool_board(p, p->slot_count);
	struct slot *s;

	if (!board)
		return NULL;
	board->alone = p->config.size == 1;
	s = slot_new((unsigned)p->slot_count + 1, board);
	p->slots = mem_resize_array(p->slots, p->slot_count + 1, sizeof(*p->slots));
	p->slots[p->slot_count++] = s;
	return s;
}

/* The lowest slot within the pool's size in which a worker may be started now; NULL when there is none, with an errno
   in *error when that is for want of memory. *banned counts the given up ones. */
static struct slot *pool_free_slot(struct pool *p, nsec_t now, unsigned *banned, int *error)
{
	for (size_t i = 0; i < p->config.size; i++) {
		struct slot *s = i < p->slot_count ? p->slots[i] : pool_add_slot(p);

		if (!s) {
			*error = errno;
			return NULL;
		}
		*banned += s->state == SLOT_BANNED;
		if (s->state == SLOT_EMPTY && s->start_not_before <= now)
			return s;
		if (s->state == SLOT_EMPTY)
			roster_wake_at(p, s->start_not_before);
	}
	return NULL;
}

/* A fork that failed is tried again after a while. While other workers live there is no hurry and no end to trying. */
static void pool_start_failed(struct pool *p, unsigned number, int code)
{
	nsec_t wait = (5 * NSEC_PER_MSEC) << (p->start_tries < 8 ? p->start_tries : 8);

	p->start_tries++;
	/* Nobody but this process itself could close some of its descriptors. */
	if (p->workers == 0 && (p->start_tries >= POOL_START_TRIES || code == EMFILE))
		p->dead = true;
	p->start_not_before = clock_now() + (wait < NSEC_PER_SEC ? wait : NSEC_PER_SEC);
	loop_set_timer(p->loop, &p->later, p->start_not_before);
	if (p->start_tries == 1 || p->dead)
		p->events->start_failed(p->arg, number, code);
}

static struct slot *pool_start(struct pool *p, struct slot *s)
{
	if (p->crew->start(p, s) < 0) {
		if (!p->dead)
			pool_start_failed(p, s->number, errno);
		return NULL;
	}
	p->start_tries = 0;
	roster_place(p, s);
	return s;
}

static struct slot *pool_grow(struct pool *p)
{
	nsec_t now;
	unsigned banned = 0;
	int error = 0;
	struct slot *s;

	if (p->live >= p->config.size || p->dead)
		return NULL;
	now = clock_now();
	if (now < p->start_not_before)
		return NULL;
	s = pool_free_slot(p, now, &banned, &error);
	if (error)
		pool_start_failed(p, (unsigned)p->slot_count + 1, error);
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

static void pool_bye(struct pool *p, struct slot *s)
{
	if (s->state == SLOT_LIVE)
		p->crew->bye(p, s);
}

int pool_submit(struct pool *p, unsigned slot, const struct task_message *m)
{
	struct slot *s = p->slots[slot - 1];
	int error = p->crew->hand(p, s, m);

	if (error)
		return error;
	if (p->config.max_tasks && s->tasks >= p->config.max_tasks)
		pool_bye(p, s);
	else
		roster_place(p, s);
	return 0;
}

void pool_flush(struct pool *p)
{
	while (!list_empty(&p->dirty)) {
		struct slot *s = LIST_ENTRY(p->dirty.next, struct slot, dirty_node);

		list_remove(&s->dirty_node);
		p->crew->flush(p, s);
	}
}

/* -- From above -- */

void pool_reap(struct pool *p)
{
	struct wait_result r;

	while (wait_any(&r) == 1) {
		if (!p->crew->reaped(p, &r))
			p->events->stranger(p->arg, r.pid, r.status);
	}
}

void pool_cancel(struct pool *p, unsigned slot, uint64_t id, int signal)
{
	p->crew->cancel(p, p->slots[slot - 1], id, signal);
}

/* What a cancelled task brings about may change the ring: its ids are taken down first. */
static void pool_cancel_slot(struct pool *p, struct slot *s, int signal)
{
	size_t count = s->under_way;
	uint64_t *ids;

	if (count == 0)
		return;
	ids = mem_resize_array(NULL, count, sizeof *ids);
	for (size_t i = 0; i < count; i++)
		ids[i] = slot_at(s, i)->id;
	for (size_t i = 0; i < count; i++)
		p->crew->cancel(p, s, ids[i], signal);
	free(ids);
}

void pool_cancel_all(struct pool *p, int signal)
{
	pool_recall(p);
	for (size_t i = 0; i < p->slot_count; i++)
		pool_cancel_slot(p, p->slots[i], signal);
	p->crew->end(p, signal);
}

void pool_recall(struct pool *p)
{
	for (size_t i = 0; i < p->slot_count; i++) {
		if (p->slots[i]->under_way > 0)
			p->crew->recall(p, p->slots[i]);
	}
}

void pool_signal(struct pool *p, int signal)
{
	for (size_t i = 0; i < p->slot_count; i++)
		p->crew->signal(p, p->slots[i], signal);
}

void pool_resize(struct pool *p, unsigned size)
{
	bool grows = size > p->config.size;

	p->config.size = size;
	for (size_t i = 0; i < p->slot_count; i++)
		p->slots[i]->board->alone = size == 1;
	if (grows)
		pool_recall(p);
	for (size_t i = size; i < p->slot_count; i++) {
		p->crew->recall(p, p->slots[i]);
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
		if (p->slots[i]->held)
			p->crew->resume(p, p->slots[i]);
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
		if (p->slots[i]->under_way > 1 && !p->slots[i]->hungry)
			return true;
	}
	return false;
}

void pool_starve(struct pool *p)
{
	for (size_t i = 0; i < p->slot_count; i++)
		p->crew->starve(p, p->slots[i]);
}

unsigned pool_workers(const struct pool *p)
{
	return p->workers;
}

bool pool_is_dead(const struct pool *p)
{
	return p->dead && p->live == 0;
}

_Static_assert((int)POOL_GUARDED <= (int)GUARD_EXTRAS, "each guarded group needs a place");

volatile pid_t *pool_guarded(struct pool *p)
{
	if (!p->config.program && !p->guard_tried)
		command_on_unguarded(&p->unguarded);
	return guard_extra(&p->guard);
}

void pool_free(struct pool *p)
{
	heap_release(&p->idle);
	for (size_t i = 0; i < p->slot_count; i++)
		p->crew->kill(p, p->slots[i]);
	p->crew->release(p);
	for (size_t i = 0; i < p->slot_count; i++)
		slot_free(p->slots[i]);
	for (size_t i = 0; i < p->board_pieces; i++)
		shared_free(p->boards[i], POOL_BOARDS * sizeof **p->boards);
	loop_cancel_timer(p->loop, &p->later);
	loop_cancel_timer(p->loop, &p->unguarded);
	guard_release(&p->guard);
	free(p->slots);
	free(p->boards);
	free(p);
}
