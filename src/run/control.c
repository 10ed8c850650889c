#include "run/control.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>

#include "base/msg.h"
#include "base/rule.h"
#include "os/fd.h"
#include "os/sig.h"
#include "run/result.h"
#include "run/sinks.h"

static void control_drop(struct run *r, struct job *j)
{
	heap_remove(&r->resting, &j->rest);
	job_leave_ready(&r->jobs, j);
	if (j->tries > 0) {
		/* It was to be tried again. After a halt its last try counts; after a signal a resumed run is to do the
		   rest. */
		if (r->interrupted || j->erased)
			j->last.cause = OUTCOME_CANCELLED;
		result_finish(r, j, &j->last);
		return;
	}
	result_skip(r, j);
}

static void control_drop_ready(struct run *r)
{
	for (size_t i = 0; i < r->jobs.count; i++) {
		struct job *j = r->jobs.jobs[i];
		bool waits = j->queue.place || j->rest.place;

		if (waits)
			control_drop(r, j);
	}
}

static void control_stop(struct run *r, int signal)
{
	if (!r->stopping) {
		r->stopping = true;
		loop_remove(r->loop, &r->input);
		loop_cancel_timer(r->loop, &r->start_timer);
		loop_cancel_timer(r->loop, &r->rest_timer);
		control_drop_ready(r);
	}
	if (signal)
		pool_cancel_all(r->pool, signal);
	else
		pool_recall(r->pool);
	pool_flush(r->pool);
}

/* -- Each round -- */

/* Before the first job the file must be right; later, perhaps in the midst of being written, it is left for the next
   time. */
static void control_bad_jobs(struct run *r)
{
	if (r->policy.done > 0)
		return;
	msg_error("cannot read the number of jobs: %s: it must hold N, N%%, +N, -N or 0", r->config->jobs->path);
	state_fail(r, RUN_FAILED);
}

/* -j FILE: after each finished job, and before the first one, the pool gets the size that stands there. */
static void control_reread_jobs(struct run *r)
{
	struct jobs_rule rule;
	unsigned size;
	char text[64];
	ssize_t length;
	int fd;

	if (r->config->jobs->kind != JOBS_FILE || r->finished_seen == r->policy.done + 1)
		return;
	r->finished_seen = r->policy.done + 1;
	fd = fd_open(r->config->jobs->path, O_RDONLY, 0);
	length = fd < 0 ? -1 : fd_read(fd, text, sizeof text - 1);
	fd_close(&fd);
	if (length < 0)
		return;
	text[length] = '\0';
	if (rule_parse_jobs(text, &rule) < 0) {
		control_bad_jobs(r);
		return;
	}
	size = rule_jobs(&rule, r->config->processors, r->config->most_workers);
	if (size != pool_size(r->pool))
		pool_resize(r->pool, size);
}

static void control_check_reader(struct run *r)
{
	if (r->look_at_reader && fd_reader_is_gone(1))
		state_fail(r, 128 + SIGPIPE);
	r->look_at_reader = false;
}

/* Rows may be written to a file of their own. */
static void control_output_failed(const struct run *r, int error)
{
	const struct run_sinks *c = &r->config->sinks;

	if (c->results == RESULTS_SHEET)
		msg_error("cannot write results: %s: %s", c->results_path, strerror(error));
	else
		msg_error("cannot write standard output: %s", strerror(error));
}

static void control_check_output(struct run *r)
{
	int error = printer_error(r->printer, 1);

	if (error && !r->output_failed) {
		r->output_failed = true;
		if (r->config->sinks.each && error == EPIPE) {
			if (!r->each.killed)
				msg_error("the program of --each reads no more");
			error = EIO;
		} else if (error != EPIPE) {
			control_output_failed(r, error);
		}
		state_fail(r, error == EPIPE ? 128 + SIGPIPE : RUN_FAILED);
	}
	/* A standard error that was closed from the start is wanted by nobody. */
	error = printer_error(r->printer, 2);
	if (error == 0 || error == EBADF || r->errors_failed)
		return;
	r->errors_failed = true;
	if (error != EPIPE)
		msg_error("cannot write standard error: %s", strerror(error)); /* as far as it can be said */
	state_fail(r, error == EPIPE ? 128 + SIGPIPE : RUN_FAILED);
}

static bool control_has_running(const struct run *r)
{
	for (size_t i = 0; i < r->jobs.count; i++) {
		if (r->jobs.jobs[i]->id && r->jobs.jobs[i]->state == JOB_RUNS)
			return true;
	}
	return false;
}

/* All workers, or the callback while no job runs, wait to get rid of output, but nothing can be held any more, and the
   job whose turn it is in the order waits behind them: it was tried before, or given back, or its output has to be
   whole. */
static bool control_is_stuck(const struct run *r)
{
	bool more = job_first_ready(&r->jobs) || heap_top(&r->resting);
	bool held = pool_is_held(r->pool) || (callback_is_held(r->callback) && !control_has_running(r));

	if (!held || callback_is_busy(r->callback) || pack_is_busy(r->pack) || !sinks_have_room(r))
		return false;
	return !(more && pool_has_room(r->pool)) && !printer_is_blocked(r->printer);
}

static void control_break(struct run *r, const struct err *spool)
{
	msg_error("%s",
	          spool ? spool->text
	                : "no room on the disk for output that has to wait for its turn: $TMPDIR may name another");
	state_fail(r, RUN_FAILED);
	printer_force(r->printer);
}

static void control_check_spool(struct run *r)
{
	bool lost;
	const struct err *spool = printer_spool_error(r->printer, &lost);

	if (lost && !r->output_lost) {
		r->output_lost = true;
		msg_error("%s", spool->text);
		state_fail(r, RUN_FAILED);
	} else if (spool && !r->spool_failed) {
		msg_warn("%s: jobs wait until their output is printed", spool->text);
	}
	r->spool_failed = r->spool_failed || spool;
	if (!control_is_stuck(r))
		return;
	pool_resume(r->pool);
	callback_resume(r->callback);
	if (control_is_stuck(r))
		control_break(r, spool);
}

void control_turn(struct run *r)
{
	control_check_reader(r);
	control_check_output(r);
	control_check_spool(r);
	control_reread_jobs(r);
	if (r->stopping)
		control_drop_ready(r); /* what came back since is not run any more */
	if (r->failure && !r->failure_dealt_with) {
		r->failure_dealt_with = true;
		control_stop(r, SIGTERM);
	}
	if (r->stopping)
		return;
	if (r->policy.verdict != POLICY_GO)
		control_stop(r, r->policy.verdict == POLICY_NOW ? SIGTERM : 0);
	else if (r->program_failure)
		control_stop(r, 0);
}

/* -- Signals -- */

/* The first one ends the jobs with the signal and the rest of the ladder, the second one at once, and without waiting
   for a reader. */
static void control_interrupt(struct run *r, int signo)
{
	bool again = r->ending;

	r->ending = true;
	if (!again)
		r->interrupted = signo;
	control_stop(r, again ? SIGKILL : signo);
	if (!again)
		return;
	printer_give_up(r->printer);
	sinks_give_up(r);
}

static void control_hang_up(struct run *r, int signo)
{
	if (r->interrupted == 0)
		r->interrupted = signo;
	control_stop(r, 0);
}

/* pp stops itself only when the jobs were told. */
static void control_suspend(struct run *r)
{
	pool_signal(r->pool, SIGTSTP);
	pool_flush(r->pool);
	status_hide(r->status);
	raise(SIGSTOP);
}

static void control_resize(struct run *r, int more)
{
	unsigned size = pool_size(r->pool);

	if (more > 0 && size < r->config->most_workers)
		pool_resize(r->pool, size + 1);
	if (more < 0 && size > 1)
		pool_resize(r->pool, size - 1);
}

static void control_signal(struct run *r, int signo)
{
	switch (signo) {
	case SIGCHLD:
		pool_reap(r->pool);
		break;
	case SIGINT:
	case SIGTERM:
		control_interrupt(r, signo);
		break;
	case SIGHUP:
		control_hang_up(r, signo);
		break;
	case SIGTSTP:
		control_suspend(r);
		break;
	case SIGCONT:
		pool_signal(r->pool, SIGCONT);
		break;
	case SIGUSR1:
		control_resize(r, 1);
		break;
	case SIGUSR2:
		control_resize(r, -1);
		break;
	default:
		break;
	}
}

static void control_on_signal(struct watch *w, unsigned what)
{
	struct run *r = w->arg;
	int signo;

	(void)what;
	while ((signo = sig_next()) != 0)
		control_signal(r, signo);
}

void control_take_signals(struct run *r)
{
	if (sig_is_waiting())
		control_on_signal(&r->signals, LOOP_READ);
}

int control_init(struct run *r)
{
	static const int wanted[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGUSR1, SIGUSR2};
	int fd = sig_open();

	if (fd < 0)
		return -1;
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		sig_catch(wanted[i], false);
	sig_catch(SIGCHLD, true);
	sig_catch(SIGPIPE, true);
	r->signals = (struct watch){.fd = fd, .want = LOOP_READ, .ready = control_on_signal, .arg = r};
	return loop_add(r->loop, &r->signals);
}
