#include "output/callback.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/strv.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "os/spool.h"
#include "os/wait.h"

enum {
	CALLBACK_WAITING = 4096, /* jobs whose command waits, at most */
	CALLBACK_READ = 64 * 1024,
	CALLBACK_ERRORS_FD = 3, /* where a command finds the job's standard error */
	CALLBACK_PIPES = 2,
	CALLBACK_VALUES = 64 * 1024, /* bytes of a command's text, and of all values, in the environment */
	CALLBACK_START_TRIES = 10,   /* while no process can be had: waits of 5 ms, 10 ms ... */
};

/* How long a descendant may keep the output of a command that has ended. */
static const nsec_t CALLBACK_GRACE = 250 * NSEC_PER_MSEC;

/* A job whose command waits or runs. */
struct call {
	struct list node;
	struct entry *entry; /* lent by the printer */
	void *job;
	struct outcome outcome;
	bool taken; /* its output was taken from the printer */
};

struct callback {
	struct loop *loop;
	struct printer *printer;
	struct callback_config config;
	callback_done *done;
	void *arg;
	struct list waiting; /* calls, in the order of submission */
	size_t count;
	struct call *running; /* NULL when no command runs */
	pid_t pid;            /* 0 when it is reaped */
	pid_t group;
	int status;
	int error;           /* errno of a command that could not be started */
	bool given_up;       /* it was killed, and no other is to be run */
	struct stream input; /* what it is given and has not taken yet */
	int errors;          /* a file with the standard error of its job, -1 */
	struct stream left;  /* of that standard error: what is not in the file */
	int in;              /* -1 when closed */
	struct watch room;   /* of in */
	int out[CALLBACK_PIPES];
	struct watch outputs[CALLBACK_PIPES];
	struct buf refused[CALLBACK_PIPES]; /* output that the printer did not take */
	struct timer later;                 /* the next try to start, or the end of the grace */
	int start_tries;
	bool starved; /* the last one could not be started with all its tries: the next one has one alone */
	struct spawn_path path;
};

static void callback_on_room(struct watch *w, unsigned what);
static void callback_on_output(struct watch *w, unsigned what);
static void callback_on_time(struct timer *t);

struct callback *callback_new(struct loop *loop, struct printer *printer, const struct callback_config *config,
                              callback_done *done, void *arg)
{
	struct callback *c = mem_zero(1, sizeof *c);

	c->loop = loop;
	c->printer = printer;
	c->config = *config;
	c->done = done;
	c->arg = arg;
	list_init(&c->waiting);
	c->in = c->out[0] = c->out[1] = c->errors = -1;
	c->later = (struct timer){.expired = callback_on_time, .arg = c};
	return c;
}

static void callback_close_output(struct callback *c, int i)
{
	loop_remove(c->loop, &c->outputs[i]);
	fd_close(&c->out[i]);
}

static void callback_close_input(struct callback *c)
{
	loop_remove(c->loop, &c->room);
	fd_close(&c->in);
	stream_clear(printer_spool(c->printer), &c->input);
}

static void callback_kill(const struct callback *c)
{
	kill(-c->group, SIGKILL);
	kill(c->pid, SIGKILL);
}

/* What it has left behind is not guarded any more. */
static void callback_gone(struct callback *c)
{
	c->pid = 0;
	if (c->config.guarded)
		*c->config.guarded = 0;
}

void callback_free(struct callback *c)
{
	if (!c)
		return;
	loop_cancel_timer(c->loop, &c->later);
	callback_close_input(c);
	fd_close(&c->errors);
	stream_clear(printer_spool(c->printer), &c->left);
	for (int i = 0; i < CALLBACK_PIPES; i++) {
		callback_close_output(c, i);
		buf_release(&c->refused[i]);
	}
	if (c->pid > 0) {
		callback_kill(c);
		wait_for(c->pid);
		callback_gone(c);
	}
	LIST_EACH (node, following, &c->waiting)
		free(LIST_ENTRY(node, struct call, node));
	free(c->running);
	free(c);
}

static char *const *callback_command(const struct callback *c, const struct outcome *o)
{
	return outcome_failed(o) ? c->config.failure : c->config.success;
}

bool callback_wants(const struct callback *c, const struct outcome *o)
{
	return c && callback_command(c, o) && o->cause != OUTCOME_CANCELLED;
}

void callback_submit(struct callback *c, struct entry *e, const struct outcome *o, void *job)
{
	struct call *call = mem_zero(1, sizeof *call);

	call->entry = e;
	call->outcome = *o;
	call->job = job;
	list_append(&c->waiting, &call->node);
	c->count++;
}

bool callback_has_room(const struct callback *c)
{
	return !c || c->count < CALLBACK_WAITING;
}

/* -- The environment -- */

static void callback_set(struct strv *env, const char *name, const char *value)
{
	struct buf text = {0};

	buf_add_format(&text, "%s=%s", name, value ? value : "");
	strv_add_take(env, buf_take(&text));
}

static void callback_set_number(struct strv *env, const char *name, bool known, uint64_t number)
{
	char digits[NUM_UINT_ROOM] = "";

	if (known)
		num_format_uint(digits, number);
	callback_set(env, name, digits);
}

/* A command does not inherit what pp itself was told, perhaps as a job of another pp. */
static bool callback_is_ours(const char *entry)
{
	static const char *const names[] = {
		"PP_SEQ=",   "PP_SLOT=",    "PP_STATUS=", "PP_SIGNAL=", "PP_CAUSE=", "PP_SECONDS=",
		"PP_TRIES=", "PP_COMMAND=", "PP_ARGC=",   "PP_STDERR=", "PP_ARG"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strncmp(entry, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

static void callback_environment(const struct outcome *o, struct strv *env)
{
	extern char **environ;
	struct buf text = {0};

	for (char **entry = environ; *entry; entry++) {
		if (!callback_is_ours(*entry))
			strv_add(env, *entry);
	}
	callback_set_number(env, "PP_SEQ", true, o->sequence);
	callback_set_number(env, "PP_SLOT", true, o->slot);
	callback_set_number(env, "PP_STATUS", outcome_has_status(o), (uint64_t)o->status);
	callback_set_number(env, "PP_SIGNAL", o->signal > 0, (uint64_t)o->signal);
	callback_set(env, "PP_CAUSE", outcome_cause_name(o->cause));
	callback_set_number(env, "PP_TRIES", true, o->tries);
	buf_add(&text, o->command, strnlen(o->command, CALLBACK_VALUES));
	callback_set(env, "PP_COMMAND", buf_text(&text));
	buf_reset(&text);
	buf_add_format(&text, "%.3f", (double)o->run_time / 1e9);
	callback_set(env, "PP_SECONDS", buf_text(&text));
	callback_set_number(env, "PP_ARGC", true, o->item ? o->item->count : 0);
	for (size_t i = 0, used = 0; o->item && i < o->item->count; i++) {
		struct value value = item_value(o->item, i);

		used += value.length;
		if (used > CALLBACK_VALUES)
			break;
		buf_reset(&text);
		buf_add_format(&text, "PP_ARG%zu", i + 1);
		callback_set(env, buf_text(&text), value.text);
	}
	buf_release(&text);
	if (outcome_failed(o))
		callback_set(env, "PP_STDERR", "/dev/fd/3");
}

/* -- Starting -- */

/* The bytes at the front of a stream; none at its end, or where they cannot be read back. */
static size_t callback_front(struct callback *c, struct stream *t, const char **bytes)
{
	struct spool *spool = printer_spool(c->printer);
	struct err e;
	ptrdiff_t length = stream_front(spool, t, bytes, &e);

	if (length >= 0)
		return (size_t)length;
	printer_tell_lost(c->printer, &e);
	stream_clear(spool, t);
	return 0;
}

/* An earlier try may have made the file, and filled it in part. */
static int callback_open_file(struct callback *c)
{
	if (c->errors >= 0)
		return lseek(c->errors, 0, SEEK_END) < 0 ? -1 : 0;
	c->errors = fd_temporary(spool_directory(printer_spool(c->printer)));
	return c->errors < 0 || fd_above(&c->errors, SPAWN_HIGH) < 0 ? -1 : 0;
}

/* Moves what is left of the standard error to a file, which is read from its start then. */
static int callback_fill_file(struct callback *c)
{
	struct spool *spool = printer_spool(c->printer);
	const char *bytes;
	size_t length;

	if (callback_open_file(c) < 0)
		return -1;
	while ((length = callback_front(c, &c->left, &bytes)) > 0) {
		off_t end = lseek(c->errors, 0, SEEK_CUR);

		if (fd_write_all(c->errors, bytes, length) < 0) {
			int code = errno;

			(void)!ftruncate(c->errors, end);
			errno = code;
			return -1;
		}
		stream_drop(spool, &c->left, length);
	}
	return lseek(c->errors, 0, SEEK_SET) < 0 ? -1 : 0;
}

/* Adds bytes where there is room. */
static void callback_keep(struct callback *c, struct stream *t, const char *bytes, size_t length)
{
	struct err e;

	if (stream_add(printer_spool(c->printer), t, bytes, length, &e) < 0)
		stream_add_memory(printer_spool(c->printer), t, bytes, length, &e);
}

/* The command could not be started: what was taken of its job's output is printed. Standard error of a job that
   succeeded never was. */
static void callback_return_output(struct callback *c)
{
	struct stream errors = {.length = 0};
	bool failed = outcome_failed(&c->running->outcome);
	char read[CALLBACK_READ];
	const char *bytes;
	size_t length;
	ssize_t n;

	if (!c->running->taken)
		return;
	if (c->errors >= 0)
		lseek(c->errors, 0, SEEK_SET);
	while (c->errors >= 0 && (n = fd_read(c->errors, read, sizeof read)) > 0)
		callback_keep(c, &errors, read, (size_t)n);
	while ((length = callback_front(c, &c->left, &bytes)) > 0) {
		callback_keep(c, &errors, bytes, length);
		stream_drop(printer_spool(c->printer), &c->left, length);
	}
	printer_return_output(c->printer, c->running->entry, &c->input, failed ? &errors : NULL);
}

/* Its ends of the pipes. */
struct ends {
	int in, out[CALLBACK_PIPES];
};

static int callback_open(struct callback *c, struct ends *e)
{
	int ends[2];

	if (fd_pipe(ends) < 0)
		return -1;
	e->in = ends[0];
	c->in = ends[1];
	for (int i = 0; i < CALLBACK_PIPES; i++) {
		if (fd_pipe(ends) < 0)
			return -1;
		c->out[i] = ends[0];
		e->out[i] = ends[1];
	}
	return fd_set_nonblock(c->in, true);
}

static void callback_close_ends(struct ends *e)
{
	fd_close(&e->in);
	fd_close(&e->out[0]);
	fd_close(&e->out[1]);
}

static int callback_spawn(struct callback *c, const struct outcome *o, struct ends *e, bool *in_exec)
{
	struct strv env = {.list = NULL};
	struct spawn s = {
		.argv = callback_command(c, o),
		.fds = {e->in, e->out[0], e->out[1], c->errors, -1},
		.as = {CALLBACK_ERRORS_FD, 0},
		.own_group = true,
		.announce = c->config.guarded,
	};

	callback_environment(o, &env);
	s.envp = env.list;
	c->pid = c->group = spawn_start(&s, &c->path, in_exec);
	strv_release(&env);
	return c->pid < 0 ? -1 : 0;
}

static int callback_watch(struct callback *c)
{
	c->room = (struct watch){.fd = c->in, .want = LOOP_WRITE, .ready = callback_on_room, .arg = c};
	if (c->input.length == 0)
		callback_close_input(c);
	else if (loop_add(c->loop, &c->room) < 0)
		return -1;
	for (int i = 0; i < CALLBACK_PIPES; i++) {
		c->outputs[i] =
			(struct watch){.fd = c->out[i], .want = LOOP_READ, .ready = callback_on_output, .arg = c};
		if (loop_add(c->loop, &c->outputs[i]) < 0)
			return -1;
	}
	return 0;
}

/* What the job printed becomes the input; standard error of a job that failed is in a file, that of another one is
   printed. */
static int callback_take_output(struct callback *c, struct call *call)
{
	bool failed = outcome_failed(&call->outcome);

	if (!call->taken)
		printer_take_output(c->printer, call->entry, &c->input, failed ? &c->left : NULL);
	call->taken = true;
	return failed ? callback_fill_file(c) : 0;
}

static void callback_over(struct callback *c)
{
	struct call *call = c->running;

	callback_close_input(c);
	fd_close(&c->errors);
	loop_cancel_timer(c->loop, &c->later);
	c->running = NULL;
	c->start_tries = 0;
	c->count--;
	c->done(c->arg, call->job, c->given_up ? ECANCELED : c->error, c->status);
	free(call);
}

static void callback_check_over(struct callback *c)
{
	if (!c->running || c->pid > 0 || c->out[0] >= 0 || c->out[1] >= 0 || c->refused[0].length ||
	    c->refused[1].length)
		return;
	callback_over(c);
}

static void callback_not_started(struct callback *c, int code, bool in_exec)
{
	bool temporary = !in_exec && spawn_is_temporary(code);
	bool again = temporary && !c->starved && ++c->start_tries < CALLBACK_START_TRIES;

	callback_gone(c);
	loop_remove(c->loop, &c->room);
	fd_close(&c->in);
	for (int i = 0; i < CALLBACK_PIPES; i++)
		callback_close_output(c, i);
	if (again) {
		loop_set_timer(c->loop, &c->later, clock_now() + ((5 * NSEC_PER_MSEC) << c->start_tries));
		return;
	}
	c->starved = temporary;
	c->error = code;
	callback_return_output(c);
	callback_over(c);
}

static void callback_start(struct callback *c)
{
	struct ends e = {.in = -1, .out = {-1, -1}};
	bool in_exec = false;
	int code = 0;

	c->error = c->status = 0;
	/* What cannot be taken back comes last: a command that runs must not be tried again. */
	if (callback_open(c, &e) < 0 || callback_take_output(c, c->running) < 0 || callback_watch(c) < 0 ||
	    callback_spawn(c, &c->running->outcome, &e, &in_exec) < 0)
		code = errno;
	callback_close_ends(&e);
	if (code)
		callback_not_started(c, code, in_exec);
	else
		c->starved = false;
}

/* The next call whose turn it is: the first one, or where the order of the jobs is kept, the one that is printed
   next. */
static struct call *callback_next(const struct callback *c)
{
	LIST_EACH (node, following, &c->waiting) {
		struct call *call = LIST_ENTRY(node, struct call, node);

		if (printer_is_next(c->printer, call->entry))
			return call;
	}
	return NULL;
}

/* None of them is run. */
static void callback_drop_waiting(struct callback *c)
{
	LIST_EACH (node, following, &c->waiting) {
		struct call *call = LIST_ENTRY(node, struct call, node);

		list_remove(node);
		c->count--;
		c->done(c->arg, call->job, ECANCELED, 0);
		free(call);
	}
}

void callback_turn(struct callback *c)
{
	if (c && c->given_up)
		callback_drop_waiting(c);
	while (c && !c->running) {
		struct call *call = callback_next(c);

		if (!call)
			return;
		list_remove(&call->node);
		c->running = call;
		c->start_tries = 0;
		callback_start(c);
	}
}

/* -- While it runs -- */

static void callback_on_room(struct watch *w, unsigned what)
{
	struct callback *c = w->arg;
	struct spool *spool = printer_spool(c->printer);
	const char *bytes;
	size_t length = callback_front(c, &c->input, &bytes);
	ssize_t n;

	(void)what;
	if (length == 0) {
		callback_close_input(c);
		return;
	}
	n = fd_write(c->in, bytes, length);
	if (n > 0)
		stream_drop(spool, &c->input, (size_t)n);
	/* A command may end, or close its input, before it has read all. */
	if ((n < 0 && errno != EAGAIN) || c->input.length == 0)
		callback_close_input(c);
}

static void callback_print(struct callback *c, int i, const char *bytes, size_t length)
{
	if (printer_output(c->printer, c->running->entry, i + 1, bytes, length))
		return;
	buf_add(&c->refused[i], bytes, length);
	loop_want(c->loop, &c->outputs[i], 0);
}

/* Returns false at the end of an output, which must be readable. */
static bool callback_read(struct callback *c, int i)
{
	char bytes[CALLBACK_READ];
	ssize_t n = fd_read(c->out[i], bytes, sizeof bytes);

	if (n > 0)
		callback_print(c, i, bytes, (size_t)n);
	return n > 0;
}

static void callback_on_output(struct watch *w, unsigned what)
{
	struct callback *c = w->arg;
	int i = w == &c->outputs[1];

	(void)what;
	if (!callback_read(c, i))
		callback_close_output(c, i);
	callback_check_over(c);
}

/* From the end of the command on, and again from when what it left in a pipe can be read. */
static void callback_set_grace(struct callback *c)
{
	if (c->pid == 0 && (c->out[0] >= 0 || c->out[1] >= 0))
		loop_set_timer(c->loop, &c->later, clock_now() + CALLBACK_GRACE);
}

void callback_resume(struct callback *c)
{
	for (int i = 0; c && c->running && i < CALLBACK_PIPES; i++) {
		struct buf again = c->refused[i];

		if (again.length == 0)
			continue;
		c->refused[i] = (struct buf){0};
		if (c->out[i] >= 0)
			loop_want(c->loop, &c->outputs[i], LOOP_READ);
		callback_set_grace(c);
		callback_print(c, i, again.data, again.length);
		buf_release(&again);
	}
	if (c)
		callback_check_over(c);
}

static void callback_on_time(struct timer *t)
{
	struct callback *c = t->arg;

	if (c->pid == 0 && c->out[0] < 0 && c->out[1] < 0) {
		callback_start(c);
		return;
	}
	for (int i = 0; i < CALLBACK_PIPES; i++) {
		/* Where much else is to be done the loop may not have come to what the command itself has left in its
		   pipe. */
		if (c->out[i] >= 0 && c->refused[i].length == 0 && fd_is_readable(c->out[i]))
			callback_read(c, i);
		if (c->refused[i].length == 0)
			callback_close_output(c, i);
	}
	callback_check_over(c);
}

bool callback_reaped(struct callback *c, pid_t pid, int status)
{
	if (!c || pid != c->pid)
		return false;
	callback_gone(c);
	c->status = status;
	callback_set_grace(c);
	callback_check_over(c);
	return true;
}

/* -- State -- */

bool callback_is_held(const struct callback *c)
{
	return c && (c->refused[0].length || c->refused[1].length);
}

bool callback_is_busy(const struct callback *c)
{
	if (!c || callback_is_held(c))
		return false;
	return c->running || callback_next(c);
}

void callback_give_up(struct callback *c)
{
	if (!c)
		return;
	c->given_up = true;
	if (c->pid > 0)
		callback_kill(c);
	else if (c->running && c->start_tries > 0)
		callback_over(c);
}
