#include "os/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/fd.h"
#include "tap.h"

enum { MANY = 100 };

/* A pipe with a watch on its read end, and what became of it. */
struct probe {
	struct watch watch;
	int ends[2];
	int calls;
	unsigned what;
	struct probe *other;
};

static const char *kind;
static struct loop *l;

static void count_call(struct watch *w, unsigned what)
{
	struct probe *p = w->arg;

	p->calls++;
	p->what = what;
}

static void probe_init(struct probe *p, int fd, unsigned want, void (*ready)(struct watch *w, unsigned what))
{
	*p = (struct probe){.watch = {.fd = fd, .want = want, .ready = ready, .arg = p}, .ends = {-1, -1}};
}

static void probe_pipe(struct probe *p, void (*ready)(struct watch *w, unsigned what))
{
	int ends[2];

	fd_pipe(ends);
	probe_init(p, ends[0], LOOP_READ, ready);
	p->ends[0] = ends[0];
	p->ends[1] = ends[1];
	loop_add(l, &p->watch);
}

static void probe_end(struct probe *p)
{
	loop_remove(l, &p->watch);
	fd_close(&p->ends[0]);
	fd_close(&p->ends[1]);
}

static void feed(struct probe *p)
{
	fd_write(p->ends[1], "x", 1);
}

static void test_nothing(void)
{
	struct probe p;

	OK(loop_once(l) == 0, "%s: with nothing to wait for a round ends at once", kind);
	probe_init(&p, 0, LOOP_READ, count_call);
	loop_remove(l, &p.watch);
	OK(!p.watch.added, "%s: removing what was not added has no effect", kind);
}

static void test_reading(void)
{
	struct probe p;
	char byte;

	probe_pipe(&p, count_call);
	feed(&p);
	OK(loop_once(l) == 0 && p.calls == 1 && p.what == LOOP_READ, "%s: data is told", kind);
	OK(loop_once(l) == 0 && p.calls == 2, "%s: it is told again until it is read", kind);
	fd_read(p.ends[0], &byte, 1);
	fd_close(&p.ends[1]);
	OK(loop_once(l) == 0 && p.calls == 3 && p.what == LOOP_READ, "%s: the end of file is told", kind);
	loop_remove(l, &p.watch);
	OK(loop_once(l) == 0 && p.calls == 3 && !p.watch.added, "%s: a removed watch is told nothing", kind);
	probe_end(&p);
}

static void test_writing(void)
{
	struct probe p;
	int ends[2];

	fd_pipe(ends);
	probe_init(&p, ends[1], LOOP_WRITE, count_call);
	OK(loop_add(l, &p.watch) == 0, "%s: a watch for writing is added", kind);
	OK(loop_once(l) == 0 && p.calls == 1 && p.what == LOOP_WRITE, "%s: room is told", kind);
	fd_set_nonblock(ends[1], true);
	while (fd_write(ends[1], "0123456789abcdef", 16) > 0)
		;
	fd_close(&ends[0]);
	OK(loop_once(l) == 0 && p.calls == 2 && p.what == LOOP_WRITE, "%s: a reader that is gone is told", kind);
	loop_remove(l, &p.watch);
	fd_close(&ends[1]);
}

static void test_both(void)
{
	struct probe p;
	int ends[2];

	fd_pair(ends);
	probe_init(&p, ends[0], LOOP_READ | LOOP_WRITE, count_call);
	loop_add(l, &p.watch);
	OK(loop_once(l) == 0 && p.what == LOOP_WRITE, "%s: only what is ready is told", kind);
	fd_write(ends[1], "x", 1);
	OK(loop_once(l) == 0 && p.what == (LOOP_READ | LOOP_WRITE) && p.calls == 2, "%s: both are told in one call",
	   kind);
	loop_want(l, &p.watch, LOOP_READ);
	OK(loop_once(l) == 0 && p.what == LOOP_READ, "%s: writing is no longer wanted", kind);
	loop_want(l, &p.watch, LOOP_WRITE);
	OK(loop_once(l) == 0 && p.what == LOOP_WRITE, "%s: writing instead of reading", kind);
	loop_want(l, &p.watch, 0);
	loop_want(l, &p.watch, LOOP_READ);
	loop_want(l, &p.watch, LOOP_WRITE);
	OK(loop_once(l) == 0 && p.what == LOOP_WRITE && p.calls == 5, "%s: wishes may change and change back", kind);
	fd_close(&ends[1]);
	loop_want(l, &p.watch, LOOP_READ | LOOP_WRITE);
	OK(loop_once(l) == 0 && p.what == (LOOP_READ | LOOP_WRITE), "%s: a closed connection is ready for both", kind);
	loop_remove(l, &p.watch);
	fd_close(&ends[0]);
}

static void test_refusals(void)
{
	struct probe p, q;

	probe_pipe(&p, count_call);
	probe_init(&q, p.ends[0], LOOP_READ, count_call);
	errno = 0;
	OK(loop_add(l, &q.watch) == -1 && errno == EEXIST && !q.watch.added, "%s: one watch for a descriptor", kind);
	errno = 0;
	OK(loop_add(l, &p.watch) == -1 && errno == EEXIST, "%s: no watch twice", kind);
	loop_remove(l, &p.watch);
	OK(loop_add(l, &q.watch) == 0, "%s: another watch after the first was removed", kind);
	loop_remove(l, &q.watch);
	probe_end(&p);
	errno = 0;
	OK(loop_add(l, &q.watch) == -1 && errno == EBADF && !q.watch.added, "%s: no watch for a closed descriptor",
	   kind);
	q.watch.fd = -1;
	errno = 0;
	OK(loop_add(l, &q.watch) == -1 && errno == EBADF, "%s: no watch for no descriptor", kind);
}

static void mark(struct timer *t)
{
	++*(int *)t->arg;
}

/* A hang-up, which epoll always reports, must neither be delivered nor keep the loop running. */
static void test_pause(void)
{
	int expired = 0, rounds = 0;
	struct timer t = {.expired = mark, .arg = &expired};
	struct probe p;

	probe_pipe(&p, count_call);
	feed(&p);
	loop_want(l, &p.watch, 0);
	fd_close(&p.ends[1]);
	loop_set_timer(l, &t, clock_now() + NSEC_PER_MSEC);
	while (!expired && loop_once(l) == 0)
		rounds++;
	OK(p.calls == 0, "%s: a paused watch is told nothing", kind);
	OK(rounds <= 3, "%s: a paused watch does not wake the loop, %d rounds", kind, rounds);
	loop_want(l, &p.watch, LOOP_READ);
	OK(loop_once(l) == 0 && p.calls == 1, "%s: a resumed watch is told", kind);
	loop_remove(l, &p.watch);
	p.watch.want = 0;
	loop_add(l, &p.watch);
	loop_set_timer(l, &t, clock_now());
	loop_once(l);
	OK(p.calls == 1, "%s: a watch may be paused from the start", kind);
	loop_want(l, &p.watch, LOOP_READ);
	OK(loop_once(l) == 0 && p.calls == 2, "%s: and be resumed", kind);
	loop_cancel_timer(l, &t);
	probe_end(&p);
}

static void remove_other(struct watch *w, unsigned what)
{
	struct probe *p = w->arg;

	count_call(w, what);
	probe_end(p->other);
}

static void pause_other(struct watch *w, unsigned what)
{
	struct probe *p = w->arg;

	count_call(w, what);
	loop_want(l, &p->other->watch, 0);
}

/* Puts a new pipe, with nothing in it, and a new watch in the place of the other's descriptor. */
static void replace_other(struct watch *w, unsigned what)
{
	struct probe *p = w->arg;
	int number = p->other->ends[0], ends[2];

	count_call(w, what);
	if (p->calls > 1)
		return;
	probe_end(p->other);
	fd_pipe(ends);
	if (ends[0] != number) {
		dup2(ends[0], number);
		fd_close(&ends[0]);
	}
	probe_init(p->other, number, LOOP_READ, count_call);
	p->other->other = p;
	p->other->ends[0] = number;
	p->other->ends[1] = ends[1];
	loop_add(l, &p->other->watch);
}

static void make_rivals(struct probe *p, struct probe *q, void (*ready)(struct watch *w, unsigned what))
{
	probe_pipe(p, ready);
	probe_pipe(q, ready);
	p->other = q;
	q->other = p;
	feed(p);
	feed(q);
}

static void test_rivals(void)
{
	struct probe p, q;

	make_rivals(&p, &q, remove_other);
	OK(loop_once(l) == 0 && p.calls + q.calls == 1, "%s: a watch removed in the round is told nothing", kind);
	probe_end(&p);
	probe_end(&q);

	make_rivals(&p, &q, pause_other);
	OK(loop_once(l) == 0 && p.calls + q.calls == 1, "%s: a watch paused in the round is told nothing", kind);
	probe_end(&p);
	probe_end(&q);

	make_rivals(&p, &q, replace_other);
	OK(loop_once(l) == 0 && p.calls + q.calls == 1, "%s: a new watch is told no old event", kind);
	p.calls = q.calls = 1;
	OK(loop_once(l) == 0 && p.calls + q.calls == 3, "%s: nor later", kind);
	feed(p.watch.ready == count_call ? &p : &q);
	OK(loop_once(l) == 0 && p.calls + q.calls == 5, "%s: but its own", kind);
	probe_end(&p);
	probe_end(&q);
}

static void free_self(struct watch *w, unsigned what)
{
	int *calls = w->arg;

	++*calls;
	loop_remove(l, w);
	free(w);
}

static void test_freeing(void)
{
	struct watch *w = calloc(1, sizeof *w);
	int ends[2], calls = 0;

	fd_pipe(ends);
	fd_write(ends[1], "x", 1);
	*w = (struct watch){.fd = ends[0], .want = LOOP_READ, .ready = free_self, .arg = &calls};
	loop_add(l, w);
	OK(loop_once(l) == 0 && calls == 1, "%s: a watch may free itself", kind);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

static struct probe many[MANY];

static void add_many(struct watch *w, unsigned what)
{
	loop_want(l, w, 0);
	for (int i = 0; i < MANY; i++) {
		probe_pipe(&many[i], count_call);
		feed(&many[i]);
	}
}

static void test_many(void)
{
	struct probe p;
	int least = 1;

	probe_pipe(&p, add_many);
	feed(&p);
	loop_once(l);
	OK(many[MANY - 1].watch.added && many[MANY - 1].calls == 0, "%s: a callback may add many watches", kind);
	loop_once(l);
	loop_once(l);
	for (int i = 0; i < MANY; i++)
		least = many[i].calls < least ? many[i].calls : least;
	OK(least == 1, "%s: each of them has its turn", kind);
	for (int i = 0; i < MANY; i++)
		probe_end(&many[i]);
	probe_end(&p);
}

static void test_file(void)
{
	int fd = fd_temporary("/tmp"), expired = 0;
	struct timer t = {.expired = mark, .arg = &expired};
	struct probe p;

	probe_init(&p, fd, LOOP_READ, count_call);
	OK(loop_add(l, &p.watch) == 0, "%s: a regular file can be watched", kind);
	OK(loop_once(l) == 0 && p.calls == 1 && p.what == LOOP_READ, "%s: it is always ready", kind);
	loop_want(l, &p.watch, LOOP_WRITE);
	OK(loop_once(l) == 0 && p.calls == 2 && p.what == LOOP_WRITE, "%s: for writing too", kind);
	loop_set_timer(l, &t, clock_now() + NSEC_PER_MSEC);
	while (!expired && loop_once(l) == 0)
		;
	OK(p.calls > 2, "%s: timers expire beside it", kind);
	loop_want(l, &p.watch, 0);
	p.calls = expired = 0;
	loop_set_timer(l, &t, clock_now() + NSEC_PER_MSEC);
	while (!expired && loop_once(l) == 0)
		;
	OK(p.calls == 0, "%s: not when it is paused", kind);
	loop_remove(l, &p.watch);
	OK(loop_once(l) == 0 && p.calls == 0, "%s: nor when it is removed", kind);
	fd_close(&fd);
}

/* Timers that note in which order they expire, and whether too early. */
static struct {
	struct timer timers[5];
	nsec_t deadline[5];
	char order[16];
	int count;
	bool early;
} clockwork;

static void note(struct timer *t)
{
	int number = (int)(t - clockwork.timers);

	clockwork.order[clockwork.count++] = (char)('0' + number);
	clockwork.early |= clock_now() < clockwork.deadline[number] || loop_now(l) < clockwork.deadline[number];
}

static void clockwork_set_at(int number, nsec_t deadline)
{
	clockwork.timers[number].expired = note;
	clockwork.deadline[number] = deadline;
	loop_set_timer(l, &clockwork.timers[number], deadline);
}

static void clockwork_set(int number, nsec_t from_now)
{
	clockwork_set_at(number, clock_now() + from_now);
}

static const char *clockwork_run(int count)
{
	while (clockwork.count < count && loop_once(l) == 0)
		;
	clockwork.order[clockwork.count] = '\0';
	clockwork.count = 0;
	return clockwork.order;
}

static void test_timers(void)
{
	nsec_t now = clock_now();

	memset(&clockwork, 0, sizeof clockwork);
	clockwork_set_at(3, now + 3 * NSEC_PER_MSEC);
	clockwork_set_at(1, now + 1 * NSEC_PER_MSEC);
	clockwork_set_at(2, now + 2 * NSEC_PER_MSEC + 1);
	clockwork_set_at(0, now - NSEC_PER_SEC);
	OK(loop_timer_is_set(&clockwork.timers[3]), "%s: a timer is set", kind);
	SAME(clockwork_run(4), "0123", "%s: timers expire in order", kind);
	OK(!clockwork.early, "%s: never early", kind);
	OK(!loop_timer_is_set(&clockwork.timers[3]), "%s: and are not set afterwards", kind);
	OK(loop_once(l) == 0 && clockwork.count == 0, "%s: they expire once", kind);

	clockwork_set(0, NSEC_PER_MSEC);
	clockwork_set(1, 2 * NSEC_PER_MSEC);
	clockwork_set(2, 3 * NSEC_PER_MSEC);
	loop_cancel_timer(l, &clockwork.timers[0]);
	loop_cancel_timer(l, &clockwork.timers[0]);
	OK(!loop_timer_is_set(&clockwork.timers[0]), "%s: a cancelled timer is not set", kind);
	clockwork_set(1, 4 * NSEC_PER_MSEC);
	SAME(clockwork_run(2), "21", "%s: timers are cancelled and put off", kind);

	clockwork_set(0, 3600 * NSEC_PER_SEC);
	clockwork_set(1, NSEC_PER_MSEC);
	SAME(clockwork_run(1), "1", "%s: a later setting may be for an earlier time", kind);
	clockwork_set(0, NSEC_PER_MSEC);
	SAME(clockwork_run(1), "0", "%s: a timer is brought forward", kind);
	loop_set_timer(l, &clockwork.timers[4], NSEC_NEVER);
	clockwork_set(0, NSEC_PER_MSEC);
	SAME(clockwork_run(1), "0", "%s: one timer may stand for never", kind);
	loop_cancel_timer(l, &clockwork.timers[4]);
	OK(!clockwork.early, "%s: none of them was early", kind);
}

/* Many rounds with a wait, in which the first deadline sometimes goes and sometimes stays. */
static void test_timer_series(void)
{
	bool in_order = true;

	memset(&clockwork, 0, sizeof clockwork);
	for (int i = 0; i < 50; i++) {
		clockwork_set(0, 20 * 1000);
		clockwork_set(1, 60 * 1000);
		if (i % 3 == 0)
			loop_cancel_timer(l, &clockwork.timers[0]);
		in_order &= strcmp(clockwork_run(i % 3 == 0 ? 1 : 2), i % 3 == 0 ? "1" : "01") == 0;
	}
	OK(in_order && !clockwork.early, "%s: short timers one after another", kind);
}

static void set_again(struct timer *t)
{
	mark(t);
	loop_set_timer(l, t, 0);
}

static void test_eager_timer(void)
{
	int calls = 0, others = 0;
	struct timer eager = {.expired = set_again, .arg = &calls}, other = {.expired = mark, .arg = &others};
	struct probe p;

	probe_pipe(&p, count_call);
	feed(&p);
	loop_set_timer(l, &eager, 0);
	OK(loop_once(l) == 0 && calls == 1, "%s: a timer that sets itself again waits for the next round", kind);
	loop_set_timer(l, &other, 1);
	loop_once(l);
	loop_once(l);
	OK(p.calls == 3 && others <= 1, "%s: it does not keep others from their turn", kind);
	loop_cancel_timer(l, &eager);
	loop_cancel_timer(l, &other);
	probe_end(&p);
}

static void cancel_in_callback(struct watch *w, unsigned what)
{
	struct probe *p = w->arg;

	count_call(w, what);
	loop_cancel_timer(l, &clockwork.timers[0]);
	loop_remove(l, &p->watch);
}

static void test_order_in_round(void)
{
	struct probe p;

	memset(&clockwork, 0, sizeof clockwork);
	probe_pipe(&p, cancel_in_callback);
	feed(&p);
	clockwork_set(0, -1);
	clockwork_set(1, -1);
	SAME(clockwork_run(1), "1", "%s: descriptors come before timers", kind);
	probe_end(&p);
}

static void no_action(int number)
{
	(void)number;
}

/* The signal comes again and again, so that one of them meets the wait. */
static void test_interruption(void)
{
	struct itimerval often = {.it_interval.tv_usec = 1000, .it_value.tv_usec = 1000},
			 never = {.it_value.tv_usec = 0};
	struct sigaction action = {.sa_handler = no_action}, old;
	struct probe p;

	probe_pipe(&p, count_call);
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &often, NULL);
	OK(loop_once(l) == 0 && p.calls == 0, "%s: a signal ends the wait", kind);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	probe_end(&p);
}

static void test_abandon(void)
{
	int expired = 0, status = -1;
	struct timer t = {.expired = mark, .arg = &expired};
	struct probe p;
	pid_t child;

	probe_pipe(&p, count_call);
	loop_set_timer(l, &t, clock_now() + NSEC_PER_MSEC);
	child = fork();
	if (child == 0) {
		loop_abandon(l);
		_exit(p.watch.added || loop_timer_is_set(&t));
	}
	waitpid(child, &status, 0);
	OK(status == 0, "%s: a child forgets watches and timers", kind);
	feed(&p);
	while (!(expired && p.calls) && loop_once(l) == 0)
		;
	OK(expired == 1 && p.calls > 0, "%s: its parent's go on", kind);
	probe_end(&p);
}

static void test_free(void)
{
	int expired = 0;
	struct timer t = {.expired = mark, .arg = &expired};
	struct probe p;

	probe_pipe(&p, count_call);
	loop_set_timer(l, &t, 0);
	loop_free(l);
	OK(!p.watch.added && !loop_timer_is_set(&t), "%s: a freed loop has forgotten all", kind);
	OK(fcntl(p.ends[0], F_GETFD) != -1, "%s: descriptors stay open", kind);
	probe_end(&p);
	loop_free(NULL);
}

static void test_all(void)
{
	nsec_t before = clock_now();

	l = loop_new();
	if (!OK(l != NULL, "%s: a loop is made", kind))
		return;
	OK(loop_now(l) >= before && loop_now(l) <= clock_now(), "%s: it has read the clock", kind);
	test_nothing();
	test_reading();
	test_writing();
	test_both();
	test_refusals();
	test_pause();
	test_rivals();
	test_freeing();
	test_many();
	test_file();
	test_timers();
	test_timer_series();
	test_eager_timer();
	test_order_in_round();
	test_interruption();
	test_abandon();
	test_free();
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	unsetenv("PP_LOOP");
	kind = "default";
	test_all();
	setenv("PP_LOOP", "poll", 1);
	kind = "poll";
	test_all();
	return tap_end();
}
