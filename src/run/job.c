#include "run/job.h"

#include <stdlib.h>

#include "base/mem.h"

void job_table_init(struct job_table *t)
{
	*t = (struct job_table){.jobs = NULL};
}

void job_table_release(struct job_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		item_release(&t->jobs[i]->item);
		buf_release(&t->jobs[i]->command);
		free(t->jobs[i]);
	}
	free(t->jobs);
}

static struct job *job_add_place(struct job_table *t)
{
	struct job *j = mem_zero(1, sizeof *j);

	t->jobs = mem_resize_array(t->jobs, t->count + 1, sizeof(*t->jobs));
	t->jobs[t->count] = j;
	j->place = (uint32_t)t->count++;
	item_init(&j->item);
	list_init(&j->queue);
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
	list_remove(&j->queue);
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

void job_make_ready(struct list *ready, struct job *j)
{
	struct list *before = ready;

	j->state = JOB_READY;
	list_remove(&j->queue);
	while (before->prev != ready && LIST_ENTRY(before->prev, struct job, queue)->sequence > j->sequence)
		before = before->prev;
	list_insert(before, &j->queue);
}
