/*
 * transport.h - how a worker is started: here, as a forked copy of the manager that runs the worker's own loop.
 */
#ifndef POOL_TRANSPORT_H
#define POOL_TRANSPORT_H

#include <sys/types.h>
#include "wire/board.h"

/* What a forked worker does: called in the child, which then exits with what it returns. in: tasks; out: reports. */
typedef int transport_body(void *arg, unsigned slot, int in, int out, struct board *board);

/* Called in the child before the body, to close what it must not hold. */
typedef void transport_detach(void *arg);

/* Starts a worker. Of the close-on-exec descriptors it has its own two, and kept (-1: none). Gives *in (the manager
   reads reports) and *out (it writes tasks). Returns its process id, or -1 with errno. */
pid_t transport_fork(transport_body *body, void *body_arg, transport_detach *detach, void *detach_arg, unsigned slot,
                     struct board *board, int kept, int *in, int *out);

#endif
