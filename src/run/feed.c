#include "run/feed.h"

#include <errno.h>
#include <string.h>

#include "base/msg.h"
#include "base/quote.h"
#include "os/directory.h"
#include "run/ask.h"
#include "run/command.h"
#include "run/result.h"
#include "run/sinks.h"

enum { FEED_ROUND = 1024 }; /* commands printed by a dry run in one round of the loop */

static void feed_on_input(struct watch *w, unsigned what)
{
	struct run *r = w->arg;

	(void)what;
	loop_remove(r->loop, w);
}

static void feed_on_time(struct timer *t)
{
	(void)t; /* being awake is enough: every round feeds */
}

static void feed_on_rest(struct timer *t)
{
	struct run *r = t->arg;
	struct heap_node *top;

	while ((top = heap_top(&r->resting)) && top->key <= loop_now(r->loop)) {
		struct job *j = LIST_ENTRY(top, struct job, rest);

		heap_remove(&r->resting, top);
		job_make_ready(&r->jobs, j);
	}
	if (top)
		loop_set_timer(r->loop, t, top->key);
}

void feed_init(struct run *r)
{
	heap_init(&r->resting);
	r->input = (struct watch){.fd = -1, .want = LOOP_READ, .ready = feed_on_input, .arg = r};
	r->start_timer = (struct timer){.expired = feed_on_time, .arg = r};
	r->rest_timer = (struct timer){.expired = feed_on_rest, .arg = r};
}

/* -- Reading -- */

static void feed_wait_for_input(struct run *r)
{
	if (r->input.added)
		return;
	r->input.fd = items_fd(r->config->items);
	if (loop_add(r->loop, &r->input) < 0) {
		msg_error("cannot wait for input: %s", strerror(errno));
		state_fail(r, RUN_FAILED);
	}
}

static void feed_input_failed(struct run *r, const struct err *e)
{
	r->input_ended = true;
	r->input_failed = true;
	msg_error("%s", e->text);
}

static bool feed_retries(const struct run *r)
{
	return r->has_history && r->history.mode == HISTORY_RETRY_FAILED;
}

/* The number of jobs: --retry-failed has them from the log, and reads no input. */
static enum items_answer feed_total(struct run *r, struct err *e)
{
	if (!feed_retries(r))
		return items_total(r->config->items, &r->total, e);
	r->total = r->history.count - r->history.done;
	return ITEMS_HAVE;
}

/* Where percentages or {##} need the number of jobs, all input is read first. Returns false while it is not known. */
static bool feed_count(struct run *r)
{
	struct err e;

	if (r->counted || !r->config->needs_total)
		return true;
	switch (feed_total(r, &e)) {
	case ITEMS_WAIT:
		feed_wait_for_input(r);
		return false;
	case ITEMS_FAIL:
		feed_input_failed(r, &e);
		return false;
	default:
		r->counted = true;
		r->policy.total = r->total;
		return true;
	}
}

/* --retry-failed: the jobs are those of the log, commands and all. */
static enum items_answer feed_failed(struct run *r, struct job *j, struct err *e)
{
	struct buf command = {0};
	int answer = history_next_failed(&r->history, &j->sequence, &command, e);

	if (answer == 1) {
		item_reset(&j->item);
		item_add(&j->item, command.data ? command.data : "", command.length);
		item_end_row(&j->item);
	}
	buf_release(&command);
	return answer == 1 ? ITEMS_HAVE : answer == 0 ? ITEMS_END : ITEMS_FAIL;
}

static enum items_answer feed_next(struct run *r, struct job *j, struct err *e)
{
	enum items_answer answer;

	if (feed_retries(r))
		return feed_failed(r, j, e);
	do
		answer = items_next(r->config->items, &j->item, e);
	while (answer == ITEMS_HAVE && template_skips(r->config->template, &j->item));
	return answer;
}

/* For people: the number of jobs is learnt while the first ones run. */
static void feed_count_ahead(struct run *r)
{
	struct err e;

	if (!r->status)
		return;
	if (r->config->sinks.counts_ahead && !r->counted && !r->input.added && feed_total(r, &e) == ITEMS_HAVE)
		r->counted = true;
	else if (!r->counted && r->config->sinks.counts_ahead && !r->input_ended && !r->input.added)
		feed_wait_for_input(r);
	status_total(r->status, r->counted ? r->total : r->sequence, r->counted || r->input_ended);
}

static bool feed_may_read(struct run *r)
{
	bool waits = r->input.added && !r->config->sinks.counts_ahead;

	return !r->input_ended && !waits && printer_has_room(r->printer) && callback_has_room(r->callback) &&
	       pack_has_room(r->pack) && sinks_have_room(r) && feed_count(r);
}

/* Reads the next job. NULL when there is none now. */
static struct job *feed_read(struct run *r)
{
	struct job *j;
	struct err e;

	if (!feed_may_read(r))
		return NULL;
	j = job_new(&r->jobs, r->sequence + 1);
	for (;;) {
		enum items_answer answer = feed_next(r, j, &e);

		if (answer == ITEMS_HAVE) {
			r->sequence++;
			if (!feed_retries(r))
				j->sequence = r->sequence;
			if (feed_retries(r) || sinks_want(r, j)) {
				sinks_read(r, j);
				if (!r->config->ungrouped)
					j->entry = printer_open(r->printer);
				return j;
			}
			buf_reset(&j->command);
			if (!state_forbids_start(r))
				continue;
		} else if (answer == ITEMS_WAIT) {
			feed_wait_for_input(r);
		} else {
			r->input_ended = true;
			if (answer == ITEMS_FAIL)
				feed_input_failed(r, &e);
		}
		job_end(&r->jobs, j);
		return NULL;
	}
}

static struct job *feed_take(struct run *r)
{
	struct job *j = job_first_ready(&r->jobs);

	if (!j)
		return feed_read(r);
	job_leave_ready(&r->jobs, j);
	return j;
}

/* -- Rendering -- */

static void feed_tag(struct run *r, struct job *j)
{
	struct template_facts facts = command_facts(r, j);

	if (!r->config->tag || !j->entry)
		return;
	buf_reset(&r->text);
	template_render_plain(r->config->tag, &j->item, &facts, &r->text);
	printer_tag(j->entry, r->text.data ? r->text.data : "", r->text.length);
}

/* --shellquote: the text as a word for a shell, so many times over. */
static void feed_add_quoted(struct buf *to, const char *text, size_t length, unsigned times)
{
	struct buf once = {0};

	if (times == 0) {
		buf_add(to, text, length);
		return;
	}
	quote_backslash(&once, text, length);
	feed_add_quoted(to, once.data, once.length, times - 1);
	buf_release(&once);
}

/* Adds the text with the job's tag in front of each of its lines. */
static void feed_add_tagged(struct run *r, const struct job *j, struct buf *to, const char *text, size_t length)
{
	struct template_facts facts = command_facts(r, j);
	const char *end = text + length;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *next = newline ? newline + 1 : end;

		template_render_plain(r->config->tag, &j->item, &facts, to);
		buf_add_char(to, '\t');
		buf_add(to, text, (size_t)(next - text));
		text = next;
	}
}

static void feed_header(struct run *r, struct job *j)
{
	const char *command = command_text(r, j);
	struct buf tagged = {0}, *text = &r->text;

	buf_reset(text);
	feed_add_quoted(text, command, j->command.length, r->config->shellquote);
	buf_add_char(text, '\n');
	if (r->config->tag && !r->config->ungrouped) {
		feed_add_tagged(r, j, &tagged, text->data, text->length);
		text = &tagged;
	}
	printer_header(r->printer, j->entry, text->data, text->length);
	buf_release(&tagged);
}

/* What is said of a job before it runs. */
static void feed_announce(struct run *r, struct job *j)
{
	feed_tag(r, j);
	if (r->config->trace)
		msg_plain("%s", command_text(r, j));
	if (!r->config->verbose)
		return;
	if (r->config->ungrouped) {
		j->entry = printer_open(r->printer);
		feed_header(r, j);
		printer_done(r->printer, j->entry);
		printer_flush(r->printer);
		j->entry = NULL;
	} else {
		feed_header(r, j);
	}
}

/* The job's own directory, as a word in front of the others. Returns 1, 0 when there is none, -1 with errno when it
   cannot be made. */
static int feed_directory(struct run *r, struct job *j, const struct template_facts *facts)
{
	if (!r->config->directory_template)
		return 0;
	template_render_plain(r->config->directory_template, &j->item, facts, &r->words);
	buf_add_char(&r->words, '\0');
	return directory_make(r->words.data) < 0 ? -1 : 1;
}

/* The words of a command, or the one text that is the task of a line worker. */
static uint32_t feed_words(struct run *r, struct job *j, const struct template_facts *facts)
{
	if (!r->config->program)
		return (uint32_t)template_render(r->config->template, &j->item, facts, &r->words);
	template_render_plain(r->config->template, &j->item, facts, &r->words);
	buf_add_char(&r->words, '\0');
	return 1;
}

static void feed_submit(struct run *r, struct job *j, unsigned slot)
{
	struct template_facts facts;
	struct task_message m = {.sequence = j->sequence};
	int directory, error;

	if (j->handed_before && j->entry)
		printer_reset(r->printer, j->entry);
	if (j->handed_before)
		buf_reset(&j->command);
	j->erased = j->tries > 0;
	j->handed_before = true;
	j->slot = slot;
	facts = command_facts(r, j);
	buf_reset(&r->words);
	directory = feed_directory(r, j, &facts);
	error = errno;
	m.argc = feed_words(r, j, &facts) + (directory > 0);
	m.words = r->words.data;
	m.bytes = r->words.length;
	m.flags = (template_needs_shell(r->config->template) ? TASK_SHELL : 0) | (directory > 0 ? TASK_DIRECTORY : 0);
	m.timeout = r->config->timeout;
	job_next_try(j);
	m.id = j->id;
	m.try = j->tries;
	feed_announce(r, j);
	j->state = JOB_RUNS;
	r->closed = false;
	j->handed = loop_now(r->loop);
	if (sinks_begin(r, j) < 0)
		result_not_begun(r, j);
	else if (directory < 0)
		result_no_directory(r, j, r->words.data, error);
	else if ((error = pool_submit(r->pool, slot, &m)) != 0)
		result_not_started(r, j, error);
}

/* -- Starting -- */

static bool feed_is_time(struct run *r)
{
	if (r->config->delay == 0 || r->next_start <= loop_now(r->loop))
		return true;
	loop_set_timer(r->loop, &r->start_timer, r->next_start);
	return false;
}

static bool feed_one(struct run *r)
{
	struct job *j;
	enum ask_answer answer;
	unsigned slot;

	if (state_forbids_start(r) || !pool_has_room(r->pool))
		return false;
	j = feed_take(r);
	if (!j)
		return false;
	answer = ask_job(r, j);
	if (answer == ASK_NO) {
		result_skip(r, j);
		return true;
	}
	slot = answer == ASK_YES && feed_is_time(r) ? pool_room(r->pool) : 0;
	if (slot == 0) {
		job_make_ready(&r->jobs, j);
		return false;
	}
	r->next_start = loop_now(r->loop) + r->config->delay;
	feed_submit(r, j, slot);
	return true;
}

/* A dry run prints each command where the output of the job would stand. */
static void feed_dry(struct run *r)
{
	for (int i = 0; i < FEED_ROUND; i++) {
		struct job *j = state_forbids_start(r) ? NULL : feed_read(r);

		if (!j)
			return;
		feed_header(r, j);
		printer_done(r->printer, j->entry);
		job_end(&r->jobs, j);
	}
	loop_set_timer(r->loop, &r->start_timer, loop_now(r->loop));
}

static void feed_check_pool(struct run *r)
{
	const struct job *first = job_first_ready(&r->jobs);

	if (!pool_is_dead(r->pool) || state_forbids_start(r) || (r->input_ended && r->jobs.used == 0))
		return;
	if (first && !r->no_start)
		msg_error("no worker can be started: the run ends before job %llu",
		          (unsigned long long)first->sequence);
	else if (!r->no_start)
		msg_error("no worker can be started");
	state_fail(r, RUN_FAILED);
}

/* Workers end as soon as nothing is left for them. While a task may still come back, or be tried again, they are kept:
   another would have to be started for it. */
static void feed_close(struct run *r)
{
	bool last = r->input_ended && !job_first_ready(&r->jobs) && !heap_top(&r->resting);
	bool more = !last || pool_has_queued(r->pool);

	/* Where so many jobs wait for an earlier one that no other is read, nothing more comes for the worker that has
	   that one. */
	if (last || !printer_has_room(r->printer))
		pool_starve(r->pool);
	if (r->closed || more || (r->config->policy.tries > 1 && r->jobs.used > 0))
		return;
	r->closed = true;
	pool_close(r->pool);
}

void feed_tasks(struct run *r)
{
	if (r->config->dry_run) {
		feed_dry(r);
		return;
	}
	feed_count_ahead(r);
	while (feed_one(r))
		;
	feed_check_pool(r);
	feed_close(r);
	pool_flush(r->pool);
}
