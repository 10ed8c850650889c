#include "output/pack.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "os/wait.h"

enum {
	PACK_WAITING = 64,     /* jobs under way, at most */
	PACK_START_TRIES = 10, /* while no process can be had: waits of 5 ms, 10 ms ... */
};

/* The files of one job. */
struct parcel {
	struct list node;
	struct results *results;
	void *job;
	int which;      /* the file that is being packed, or is next */
	pid_t pid;      /* of its program, 0 while none runs */
	unsigned place; /* of that, among the guarded ones */
	int output;     /* what the program writes to, -1 */
	int start_tries;
};

struct pack {
	struct loop *loop;
	struct pack_config config;
	pack_done *done;
	void *arg;
	struct list waiting; /* parcels, in the order of submission */
	struct list running;
	unsigned programs; /* that run */
	size_t count;      /* parcels */
	bool *taken;       /* owned: places of programs that run */
	bool given_up;
	bool starved;       /* the last program could not be started with all its tries: the next one has one alone */
	struct timer later; /* when waiting ones may be started */
	struct spawn_path path;
};

static void pack_on_time(struct timer *t);

struct pack *pack_new(struct loop *loop, const struct pack_config *config, pack_done *done, void *arg)
{
	struct pack *p = mem_zero(1, sizeof *p);

	p->loop = loop;
	p->config = *config;
	p->done = done;
	p->arg = arg;
	p->taken = mem_zero(config->most, sizeof *p->taken);
	list_init(&p->waiting);
	list_init(&p->running);
	p->later = (struct timer){.expired = pack_on_time, .arg = p};
	return p;
}

/* The program has a place from before it runs until it is reaped. */
static void pack_take_place(struct pack *p, struct parcel *q)
{
	q->place = 0;
	while (p->taken[q->place])
		q->place++;
	p->taken[q->place] = true;
}

static void pack_gone(struct pack *p, struct parcel *q)
{
	q->pid = 0;
	p->taken[q->place] = false;
	if (p->config.guarded)
		p->config.guarded[q->place] = 0;
}

static void parcel_kill(const struct parcel *q)
{
	kill(-q->pid, SIGKILL);
	kill(q->pid, SIGKILL);
}

void pack_free(struct pack *p)
{
	if (!p)
		return;
	loop_cancel_timer(p->loop, &p->later);
	LIST_EACH (node, following, &p->running) {
		struct parcel *q = LIST_ENTRY(node, struct parcel, node);

		parcel_kill(q);
		wait_for(q->pid);
		pack_gone(p, q);
		results_unpack(q->results, q->which, &q->output);
		free(q);
	}
	LIST_EACH (node, following, &p->waiting)
		free(LIST_ENTRY(node, struct parcel, node));
	free(p->taken);
	free(p);
}

bool pack_has_room(const struct pack *p)
{
	return !p || p->count < PACK_WAITING;
}

bool pack_is_busy(const struct pack *p)
{
	return p && p->count > 0;
}

/* -- Starting -- */

static void pack_over(struct pack *p, struct parcel *q, const struct err *e)
{
	void *job = q->job;

	list_remove(&q->node);
	free(q);
	p->count--;
	p->done(p->arg, job, e);
}

/* Has the waiting ones looked at when the loop gets there: whoever is told of what comes of them is in no other call
   then. */
static void pack_later(struct pack *p, nsec_t delay)
{
	if (!list_empty(&p->waiting) && p->programs < p->config.most && !loop_timer_is_set(&p->later))
		loop_set_timer(p->loop, &p->later, clock_now() + delay);
}

/* Fills e: the file is not packed. Always returns -1. */
static int parcel_fail(const struct pack *p, const struct parcel *q, const char *reason, struct err *e)
{
	struct buf name = {0};

	results_name(&name, q->results->base, q->which);
	err_set(e, "cannot compress results: %s: %s: %s", buf_text(&name), p->config.shown, reason);
	buf_release(&name);
	return -1;
}

/* Whether it is worth another try later that a program could not be started. */
static bool parcel_tries_again(struct pack *p, struct parcel *q, int code)
{
	bool again = spawn_is_temporary(code) && !p->starved && ++q->start_tries < PACK_START_TRIES;

	p->starved = spawn_is_temporary(code) && !again;
	return again;
}

/* Starts the program for the file. Returns 1; 0 when it is worth another try later; -1 with e filled. */
static int parcel_spawn(struct pack *p, struct parcel *q, struct err *e)
{
	extern char **environ;
	bool in_exec = false;
	int input, code;
	struct spawn s = {.argv = p->config.words, .envp = environ, .own_group = true};

	if (results_pack(q->results, q->which, &input, &q->output, e) < 0)
		return parcel_tries_again(p, q, e->code) ? 0 : -1;
	for (int i = 0; i < SPAWN_FDS; i++)
		s.fds[i] = -1;
	s.fds[0] = input;
	s.fds[1] = q->output;
	pack_take_place(p, q);
	s.announce = p->config.guarded ? &p->config.guarded[q->place] : NULL;
	q->pid = spawn_start(&s, &p->path, &in_exec);
	code = errno;
	fd_close(&input);
	if (q->pid > 0) {
		p->starved = false;
		return 1;
	}
	pack_gone(p, q);
	results_unpack(q->results, q->which, &q->output);
	if (!in_exec && parcel_tries_again(p, q, code))
		return 0;
	return parcel_fail(p, q, strerror(code), e);
}

/* Goes on to the next file that has something in it. False: there is none. */
static bool parcel_next(struct parcel *q)
{
	while (q->which <= 2 && !q->results->filled[q->which - 1])
		q->which++;
	return q->which <= 2;
}

/* Starts what comes next for the job, which waits. Returns false when it has to wait on. */
static bool pack_start(struct pack *p, struct parcel *q)
{
	struct err e;
	int started;

	if (p->given_up || !parcel_next(q)) {
		pack_over(p, q, NULL);
		return true;
	}
	started = parcel_spawn(p, q, &e);
	if (started < 0) {
		pack_over(p, q, &e);
	} else if (started > 0) {
		list_remove(&q->node);
		list_append(&p->running, &q->node);
		p->programs++;
		q->start_tries = 0;
	}
	return started != 0;
}

static void pack_on_time(struct timer *t)
{
	struct pack *p = t->arg;

	LIST_EACH (node, following, &p->waiting) {
		struct parcel *q = LIST_ENTRY(node, struct parcel, node);

		if (!p->given_up && p->programs >= p->config.most)
			return;
		if (!pack_start(p, q)) {
			pack_later(p, (5 * NSEC_PER_MSEC) << q->start_tries);
			return;
		}
	}
}

void pack_submit(struct pack *p, struct results *results, void *job)
{
	struct parcel *q = mem_zero(1, sizeof *q);

	q->results = results;
	q->job = job;
	q->which = 1;
	q->output = -1;
	list_append(&p->waiting, &q->node);
	p->count++;
	pack_later(p, 0);
}

/* -- The end of a program -- */

/* Returns 0 when the file is packed, -1 with e filled when it is as it was. */
static int parcel_end(const struct pack *p, struct parcel *q, int status, struct err *e)
{
	char reason[64];

	if (!WIFSIGNALED(status) && WEXITSTATUS(status) == 0) {
		int packed = results_packed(q->results, q->which, &q->output, e);

		return packed > 0 ? 0 : packed < 0 ? -1 : parcel_fail(p, q, "it has written nothing", e);
	}
	results_unpack(q->results, q->which, &q->output);
	if (WIFSIGNALED(status))
		snprintf(reason, sizeof reason, "killed by signal %d", WTERMSIG(status));
	else
		snprintf(reason, sizeof reason, "exit status %d", WEXITSTATUS(status));
	return parcel_fail(p, q, reason, e);
}

static struct parcel *pack_find(struct pack *p, pid_t pid)
{
	LIST_EACH (node, following, &p->running) {
		struct parcel *q = LIST_ENTRY(node, struct parcel, node);

		if (q->pid == pid)
			return q;
	}
	return NULL;
}

bool pack_reaped(struct pack *p, pid_t pid, int status)
{
	struct parcel *q = p ? pack_find(p, pid) : NULL;
	struct err e;
	int packed;

	if (!q)
		return false;
	pack_gone(p, q);
	p->programs--;
	packed = parcel_end(p, q, status, &e);
	q->which++;
	if (packed < 0) {
		pack_over(p, q, p->given_up ? NULL : &e);
	} else if (p->given_up || !parcel_next(q)) {
		pack_over(p, q, NULL);
	} else {
		list_remove(&q->node);
		list_prepend(&p->waiting, &q->node);
	}
	pack_later(p, 0);
	return true;
}

void pack_give_up(struct pack *p)
{
	if (!p)
		return;
	p->given_up = true;
	LIST_EACH (node, following, &p->running)
		parcel_kill(LIST_ENTRY(node, struct parcel, node));
	loop_cancel_timer(p->loop, &p->later);
	if (!list_empty(&p->waiting))
		loop_set_timer(p->loop, &p->later, clock_now());
}
