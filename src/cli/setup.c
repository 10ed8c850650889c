#include "cli/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/msg.h"
#include "base/quote.h"
#include "base/strv.h"
#include "cli/initfile.h"
#include "cli/program.h"
#include "cli/results.h"
#include "cli/shell.h"
#include "input/items.h"
#include "input/template.h"
#include "os/directory.h"
#include "os/fd.h"
#include "os/host.h"
#include "run/run.h"

enum {
	SETUP_OWN_FDS = 32,       /* descriptors that the manager needs besides those of its workers: */
	SETUP_COMMAND_FDS = 2,    /* for each command worker */
	SETUP_LINE_FDS = 5,       /* for each line worker, at most */
	SETUP_CRASH_LIMIT = 3,    /* tries of a task whose worker dies */
	SETUP_MOST_SLOTS = 65535, /* a slot's number is 16 bits on the wire */
};

/* What a run is made of; the options are lent. */
struct setup {
	const struct options *options;
	struct items_config items_config;
	struct items *items;
	struct template *directory;
	struct template_config template_config;
	struct template *template;
	struct template *tag;
	char *shell;
	struct initfile init_file;
	struct strv init;    /* shell lines for each new worker */
	struct buf preamble; /* a line for each shell of a job, empty for none */
	struct program_choice program;
	struct results_choice results;
};

static int setup_fail(const struct err *e)
{
	msg_error("%s", e->text);
	return -1;
}

/* The names of --header must be known before the command can be compiled. */
static int setup_header(struct setup *s)
{
	struct err e;

	if (!s->options->items.header)
		return 0;
	for (;;) {
		struct pollfd source = {.events = POLLIN};

		switch (items_header(s->items, &s->template_config.names, &e)) {
		case ITEMS_FAIL:
			return setup_fail(&e);
		case ITEMS_WAIT:
			source.fd = items_fd(s->items);
			poll(&source, 1, -1);
			break;
		default:
			return 0;
		}
	}
}

static int setup_tag(struct setup *s)
{
	static char whole[] = "{}";
	const struct options *o = s->options;
	struct template_config config = {.never_append = true, .no_value = o->template.no_value};
	char *words[] = {whole, NULL};
	struct err e;

	if (!o->tag && !o->tagstring)
		return 0;
	if (o->tagstring) {
		config = s->template_config;
		config.never_append = true;
		config.mode = TEMPLATE_EXEC;
		words[0] = (char *)o->tagstring;
	}
	s->tag = template_compile(&config, 1, words, &e);
	return s->tag ? 0 : setup_fail(&e);
}

/* Whether the text differs between two jobs without values. */
static bool setup_differs(const struct template *t, const struct template_facts facts[2])
{
	struct item none = {.bytes = NULL};
	struct buf texts[2] = {{0}, {0}};
	bool differs;

	for (int i = 0; i < 2; i++)
		template_describe(t, &none, &facts[i], &texts[i]);
	differs = strcmp(buf_text(&texts[0]), buf_text(&texts[1])) != 0;
	for (int i = 0; i < 2; i++)
		buf_release(&texts[i]);
	return differs;
}

/* Whether the text differs from job to job: by values, or by the job's number or slot. */
static bool setup_varies(const struct template *t)
{
	static const struct template_facts facts[2] = {{.sequence = 1, .slot = 1}, {.sequence = 2, .slot = 2}};

	return setup_differs(t, facts) || template_has_values(t);
}

/* Whether the text of one job is not the same in each run. */
static bool setup_varies_by_slot(const struct template *t)
{
	static const struct template_facts facts[2] = {{.sequence = 1, .slot = 1}, {.sequence = 1, .slot = 2}};

	return setup_differs(t, facts);
}

/* --wd: a directory with values in it is made for each job, any other one now. */
static int setup_directory(struct setup *s)
{
	struct template_config config = s->template_config;
	char *words[] = {(char *)s->options->directory, NULL};
	struct err e;

	if (!s->options->directory)
		return 0;
	config.never_append = true;
	config.mode = TEMPLATE_EXEC;
	s->directory = template_compile(&config, 1, words, &e);
	if (!s->directory)
		return setup_fail(&e);
	if (setup_varies(s->directory) && s->options->is_worker) {
		err_set(&e, "--worker: a replacement string in the directory of --wd: a worker has one directory for "
		            "all its tasks");
		return setup_fail(&e);
	}
	if (setup_varies(s->directory))
		return 0;
	template_free(s->directory);
	s->directory = NULL;
	if (directory_make(s->options->directory) == 0)
		return 0;
	err_sys(&e, errno, "cannot use directory: %s", s->options->directory);
	return setup_fail(&e);
}

static int setup_terminal(const struct setup *s)
{
	int terminal;

	if (!s->options->tty)
		return 0;
	terminal = fd_open("/dev/tty", O_RDWR, 0);
	if (terminal < 0) {
		msg_error("--tty: no terminal: /dev/tty: %s", strerror(errno));
		return -1;
	}
	fd_close(&terminal);
	return 0;
}

/* What a worker of --worker is given: the values. */
static struct template *setup_task(struct setup *s, struct err *e)
{
	static char whole[] = "{}";
	char *words[] = {whole, NULL};

	s->template_config.mode = TEMPLATE_EXEC;
	s->template_config.braces = NULL;
	return template_compile(&s->template_config, 1, words, e);
}

static int setup_templates(struct setup *s)
{
	const struct options *o = s->options;
	struct err e;

	if (o->resumes && o->resume == HISTORY_RETRY_FAILED)
		s->template = template_compile(&s->template_config, 0, NULL, &e);
	else if (o->is_worker)
		s->template = setup_task(s, &e);
	else
		s->template = template_compile(&s->template_config, o->command.count, o->command.list, &e);
	if (!s->template)
		return setup_fail(&e);
	items_set_template(s->items, s->template, &s->template_config);
	return setup_tag(s) < 0 ? -1 : setup_directory(s);
}

/* The most workers that descriptors and processes allow. */
static unsigned setup_most_workers(const struct options *o)
{
	long long most = SETUP_MOST_SLOTS, open_files = host_open_limit(), processes = host_process_limit();
	int fds = o->is_worker ? SETUP_LINE_FDS : SETUP_COMMAND_FDS;

	if (open_files >= 0 && (open_files - SETUP_OWN_FDS) / fds < most)
		most = (open_files - SETUP_OWN_FDS) / fds;
	if (processes >= 0 && processes / 2 < most)
		most = processes / 2;
	return most > 1 ? (unsigned)most : 1;
}

static void setup_workers(const struct setup *s, struct run_config *c)
{
	const struct jobs_rule *jobs = &s->options->jobs;

	c->jobs = jobs;
	c->most_workers = setup_most_workers(s->options);
	c->processors = jobs->kind == JOBS_COUNT || jobs->kind == JOBS_MAX ? 1 : (unsigned)host_usable_processors();
	c->workers =
		s->options->tty && jobs->kind == JOBS_DEFAULT ? 1 : rule_jobs(jobs, c->processors, c->most_workers);
	if (jobs->kind == JOBS_COUNT && jobs->number > c->workers)
		msg_warn("no more than %u jobs at a time: the limits on open files and processes (ulimit -n, -u) allow "
		         "no more",
		         c->workers);
}

/* Whether every job runs the same program: the first word has no replacement string. */
static bool setup_program_is_fixed(const struct setup *s)
{
	const struct options *o = s->options;
	struct template_config config = s->template_config;
	struct template *first;
	bool fixed;
	struct err e;

	if (template_needs_shell(s->template) || o->command.count == 0)
		return false;
	config.never_append = true;
	first = template_compile(&config, 1, o->command.list, &e);
	fixed = first && !setup_varies(first);
	template_free(first);
	return fixed;
}

/* The text of a file is too long for a message. */
static const char *setup_init_shown(const struct options *o)
{
	if (o->init.count > 0)
		return o->init.list[o->init.count - 1];
	return o->init_files.count > 0 ? o->init_files.list[0] : NULL;
}

/* Whether the processor time and memory of each job are asked for. */
static bool setup_measures(const struct options *o)
{
	return o->json || o->joblog_extra || o->events || o->summary;
}

/* Whether a job may be printed while it runs: not where its output may have to be forgotten. An answer of a line comes
   whole. */
static bool setup_prints_live(const struct options *o)
{
	return !results_are_held(o) && (!o->is_worker || (o->worker == DIALOG_LINE && !o->end));
}

static void setup_config(const struct setup *s, struct run_config *c)
{
	const struct options *o = s->options;

	c->items = s->items;
	c->template = s->template;
	c->tag = s->tag;
	c->fixed_program = setup_program_is_fixed(s);
	c->needs_total = template_needs_total(s->template) || (o->halt.when != HALT_NEVER && o->halt.count == 0);
	c->dry_run = o->dry_run || o->shellquote > 0;
	c->shellquote = o->shellquote;
	c->trace = o->trace;
	c->verbose = o->verbose > 0 && s->results.sinks.rows == SHEET_NONE; /* the rows have the commands */
	c->max_tasks = o->max_tasks;
	c->shell = s->shell;
	c->init = &s->init;
	c->init_shown = setup_init_shown(o);
	c->preamble = s->preamble.length > 0 ? s->preamble.data : NULL;
	c->shell_kind = s->shell ? shell_kind(s->shell) : WORKER_SHELL_OTHER;
	c->keep_shell = shell_can_stay(c->shell_kind) && o->max_tasks != 1 && !setup_measures(o);
	c->termseq = &o->termseq;
	c->slot_variable = o->slot_variable;
	c->directory = s->directory ? NULL : o->directory;
	c->directory_template = s->directory;
	c->nice = o->nice;
	c->tty = o->tty;
	c->interactive = o->interactive && !c->dry_run;
	c->policy = (struct policy_config){
		.halt = o->halt,
		.tries = o->retries ? o->retries : UINT64_MAX,
		.retry_delay = o->retry_delay,
		.retry_on = o->retry_on,
	};
	c->timeout = o->timeout;
	c->timeout_percent = o->timeout_percent;
	c->delay = o->delay;
	c->program = o->is_worker ? &s->program.program : NULL;
	c->crash_limit = o->crash_limit ? o->crash_limit : SETUP_CRASH_LIMIT;
	c->ungrouped = (o->output == OUTPUT_NONE || o->tty) && !c->dry_run && !o->is_worker && !results_are_held(o);
	c->printer = (struct printer_config){
		.mode = o->output != OUTPUT_GROUP && !results_are_held(o) ? PRINT_LINES
	                : o->keep_order                                   ? PRINT_KEEP
	                                                                  : PRINT_GROUP,
		.keep_order = o->keep_order,
		.live = c->policy.tries == 1 && setup_prints_live(o),
		.whole = results_stay_whole(o),
		.budget = o->buffer,
		.directory = o->temporary_directory,
	};
	c->sinks = s->results.sinks;
	c->sinks.commands_vary = setup_varies_by_slot(s->template);
	c->sinks.status.slots = c->workers;
}

static void setup_release(struct setup *s)
{
	template_free(s->directory);
	template_free(s->tag);
	template_free(s->template);
	items_free(s->items);
	initfile_release(&s->init_file);
	strv_release(&s->init);
	buf_release(&s->preamble);
	free(s->shell);
	program_choice_release(&s->program);
	results_choice_release(&s->results);
}

/* Columns are trimmed unless the user said how, as GNU parallel does; fields of a CSV record are kept as they are. */
static void setup_items_config(struct setup *s, const struct run_config *c)
{
	const struct options *o = s->options;

	if (o->items.column_separator && !o->items.csv && !o->trim_given)
		s->items_config.trim = TRIM_BOTH;
	if (c->workers > 1 && !o->one_batch)
		s->items_config.share = c->workers;
}

static void setup_warn_of_nul(const struct setup *s)
{
	uint64_t records = items_nul_records(s->items);

	if (records)
		msg_warn("NUL bytes in %llu of the records, which were cut there: perhaps the input is meant for -0",
		         (unsigned long long)records);
}

/* -- The shell and its initializer -- */

static const char *setup_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool setup_is_shell(const char *path, const char *name)
{
	return strcmp(setup_base_name(path), name) == 0;
}

static char *setup_shell(const struct setup *s)
{
	const struct options *o = s->options;
	char *shell;

	if (!o->shell && s->init_file.shell)
		return mem_string(s->init_file.shell);
	shell = o->shell ? mem_string(o->shell) : shell_choose();
	if (!o->is_function || setup_is_shell(shell, "bash"))
		return shell;
	free(shell);
	return mem_string("bash");
}

/* A text in the language of one shell means nothing to another, which --shell asks for. */
static int setup_read_init_files(struct setup *s)
{
	const struct options *o = s->options;
	struct err e;

	if (initfile_read(&s->init_file, &o->init_files, &e) < 0)
		return setup_fail(&e);
	if (o->shell && s->init_file.shell && !setup_is_shell(o->shell, setup_base_name(s->init_file.shell)))
		buf_clear(&s->init_file.text);
	return 0;
}

/* A line that runs the held text: "verb NAME". Gives. */
static char *setup_run_text(const struct setup *s, const char *verb)
{
	struct buf line = {0};

	buf_add_string(&line, verb);
	buf_add_char(&line, ' ');
	quote_word(&line, s->init_file.name, strlen(s->init_file.name));
	return buf_take(&line);
}

/*
 * fish has no subshells, and cannot keep jobs from each other within one shell: each job has a shell of its own, which
 * runs the initializer before. Every command is a line for it then.
 */
static int setup_init_fish(struct setup *s)
{
	const struct options *o = s->options;
	struct err e;
	char *line;

	for (size_t i = 0; i < o->init.count; i++) {
		buf_add_string(&s->init_file.text, o->init.list[i]);
		buf_add_char(&s->init_file.text, '\n');
	}
	if (initfile_publish(&s->init_file, o->temporary_directory, &e) < 0)
		return setup_fail(&e);
	line = setup_run_text(s, "source");
	buf_add_string(&s->preamble, line);
	buf_text(&s->preamble);
	free(line);
	if (s->template_config.mode == TEMPLATE_EXEC && !o->is_worker) {
		s->template_config.mode = TEMPLATE_GNU;
		s->template_config.quote_words = true;
	}
	return 0;
}

static int setup_init_sh(struct setup *s)
{
	struct err e;

	if (s->init_file.text.length > 0) {
		if (initfile_publish(&s->init_file, s->options->temporary_directory, &e) < 0)
			return setup_fail(&e);
		strv_add_take(&s->init, setup_run_text(s, "."));
	}
	strv_add_all(&s->init, &s->options->init);
	return 0;
}

static int setup_init(struct setup *s)
{
	const struct options *o = s->options;

	if (setup_read_init_files(s) < 0)
		return -1;
	if (o->init.count == 0 && s->init_file.text.length == 0)
		return 0;
	s->shell = setup_shell(s);
	return setup_is_shell(s->shell, "fish") ? setup_init_fish(s) : setup_init_sh(s);
}

static int setup_program(struct setup *s)
{
	const struct program_shell shell = {
		.path = s->shell, .init = &s->init, .preamble = s->preamble.length > 0 ? s->preamble.data : NULL};
	struct err e;

	if (!s->options->is_worker || program_choose(&s->program, s->options, &shell, &e) == 0)
		return 0;
	return setup_fail(&e);
}

static int setup_results(struct setup *s)
{
	struct err e;

	if (results_choose(&s->results, s->options, &s->template_config, s->shell, &e) == 0)
		return 0;
	return setup_fail(&e);
}

int setup_run(const struct options *o)
{
	struct setup s = {.options = o, .items_config = o->items, .template_config = o->template};
	struct run_config config = {.items = NULL};
	int status = RUN_FAILED;
	struct err e;

	setup_workers(&s, &config);
	setup_items_config(&s, &config);
	s.items = items_new(&s.items_config, &e);
	if (!s.items) {
		setup_fail(&e);
		return RUN_FAILED;
	}
	if (setup_header(&s) == 0 && setup_init(&s) == 0 && setup_templates(&s) == 0 && setup_terminal(&s) == 0) {
		if (!s.shell && (template_needs_shell(s.template) || program_needs_shell(o) || results_need_shell(o)))
			s.shell = setup_shell(&s);
		if (setup_program(&s) == 0 && setup_results(&s) == 0) {
			setup_config(&s, &config);
			status = run(&config);
			setup_warn_of_nul(&s);
		}
	}
	setup_release(&s);
	return status;
}
