#include "pool/slot.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Tasks of so much time together are kept in the worker's hands; longer ones come one at a time. */
static const nsec_t SLOT_PREFETCH = 16 * NSEC_PER_MSEC;

struct slot *slot_new(unsigned number, struct board *board)
{
	struct slot *s = mem_zero(1, sizeof *s);

	s->number = number;
	s->board = board;
	s->link.in = s->link.out = -1;
	list_init(&s->handed);
	list_init(&s->roomy);
	list_init(&s->dirty_node);
	return s;
}

void slot_free(struct slot *s)
{
	LIST_EACH (node, following, &s->handed)
		free(LIST_ENTRY(node, struct handed, node));
	if (s->linked)
		link_release(&s->link);
	free(s);
}

void slot_opened(struct slot *s, pid_t pid, int in, int out)
{
	link_init(&s->link, in, out);
	s->linked = true;
	s->held = s->dirty = s->ready = false;
	s->pid = pid;
	s->state = SLOT_LIVE;
	s->tasks = 0;
}

int slot_hand(struct slot *s, const struct task_message *m)
{
	struct handed *h;

	if (message_task(&s->link.send, s->number, m) < 0)
		return -1;
	h = mem_alloc(sizeof *h);
	h->id = m->id;
	list_append(&s->handed, &h->node);
	s->under_way++;
	s->tasks++;
	return 0;
}

bool slot_answered(struct slot *s, uint64_t id)
{
	LIST_EACH (node, following, &s->handed) {
		struct handed *h = LIST_ENTRY(node, struct handed, node);

		if (h->id == id) {
			list_remove(node);
			free(h);
			s->under_way--;
			return true;
		}
	}
	return false;
}

struct handed *slot_first(struct slot *s)
{
	return list_empty(&s->handed) ? NULL : LIST_ENTRY(s->handed.next, struct handed, node);
}

bool slot_has_begun(const struct slot *s, uint64_t id)
{
	bool behind = false;

	LIST_EACH (node, following, (struct list *)&s->handed) {
		uint64_t other = LIST_ENTRY(node, struct handed, node)->id;

		behind = behind || other == id;
		if (other == s->board->begun)
			return behind;
	}
	return false;
}

void slot_kill_job(struct slot *s)
{
	pid_t job = s->board->job;

	if (job > 0) {
		kill(-job, SIGKILL);
		kill(job, SIGKILL);
	}
	s->board->job = 0;
}

size_t slot_window(const struct slot *s, size_t most)
{
	size_t window;

	if (s->average <= 0 || most <= 1)
		return 1;
	window = (size_t)(SLOT_PREFETCH / s->average) + 1;
	if (s->average > SLOT_PREFETCH / 8)
		window = 1;
	return window < most ? window : most;
}

void slot_learn(struct slot *s, nsec_t run_time)
{
	if (run_time < 1)
		run_time = 1;
	s->average = s->average == 0 || run_time > s->average ? run_time : (s->average * 3 + run_time) / 4;
	s->deaths = 0;
}
