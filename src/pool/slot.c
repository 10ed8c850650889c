#include "pool/slot.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/fd.h"

enum { SLOT_ROOM = 32 }; /* places of a ring at first */

/* Tasks of so much time together are kept in the worker's hands; longer ones come one at a time. */
static const nsec_t SLOT_PREFETCH = 16 * NSEC_PER_MSEC;

struct slot *slot_new(unsigned number, struct board *board)
{
	struct slot *s = mem_zero(1, sizeof *s);

	s->number = number;
	s->board = board;
	s->link.in = s->link.out = -1;
	list_init(&s->roomy);
	list_init(&s->dirty_node);
	return s;
}

void slot_free(struct slot *s)
{
	if (s->linked)
		link_release(&s->link);
	free(s->handed);
	free(s);
}

void slot_opened(struct slot *s, pid_t pid, int in, int out)
{
	link_init(&s->link, in, out);
	s->linked = true;
	s->held = s->ready = false;
	s->pid = s->last_pid = pid;
	s->state = SLOT_LIVE;
	s->tasks = 0;
}

struct handed *slot_at(const struct slot *s, size_t n)
{
	return &s->handed[(s->first + n) & (s->room - 1)];
}

static void slot_grow(struct slot *s)
{
	size_t room = s->room ? 2 * s->room : SLOT_ROOM;
	struct handed *wider = mem_resize_array(NULL, room, sizeof *wider);

	for (size_t i = 0; i < s->under_way; i++)
		wider[i] = *slot_at(s, i);
	free(s->handed);
	s->handed = wider;
	s->room = room;
	s->first = 0;
}

struct handed *slot_hand(struct slot *s, uint64_t id)
{
	struct handed *h;

	if (s->under_way == s->room)
		slot_grow(s);
	h = slot_at(s, s->under_way++);
	*h = (struct handed){.id = id};
	s->tasks++;
	return h;
}

void slot_drop_first(struct slot *s)
{
	s->first = (s->first + 1) & (s->room - 1);
	s->under_way--;
}

bool slot_answered(struct slot *s, uint64_t id)
{
	for (size_t i = 0; i < s->under_way; i++) {
		if (slot_at(s, i)->id != id)
			continue;
		for (; i > 0; i--)
			*slot_at(s, i) = *slot_at(s, i - 1);
		slot_drop_first(s);
		return true;
	}
	return false;
}

struct handed *slot_first(struct slot *s)
{
	return s->under_way ? slot_at(s, 0) : NULL;
}

bool slot_has_begun(const struct slot *s, uint64_t id)
{
	bool behind = false;

	for (size_t i = 0; i < s->under_way; i++) {
		uint64_t other = slot_at(s, i)->id;

		behind = behind || other == id;
		if (other == s->board->begun)
			return behind;
	}
	return false;
}

void slot_kill_job(struct slot *s)
{
	pid_t job = *s->board->job;

	if (job > 0) {
		kill(-job, SIGKILL);
		kill(job, SIGKILL);
	}
	*s->board->job = 0;
	for (int i = 0; s->board->files && i < BOARD_FILES; i++) {
		fd_remove_named_pipe(s->board->files[i]);
		s->board->files[i] = 0;
	}
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
