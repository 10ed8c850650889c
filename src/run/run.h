/*
 * run.h - the conductor: brings items, templates, pool, policy and sinks together, from the first job to the exit status.
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
#include "output/printer.h"
#include "pool/config.h"
#include "run/policy.h"

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
	const struct strv *init;
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
	const char *joblog; /* NULL for none */
	bool joblog_append;
};

enum { RUN_FAILED = 255 }; /* exit status when pp itself failed */

/* Runs all jobs. Returns the exit status of the program. What went wrong was said on standard error. */
int run(const struct run_config *config);

#endif
