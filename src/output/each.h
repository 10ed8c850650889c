/*
 * each.h - the sink that is one long-lived program: it reads what pp would print, for --each.
 *
 * The program takes the place of whoever reads standard output; its own standard output and error are those that pp
 * had. It leads a process group of its own: the key that interrupts pp does not reach it, so that it gets all that was
 * printed until then.
 */
#ifndef OUTPUT_EACH_H
#define OUTPUT_EACH_H

#include <stdbool.h>
#include <sys/types.h>

struct each {
	pid_t pid;   /* 0 when it does not run */
	bool ended;  /* it was started and has ended */
	bool killed; /* by each_kill */
	int status;  /* as of waitpid, when it has ended */
};

/* Starts the program (words as for exec, lent) and makes descriptor 1 the pipe to it. Returns 0, or -1 with errno. */
int each_start(struct each *e, char *const *words);

/* A child has ended. Returns whether it was the program. */
bool each_reaped(struct each *e, pid_t pid, int status);

void each_kill(struct each *e);

/* No more comes: the program sees the end of its input. Descriptor 1 leads nowhere from now on. */
void each_close(struct each *e);

#endif
