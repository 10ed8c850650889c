#include "run/job.h"

#include <stdlib.h>

#include "base/mem.h"

void job_table_init(struct job_table *t)
{
	*t = (struct job_table){.jobs = NULL};
	heap_init(&t->ready);
}

void job_table_release(struct job_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		item_release(&t->jobs[i]->item);
		buf_release(&t->jobs[i]->command);
		free(t->jobs[i]);
	}
	free(t->jobs);
	heap_release(&t->ready);
}

static struct job *job_add_place(struct job_table *t)
{
	struct job *j = mem_zero(1, sizeof *j);

	t->jobs = mem_resize_array(t->jobs, t->count + 1, sizeof(*t->jobs));
	t->jobs[t->count] = j;
	j->place = (uint32_t)t->count++;
	item_init(&j->item);
	return j;
}

struct job *job_new(struct job_table *t, uint64_t sequence)
{
	struct job *j = t->free;

	if (j)
		t->free = j->next_free;
	else
		j = job_add_place(t);
	j->sequence = sequence;
	j->state = JOB_READY;
	j->tries = j->crashes = 0;
	j->slot = 0;
	j->entry = NULL;
	j->traces = NULL;
	j->shown = false;
	j->timed_out = j->handed_before = j->counted = false;
	buf_reset(&j->command);
	t->used++;
	return j;
}

void job_end(struct job_table *t, struct job *j)
{
	heap_remove(&t->ready, &j->queue);
	j->id = 0;
	j->next_free = t->free;
	t->free = j;
	t->used--;
}

void job_next_try(struct job *j)
{
	j->tries++;
	j->id = (uint64_t)++j->generation << 32 | j->place;
	j->output_bytes = 0;
	j->timed_out = false;
}

struct job *job_find(struct job_table *t, uint64_t id)
{
	uint32_t place = (uint32_t)id;

	return id && place < t->count && t->jobs[place]->id == id ? t->jobs[place] : NULL;
}

void job_make_ready(struct job_table *t, struct job *j)
{
	j->state = JOB_READY;
	heap_set(&t->ready, &j->queue, (int64_t)j->sequence);
}

struct job *job_first_ready(const struct job_table *t)
{
	struct heap_node *top = heap_top(&t->ready);

	return top ? LIST_ENTRY(top, struct job, queue) : NULL;
}

void job_leave_ready(struct job_table *t, struct job *j)
{
	heap_remove(&t->ready, &j->queue);
}
