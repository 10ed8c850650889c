/*
 * rule.h - the rules of a run as users write them: how many jobs at a time, when to halt, how to end a job, what
 * to retry.
 *
 * Plain structs that travel from the command line to whoever decides by them, and the parsers that fill them. A parser
 * reads the whole text and returns 0, or -1 with *rule untouched; the caller says what is allowed (RULE_..._ALLOWED).
 */
#ifndef BASE_RULE_H
#define BASE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/num.h"

/* -- How many jobs run at a time: -j -- */

enum jobs_kind {
	JOBS_DEFAULT, /* nothing was said: the processors that may be used */
	JOBS_COUNT,   /* N */
	JOBS_PERCENT, /* N% of the processors */
	JOBS_PLUS,    /* +N: N more than processors */
	JOBS_MINUS,   /* -N: N fewer than processors */
	JOBS_MAX,     /* 0: as many as possible */
	JOBS_FILE,    /* a file holds one of the forms above; it is read again as the run goes on */
};

struct jobs_rule {
	enum jobs_kind kind;
	uint64_t number;  /* JOBS_COUNT, JOBS_PLUS, JOBS_MINUS */
	double percent;   /* JOBS_PERCENT */
	const char *path; /* JOBS_FILE: lent; set by the caller, never by rule_parse_jobs */
};

#define RULE_JOBS_ALLOWED "N, N%, +N, -N, 0 for as many as possible, or a file that holds one of them"

/* All forms but a file. Blanks around the text, the newline of a file among them, are passed over. */
int rule_parse_jobs(const char *text, struct jobs_rule *rule);

/* The number of jobs at a time on a machine with so many processors, at least 1 and at most limit. JOBS_FILE
   counts as JOBS_DEFAULT. */
unsigned rule_jobs(const struct jobs_rule *rule, unsigned processors, unsigned limit);

/* -- When to stop before the input ends: --halt -- */

enum halt_when {
	HALT_NEVER,
	HALT_SOON, /* no new jobs, running ones finish */
	HALT_NOW,  /* no new jobs, running ones are ended */
};

enum halt_why {
	HALT_FAIL,    /* jobs that failed */
	HALT_SUCCESS, /* jobs that succeeded */
	HALT_DONE,    /* jobs that ended either way */
};

struct halt_rule {
	enum halt_when when;
	enum halt_why why;
	uint64_t count; /* so many of them; 0: percent counts */
	double percent; /* so many of each hundred jobs; above 0 only where count is 0 */
};

#define RULE_HALT_ALLOWED \
	"never, or soon or now with ,fail= ,success= or ,done= and a number or a percentage, as in now,fail=1"

/* Also the old numbers: 0 never, 1 soon,fail=1, 2 now,fail=1, -1 soon,success=1, -2 now,success=1; N% is
   soon,fail=N%. */
int rule_parse_halt(const char *text, struct halt_rule *rule);

/* -- How a job is ended: --termseq -- */

enum { TERMSEQ_MAX = 16 };

struct termseq_step {
	int signal;  /* sent first */
	nsec_t wait; /* then so long until the next step; 0 in a last step without a time */
};

struct termseq {
	struct termseq_step steps[TERMSEQ_MAX];
	size_t count;
};

#define RULE_TERMSEQ_DEFAULT "TERM,200,TERM,100,TERM,50,KILL,25"
#define RULE_TERMSEQ_ALLOWED "signals and milliseconds in turn, as in TERM,200,KILL"

int rule_parse_termseq(const char *text, struct termseq *rule);

/* -- Which failures are worth another try: --retry-on -- */

struct retry_rule {
	bool any;             /* no list was given: every failure */
	bool timeout;         /* the time limit ended the job */
	bool lost;            /* its worker was lost */
	uint32_t statuses[8]; /* bit n: exit status n */
	uint64_t signals;     /* bit n: ended by signal n */
};

#define RULE_RETRY_ALLOWED \
	"exit statuses (1 to 255, ranges as in 5-9), signal names, timeout, lost, with commas between them"

int rule_parse_retry(const char *text, struct retry_rule *rule);
bool rule_retries_status(const struct retry_rule *rule, int status); /* a job that left with this exit status */
bool rule_retries_signal(const struct retry_rule *rule, int signal); /* a job that a signal ended */

/* -- Signals -- */

/* The number of "TERM", "SIGTERM", "term" or "15"; -1 for what is no signal. */
int rule_signal_number(const char *text);

/* The name without SIG, lent for ever; NULL when it has none. */
const char *rule_signal_name(int number);

#endif
