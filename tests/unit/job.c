#include "run/job.h"

#include "tap.h"

static struct job_table t;

static void test_places(void)
{
	struct job *a = job_new(&t, 1), *b = job_new(&t, 2), *again;

	OK(t.used == 2 && a != b && a->sequence == 1 && b->sequence == 2, "each job has a place of its own");
	OK(a->id == 0 && a->tries == 0 && a->state == JOB_READY, "a new job has not been tried");
	buf_add_string(&a->command, "old");
	a->slot = 7;
	a->timed_out = a->handed_before = true;
	job_end(&t, a);
	again = job_new(&t, 3);
	OK(again == a && t.count == 2 && t.used == 2, "a free place is used again");
	OK(again->sequence == 3 && again->slot == 0 && !again->timed_out && !again->handed_before &&
	           again->command.length == 0 && !again->entry,
	   "with nothing of the former job");
	job_end(&t, again);
	job_end(&t, b);
	OK(t.used == 0, "in the end none is used");
}

static void test_ids(void)
{
	struct job *a = job_new(&t, 1), *b = job_new(&t, 2);
	uint64_t first, second;

	OK(!job_find(&t, 0), "0 is no job");
	job_next_try(a);
	job_next_try(b);
	first = a->id;
	OK(first != b->id && job_find(&t, first) == a && job_find(&t, b->id) == b, "a try is found by its id");
	a->timed_out = true;
	a->output_bytes = 5;
	job_next_try(a);
	second = a->id;
	OK(a->tries == 2 && !a->timed_out && a->output_bytes == 0, "the next try is counted and begins anew");
	OK(!job_find(&t, first) && job_find(&t, second) == a, "the id of the former try finds nothing");
	job_end(&t, a);
	OK(!job_find(&t, second), "nor does that of a job which is over");
	a = job_new(&t, 3);
	job_next_try(a);
	OK(a->id != first && a->id != second && !job_find(&t, second), "nor when the place is taken again");
	OK(!job_find(&t, UINT64_MAX) && !job_find(&t, a->id + 1000), "an id of no place finds nothing");
	job_end(&t, a);
	job_end(&t, b);
}

static void test_ready(void)
{
	static const uint64_t order[] = {5, 1, 9, 3, 7};
	struct job *jobs[5], *first;
	uint64_t last = 0;
	bool sorted = true;
	size_t count = 0;

	for (size_t i = 0; i < 5; i++) {
		jobs[i] = job_new(&t, order[i]);
		jobs[i]->state = JOB_RUNS;
		job_make_ready(&t, jobs[i]);
	}
	job_make_ready(&t, jobs[2]);
	while ((first = job_first_ready(&t))) {
		sorted = sorted && first->sequence > last && first->state == JOB_READY;
		last = first->sequence;
		job_leave_ready(&t, first);
		count++;
	}
	OK(sorted && count == 5, "ready jobs stand in the order of their numbers, each once");
	job_make_ready(&t, jobs[0]);
	for (size_t i = 0; i < 5; i++)
		job_end(&t, jobs[i]);
	OK(!job_first_ready(&t), "a job that ends leaves them");
}

static void test_many(void)
{
	struct job *jobs[1000];
	bool found = true;

	for (size_t i = 0; i < 1000; i++) {
		jobs[i] = job_new(&t, i + 1);
		job_next_try(jobs[i]);
	}
	for (size_t i = 0; i < 1000; i++)
		found = found && job_find(&t, jobs[i]->id) == jobs[i];
	OK(found && t.used == 1000, "a thousand jobs are found by their ids");
	for (size_t i = 0; i < 1000; i++)
		job_end(&t, jobs[i]);
}

int main(void)
{
	job_table_init(&t);
	test_places();
	test_ids();
	test_ready();
	test_many();
	job_table_release(&t);
	return tap_end();
}
