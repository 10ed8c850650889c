#include "run/run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "os/clock.h"
#include "run/ask.h"
#include "run/control.h"
#include "run/feed.h"
#include "run/result.h"
#include "run/sinks.h"
#include "worker/worker.h"

enum {
	RUN_PREFETCH = 32, /* tasks under way per worker, at most */
	RUN_PREFETCH_LINES = 512,
	RUN_WAITS = 200, /* so many waits fail before it ends, a second and more in all */
};

/* -- The worker's side of a fork -- */

static int run_worker(void *arg, unsigned slot, int in, int out, struct board *board)
{
	const struct run *r = arg;
	struct worker_config config = {
		.slot = slot,
		.manager = getppid(),
		.ungrouped = r->config->ungrouped,
		.shell = r->config->shell,
		.shell_kind = r->config->shell_kind,
		.keep_shell = r->config->keep_shell,
		.init = r->config->init,
		.preamble = r->config->preamble,
		.ladder = r->config->termseq,
		.slot_variable = r->config->slot_variable,
		.directory = r->config->directory,
		.nice = r->config->nice,
		.tty = r->config->tty,
		.group = getpgrp(),
		.board = board,
	};

	return worker_main(&config, in, out);
}

static void run_detach(void *arg)
{
	struct run *r = arg;

	loop_abandon(r->loop);
}

/* -- Setting up -- */

static void run_on_room(void *arg)
{
	struct run *r = arg;

	pool_resume(r->pool);
	callback_resume(r->callback);
}

static void run_on_limit(struct timer *t)
{
	result_check_limits(t->arg);
}

static size_t run_prefetch(const struct run_config *c)
{
	bool plain = c->delay == 0 && c->timeout_percent <= 0 && !c->trace && !c->interactive && !c->tty &&
	             policy_allows_prefetch(&c->policy);

	if (!plain)
		return 1;
	return c->program ? RUN_PREFETCH_LINES : RUN_PREFETCH;
}

static void run_before_write(void *arg)
{
	struct run *r = arg;

	status_hide(r->status);
}

/* A message does not stand in the midst of a line of some job. */
static bool run_before_message(void *arg)
{
	struct run *r = arg;

	status_hide(r->status);
	return !printer_is_amid_line(r->printer) || printer_error(r->printer, 2);
}

static void run_set_up_status(struct run *r)
{
	if (!r->config->sinks.shows)
		return;
	r->status = status_new(r->loop, &r->config->sinks.status);
	printer_on_write(r->printer, run_before_write, r);
}

static void run_set_up_callback(struct run *r)
{
	struct callback_config callback = r->config->sinks.callback;

	if (!callback.success && !callback.failure)
		return;
	callback.guarded = pool_guarded(r->pool);
	r->callback = callback_new(r->loop, r->printer, &callback, result_called, r);
}

/* The first place is the callback's. */
static void run_set_up_pack(struct run *r)
{
	struct pack_config pack = r->config->sinks.pack;

	if (!pack.words)
		return;
	pack.guarded = pool_guarded(r->pool);
	if (pack.guarded)
		pack.guarded++;
	if (pack.most > POOL_GUARDED - 1)
		pack.most = POOL_GUARDED - 1;
	r->pack = pack_new(r->loop, &pack, result_packed, r);
}

static void run_set_up_results(struct run *r)
{
	msg_set_before(run_before_message, r);
	run_set_up_status(r);
	run_set_up_callback(r);
	run_set_up_pack(r);
}

static int run_init(struct run *r, const struct run_config *config)
{
	struct pool_config pool = {
		.size = config->workers,
		.prefetch = run_prefetch(config),
		.max_tasks = config->max_tasks,
		.program = config->program,
		.body = run_worker,
		.body_arg = r,
		.detach = run_detach,
		.detach_arg = r,
	};

	memset(r, 0, sizeof *r);
	r->config = config;
	r->joblog.fd = -1;
	r->loop = loop_new();
	if (r->loop && sinks_open(r) < 0)
		return -1;
	if (!r->loop || control_init(r) < 0) {
		msg_error("cannot start: %s", strerror(errno));
		return -1;
	}
	if (sinks_start(r) < 0)
		return -1;
	policy_init(&r->policy, &config->policy);
	median_init(&r->run_times);
	job_table_init(&r->jobs);
	feed_init(r);
	if (ask_init(r) < 0) {
		msg_error("cannot ask before jobs: /dev/tty: %s", strerror(errno));
		return -1;
	}
	r->limit_timer = (struct timer){.expired = run_on_limit, .arg = r};
	r->dice = (uint32_t)clock_now();
	r->pool = pool_new(r->loop, &pool, &result_events, r);
	r->printer = printer_new(r->loop, &config->printer, run_on_room, r);
	printer_on_receipt(r->printer, sinks_write_log, r);
	run_set_up_results(r);
	return 0;
}

/* Nothing was started. */
static void run_abandon(struct run *r)
{
	struct err ignored;

	joblog_close(&r->joblog, &ignored);
	sinks_release(r);
	loop_free(r->loop);
}

static void run_release(struct run *r)
{
	ask_release(r);
	msg_set_before(NULL, NULL);
	msg_flush(true);
	status_free(r->status);
	callback_free(r->callback);
	pack_free(r->pack);
	pool_free(r->pool);
	printer_free(r->printer);
	job_table_release(&r->jobs);
	heap_release(&r->resting);
	sinks_release(r);
	sheet_release(&r->sheet);
	buf_release(&r->words);
	buf_release(&r->text);
	loop_free(r->loop);
}

/* -- The loop -- */

static bool run_is_over(const struct run *r)
{
	return (r->input_ended || r->stopping) && r->jobs.used == 0 && printer_is_idle(r->printer);
}

static void run_turn(struct run *r)
{
	control_take_signals(r);
	control_turn(r);
	feed_tasks(r);
	callback_turn(r->callback);
	printer_flush(r->printer);
	result_check_limits(r);
	control_turn(r);
	/* A run that was stopped just now may have nothing else to wait for. */
	printer_flush(r->printer);
	msg_flush(false);
	status_turn(r->status, printer_is_in_line(r->printer));
}

/* Memory may come back. One that is deaf for too long ends: workers and guard see that, and end what runs. */
static void run_wait(struct run *r)
{
	if (loop_once(r->loop) == 0) {
		r->waits_failed = 0;
	} else if (++r->waits_failed == RUN_WAITS) {
		msg_error("cannot wait for events: %s", strerror(errno));
		msg_flush(true);
		_exit(RUN_FAILED);
	}
}

static void run_loop(struct run *r)
{
	run_turn(r);
	while (!run_is_over(r)) {
		run_wait(r);
		run_turn(r);
	}
	pool_close(r->pool);
	pool_flush(r->pool);
	while (pool_workers(r->pool) > 0)
		run_wait(r);
}

/* --each: the program has all there is and sees the end of it. */
static void run_wait_for_each(struct run *r)
{
	each_close(&r->each);
	while (r->each.pid > 0)
		run_wait(r);
}

static int run_end(struct run *r)
{
	int error = printer_close(r->printer);

	msg_flush(true);
	control_turn(r);
	while (!sinks_are_written(r))
		run_wait(r);
	status_close(r->status, printer_is_in_line(r->printer));
	run_wait_for_each(r);
	sinks_close(r);
	if (error && r->failure == 0)
		r->failure = RUN_FAILED;
	if (r->interrupted)
		return 128 + r->interrupted;
	if (r->failure)
		return r->failure;
	if (r->input_failed)
		return RUN_FAILED;
	return r->program_failure ? r->program_failure : policy_exit_status(&r->policy);
}

int run(const struct run_config *config)
{
	struct run r;
	int status;

	if (run_init(&r, config) < 0) {
		run_abandon(&r);
		return RUN_FAILED;
	}
	run_loop(&r);
	status = run_end(&r);
	run_release(&r);
	return status;
}
