#include "run/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/msg.h"
#include "os/clock.h"
#include "os/fd.h"
#include "run/command.h"
#include "run/traces.h"

static void sinks_fail(struct run *r, const struct err *e)
{
	msg_error("%s", e->text);
	state_fail(r, RUN_FAILED);
}

static void sinks_on_room(void *arg)
{
	struct run *r = arg;

	pool_resume(r->pool);
}

/* -- Opening -- */

static int sinks_open_history(struct run *r, struct err *e)
{
	const struct run_sinks *c = &r->config->sinks;

	if (!c->resumes || !c->joblog)
		return 0;
	if (history_read(&r->history, c->joblog, c->resume, e) < 0)
		return -1;
	r->has_history = true;
	return r->history.torn && !r->config->dry_run ? history_repair(&r->history, c->joblog, e) : 0;
}

static int sinks_open_log(struct run *r, struct err *e)
{
	const struct run_sinks *c = &r->config->sinks;
	bool extra;

	if (!c->joblog || r->config->dry_run)
		return 0;
	/* A log that is added to goes on as it began. */
	extra = r->has_history && r->history.whole > 0 ? r->history.extra > 0 : c->joblog_extra;
	return joblog_open(&r->joblog, c->joblog, c->joblog_append || c->resumes, extra, e);
}

static int sinks_open_failed(struct run *r, struct err *e)
{
	const char *path = r->config->sinks.failed;

	if (!path)
		return 0;
	r->failed_fd = fd_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	return r->failed_fd < 0 ? err_sys(e, errno, "cannot open file for failed records: %s", path) : 0;
}

/* The rows are all that is printed: the file takes the place of standard output. */
static int sinks_open_sheet(struct run *r, struct err *e)
{
	const struct run_sinks *c = &r->config->sinks;
	int fd, status;

	if (c->results != RESULTS_SHEET)
		return 0;
	fd = fd_open(c->results_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	status = fd < 0 || dup2(fd, 1) < 0 ? err_sys(e, errno, "cannot open file for results: %s", c->results_path) : 0;
	fd_close(&fd);
	return status;
}

int sinks_start(struct run *r)
{
	char *const *words = r->config->sinks.each;

	if (!words || each_start(&r->each, words) == 0)
		return 0;
	msg_error("cannot start the program of --each: %s: %s", words[0], strerror(errno));
	return -1;
}

int sinks_open(struct run *r)
{
	const struct run_sinks *c = &r->config->sinks;
	struct err e;

	r->joblog.fd = r->failed_fd = r->events.fd = -1;
	if (sinks_open_history(r, &e) < 0 || sinks_open_log(r, &e) < 0 || sinks_open_failed(r, &e) < 0 ||
	    sinks_open_sheet(r, &e) < 0 ||
	    (c->events && events_open(&r->events, r->loop, c->events, sinks_on_room, r, &e) < 0)) {
		msg_error("%s", e.text);
		return -1;
	}
	return 0;
}

/* -- Closing -- */

static void sinks_summarise(struct run *r)
{
	struct buf text = {0};

	/* A program that cannot be executed was told of, and nobody reads what a reader that is gone would have been
	   told. */
	if (!r->config->sinks.summary || r->program_failure || r->failure == 128 + SIGPIPE)
		return;
	if (r->summary.failed > 0 && printer_is_in_line(r->printer))
		buf_add_char(&text, '\n');
	summary_render(&r->summary, "pp", r->sequence, &text);
	if (text.length > 0)
		fd_write_all(2, text.data, text.length);
	buf_release(&text);
}

static void sinks_check_each(struct run *r)
{
	const struct each *each = &r->each;

	if (!each->ended || each->killed || each->status == 0)
		return;
	if (WIFSIGNALED(each->status))
		msg_error("the program of --each was killed by signal %d", WTERMSIG(each->status));
	else
		msg_error("the program of --each ended with exit status %d", WEXITSTATUS(each->status));
	r->policy.failed++;
}

void sinks_close(struct run *r)
{
	struct err e;

	if (joblog_close(&r->joblog, &e) < 0)
		sinks_fail(r, &e);
	if (r->config->sinks.events && events_close(&r->events, &e) < 0)
		sinks_fail(r, &e);
	if (r->failed_fd >= 0 && close(r->failed_fd) < 0) {
		err_sys(&e, errno, "cannot write failed records");
		sinks_fail(r, &e);
	}
	r->failed_fd = -1;
	sinks_check_each(r);
	sinks_summarise(r);
}

void sinks_release(struct run *r)
{
	if (r->has_history)
		history_release(&r->history);
	summary_release(&r->summary);
}

bool sinks_have_room(const struct run *r)
{
	return !r->config->sinks.events || events_has_room(&r->events);
}

bool sinks_are_written(const struct run *r)
{
	return !r->config->sinks.events || events_are_written(&r->events);
}

void sinks_give_up(struct run *r)
{
	callback_give_up(r->callback);
	pack_give_up(r->pack);
	each_kill(&r->each);
	if (r->config->sinks.events)
		events_give_up(&r->events);
}

/* -- A job -- */

static const char *sinks_logged_command(struct run *r, struct job *j)
{
	return r->config->sinks.commands_vary ? NULL : command_text(r, j);
}

/* Where the job's results go. */
static int sinks_results_base(struct run *r, struct job *j, struct buf *base, struct err *e)
{
	const struct run_sinks *c = &r->config->sinks;
	struct template_facts facts = command_facts(r, j);

	if (c->results == RESULTS_DIRECTORY) {
		results_path(base, c->results_path, &j->item, c->names);
		return 0;
	}
	template_render_plain(c->results_template, &j->item, &facts, base);
	if (!results_strays(buf_text(base), c->results_path))
		return 0;
	err_set(e, "cannot keep results of job %llu: %s: its values lead out of the directory",
	        (unsigned long long)j->sequence, buf_text(base));
	return -1;
}

static bool sinks_have_results(struct run *r, struct job *j)
{
	const struct run_sinks *c = &r->config->sinks;
	struct buf base = {0};
	struct err e;
	bool whole;

	if (!c->resumes || c->joblog || (c->results != RESULTS_DIRECTORY && c->results != RESULTS_TEMPLATE))
		return false;
	whole = sinks_results_base(r, j, &base, &e) == 0 && results_are_whole(buf_text(&base));
	buf_release(&base);
	return whole;
}

bool sinks_want(struct run *r, struct job *j)
{
	if (!r->has_history)
		return !sinks_have_results(r, j);
	switch (history_ask(&r->history, j->sequence, sinks_logged_command(r, j))) {
	case HISTORY_RUN:
		return true;
	case HISTORY_CHANGED:
		if (r->config->sinks.resume_strict) {
			msg_error("job %llu is another one than in the job log: %s: was the input changed? nothing "
			          "more is run",
			          (unsigned long long)j->sequence, command_shown(r, j));
			state_fail(r, RUN_FAILED);
		} else if (!r->told_changed) {
			msg_warn("job %llu is skipped, but is another one than in the job log: %s: was the input "
			         "changed? (told "
			         "once; --resume-strict refuses)",
			         (unsigned long long)j->sequence, command_shown(r, j));
		}
		r->told_changed = true;
		return false;
	default:
		return false;
	}
}

static struct traces *sinks_traces(struct job *j)
{
	if (!j->traces)
		j->traces = mem_zero(1, sizeof *j->traces);
	return j->traces;
}

static void sinks_clear_tails(struct job *j)
{
	for (int i = 0; i < 2; i++)
		summary_tail_clear(&j->traces->tails[i]);
}

static void sinks_forget(struct job *j)
{
	if (!j->traces)
		return;
	sinks_clear_tails(j);
	free(j->traces);
	j->traces = NULL;
}

void sinks_skip(struct job *j)
{
	if (j->traces)
		results_drop(&j->traces->results);
	sinks_forget(j);
}

/* The outcome so far, for an event at the start. */
static struct outcome sinks_outcome(struct run *r, struct job *j)
{
	return (struct outcome){
		.sequence = j->sequence,
		.slot = j->slot,
		.tries = j->tries,
		.command = command_text(r, j),
		.item = &j->item,
	};
}

static int sinks_open_results(struct run *r, struct job *j)
{
	struct results *results = &sinks_traces(j)->results;
	struct buf base = {0};
	struct err e;
	int status = 0;

	if (results->base)
		results_restart(results);
	else if (r->config->sinks.results == RESULTS_FILES)
		status = results_begin_file(results, r->config->printer.directory, j->sequence, &e);
	else if ((status = sinks_results_base(r, j, &base, &e)) == 0)
		status = results_begin(results, buf_text(&base), j->sequence, &e);
	buf_release(&base);
	if (status < 0)
		sinks_fail(r, &e);
	return status;
}

int sinks_begin(struct run *r, struct job *j)
{
	const struct run_sinks *c = &r->config->sinks;
	struct outcome o;

	if (r->status)
		status_start(r->status, j->sequence, j->item.count ? item_value(&j->item, 0).text : command_text(r, j));
	j->shown = true;
	if (j->traces)
		sinks_clear_tails(j);
	if (c->results != RESULTS_NONE && c->results != RESULTS_SHEET && sinks_open_results(r, j) < 0)
		return -1;
	if (c->events) {
		o = sinks_outcome(r, j);
		events_start(&r->events, clock_real(), &o);
	}
	return 0;
}

/* What is on standard error tells why a job failed; that of standard output is kept only while there is none. */
static void sinks_keep_tail(struct run *r, struct job *j, int which, const char *bytes, size_t length)
{
	struct summary_tail *tails = sinks_traces(j)->tails;

	if (which == 1 && !summary_tail_is_empty(&tails[1]))
		return;
	summary_tail_add(&tails[which - 1], r->config->sinks.summary_lines, bytes, length);
	if (which == 2 && !summary_tail_is_empty(&tails[1]))
		summary_tail_clear(&tails[0]);
}

void sinks_output(struct run *r, struct job *j, int which, const char *bytes, size_t length)
{
	const struct run_sinks *c = &r->config->sinks;
	struct err e;

	status_output(r->status, j->sequence, bytes, length);
	if (c->summary && (which == 2 || c->summary_lines > 1))
		sinks_keep_tail(r, j, which, bytes, length);
	if (c->events)
		events_output(&r->events, clock_real(), j->sequence, which, &sinks_traces(j)->carry[which - 1], bytes,
		              length);
	if (j->traces && j->traces->results.base && results_write(&j->traces->results, which, bytes, length, &e) < 0) {
		sinks_fail(r, &e);
		results_drop(&j->traces->results);
	}
}

void sinks_retry(struct run *r, struct job *j, struct outcome *o, nsec_t delay)
{
	status_again(r->status, j->sequence, o->run_time);
	j->shown = false;
	if (!r->config->sinks.events)
		return;
	o->command = command_text(r, j);
	o->item = &j->item;
	events_retry(&r->events, clock_real(), o, delay, sinks_traces(j)->carry);
}

void sinks_write_log(void *arg, const char *record, size_t length)
{
	struct run *r = arg;
	struct err e;

	if (r->joblog.fd < 0 || joblog_write(&r->joblog, record, length, &e) == 0)
		return;
	sinks_fail(r, &e);
	joblog_close(&r->joblog, &e);
}

/* What is in the log is not done by a resumed run: the record waits until the job's output is written. A job that pp
   itself ended is to be done again. */
static void sinks_log(struct run *r, const struct job *j, const struct outcome *o)
{
	const struct buf *record;

	if (r->joblog.fd < 0 || o->cause == OUTCOME_CANCELLED)
		return;
	record = joblog_record(&r->joblog, o);
	if (j->entry)
		printer_receipt(j->entry, record->data, record->length);
	else
		sinks_write_log(r, record->data, record->length);
}

static void sinks_keep_failed(struct run *r, const struct job *j)
{
	struct buf record = {0};
	struct err e;

	if (!r->failed_begun)
		failed_names(&r->config->sinks.failed_format, &record);
	r->failed_begun = true;
	failed_records(&r->config->sinks.failed_format, &j->item, &record);
	if (fd_write_all(r->failed_fd, record.data, record.length) < 0) {
		err_sys(&e, errno, "cannot write failed records: %s", r->config->sinks.failed);
		sinks_fail(r, &e);
		fd_close(&r->failed_fd);
	}
	buf_release(&record);
}

/* --files: the name of the file stands for the output in it, tag and all. */
static void sinks_print_name(struct run *r, struct job *j)
{
	struct template_facts facts = command_facts(r, j);
	struct buf name = {0};

	if (r->config->tag) {
		template_render_plain(r->config->tag, &j->item, &facts, &name);
		buf_add_char(&name, '\t');
	}
	results_name(&name, j->traces->results.base, 1);
	buf_add_char(&name, '\n');
	printer_header(r->printer, j->entry, name.data, name.length);
	buf_release(&name);
}

static void sinks_finish_results(struct run *r, struct job *j, const struct outcome *o)
{
	struct results *results = &j->traces->results;
	struct err e;

	if (!results->base)
		return;
	if (r->config->sinks.print_names && j->entry)
		sinks_print_name(r, j);
	if (o->cause == OUTCOME_CANCELLED)
		results_drop(results);
	else if (results_finish(results, &e) < 0)
		sinks_fail(r, &e);
}

bool sinks_pack(struct run *r, struct job *j, const struct outcome *o)
{
	struct results *results = j->traces ? &j->traces->results : NULL;

	if (!r->pack || !results || !results->base || o->cause == OUTCOME_CANCELLED ||
	    !(results->filled[0] || results->filled[1]))
		return false;
	pack_submit(r->pack, results, j);
	return true;
}

/* The run is stopped for it. What else is not packed for the same reason needs no words. */
void sinks_not_packed(struct run *r, const struct err *e)
{
	if (!r->told_pack)
		msg_error("%s: it is kept as it is", e->text);
	r->told_pack = true;
	state_fail(r, RUN_FAILED);
}

static void sinks_list(struct run *r, const struct job *j, const struct outcome *o)
{
	const struct summary_tail *tail = NULL;

	if (j->traces)
		tail = &j->traces->tails[summary_tail_is_empty(&j->traces->tails[1]) ? 0 : 1];
	summary_add(&r->summary, o, tail, r->config->sinks.summary_lines > 1);
}

void sinks_end(struct run *r, struct job *j, struct outcome *o)
{
	const struct run_sinks *c = &r->config->sinks;

	status_done(r->status, o, j->shown);
	sinks_log(r, j, o);
	if (c->events)
		events_end(&r->events, clock_real(), o, sinks_traces(j)->carry);
	if (r->failed_fd >= 0 && outcome_failed(o))
		sinks_keep_failed(r, j);
	if (c->summary)
		sinks_list(r, j, o);
	if (j->traces)
		sinks_finish_results(r, j, o);
	sinks_forget(j);
}

/* The columns are those of the first job, whose entry the line of names precedes. */
void sinks_read(struct run *r, struct job *j)
{
	const struct run_sinks *c = &r->config->sinks;
	struct buf head = {0};
	struct entry *names;

	if (c->rows == SHEET_NONE || r->has_sheet)
		return;
	r->has_sheet = true;
	sheet_init(&r->sheet, c->rows, j->item.count);
	sheet_head(&r->sheet, &head, c->names);
	if (head.length > 0) {
		names = printer_open(r->printer);
		printer_header(r->printer, names, head.data, head.length);
		printer_done(r->printer, names);
	}
	buf_release(&head);
	printer_rows(r->printer, c->rows);
}

void sinks_begin_row(struct run *r, const struct outcome *o, struct buf *row)
{
	sheet_begin(&r->sheet, row, o);
}

void sinks_worker_started(struct run *r, unsigned slot, pid_t pid)
{
	if (r->config->sinks.events)
		events_worker_started(&r->events, clock_real(), slot, pid);
}

void sinks_worker_lost(struct run *r, unsigned slot, pid_t pid, int status)
{
	if (r->config->sinks.events)
		events_worker_lost(&r->events, clock_real(), slot, pid, status);
}

void sinks_reaped(struct run *r, pid_t pid, int status)
{
	each_reaped(&r->each, pid, status);
}
