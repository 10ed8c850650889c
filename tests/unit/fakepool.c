/*
 * The script is driven by a pipe that always has a byte in it: while the next step may be taken its watch makes the
 * loop turn, so that no time passes; else the run sleeps as it would with workers that are busy.
 */
#include "fakepool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rule.h"
#include "os/fd.h"
#include "os/loop.h"
#include "pool/pool.h"

enum { FAKE_TASKS = 64 };

struct fake_task {
	struct task_message message;
	char words[200];
	unsigned slot;
	bool under_way;
	nsec_t took;
};

struct pool {
	struct loop *loop;
	const struct pool_events *events;
	void *arg;
	unsigned size;
	struct watch watch;
	bool held, dead;
};

static struct pool pool;
static struct fake_task tasks[FAKE_TASKS]; /* by the job's number */
static unsigned under_way, submitted, pause_rounds;
static bool closed; /* and nothing was handed over since */
static const char *next_step;
static struct buf text, words_text;
static int turn[2] = {-1, -1}, input;

static void note(const char *word, long number)
{
	buf_add_format(&text, "%s%s", text.length ? " " : "", word);
	if (number >= 0)
		buf_add_format(&text, "%ld", number);
}

/* -- The script -- */

struct step {
	char verb[16], rest[128];
	long number, value;
};

static size_t step_read(struct step *s)
{
	size_t length = strcspn(next_step, ";");
	char line[200];
	int rest = 0;

	memset(s, 0, sizeof *s);
	snprintf(line, sizeof line, "%.*s", (int)length, next_step);
	if (sscanf(line, "%15s %n", s->verb, &rest) < 1)
		return 0;
	snprintf(s->rest, sizeof s->rest, "%s", line + rest);
	sscanf(s->rest, "%ld %ld", &s->number, &s->value);
	return length;
}

static struct fake_task *task_of(long number)
{
	return &tasks[number >= 0 && number < FAKE_TASKS ? number : 0];
}

static bool is_about_job(const char *verb)
{
	static const char *const verbs[] = {"done", "killed", "cancelled", "timeout", "refused",
	                                    "out",  "err",    "took",      "back",    "lost"};

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verb, verbs[i]) == 0)
			return true;
	}
	return false;
}

static bool step_may_be_taken(const struct step *s)
{
	if (pool.held)
		return false;
	if (strcmp(s->verb, "count") == 0)
		return (long)submitted >= s->number;
	return !is_about_job(s->verb) || task_of(s->number)->under_way;
}

/* The rounds of a pause are turned even when nothing follows: what became due by the clock is then seen. */
static void fakepool_look(void)
{
	struct step s;
	bool turns = pause_rounds > 0 || (step_read(&s) && step_may_be_taken(&s));

	loop_want(pool.loop, &pool.watch, turns ? LOOP_READ : 0);
}

static void answered(struct fake_task *t)
{
	t->under_way = false;
	under_way--;
}

static void step_done(const struct step *s, uint32_t cause, long value)
{
	struct fake_task *t = task_of(s->number);
	struct done_message m = {
		.id = t->message.id,
		.cause = cause,
		.value = (int32_t)value,
		.start = fake_clock,
		.run_time = t->took,
		.peak_rss = -1,
	};

	answered(t);
	pool.events->done(pool.arg, t->slot, &m);
}

/* Returns false when the output was refused: the step is taken again. */
static bool step_output(const struct step *s, int which)
{
	char line[150];

	snprintf(line, sizeof line, "%s\n", s->rest + strcspn(s->rest, " ") + 1);
	if (pool.events->output(pool.arg, task_of(s->number)->message.id, which, line, strlen(line)))
		return true;
	note("held", -1);
	pool.held = true;
	return false;
}

static bool step_about_job(const struct step *s)
{
	struct fake_task *t = task_of(s->number);

	if (strcmp(s->verb, "done") == 0)
		step_done(s, DONE_EXITED, s->value);
	else if (strcmp(s->verb, "killed") == 0)
		step_done(s, DONE_SIGNALLED, s->value);
	else if (strcmp(s->verb, "cancelled") == 0)
		step_done(s, DONE_CANCELLED, -s->value);
	else if (strcmp(s->verb, "timeout") == 0)
		step_done(s, DONE_TIMEOUT, -s->value);
	else if (strcmp(s->verb, "refused") == 0)
		step_done(s, DONE_NOT_STARTED, s->value);
	else if (strcmp(s->verb, "took") == 0)
		t->took = s->value * NSEC_PER_MSEC;
	else if (strcmp(s->verb, "out") == 0 || strcmp(s->verb, "err") == 0)
		return step_output(s, s->verb[0] == 'o' ? 1 : 2);
	else {
		answered(t);
		if (strcmp(s->verb, "back") == 0)
			pool.events->back(pool.arg, t->message.id);
		else
			pool.events->lost(pool.arg, t->slot, t->message.id, (int)s->value);
	}
	return true;
}

static void step_about_run(const struct step *s)
{
	if (strcmp(s->verb, "clock") == 0)
		fake_clock += s->number * NSEC_PER_MSEC;
	else if (strcmp(s->verb, "signal") == 0)
		raise(rule_signal_number(s->rest));
	else if (strcmp(s->verb, "vanish") == 0)
		pool.events->vanished(pool.arg, 1, 2, SIGKILL, "");
	else if (strcmp(s->verb, "initfail") == 0)
		pool.events->init_failed(pool.arg, 1, (int)s->number);
	else if (strcmp(s->verb, "startfail") == 0)
		pool.events->start_failed(pool.arg, 1, (int)s->number);
	else if (strcmp(s->verb, "dead") == 0)
		pool.dead = true;
	else if (strcmp(s->verb, "feed") == 0)
		dprintf(input, "%s\n", s->rest);
	else if (strcmp(s->verb, "eof") == 0)
		fd_close(&input);
	else if (strcmp(s->verb, "count") != 0)
		exit(98);
	/* What the run hears of by a descriptor of its own shall come before the next step. */
	pause_rounds = 2;
}

static void fakepool_turn(struct watch *w, unsigned what)
{
	struct step s;
	size_t length = step_read(&s);
	bool taken = true;

	(void)w;
	(void)what;
	if (pause_rounds > 0) {
		pause_rounds--;
		fakepool_look();
		return;
	}
	if (is_about_job(s.verb))
		taken = step_about_job(&s);
	else
		step_about_run(&s);
	if (taken)
		next_step += length + strspn(next_step + length, "; ");
	fakepool_look();
}

/* -- For the tests -- */

void fakepool_begin(const char *script, int source)
{
	next_step = script;
	input = source;
	under_way = submitted = pause_rounds = 0;
	closed = false;
	buf_reset(&text);
	memset(tasks, 0, sizeof tasks);
	if (turn[0] < 0 && (fd_pipe(turn) < 0 || fd_write(turn[1], "x", 1) < 0))
		exit(99);
}

const char *fakepool_log(void)
{
	if (*next_step)
		buf_add_format(&text, " UNPLAYED: %s", next_step);
	for (long i = 0; i < FAKE_TASKS; i++) {
		if (tasks[i].under_way)
			note("UNANSWERED ", i);
	}
	fd_close(&input);
	return buf_text(&text);
}

const char *fakepool_words(uint64_t sequence)
{
	const struct fake_task *t = task_of((long)sequence);
	const char *word = t->words;

	buf_reset(&words_text);
	for (uint32_t i = 0; i < t->message.argc; i++) {
		buf_add_format(&words_text, "%s%s", i ? " " : "", word);
		word += strlen(word) + 1;
	}
	return t->message.id ? buf_text(&words_text) : NULL;
}

const struct task_message *fakepool_task(uint64_t sequence)
{
	return &task_of((long)sequence)->message;
}

void fakepool_release(void)
{
	fd_close(&turn[0]);
	fd_close(&turn[1]);
	buf_release(&text);
	buf_release(&words_text);
}

/* -- The functions of pool.h -- */

struct pool *pool_new(struct loop *loop, const struct pool_config *config, const struct pool_events *events, void *arg)
{
	pool = (struct pool){.loop = loop, .events = events, .arg = arg, .size = config->size};
	pool.watch = (struct watch){.fd = turn[0], .ready = fakepool_turn};
	if (loop_add(loop, &pool.watch) < 0)
		exit(99);
	fakepool_look();
	return &pool;
}

void pool_free(struct pool *p)
{
	loop_remove(p->loop, &p->watch);
}

bool pool_has_room(const struct pool *p)
{
	return !p->dead && under_way < p->size;
}

unsigned pool_room(struct pool *p)
{
	bool taken[FAKE_TASKS + 2] = {false};
	unsigned slot = 1;

	if (!pool_has_room(p))
		return 0;
	for (long i = 0; i < FAKE_TASKS; i++) {
		if (tasks[i].under_way)
			taken[tasks[i].slot] = true;
	}
	while (taken[slot])
		slot++;
	return slot;
}

int pool_submit(struct pool *p, unsigned slot, const struct task_message *m)
{
	struct fake_task *t = task_of((long)m->sequence);

	(void)p;
	closed = false;
	note("+", (long)m->sequence);
	if (m->try > 1)
		buf_add_format(&text, "!%u", (unsigned)m->try);
	if (m->bytes > sizeof t->words)
		return E2BIG;
	t->message = *m;
	memcpy(t->words, m->words, m->bytes);
	t->slot = slot;
	t->took = NSEC_PER_SEC;
	t->under_way = true;
	under_way++;
	submitted++;
	fakepool_look();
	return 0;
}

void pool_flush(struct pool *p)
{
	(void)p;
}

void pool_cancel(struct pool *p, unsigned slot, uint64_t id, int signal)
{
	(void)p;
	(void)slot;
	for (long i = 0; i < FAKE_TASKS; i++) {
		if (tasks[i].under_way && tasks[i].message.id == id) {
			note("-", i);
			buf_add_format(&text, ":%d", signal);
		}
	}
}

void pool_cancel_all(struct pool *p, int signal)
{
	(void)p;
	note("cancel:", signal);
}

void pool_recall(struct pool *p)
{
	(void)p;
	note("recall", -1);
}

void pool_signal(struct pool *p, int signal)
{
	(void)p;
	note("signal:", -1);
	buf_add_string(&text, rule_signal_name(signal));
}

void pool_resize(struct pool *p, unsigned size)
{
	p->size = size;
	note("size:", (long)size);
}

unsigned pool_size(const struct pool *p)
{
	return p->size;
}

void pool_resume(struct pool *p)
{
	p->held = false;
	fakepool_look();
}

bool pool_is_held(const struct pool *p)
{
	return p->held;
}

void pool_starve(struct pool *p)
{
	(void)p;
}

bool pool_has_queued(const struct pool *p)
{
	(void)p;
	return false;
}

void pool_close(struct pool *p)
{
	(void)p;
	if (!closed)
		note("close", -1);
	closed = true;
}

unsigned pool_workers(const struct pool *p)
{
	(void)p;
	return 0;
}

bool pool_is_dead(const struct pool *p)
{
	return p->dead && under_way == 0;
}

volatile pid_t *pool_guarded(struct pool *p)
{
	(void)p;
	return NULL;
}

void pool_reap(struct pool *p)
{
	(void)p;
}
