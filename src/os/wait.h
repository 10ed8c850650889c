/*
 * wait.h - children that ended, and waiting for them together with descriptors.
 */
#ifndef OS_WAIT_H
#define OS_WAIT_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>
#include "base/num.h"

struct wait_result {
	pid_t pid;
	int status;         /* as of waitpid */
	nsec_t user;        /* processor time, user */
	nsec_t system;      /* processor time, system */
	long long peak_rss; /* bytes, -1 when the system does not tell */
};

/* Reaps one child that has ended, without waiting. Returns 1 with r filled, 0 when none has ended, -1 when there is no
   child at all. */
int wait_any(struct wait_result *r);

/* Waits for one child. Returns its status, or -1 with errno. */
int wait_for(pid_t child);

/* From now on descendants whose parent has ended become children of this process, where the system has that, and are
   reaped by wait_any. The first process of a container may never do so, and then a process group that has ended looks
   alive. */
void wait_adopt(void);

/* Whether this process has a child in the group other than its leader: something that a descendant in it left behind,
   once wait_adopt was called. Returns 1 or 0, -1 when the system does not tell. */
int wait_left_behind(pid_t group);

/* Should the process be stopped when its parent ends, that wakes it, where the system has that. Elsewhere it wakes only
   where its process group is an orphan then: not when the process that takes it over belongs to the same session. */
void wait_outlive_parent(void);

/* For processes without an event loop: from now on SIGCHLD is held back and only delivered inside wait_poll, and
   SIGPIPE does nothing (a write fails with EPIPE), without being ignored: programs started later see its default
   action. */
void wait_open(void);

/* Waits until a descriptor is ready, a child has ended, or the timeout (NSEC_NEVER: none) is over. Returns the number
   of ready descriptors; 0 too when a child has ended or the time is over; -1, after a short pause, when the system
   cannot wait now. *ended tells whether a child may have ended since the last call. */
int wait_poll(struct pollfd *fds, nfds_t count, nsec_t timeout, bool *ended);

/* A few milliseconds, in which memory for a wait that has failed may come back. errno is kept. */
void wait_pause(void);

#endif
