#include "run/result.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/msg.h"
#include "base/quote.h"
#include "os/clock.h"
#include "os/fd.h"
#include "run/command.h"
#include "run/sinks.h"

enum { RESULT_WORDS = 200 }; /* bytes of a worker's words in a message */

/* -- Outcomes -- */

static struct outcome result_outcome(const struct job *j)
{
	return (struct outcome){
		.sequence = j->sequence,
		.slot = j->slot,
		.tries = j->tries,
		.output_bytes = j->output_bytes,
		.peak_rss = -1,
	};
}

/* How the program ended in a task that pp ended: value is its exit status, or minus the signal. */
static void result_set_end(struct outcome *o, int value)
{
	o->status = value < 0 ? 0 : value;
	o->signal = value < 0 ? -value : 0;
}

static void result_set_cause(struct outcome *o, const struct job *j, const struct done_message *m)
{
	switch (m->cause) {
	case DONE_EXITED:
		o->cause = OUTCOME_EXITED;
		o->status = m->value;
		break;
	case DONE_SIGNALLED:
		o->cause = OUTCOME_SIGNALLED;
		o->signal = m->value;
		break;
	case DONE_NOT_STARTED:
		o->cause = OUTCOME_NOT_STARTED;
		o->status = m->value == ENOENT || m->value == ENOTDIR ? 127 : 126;
		break;
	default:
		o->cause = m->cause == DONE_TIMEOUT || j->timed_out ? OUTCOME_TIMEOUT : OUTCOME_CANCELLED;
		result_set_end(o, m->value);
		if (o->cause == OUTCOME_TIMEOUT)
			o->status = -1;
	}
}

/* Whether a program that could not be started for this reason can never be. */
static bool result_is_hopeless(int code)
{
	return code == ENOENT || code == EACCES || code == ENOEXEC || code == ENOTDIR || code == EISDIR;
}

/* -- What is said -- */

static void result_say_not_started(struct run *r, struct job *j, int code)
{
	const char *shell = r->config->shell;
	const char *advice = "";

	if (code == E2BIG)
		advice = ": the command is longer than the system takes";
	if (code == EILSEQ) {
		msg_error("cannot hand job %llu to a worker: %s: it holds the separator of tasks: use -0, or "
		          "--worker=frame or json",
		          (unsigned long long)j->sequence, command_shown(r, j));
		return;
	}
	if (template_needs_shell(r->config->template) && code != E2BIG)
		msg_error("cannot start job %llu: %s: %s", (unsigned long long)j->sequence, shell, strerror(code));
	else
		msg_error("cannot start job %llu: %s: %s%s", (unsigned long long)j->sequence, command_shown(r, j),
		          strerror(code), advice);
}

static void result_say(struct run *r, struct job *j, const struct outcome *o)
{
	if (o->cause == OUTCOME_TIMEOUT)
		msg_error("job %llu timed out: %s", (unsigned long long)j->sequence, command_shown(r, j));
	if (o->cause == OUTCOME_LOST)
		msg_error("job %llu lost with its worker: %s", (unsigned long long)j->sequence, command_shown(r, j));
}

/* -- The end of a try -- */

static uint32_t result_dice(struct run *r)
{
	r->dice = r->dice * 1664525u + 1013904223u;
	return r->dice >> 8;
}

static void result_try_again(struct run *r, struct job *j, struct outcome *o)
{
	nsec_t delay = policy_retry_delay(&r->policy, j->tries, result_dice(r));
	nsec_t at = loop_now(r->loop) + delay;

	sinks_retry(r, j, o, delay);
	if (j->entry)
		printer_pause(r->printer, j->entry);
	if (delay == 0) {
		job_make_ready(&r->jobs, j);
		return;
	}
	j->state = JOB_RESTS;
	heap_set(&r->resting, &j->rest, at);
	if (heap_top(&r->resting) == &j->rest)
		loop_set_timer(r->loop, &r->rest_timer, at);
}

/* The text of a command costs more than many a job. */
static bool result_needs_command(const struct run *r, const struct outcome *o)
{
	const struct run_sinks *c = &r->config->sinks;

	return c->joblog || c->events || c->rows != SHEET_NONE || (c->summary && outcome_failed(o));
}

/* --latest-line: of all that the job printed the last line is left. */
static void result_print_latest(struct run *r, struct job *j)
{
	struct buf line = {0};

	buf_add_string(&line, status_latest(r->status, j->sequence));
	if (line.length > 0)
		buf_add_char(&line, '\n');
	printer_header(r->printer, j->entry, line.data, line.length);
	buf_release(&line);
}

/* A CI log shows the command of a job that succeeded, and its output when it is unfolded; that of a failed job is not
   folded. */
static void result_mark(struct run *r, struct job *j, const struct outcome *o)
{
	const char *command = command_shown(r, j);
	struct buf head = {0}, foot = {0};
	long long start = (long long)(o->start / NSEC_PER_SEC),
		  end = (long long)((o->start + o->run_time) / NSEC_PER_SEC);
	unsigned long long sequence = (unsigned long long)o->sequence;

	if (outcome_failed(o)) {
		buf_add_format(&head, "%s\n", command);
	} else if (r->config->sinks.marks == MARKS_GITHUB) {
		buf_add_format(&head, "::group::%s\n", command);
		buf_add_string(&foot, "::endgroup::\n");
	} else {
		buf_add_format(&head, "\x1b[0Ksection_start:%lld:pp_job_%llu[collapsed=true]\r\x1b[0K%s\n", start,
		               sequence, command);
		buf_add_format(&foot, "\x1b[0Ksection_end:%lld:pp_job_%llu\r\x1b[0K\n", end, sequence);
	}
	printer_header(r->printer, j->entry, head.data, head.length);
	printer_footer(j->entry, foot.data, foot.length);
	buf_release(&head);
	buf_release(&foot);
}

/* The job's entry has all that will come of it. */
static void result_print(struct run *r, struct job *j, const struct outcome *o)
{
	const struct run_sinks *c = &r->config->sinks;
	struct buf row = {0};

	if (c->failed_only && !outcome_failed(o)) {
		printer_drop(r->printer, j->entry);
		return;
	}
	if (c->rows != SHEET_NONE) {
		sinks_begin_row(r, o, &row);
		printer_header(r->printer, j->entry, row.data, row.length);
		buf_release(&row);
	}
	/* A mark is one only at the beginning of a line. */
	if (o->cause == OUTCOME_LOST || c->marks != MARKS_NONE)
		printer_end_lines(j->entry);
	printer_done(r->printer, j->entry);
}

/* All that was to become of the job has. */
static void result_conclude(struct run *r, struct job *j, struct outcome *o)
{
	o->item = &j->item;
	o->command = result_needs_command(r, o) ? command_text(r, j) : "";
	if (j->entry && r->config->sinks.marks != MARKS_NONE)
		result_mark(r, j, o);
	if (j->entry && r->config->sinks.latest_only)
		result_print_latest(r, j);
	sinks_end(r, j, o);
	if (!j->counted)
		policy_count(&r->policy, o);
	if (j->entry)
		result_print(r, j, o);
	job_end(&r->jobs, j);
}

void result_packed(void *arg, void *job, const struct err *e)
{
	struct run *r = arg;
	struct job *j = job;

	if (e)
		sinks_not_packed(r, e);
	result_conclude(r, j, &j->last);
}

void result_finish(struct run *r, struct job *j, struct outcome *o)
{
	result_say(r, j, o);
	if (!sinks_pack(r, j, o)) {
		result_conclude(r, j, o);
		return;
	}
	/* How it ended is known: --halt does not wait for its files. */
	j->last = *o;
	j->state = JOB_CALLED;
	if (!j->counted)
		policy_count(&r->policy, o);
	j->counted = true;
}

void result_skip(struct run *r, struct job *j)
{
	if (j->entry)
		printer_drop(r->printer, j->entry);
	sinks_skip(j);
	job_end(&r->jobs, j);
}

static void result_drop_output(struct run *r, struct job *j)
{
	printer_drop(r->printer, j->entry);
	j->entry = NULL;
}

/* The last try is over: the job is, too, once its callback has ended. */
static void result_final(struct run *r, struct job *j, struct outcome *o)
{
	if (!j->entry || !callback_wants(r->callback, o)) {
		/* Its output was meant for a callback, and is not whole. */
		if (j->entry && r->config->sinks.callback.success && o->cause == OUTCOME_CANCELLED)
			result_drop_output(r, j);
		result_finish(r, j, o);
		return;
	}
	j->last = *o;
	j->last.item = &j->item;
	j->last.command = command_text(r, j);
	j->state = JOB_CALLED;
	/* A callback may make a failure of a success, but not the other way round: --halt does not wait for it. */
	j->counted = outcome_failed(o);
	if (j->counted)
		policy_count(&r->policy, o);
	callback_submit(r->callback, j->entry, &j->last, j);
}

static void result_say_callback(struct run *r, const struct job *j, int code, int status)
{
	unsigned long long sequence = (unsigned long long)j->sequence;

	if (code && r->told_callback)
		return;
	r->told_callback = r->told_callback || code;
	if (code)
		msg_error("cannot start the callback of job %llu: %s", sequence, strerror(code));
	else if (WIFSIGNALED(status))
		msg_error("the callback of job %llu was killed by signal %d", sequence, WTERMSIG(status));
	else
		msg_error("the callback of job %llu failed: exit status %d", sequence, WEXITSTATUS(status));
}

/* Its callback was given up: the job is as one that was ended, so that a resumed run does it again. */
static void result_drop_called(struct run *r, struct job *j)
{
	result_drop_output(r, j);
	j->last.cause = OUTCOME_CANCELLED;
	result_finish(r, j, &j->last);
}

void result_called(void *arg, void *job, int code, int status)
{
	struct run *r = arg;
	struct job *j = job;
	bool failed = code || status != 0;

	if (code == ECANCELED) {
		result_drop_called(r, j);
		return;
	}
	if (failed)
		result_say_callback(r, j, code, status);
	if (code && r->config->sinks.callback_fails != CALLBACK_FAILS_IGNORE && result_is_hopeless(code))
		state_fail(r, RUN_FAILED);
	if (failed && r->config->sinks.callback_fails == CALLBACK_FAILS_RUN)
		state_fail(r, RUN_FAILED);
	/* A job that has failed by itself keeps its own end. Others have run, even where no callback could be
	   started. */
	if (failed && r->config->sinks.callback_fails == CALLBACK_FAILS_JOB && !outcome_failed(&j->last)) {
		j->last.cause = !code && WIFSIGNALED(status) ? OUTCOME_SIGNALLED : OUTCOME_EXITED;
		j->last.status = code == ENOENT ? 127 : code ? 126 : WIFSIGNALED(status) ? 0 : WEXITSTATUS(status);
		j->last.signal = !code && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	}
	result_finish(r, j, &j->last);
}

static void result_settle(struct run *r, struct job *j, struct outcome *o)
{
	bool again = policy_tries_again(&r->policy, o);

	j->erased = false;
	if (again && !state_forbids_start(r)) {
		j->last = *o;
		result_try_again(r, j, o);
		return;
	}
	/* A signal has ended the job before its last try: a resumed run does it again. */
	if (again && r->interrupted)
		o->cause = OUTCOME_CANCELLED;
	result_final(r, j, o);
}

/* One program, or shell, for all jobs that cannot be executed ends the run, as with xargs; the other jobs would fail
   the same way. */
static void result_program_failed(struct run *r, int status, int code)
{
	if (!result_is_hopeless(code) || r->config->directory_template ||
	    !(r->config->fixed_program || template_needs_shell(r->config->template)))
		return;
	r->program_failure = status;
}

void result_not_begun(struct run *r, struct job *j)
{
	struct outcome o = result_outcome(j);

	o.cause = OUTCOME_NOT_STARTED;
	o.status = 126;
	result_finish(r, j, &o);
}

void result_not_started(struct run *r, struct job *j, int code)
{
	result_say_not_started(r, j, code);
	result_not_begun(r, j);
}

void result_no_directory(struct run *r, struct job *j, const char *directory, int code)
{
	msg_error("cannot start job %llu: directory %s: %s", (unsigned long long)j->sequence, directory,
	          strerror(code));
	result_not_begun(r, j);
}

/* -- Events of the pool -- */

static bool result_on_output(void *arg, uint64_t id, int which, const char *bytes, size_t length)
{
	struct run *r = arg;
	struct job *j = job_find(&r->jobs, id);

	if (!j)
		return true;
	if (!sinks_have_room(r))
		return false;
	if (j->entry && !r->config->sinks.silent[which - 1] &&
	    !printer_output(r->printer, j->entry, which, bytes, length))
		return false;
	if (which == 1)
		j->output_bytes += length;
	if (r->config->sinks.watches_output)
		sinks_output(r, j, which, bytes, length);
	return true;
}

static void result_on_done(void *arg, unsigned slot, const struct done_message *m)
{
	struct run *r = arg;
	struct job *j = job_find(&r->jobs, m->id);
	struct outcome o;

	(void)slot;
	if (!j)
		return;
	o = result_outcome(j);
	o.start = m->start;
	o.run_time = m->run_time;
	o.user = m->user;
	o.system = m->system;
	o.peak_rss = m->peak_rss;
	result_set_cause(&o, j, m);
	if (r->config->timeout_percent > 0 && !outcome_failed(&o))
		median_add(&r->run_times, o.run_time);
	if (o.cause == OUTCOME_NOT_STARTED) {
		if (!r->program_failure)
			result_say_not_started(r, j, m->value);
		result_program_failed(r, o.status, m->value);
	}
	if (r->config->ungrouped && outcome_failed(&o))
		r->look_at_reader = true;
	/* The terminal was the job's, and so was the key that interrupts: it was meant for all. */
	if (r->config->tty && o.signal == SIGINT)
		raise(SIGINT);
	result_settle(r, j, &o);
}

/* The try did not take place. */
static void result_on_back(void *arg, uint64_t id)
{
	struct run *r = arg;
	struct job *j = job_find(&r->jobs, id);

	if (!j)
		return;
	j->tries--;
	job_make_ready(&r->jobs, j);
}

static void result_on_lost(void *arg, unsigned slot, uint64_t id, int status)
{
	struct run *r = arg;
	struct job *j = job_find(&r->jobs, id);
	struct outcome o;

	(void)slot;
	if (!j)
		return;
	o = result_outcome(j);
	o.cause = OUTCOME_LOST;
	o.status = -1;
	o.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	o.run_time = loop_now(r->loop) - j->handed;
	o.start = clock_real() - o.run_time;
	j->last = o;
	if (r->config->program && ++j->crashes < r->config->crash_limit && !state_forbids_start(r))
		result_try_again(r, j, &o);
	else
		result_settle(r, j, &o);
}

/* "exit status 1: its last words" */
static const char *result_end(struct run *r, int status, const char *words)
{
	buf_reset(&r->text);
	if (WIFSIGNALED(status))
		buf_add_format(&r->text, "killed by signal %d", WTERMSIG(status));
	else
		buf_add_format(&r->text, "exit status %d", WEXITSTATUS(status));
	if (*words) {
		buf_add_string(&r->text, ": ");
		quote_for_message(&r->text, words, strlen(words), RESULT_WORDS);
	}
	return buf_text(&r->text);
}

static void result_on_started(void *arg, unsigned slot, pid_t pid)
{
	sinks_worker_started(arg, slot, pid);
}

static void result_on_vanished(void *arg, unsigned slot, pid_t pid, int status, const char *words)
{
	sinks_worker_lost(arg, slot, pid, status);
	msg_error("worker lost: slot %u: %s", slot, result_end(arg, status, words));
}

static const char *result_shown(struct run *r, const char *text)
{
	buf_reset(&r->text);
	buf_add_char(&r->text, '"');
	quote_for_message(&r->text, text, strlen(text), RESULT_WORDS);
	buf_add_char(&r->text, '"');
	return buf_text(&r->text);
}

static void result_on_notice(void *arg, unsigned slot, enum pool_notice what, int status, const char *text)
{
	struct run *r = arg;

	switch (what) {
	case NOTICE_BUFFERS:
		msg_warn("worker of slot %u has read its task and waits for more, but has not answered: does it flush "
		         "its "
		         "output? (python3 -u, sed -u, fflush(), stdbuf -oL, mawk -W interactive, or --pty)",
		         slot);
		break;
	case NOTICE_ONE_SHOT:
		msg_warn("worker of slot %u ended with status 0 after one answer: this looks like a one-shot command: "
		         "drop "
		         "--worker, or let it go on to the next line",
		         slot);
		break;
	case NOTICE_SURPLUS:
		if (r->config->program->dialog.protocol == DIALOG_LINE)
			msg_error("worker of slot %u printed more than one answer to a task, and is replaced: %s: "
			          "--worker=mark and --worker=fd take answers of several lines",
			          slot, result_shown(r, text));
		else
			msg_error("worker of slot %u broke its protocol, and is replaced: this belongs to no task that "
			          "it "
			          "has: %s",
			          slot, result_shown(r, text));
		break;
	case NOTICE_BAD:
		msg_error("worker of slot %u broke its protocol, and is replaced: %s", slot, text);
		break;
	case NOTICE_SLOW_START:
		msg_error("worker of slot %u was not ready in the time of --init-timeout, and is replaced", slot);
		break;
	case NOTICE_GIVEN_UP:
		r->no_start = true;
		msg_error("no further worker in slot %u: each one has to be replaced at once", slot);
		break;
	case NOTICE_NO_START:
		r->no_start = true;
		msg_error("no worker stays: each one of slot %u ended at once: %s", slot, result_end(r, status, text));
		break;
	}
}

/* What a worker says while it has no task. */
static void result_on_aside(void *arg, const char *bytes, size_t length)
{
	struct run *r = arg;
	struct entry *e = printer_open(r->printer);

	if (!printer_output(r->printer, e, 2, bytes, length))
		fd_write_all(2, bytes, length);
	printer_done(r->printer, e);
}

static void result_on_no_program(void *arg, int code)
{
	struct run *r = arg;

	msg_error("cannot start a worker: %s: %s", r->config->program->argv[0], strerror(code));
	r->program_failure = code == ENOENT || code == ENOTDIR ? 127 : 126;
}

static void result_on_init_failed(void *arg, unsigned slot, int status)
{
	struct run *r = arg;
	const char *shown = r->config->init_shown ? r->config->init_shown : r->config->init->list[0];

	(void)slot;
	if (!r->init_failed && status == 0)
		msg_error("initializer failed: it ended its shell: %s", shown);
	else if (!r->init_failed)
		msg_error("initializer failed: exit status %d: %s", status, shown);
	r->init_failed = true;
}

/* Each time there are fewer than ever: it is tried again all the while. */
static void result_tell_of_few(struct run *r, int code)
{
	unsigned workers = pool_workers(r->pool);

	if (r->told_workers > 0 && workers >= r->told_workers)
		return;
	r->told_workers = workers;
	msg_warn("cannot start another worker: %s: going on with %u", strerror(code), workers);
}

static void result_on_start_failed(void *arg, unsigned slot, int code)
{
	struct run *r = arg;

	(void)slot;
	if (pool_workers(r->pool) > 0)
		result_tell_of_few(r, code);
	else if (!pool_is_dead(r->pool))
		msg_warn("cannot start a worker: %s: trying again", strerror(code));
	else if (!r->start_failed)
		msg_error("cannot start a worker: %s", strerror(code));
	r->start_failed = true;
}

/* A child that is no worker. */
static void result_on_stranger(void *arg, pid_t pid, int status)
{
	struct run *r = arg;

	if (!callback_reaped(r->callback, pid, status) && !pack_reaped(r->pack, pid, status))
		sinks_reaped(r, pid, status);
}

const struct pool_events result_events = {
	.output = result_on_output,
	.done = result_on_done,
	.back = result_on_back,
	.lost = result_on_lost,
	.started = result_on_started,
	.vanished = result_on_vanished,
	.init_failed = result_on_init_failed,
	.start_failed = result_on_start_failed,
	.no_program = result_on_no_program,
	.aside = result_on_aside,
	.notice = result_on_notice,
	.stranger = result_on_stranger,
};

/* -- Time limits in percent of the median -- */

/* NSEC_NEVER where there is none, or none yet. */
static nsec_t result_limit(const struct run *r)
{
	nsec_t median = median_value(&r->run_times);
	double limit = (double)median * r->config->timeout_percent / 100;

	/* A sum with the clock does not overflow. */
	if (r->config->timeout_percent <= 0 || median < 0 || limit > (double)(NSEC_NEVER / 4))
		return NSEC_NEVER;
	return (nsec_t)limit;
}

void result_check_limits(struct run *r)
{
	nsec_t limit = result_limit(r), next = NSEC_NEVER;

	if (limit == NSEC_NEVER)
		return;
	for (size_t i = 0; i < r->jobs.count; i++) {
		struct job *j = r->jobs.jobs[i];

		if (j->id == 0 || j->state != JOB_RUNS || j->timed_out)
			continue;
		if (j->handed + limit <= loop_now(r->loop)) {
			j->timed_out = true;
			pool_cancel(r->pool, j->slot, j->id, r->config->termseq->steps[0].signal);
		} else if (j->handed + limit < next) {
			next = j->handed + limit;
		}
	}
	if (next != NSEC_NEVER)
		loop_set_timer(r->loop, &r->limit_timer, next);
}
