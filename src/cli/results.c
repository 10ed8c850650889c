#include "cli/results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/shell.h"
#include "input/template.h"
#include "os/fd.h"
#include "os/host.h"
#include "os/spawn.h"
#include "output/sheet.h"
#include "output/summary.h"

/* Silence after which CI services begin to think of killing a job is ten minutes. */
static const nsec_t RESULTS_HEARTBEAT = 300 * NSEC_PER_SEC;

static bool results_is_sheet(const struct options *o)
{
	return o->results && sheet_format(o->results) != SHEET_NONE;
}

static bool results_environment_says(const char *name)
{
	const char *value = getenv(name);

	return value && *value && strcmp(value, "false") != 0 && strcmp(value, "0") != 0;
}

/* The CI service in whose log this is printed, as far as its variables tell. */
static enum run_marks results_service(void)
{
	if (results_environment_says("GITHUB_ACTIONS"))
		return MARKS_GITHUB;
	return results_environment_says("GITLAB_CI") ? MARKS_GITLAB : MARKS_NONE;
}

/* Where nothing was said, the marks of the CI service in whose log this is printed: only where the output is that of
   the whole step, and nobody takes it for data. */
static enum run_marks results_marks(const struct options *o)
{
	bool plain = o->output == OUTPUT_GROUP && !o->tty && !o->gnu && !o->tag && !o->tagstring && !o->callback &&
	             !o->error_callback && !o->each && !o->files && !o->results && !o->dry_run && !o->shellquote;

	/* Marks would be no part of such data. */
	if (o->json || results_is_sheet(o))
		return MARKS_NONE;
	if (o->marks_given)
		return o->group_marks;
	if (!plain || !(fd_is_same_file(1, 2) || host_parent_shares(1)))
		return MARKS_NONE;
	return results_service();
}

/* In the log of a CI service, where nobody can look at the jobs any more, the list of failed jobs has several lines of
   each one's output, however the output itself is printed. */
static unsigned results_summary_lines(const struct options *o)
{
	enum run_marks service = o->marks_given ? o->group_marks : results_service();

	return service != MARKS_NONE ? SUMMARY_TAIL : 1;
}

bool results_are_held(const struct options *o)
{
	return results_marks(o) != MARKS_NONE || o->latest_line || o->callback || o->error_callback || o->json ||
	       o->failed_only || o->results || o->files;
}

bool results_stay_whole(const struct options *o)
{
	return o->callback || o->error_callback || o->json || o->failed_only || results_is_sheet(o);
}

bool results_need_shell(const struct options *o)
{
	return o->callback || o->error_callback || o->each || o->compress_program;
}

/* A line that needs no shell is executed without one. */
static char *const *results_words(struct strv *words, const char *line, const char *shell)
{
	if (!line)
		return NULL;
	if (!shell_split(line, words)) {
		strv_add(words, shell);
		strv_add(words, "-c");
		strv_add(words, line);
	}
	return words->list;
}

/* A name with a replacement string in it makes the name of each job's files; else it is a directory. */
static int results_place(struct results_choice *c, const struct options *o, const struct template_config *config,
                         struct err *e)
{
	struct template_config plain = *config;
	char *words[] = {(char *)o->results, NULL};

	c->sinks.results_path = o->results;
	c->sinks.names = config->names;
	c->sinks.results = o->files ? RESULTS_FILES : RESULTS_NONE;
	if (!o->results)
		return 0;
	if (results_is_sheet(o)) {
		c->sinks.results = RESULTS_SHEET;
		c->sinks.rows = sheet_format(o->results);
		if (o->results[0] == '-' && o->results[1] == '.')
			c->sinks.results = RESULTS_NONE;
		return 0;
	}
	c->sinks.results = RESULTS_DIRECTORY;
	plain.never_append = true;
	plain.mode = TEMPLATE_EXEC;
	c->template = template_compile(&plain, 1, words, e);
	if (!c->template)
		return -1;
	if (template_has_values(c->template) || strchr(o->results, '{'))
		c->sinks.results = RESULTS_TEMPLATE;
	c->sinks.results_template = c->template;
	return 0;
}

static int results_check(const struct options *o, struct err *e)
{
	if (o->resumes && !o->joblog && !o->results)
		return err_set(e, "--resume, --resume-failed and --retry-failed need the log of the earlier run: "
		                  "--joblog FILE (or "
		                  "--results DIR for --resume)");
	if (o->resumes && o->resume != HISTORY_RESUME && !o->joblog)
		return err_set(e, "--resume-failed and --retry-failed need the log of the earlier run: --joblog FILE");
	if (o->resumes && o->joblog && o->items.shuffle && o->resume != HISTORY_RETRY_FAILED)
		return err_set(e,
		               "--shuf and the job log of an earlier run: jobs are known there by their numbers, which "
		               "--shuf gives out anew in each run");
	if (o->resumes && !o->joblog && results_is_sheet(o))
		return err_set(
			e, "--resume needs the log of the earlier run: --joblog FILE (or --results with a directory)");
	if (o->each && results_is_sheet(o) && o->results[0] != '-')
		return err_set(e, "--each and --results %s: both take what is printed: give one of them", o->results);
	if (o->json && o->results && sheet_format(o->results) != SHEET_NONE)
		return err_set(e, "--json and --results %s: both say how jobs are printed: give one of them",
		               o->results);
	return 0;
}

/* --latest-line: whether the last line is what is printed. Rows and callbacks get all of the output. */
static bool results_print_latest(const struct run_sinks *s, const struct options *o)
{
	bool whole = s->rows != SHEET_NONE || o->callback || o->error_callback;
	bool kept = s->results != RESULTS_NONE && !o->failed_only;

	return o->latest_line && !whole && !kept;
}

/* What is shown while the run goes on. In CI a long silence means that the job is killed. */
static void results_status(struct run_sinks *s, const struct options *o)
{
	nsec_t heartbeat = o->heartbeat                                ? o->heartbeat
	                   : results_environment_says("CI") && !o->gnu ? RESULTS_HEARTBEAT
	                                                               : 0;

	if (o->dry_run || o->shellquote)
		return;
	s->shows = o->bar || o->eta || o->progress || o->latest_line || o->summary || heartbeat;
	s->counts_ahead = o->bar || o->eta;
	s->status = (struct status_config){
		.bar = o->bar,
		.eta = o->eta,
		.progress = o->progress,
		.latest = o->latest_line,
		.summary = o->summary,
		.heartbeat = heartbeat,
		.processors = (unsigned)host_threads(),
	};
	s->watches_output = s->watches_output || o->latest_line;
	s->latest_only = results_print_latest(s, o);
	if (s->latest_only)
		s->silent[0] = s->silent[1] = true;
}

/* Whether a program can be started, as far as that can be told before. Returns 0 or an errno. */
static int results_look_up(const char *name)
{
	char path[4096];

	if (!strchr(name, '/'))
		return spawn_look_up(name, path, sizeof path);
	return access(name, X_OK) < 0 ? errno : 0;
}

/* The first of these programs that is there: fast ones in front, and gzip is everywhere. Lends a line, NULL for
   none. */
static const char *results_packer(void)
{
	static const char *const names[] = {"zstd", "lz4", "gzip"};
	static const char *const lines[] = {"zstd -q -c -1", "lz4 -q -c -1", "gzip -c -1"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (results_look_up(names[i]) == 0)
			return lines[i];
	}
	return NULL;
}

/* A program that was named has to be there, even where nothing is kept that it could compress. */
static int results_choose_packer(struct results_choice *c, const struct options *o, bool kept, const char *shell,
                                 struct err *e)
{
	const char *line = o->compress_program;
	char *const *words;
	int code;

	if (o->dry_run || o->shellquote || !(line || (o->compress && kept)))
		return 0;
	if (!line && !(line = results_packer()))
		return err_set(e,
		               "--compress: there is no zstd, lz4 or gzip: --compress-program names another program");
	words = results_words(&c->pack, line, shell);
	code = results_look_up(words[0]);
	if (code)
		return err_sys(e, code, "--compress-program: %s", words[0]);
	if (kept)
		c->sinks.pack = (struct pack_config){.words = words, .shown = line, .most = (unsigned)host_threads()};
	return 0;
}

static bool results_is_input(const struct options *o, const char *path)
{
	for (size_t i = 0; i < o->source_count; i++) {
		const struct source_spec *spec = &o->sources[i];

		if (spec->kind == SOURCE_FILE && strcmp(spec->path, "-") != 0 && fd_names_same_file(spec->path, path))
			return true;
	}
	return o->reads_stdin && fd_names_same_file(NULL, path);
}

/* Files are emptied before the input is read. */
static int results_check_input(const struct run_sinks *s, const struct options *o, struct err *e)
{
	const struct {
		const char *option, *path;
	} files[] = {
		{"--failed", s->failed},
		{"--events", s->events},
		{"--results", s->results == RESULTS_SHEET ? s->results_path : NULL},
		{"--joblog", o->joblog_append || o->resumes || o->dry_run || o->shellquote ? NULL : s->joblog},
	};

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		if (files[i].path && results_is_input(o, files[i].path))
			return err_set(e, "%s %s: this is the input, which would be emptied: give another file",
			               files[i].option, files[i].path);
	}
	return 0;
}

/* What an earlier run has left is looked at, but commands are all that comes of a dry run. */
static void results_stay_dry(struct run_sinks *s)
{
	s->events = s->failed = NULL;
	s->rows = SHEET_NONE;
	if (s->results == RESULTS_SHEET)
		s->results = RESULTS_NONE;
}

int results_choose(struct results_choice *c, const struct options *o, const struct template_config *config,
                   const char *shell, struct err *e)
{
	struct run_sinks *s = &c->sinks;
	bool kept;

	memset(c, 0, sizeof *c);
	if (results_check(o, e) < 0 || results_place(c, o, config, e) < 0)
		return -1;
	s->joblog = o->joblog;
	s->joblog_append = o->joblog_append;
	s->joblog_extra = o->joblog_extra;
	s->resumes = o->resumes;
	s->resume = o->resume;
	s->resume_strict = o->resume_strict;
	s->events = o->events;
	s->rows = o->json ? SHEET_JSONL : s->rows;
	kept = s->results != RESULTS_NONE && s->results != RESULTS_SHEET;
	s->silent[0] = kept && !results_stay_whole(o);
	s->silent[1] = s->silent[0] && s->results != RESULTS_FILES;
	s->print_names = o->files && !results_stay_whole(o);
	s->summary = !o->no_summary && !o->gnu && !o->dry_run && !o->shellquote;
	s->summary_lines = results_summary_lines(o);
	s->failed_only = o->failed_only;
	s->failed = o->failed;
	s->failed_format = (struct failed_format){
		.delimiter = o->items.delimiter ? o->items.delimiter : "\n",
		.delimiter_length = o->items.delimiter ? o->items.delimiter_length : 1,
		.separator = failed_separator(o->items.column_separator, o->items.csv),
		.csv = o->items.csv,
		.names = o->items.header ? config->names : NULL,
	};
	s->watches_output = s->summary || s->events || kept;
	s->marks = results_marks(o);
	results_status(s, o);
	if (results_choose_packer(c, o, kept, shell, e) < 0)
		return -1;
	s->callback.success = results_words(&c->callback, o->callback, shell);
	s->callback.failure = results_words(&c->error_callback, o->error_callback, shell);
	s->callback_fails = o->callback_fails;
	s->each = results_words(&c->each, o->each, shell);
	if (o->dry_run || o->shellquote)
		results_stay_dry(s);
	return results_check_input(s, o, e);
}

void results_choice_release(struct results_choice *c)
{
	strv_release(&c->callback);
	strv_release(&c->error_callback);
	strv_release(&c->each);
	strv_release(&c->pack);
	template_free(c->template);
}
