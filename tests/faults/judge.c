/*
 * What must hold whatever fails: pp ends by itself and in time; nothing of it is left; no job's output is printed twice
 * or torn under the name of a success; a status of 0 means that all is there; any other comes with a line that says
 * why; and a fault that only asks for another try is not to be seen at all.
 */
#include "judge.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { JOBS_MOST = 16 };

/* What was found of the jobs. */
struct found {
	bool whole[JOBS_MOST + 1];  /* by value */
	bool errors[JOBS_MOST + 1]; /* its line on standard error */
	unsigned missing;           /* jobs that are not whole */
	unsigned stray;             /* lines of jobs that are not whole */
	bool cut;                   /* lines are missing before others */
	bool joined;                /* a line has parts of two jobs */
	const char *wrong;          /* a complaint */
};

/* -- Standard output -- */

/* Reads "VALUE NUMBER/LINES\n" or, for an echo, "VALUE\n". Returns what follows it, NULL when the text does not begin
   so. */
static const char *read_line(const struct scenario *s, const char *text, unsigned *value, unsigned *number)
{
	char line[64];
	int length;

	*value = (unsigned)strtoul(text, NULL, 10);
	*number = 1;
	if (*value < 1 || *value > s->jobs)
		return NULL;
	if (s->shape != ECHOES && sscanf(text, "%*u %u/", number) != 1)
		return NULL;
	length = s->shape == ECHOES ? snprintf(line, sizeof line, "%u\n", *value)
	                            : snprintf(line, sizeof line, "%u %u/%u\n", *value, *number, s->lines);
	return strncmp(text, line, (size_t)length) == 0 ? text + length : NULL;
}

/* What a job has printed may end within a line, and the next job's first line follows at once. */
static const char *skip_torn(const struct scenario *s, const char *text, struct found *f)
{
	unsigned value, number;

	for (text++; *text && text[-1] != '\n'; text++) {
		if (isdigit((unsigned char)*text) && read_line(s, text, &value, &number)) {
			f->joined = true;
			break;
		}
	}
	return text;
}

static void complain(struct found *f, const char *what)
{
	if (!f->wrong)
		f->wrong = what;
}

/* Each line of a job is there once, and in its order. */
static void find_jobs(const struct scenario *s, const char *text, struct found *f)
{
	unsigned have[JOBS_MOST + 1] = {0}, value, number, previous = 0, last_whole = 0;

	while (*text) {
		const char *next = read_line(s, text, &value, &number);

		if (!next) {
			f->stray++;
			text = skip_torn(s, text, f);
			continue;
		}
		text = next;
		if (number <= have[value])
			complain(f, "a line of a job is there twice");
		f->cut = f->cut || number > have[value] + 1;
		if (s->shape == BLOCKS && have[value] > 0 && previous != value)
			complain(f, "the output of jobs is mixed");
		if (s->in_order && value < last_whole)
			complain(f, "the order is not kept");
		previous = value;
		have[value]++;
		if (number == s->lines)
			last_whole = value;
	}
	for (value = 1; value <= s->jobs; value++) {
		f->whole[value] = have[value] == s->lines;
		f->missing += !f->whole[value];
		if (!f->whole[value])
			f->stray += have[value];
	}
}

/* -- Standard error -- */

static bool says_line(const char *text, const char *start)
{
	size_t length = strlen(start);

	for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		if (strncmp(line, start, length) == 0)
			return true;
	}
	return false;
}

static void find_errors(const struct scenario *s, const char *text, struct found *f)
{
	char line[32];

	for (unsigned value = 1; value <= s->jobs; value++) {
		snprintf(line, sizeof line, "%u err\n", value);
		f->errors[value] = s->silent || says_line(text, line);
	}
}

/* The files of all jobs, one after another, are as their output would be. */
static void find_files(const struct scenario *s, const struct place *p, struct found *f)
{
	struct text all[2] = {{NULL, 0}, {NULL, 0}};

	for (unsigned value = 1; value <= s->jobs; value++) {
		for (int i = 0; i < 2; i++) {
			char name[128];

			snprintf(name, sizeof name, s->files, value, i ? "stderr" : "stdout");
			place_add(p, name, &all[i]);
		}
	}
	find_jobs(s, all[0].bytes, f);
	find_errors(s, all[1].bytes, f);
	free(all[0].bytes);
	free(all[1].bytes);
}

/* A job that failed is named in a message or in the list at the end. */
static bool is_named(const char *text, unsigned job)
{
	char name[32];
	const char *at = text;
	int length = snprintf(name, sizeof name, "job %u", job);

	while ((at = strstr(at, name))) {
		if (at[length] == ':' || at[length] == ' ')
			return true;
		at += length;
	}
	return false;
}

/* -- The verdict -- */

static const char *judge_success(const struct scenario *s, const struct place *p, const struct found *f)
{
	if (f->missing || f->stray)
		return "status 0, and output is lost";
	for (unsigned value = 1; value <= s->jobs; value++) {
		if (!f->errors[value])
			return "status 0, and a line of standard error is lost";
	}
	return s->check ? s->check(p, true) : NULL;
}

static const char *judge_failure(const struct scenario *s, const struct trial *t, const struct place *p,
                                 const struct found *f, int status)
{
	if (status <= 100) {
		if (f->missing > (unsigned)status)
			return "more jobs are lost than the status says";
		for (unsigned value = 1; value <= s->jobs; value++) {
			if (!f->whole[value] && !is_named(t->err.bytes, value))
				return "a job is lost and not named";
		}
	}
	return s->check ? s->check(p, false) : NULL;
}

/* Whether the fault is one that cannot be told of, or need not be: standard error itself failed, or the reader went
   away. */
static bool may_be_silent(const struct trial *t)
{
	bool no_reader = WIFEXITED(t->status) && WEXITSTATUS(t->status) == 128 + SIGPIPE;

	return t->report.fired && (t->report.fd == 2 || (t->report.fd == 1 && no_reader));
}

const char *judge(const struct scenario *s, const struct trial *t, const struct place *p, bool asks_again)
{
	struct found f = {.missing = 0};
	bool said = says_line(t->err.bytes, "pp: ");
	int status = WIFEXITED(t->status) ? WEXITSTATUS(t->status) : -1;

	if (t->timed_out)
		return "it does not end";
	if (status < 0)
		return "it is killed by a signal";
	if (t->processes_left)
		return "it leaves processes";
	if (t->files_left)
		return "it leaves files";
	if (s->files) {
		find_files(s, p, &f);
	} else {
		find_jobs(s, t->out.bytes, &f);
		find_errors(s, t->err.bytes, &f);
	}
	if (f.wrong)
		return f.wrong;
	if (f.joined)
		return "a line has parts of two jobs";
	if (f.cut && status <= 100)
		return "output is cut";
	if (status != 0 && !said && !may_be_silent(t))
		return "it fails and does not say why";
	if (asks_again && (status != 0 || said) && !may_be_silent(t))
		return "a call that was to be repeated is taken for a failure";
	return status == 0 ? judge_success(s, p, &f) : judge_failure(s, t, p, &f, status);
}

/* -- The scenarios -- */

static unsigned count_lines(const char *text)
{
	unsigned lines = 0;

	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

/* Every line of the log has its nine columns, with a run time that may be one; and all jobs are in it. */
static const char *check_log(const struct place *p, bool whole)
{
	struct text log = {NULL, 0};
	const char *complaint = NULL;
	double took;

	place_add(p, "log", &log);
	for (const char *line = log.bytes; whole && *line; line = strchr(line, '\n') + 1) {
		unsigned tabs = 0;

		for (const char *at = line; *at && *at != '\n'; at++)
			tabs += *at == '\t';
		if (line != log.bytes && (sscanf(line, "%*s %*s %*f %lf", &took) != 1 || took < 0 || took > 1000)) {
			complaint = "a run time in the job log is none";
			break;
		}
		if (tabs != 8 || !strchr(line, '\n')) {
			complaint = "a line of the job log is torn";
			break;
		}
	}
	if (whole && !complaint && count_lines(log.bytes) != 7)
		complaint = "status 0, and the job log is not whole";
	free(log.bytes);
	return complaint;
}

/* No callback is called twice for a job. */
static const char *check_called(const struct place *p, bool whole)
{
	struct text called = {NULL, 0};
	const char *complaint = NULL;

	(void)whole;
	place_add(p, "called", &called);
	for (unsigned value = 1; value <= 6 && !complaint; value++) {
		char line[32], *first;

		snprintf(line, sizeof line, "call %u\n", value);
		first = strstr(called.bytes, line);
		if (first && strstr(first + 1, line))
			complaint = "a callback is called twice";
	}
	free(called.bytes);
	return complaint;
}

static const char *check_events(const struct place *p, bool whole)
{
	struct text events = {NULL, 0};
	unsigned ends = 0;

	place_add(p, "events", &events);
	for (const char *at = events.bytes; (at = strstr(at, "\"event\":\"end\"")); at++)
		ends++;
	free(events.bytes);
	return whole && ends != 6 ? "status 0, and the events are not whole" : NULL;
}

/* clang-format off */
const struct scenario scenarios[] = {
	{.name = "order", .args = {"-k", "@job", "3", "slow"},
	 .jobs = 6, .lines = 3, .in_order = true},
	{.name = "group", .args = {"@job", "3", "slow", "{}"},
	 .jobs = 6, .lines = 3},
	{.name = "ungroup", .args = {"-u", "@job", "3", "slow"},
	 .jobs = 6, .lines = 3, .shape = LINES},
	{.name = "lines", .args = {"--line-buffer", "@job", "3", "slow"},
	 .jobs = 6, .lines = 3, .shape = LINES},
	{.name = "shell", .args = {"-k", "@job 3 slow {}; exit $?"},
	 .jobs = 6, .lines = 3, .in_order = true},
	{.name = "joblog", .args = {"-k", "--joblog", "log", "@job", "3", "plain"},
	 .jobs = 6, .lines = 3, .in_order = true, .check = check_log},
	{.name = "callback", .args = {"-k", "--callback", "echo call $PP_ARG1 >>called; cat", "@job", "3", "plain"},
	 .jobs = 6, .lines = 3, .in_order = true, .check = check_called},
	{.name = "each", .args = {"--each", "cat", "@job", "3", "plain"},
	 .jobs = 6, .lines = 3},
	{.name = "worker", .args = {"-k", "--worker", "cat"},
	 .jobs = 12, .lines = 1, .in_order = true, .shape = ECHOES, .silent = true},
	{.name = "mark", .args = {"-k", "--worker=mark", "while read -r x; do echo $x; echo \"$PP_END 0\"; done"},
	 .jobs = 6, .lines = 1, .in_order = true, .shape = ECHOES, .silent = true},
	{.name = "init", .args = {"-k", "--init", "n=3", "@job $n slow {}"},
	 .jobs = 6, .lines = 3, .in_order = true},
	{.name = "spool", .args = {"-k", "--buffer", "1k", "@job", "3000", "plain"},
	 .jobs = 6, .lines = 3000, .in_order = true},
	{.name = "retries", .args = {"-k", "--retries", "3", "@job", "4", "flaky"},
	 .jobs = 6, .lines = 4, .in_order = true},
	{.name = "results", .args = {"--results", "results", "@job", "3", "plain"},
	 .jobs = 6, .lines = 3, .files = "results/1/%u/%s"},
	{.name = "compress", .args = {"--compress-program", "cat", "--results", "results", "@job", "3", "plain"},
	 .jobs = 6, .lines = 3, .files = "results/1/%u/%s"},
	{.name = "events", .args = {"-k", "--events", "events", "@job", "3", "plain"},
	 .jobs = 6, .lines = 3, .in_order = true, .check = check_events},
	{.name = "limits", .args = {"-k", "--timeout", "1m", "--delay", "2ms", "--max-tasks", "2", "--joblog", "log", "@job", "3", "plain"},
	 .jobs = 6, .lines = 3, .in_order = true, .check = check_log},
	{.name = "times", .args = {"-k", "--retries", "2", "--retry-delay", "2ms", "--joblog", "log", "--worker", "cat"},
	 .jobs = 6, .lines = 1, .in_order = true, .shape = ECHOES, .silent = true, .check = check_log},
	{.name = NULL},
};
/* clang-format on */

/* Until the next call. */
const char *scenario_input(const struct scenario *s)
{
	static char input[JOBS_MOST * 4];
	size_t used = 0;

	for (unsigned value = 1; value <= s->jobs; value++)
		used += (size_t)snprintf(input + used, sizeof input - used, "%u\n", value);
	return input;
}
