/*
 * spawn.h - starting programs.
 *
 * The program starts as a clean process: default signal actions, no signal blocked, and only descriptors that are not
 * close-on-exec. The calling process must not ignore any signal (a handler is reset by exec, an ignored signal stays
 * ignored): see sig_reset_child.
 */
#ifndef OS_SPAWN_H
#define OS_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SPAWN_FDS = 5, SPAWN_HIGH = 10 };

struct spawn {
	char *const *argv; /* lent: the words; argv[0] is looked up in PATH when it holds no slash */
	char *const *envp; /* lent: the environment; its PATH is not used for the look-up, the caller's is */
	/* Lent: what becomes descriptors 0, 1 ...; -1 leaves one as it is. The last two: not in 3 .. SPAWN_HIGH-1. */
	int fds[SPAWN_FDS];
	int as[2];             /* the numbers that the last two get, below SPAWN_HIGH; 0: 3 and 4 */
	const char *directory; /* where to run, NULL for the caller's */
	int nice;              /* added to the priority */
	/* fds[0] is the terminal: the program's group becomes its foreground, and SIGTSTP is ignored. */
	bool foreground;
	bool own_group; /* the program leads a process group of its own */
	/* No handler of the caller's runs in the child: a signal to it is not taken for one to the caller. */
	bool shields;
	volatile pid_t *announce; /* where the child writes its process id before exec; NULL for nowhere */
};

/* A cache of the last name that was looked up in PATH. All zero: empty. */
struct spawn_path {
	char name[256];  /* the last name */
	char path[4096]; /* where it was found */
};

/* Starts the program. Returns its process id, or -1 with errno: that of fork (EAGAIN, ENOMEM: worth another try) with
   *in_exec false, or that of exec with *in_exec true (ENOENT: no such command; EACCES, ENOEXEC: not executable; E2BIG
   ...). A file without a known format is given to sh, as execvp does. cache is lent and updated. */
pid_t spawn_start(const struct spawn *s, struct spawn_path *cache, bool *in_exec);

/* Whether an errno, of spawn_start before exec or of making the pipes for it, is worth another try later. */
bool spawn_is_temporary(int code);

/* Where a name without a slash stands in PATH. Returns 0 with path filled, else an errno: EACCES when a file of that
   name exists but cannot be executed, as execvp does. */
int spawn_look_up(const char *name, char *path, size_t room);

#endif
