#include "pool/roster.h"

#include "os/clock.h"

static void roster_unplace(struct pool *p, struct slot *s)
{
	heap_remove(&p->idle, &s->idle);
	list_remove(&s->roomy);
}

void roster_place(struct pool *p, struct slot *s)
{
	bool idle = s->state == SLOT_LIVE && s->under_way == 0 && !p->crew->is_resting(s);
	bool roomy = s->state == SLOT_LIVE && s->under_way > 0 && p->crew->takes_more(p, s);

	if (!idle)
		heap_remove(&p->idle, &s->idle);
	else if (!s->idle.place)
		heap_set(&p->idle, &s->idle, s->number);
	list_remove(&s->roomy);
	if (roomy)
		list_append(&p->roomy, &s->roomy);
}

void roster_make_dirty(struct pool *p, struct slot *s)
{
	if (list_empty(&s->dirty_node))
		list_append(&p->dirty, &s->dirty_node);
}

void roster_tell_started(const struct pool *p, const struct slot *s, pid_t pid)
{
	if (p->events->started)
		p->events->started(p->arg, s->number, pid);
}

void roster_retire(struct pool *p, struct slot *s, enum slot_state state)
{
	if (s->state == SLOT_LIVE)
		p->live--;
	s->state = state;
	roster_unplace(p, s);
}

void roster_hold(struct pool *p, struct slot *s, bool held)
{
	if (s->held == held)
		return;
	s->held = held;
	p->held += held ? 1 : (unsigned)-1;
}

void roster_back_off(struct slot *s)
{
	static const nsec_t waits[ROSTER_DEATHS] = {0, 10 * NSEC_PER_MSEC, 50 * NSEC_PER_MSEC, 250 * NSEC_PER_MSEC,
	                                            NSEC_PER_SEC};

	s->start_not_before = clock_now() + waits[s->deaths < ROSTER_DEATHS ? s->deaths : ROSTER_DEATHS - 1];
	s->deaths++;
}

void roster_wake_at(struct pool *p, nsec_t at)
{
	if (!loop_timer_is_set(&p->later) || at < p->later.node.key)
		loop_set_timer(p->loop, &p->later, at);
}
