/* trial.h - one run of a program under the fault library, in a directory of its own, and all that can be seen of it. */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

struct text {
	char *bytes; /* ended by a NUL */
	size_t length;
};

/* Where trials are made: DIRECTORY/work is their current directory, DIRECTORY/tmp their $TMPDIR. */
struct place {
	char directory[256];
	const char *library;
	unsigned limit_seconds;
	int alive; /* a pipe: when it is closed the directory is removed by somebody else */
};

struct trial {
	int status; /* as waitpid has it */
	bool timed_out;
	unsigned processes_left; /* not ended two seconds later */
	unsigned files_left;     /* in $TMPDIR */
	struct text out, err;
	struct fault_report report;
};

/* Makes the directory, which goes with this process even when that is killed, and this process the one that inherits
   what a trial leaves behind. Returns 0, or -1 with errno. */
int place_open(struct place *p, const char *library, unsigned limit_seconds);

/* Removes them. */
void place_close(struct place *p);

/* Runs argv in an empty work directory with the input on standard input (NULL: /dev/null) and the plan in FAULT (NULL:
   none). Exits when that is not possible. */
void trial_run(struct trial *t, struct place *p, char *const *argv, const char *input, const char *plan);

void trial_release(struct trial *t);

/* Adds a file of the work directory to the text; nothing when there is none. Its bytes are for free(). */
void place_add(const struct place *p, const char *name, struct text *t);

#endif
