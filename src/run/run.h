/*
 * run.h - the conductor: brings items, templates, pool, policy and sinks together, from the first job to the exit
 * status.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/num.h"
#include "base/rule.h"
#include "base/strv.h"
#include "input/items.h"
#include "input/template.h"
#include "output/callback.h"
#include "output/failed.h"
#include "output/history.h"
#include "output/pack.h"
#include "output/printer.h"
#include "output/sheet.h"
#include "output/status.h"
#include "pool/config.h"
#include "run/policy.h"
#include "worker/worker.h"

/* Files that results are kept in. */
enum run_results {
	RESULTS_NONE,
	RESULTS_DIRECTORY, /* results_path names a directory with a tree of values in it */
	RESULTS_TEMPLATE,  /* results_template makes the base of a job's files */
	RESULTS_FILES,     /* standard output in a file each, whose name is printed in its stead */
	RESULTS_SHEET,     /* rows in the file results_path */
};

/* What a failing callback counts as. */
enum run_callback_fails { CALLBACK_FAILS_JOB, CALLBACK_FAILS_RUN, CALLBACK_FAILS_IGNORE };

/* How a job's output is folded in the log of a CI service. */
enum run_marks { MARKS_NONE, MARKS_GITHUB, MARKS_GITLAB };

/* What becomes of results. */
struct run_sinks {
	const char *joblog; /* NULL for none */
	bool joblog_append;
	bool joblog_extra; /* with columns of resource use */
	bool resumes;      /* the log tells what an earlier run has done: */
	enum history_mode resume;
	bool resume_strict; /* a job that has changed ends the run */
	bool commands_vary; /* a job's command is not the same in each run: by slot */
	const char *events; /* a file or a descriptor; NULL for none */
	enum run_results results;
	const char *results_path;
	const struct template *results_template;
	const struct strv *names; /* of columns; NULL for none */
	bool print_names;         /* of the files of standard output */
	struct pack_config pack;  /* what compresses the files */
	bool silent[2];           /* standard output, and error, are kept elsewhere and not printed */
	bool latest_only;         /* of each job's output, which is silent, the last line is printed */
	bool watches_output;      /* some sink wants to see it */
	enum sheet_format rows;   /* jobs are printed as rows of this format; SHEET_NONE: as they are */
	bool summary;             /* a list of failed jobs at the end, with: */
	unsigned summary_lines;   /* lines of each one's output; more than one in the log of a CI service */
	bool failed_only;         /* nothing is printed of jobs that succeed */
	const char *failed;       /* file for the records of failed jobs; NULL for none */
	struct failed_format failed_format;
	bool shows; /* status says what: */
	struct status_config status;
	bool counts_ahead;    /* the input is read ahead, so that the number of jobs is known */
	enum run_marks marks; /* around the output of each job, for CI logs */
	struct callback_config callback;
	enum run_callback_fails callback_fails;
	char *const *each; /* the words of the one program that reads all output; NULL for none */
};

/* Everything is lent for the time of run(). */
struct run_config {
	/* Jobs and commands */
	struct items *items;
	const struct template *template;
	const struct template *tag; /* NULL for no tags */
	bool fixed_program;         /* all jobs run the same program: when it cannot be executed, none can */
	bool needs_total;           /* the number of jobs must be known before the first one starts */
	bool dry_run;               /* print the commands, run nothing */
	unsigned shellquote;        /* a dry run prints the commands quoted so many times */
	bool interactive;           /* -p */
	bool trace;                 /* -t */
	bool verbose;               /* -v */

	/* The pool */
	unsigned workers;             /* jobs at a time */
	const struct jobs_rule *jobs; /* where the number came from: a file is read again as the run goes on */
	unsigned processors;          /* what percentages in that file refer to */
	unsigned most_workers;        /* never more, whatever the file says */
	uint64_t max_tasks;
	const struct pool_program *program; /* line workers, whose tasks are the rendered templates; NULL for none */
	uint64_t crash_limit;               /* tries of a task whose line worker dies */
	const char *shell;
	enum worker_shell shell_kind;
	bool keep_shell; /* shell lines may share one shell */
	const struct strv *init;
	const char *init_shown; /* what is said of an initializer that failed; NULL: its first line */
	const char *preamble;   /* a line that the shell of each shell line runs before; NULL for none */
	const struct termseq *termseq;
	const char *directory;                     /* where jobs run, NULL for here; made before run() */
	const struct template *directory_template; /* the same with values: made for each job; NULL without */
	int nice;                                  /* added to the priority of jobs */
	bool tty;                                  /* jobs have the terminal */
	const char *slot_variable;

	/* Policy */
	struct policy_config policy;
	nsec_t timeout;         /* 0 for none */
	double timeout_percent; /* of the median; 0 for none */
	nsec_t delay;           /* between two starts */

	/* Results */
	bool ungrouped;
	struct printer_config printer;
	struct run_sinks sinks;
};

enum { RUN_FAILED = 255 }; /* exit status when pp itself failed */

/* Runs all jobs. Returns the exit status of the program. What went wrong was said on standard error. */
int run(const struct run_config *config);

#endif
