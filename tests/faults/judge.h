/* judge.h - the scenarios, and what is right of a run of each. */
#ifndef TESTS_JUDGE_H
#define TESTS_JUDGE_H

#include "trial.h"

enum shape {
	BLOCKS, /* each job's lines stand together */
	LINES,  /* lines of jobs may be mixed */
	ECHOES, /* a job is one line: its value */
};

struct scenario {
	const char *name;
	const char *args[16]; /* of pp; "@job" in them is the path of the program of that name */
	unsigned jobs;        /* with the values 1, 2 ... from standard input */
	unsigned lines;       /* of each */
	enum shape shape;
	bool in_order;
	bool silent;       /* no job says anything on standard error */
	const char *files; /* where the output of each job is, a format for its value; NULL: printed */
	/* What else must hold: returns a complaint or NULL. whole: nothing was lost, for the status is 0. */
	const char *(*check)(const struct place *p, bool whole);
};

extern const struct scenario scenarios[];

/* The input of a scenario. */
const char *scenario_input(const struct scenario *s);

/* Returns a complaint about the run, or NULL when all is right. asks_again: the fault, if any, is one that only asks
   for another try, and is not to be seen at all. */
const char *judge(const struct scenario *s, const struct trial *t, const struct place *p, bool asks_again);

#endif
