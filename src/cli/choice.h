/*
 * choice.h - struct options: what the user chose, as main and the run need to know it, validated.
 *
 * Strings are lent: from argv, or from the struct itself, which keeps what it had to make (decoded delimiters, the
 * words of $PP_OPTIONS and of profiles). options_parse fills the struct; it must not be moved afterwards, for
 * parts of it point at each other.
 */
#ifndef CLI_CHOICE_H
#define CLI_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/num.h"
#include "base/rule.h"
#include "base/strv.h"
#include "input/items.h"
#include "input/template.h"
#include "output/history.h"
#include "pool/dialog.h"
#include "run/run.h"

/* What the user asked for. All but OPTIONS_RUN print something to standard output and end with status 0. */
enum options_action {
	OPTIONS_RUN,
	OPTIONS_HELP, /* help_print(topic) */
	OPTIONS_VERSION,
	OPTIONS_MINVERSION,     /* argument: the version asked for; status 255 when this one is older */
	OPTIONS_COMPLETION,     /* argument: bash, zsh or fish; completion_script */
	OPTIONS_SHELL_INIT,     /* argument: bash, zsh, ksh or fish; shellinit_text */
	OPTIONS_NUMBER_OF_CPUS, /* the processors that this process may use: what -j defaults to */
	OPTIONS_NUMBER_OF_CORES,
	OPTIONS_NUMBER_OF_THREADS,
	OPTIONS_NUMBER_OF_SOCKETS,
	OPTIONS_MAX_LINE, /* the most bytes of a shell line */
};

enum options_output {
	OUTPUT_GROUP, /* each job's output whole, when it ends */
	OUTPUT_LINES, /* whole lines as they come */
	OUTPUT_NONE,  /* -u: jobs write to pp's own descriptors */
};

enum { OPTIONS_BUFFER = 16 * 1024 * 1024 }; /* the default of buffer */

/* Whether a job's words are executed directly. */
enum options_shell {
	SHELL_AUTO,  /* as the number of words and shell_is_line say */
	SHELL_NEVER, /* --no-shell */
	SHELL_FORCE, /* --shell */
};

struct options {
	enum options_action action;
	const char *argument; /* of the action: a help topic (NULL: the first page), a version, the name of a shell */

	/* Jobs */
	struct items_config items; /* ready for items_new, standard input being the source where no other is */
	bool reads_stdin;          /* standard input is one of the sources: jobs cannot have it */

	/* The command */
	struct template_config template; /* ready for template_compile: mode decided; names still NULL */
	struct strv command; /* the command's words; count 0: each item is a shell line. Under SHELL_FORCE one line */
	bool trim_given;     /* --trim says how; else columns are trimmed on both sides */
	bool one_batch;      /* no -X or -m, or --xargs: values are not shared out over the jobs */
	bool gnu;            /* --gnu, or called parallel */
	enum options_shell shell_use;
	bool is_function;          /* the command is an exported function: only bash knows it */
	const char *shell;         /* --shell: the program for shell lines; NULL: shell_choose decides */
	bool interactive;          /* -p: ask before each job */
	bool dry_run;              /* print commands instead of running them */
	bool trace;                /* -t: each command to standard error before it runs */
	unsigned verbose;          /* -v: each command to standard output before its output; times given */
	unsigned shellquote;       /* --shellquote: print the command quoted so many times, run nothing */
	bool tty;                  /* jobs get the terminal as standard input, one at a time */
	int nice;                  /* added to the priority of jobs: -20 to 19, 0 for none */
	const char *directory;     /* --wd, NULL for the current one */
	struct strv env;           /* --env: names of variables and functions */
	const char *slot_variable; /* --process-slot-var, NULL for none */

	/* The pool */
	struct jobs_rule jobs;  /* -j */
	struct strv init;       /* --init: shell lines, run once in each new worker */
	struct strv init_files; /* --init-file: paths of texts that are run before those lines */
	uint64_t max_tasks;     /* --max-tasks: 0 for no limit */
	bool is_worker;         /* --worker: the command is a program that stays */
	enum dialog_protocol worker;
	const char *end;      /* --end, NULL for none */
	uint64_t window;      /* --window: 0 for what the time of tasks allows */
	uint64_t inflight;    /* --inflight: 0 for one */
	uint64_t crash_limit; /* --crash-limit: 0 for the default */
	bool pty;             /* --pty */
	size_t max_memory;    /* --max-rss: 0 for no limit; so the following */
	nsec_t max_age;       /* --max-age */
	nsec_t max_idle;      /* --idle */
	nsec_t init_timeout;  /* --init-timeout */

	/* Policy */
	nsec_t timeout;             /* --timeout T: 0 for none */
	double timeout_percent;     /* --timeout N%: of the median; 0 for none */
	struct termseq termseq;     /* --termseq, else RULE_TERMSEQ_DEFAULT */
	uint64_t retries;           /* --retries: tries in all, 0 for no limit */
	nsec_t retry_delay;         /* --retry-delay: before the second try, then doubled */
	struct retry_rule retry_on; /* --retry-on */
	struct halt_rule halt;      /* --halt */
	nsec_t delay;               /* --delay: between two starts */

	/* Results */
	enum options_output output;
	bool keep_order;                 /* -k */
	bool tag;                        /* --tag: the values and a tab in front of each line */
	const char *tagstring;           /* --tagstring: a template; NULL for none. Escapes are decoded */
	size_t buffer;                   /* --buffer: bytes of memory for held output */
	const char *temporary_directory; /* --tmpdir: for more held output; NULL for $TMPDIR or /tmp */
	bool joblog_extra;               /* --joblog-extra */
	bool resumes;                    /* --resume, --resume-failed, --retry-failed: */
	enum history_mode resume;
	bool resume_strict;                     /* --resume-strict */
	const char *callback;                   /* --callback, NULL for none; so the following */
	const char *error_callback;             /* --error-callback */
	const char *each;                       /* --each */
	enum run_callback_fails callback_fails; /* --callback-fails */
	bool json;                              /* --json */
	const char *events;                     /* --events */
	const char *results;                    /* --results */
	bool files;                             /* --files */
	bool compress;                          /* --compress */
	const char *compress_program;           /* --compress-program, NULL for none */
	bool bar, eta, progress;                /* --bar, --eta, --progress */
	bool latest_line;                       /* --latest-line */
	bool summary;                           /* --summary */
	nsec_t heartbeat;                       /* --heartbeat, 0 where it was not given */
	bool marks_given;                       /* --group-marks: */
	enum run_marks group_marks;
	bool failed_only;   /* --failed-only */
	const char *failed; /* --failed */
	bool no_summary;    /* --no-summary */
	const char *joblog; /* --joblog: path without its +, NULL for none */
	bool joblog_append; /* the path was given as +FILE */

	/* Private: what the above points at. */
	struct source_spec *sources;
	size_t source_count;
	size_t source_capacity;
	struct strv rpl;
	struct strv owned;        /* strings made on the way */
	const char *arg_sep;      /* instead of ":::" */
	const char *arg_file_sep; /* instead of "::::" */
	bool repeats_context;     /* -N or -L, not -n or -l, was given last: a word around {} is repeated */
};

#endif
