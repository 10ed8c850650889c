#include "output/events.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fd.h"
#include "output/jsonl.h"

/* -- Writing -- */

static void events_fail(struct events *v, int error)
{
	v->error = error;
	buf_clear(&v->held);
	v->written = 0;
}

/* Writes what there is room for. Returns true when nothing is held any more. */
static bool events_flush(struct events *v)
{
	while (v->held.length > v->written) {
		ssize_t n = fd_write_some(v->fd, v->held.data + v->written, v->held.length - v->written);

		if (n == 0) {
			v->written = buf_shed(&v->held, v->written);
			return false;
		}
		if (n < 0) {
			events_fail(v, errno);
			return true;
		}
		v->written += (size_t)n;
	}
	buf_reset(&v->held);
	v->written = 0;
	return true;
}

static void events_on_room(struct watch *watch, unsigned what)
{
	struct events *v = watch->arg;

	(void)what;
	if (!events_flush(v))
		return;
	loop_remove(v->loop, watch);
	v->ready(v->arg);
}

/* The line in held is whole. */
static void events_finish(struct events *v)
{
	buf_add_string(&v->held, "}\n");
	if (v->watch.added || events_flush(v))
		return;
	if (loop_add(v->loop, &v->watch) < 0)
		events_fail(v, errno);
}

/* Begins a line. Returns false where none is wanted. */
static bool events_begin(struct events *v, const char *event, nsec_t time)
{
	if (v->fd < 0 || v->error)
		return false;
	buf_add_string(&v->held, "{\"event\":\"");
	buf_add_string(&v->held, event);
	buf_add_string(&v->held, "\",\"time\":");
	json_add_seconds(&v->held, time);
	return true;
}

static void add_number(struct events *v, const char *name, bool known, int64_t value)
{
	json_add_name(&v->held, name);
	if (known)
		json_add_integer(&v->held, value);
	else
		buf_add_string(&v->held, "null");
}

static void add_sequence(struct events *v, uint64_t sequence)
{
	json_add_name(&v->held, "seq");
	buf_add_uint(&v->held, sequence);
}

/* -- Opening and closing -- */

/* Takes the descriptor whose number is text. Returns false with errno. */
static bool events_take(struct events *v, uint64_t number)
{
	int fd = number > INT_MAX ? -1 : (int)number, flags;

	errno = EBADF;
	flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
	if (flags == -1)
		return false;
	if ((flags & O_ACCMODE) == O_RDONLY) {
		errno = EBADF;
		return false;
	}
	v->fd = fd_copy(fd);
	if (v->fd >= 0 && fd > 2)
		close(fd);
	return v->fd >= 0;
}

int events_open(struct events *v, struct loop *loop, const char *where, void (*ready)(void *arg), void *arg,
                struct err *e)
{
	uint64_t number;

	*v = (struct events){.fd = -1, .where = where, .loop = loop, .ready = ready, .arg = arg};
	if (num_parse_uint(where, &number) == 0) {
		if (!events_take(v, number))
			return err_sys(e, errno, "cannot write events to descriptor %s", where);
	} else {
		v->fd = fd_open(where, O_WRONLY | O_CREAT | O_TRUNC, 0666);
		if (v->fd < 0)
			return err_sys(e, errno, "cannot open events file: %s", where);
	}
	v->watch = (struct watch){.fd = v->fd, .want = LOOP_WRITE, .ready = events_on_room, .arg = v};
	return 0;
}

bool events_has_room(const struct events *v)
{
	return v->held.length - v->written < EVENTS_ROOM;
}

bool events_are_written(const struct events *v)
{
	return v->held.length == v->written;
}

void events_give_up(struct events *v)
{
	if (events_are_written(v))
		return;
	loop_remove(v->loop, &v->watch);
	v->given_up = true;
	events_fail(v, EINTR);
	v->ready(v->arg);
}

int events_close(struct events *v, struct err *e)
{
	if (v->fd < 0)
		return 0;
	loop_remove(v->loop, &v->watch);
	while (!events_flush(v)) {
		struct pollfd room = {.fd = v->fd, .events = POLLOUT};

		poll(&room, 1, -1);
	}
	if (close(v->fd) < 0 && !v->error)
		v->error = errno;
	v->fd = -1;
	buf_clear(&v->held);
	buf_clear(&v->parts);
	return v->error && !v->given_up ? err_sys(e, v->error, "cannot write events: %s", v->where) : 0;
}

/* -- Events -- */

void events_start(struct events *v, nsec_t time, const struct outcome *o)
{
	if (!events_begin(v, "start", time))
		return;
	add_sequence(v, o->sequence);
	add_number(v, "slot", true, o->slot);
	json_add_name(&v->held, "host");
	json_add_string(&v->held, o->host ? o->host : ":", o->host ? strlen(o->host) : 1);
	add_number(v, "try", true, o->tries);
	jsonl_command(&v->held, o->command, o->item);
	events_finish(v);
}

/* Makes an event of the text in parts. */
static void events_text(struct events *v, nsec_t time, uint64_t sequence, int which)
{
	if (v->parts.length > 0 && events_begin(v, "output", time)) {
		add_sequence(v, sequence);
		buf_add_string(&v->held, which == 1 ? ",\"stream\":\"stdout\",\"text\":\""
		                                    : ",\"stream\":\"stderr\",\"text\":\"");
		buf_add(&v->held, v->parts.data, v->parts.length);
		buf_add_char(&v->held, '"');
		events_finish(v);
	}
	buf_reset(&v->parts);
}

void events_output(struct events *v, nsec_t time, uint64_t sequence, int which, struct json_text *carry,
                   const char *bytes, size_t length)
{
	json_text_add(carry, &v->parts, bytes, length);
	events_text(v, time, sequence, which);
}

/* Begins the line that ends a try. */
static bool events_begin_end(struct events *v, const char *event, nsec_t time, const struct outcome *o,
                             struct json_text carry[2])
{
	for (int i = 0; i < 2; i++) {
		json_text_end(&carry[i], &v->parts);
		events_text(v, time, o->sequence, i + 1);
	}
	if (!events_begin(v, event, time))
		return false;
	jsonl_facts(&v->held, o);
	return true;
}

void events_end(struct events *v, nsec_t time, const struct outcome *o, struct json_text carry[2])
{
	if (events_begin_end(v, "end", time, o, carry))
		events_finish(v);
}

void events_retry(struct events *v, nsec_t time, const struct outcome *o, nsec_t delay, struct json_text carry[2])
{
	if (!events_begin_end(v, "retry", time, o, carry))
		return;
	json_add_name(&v->held, "delay");
	json_add_seconds(&v->held, delay);
	events_finish(v);
}

/* Begins a line about a worker. */
static bool events_begin_worker(struct events *v, const char *event, nsec_t time, unsigned slot, int64_t pid)
{
	if (!events_begin(v, event, time))
		return false;
	add_number(v, "slot", true, slot);
	add_number(v, "pid", pid >= 0, pid);
	return true;
}

void events_worker_started(struct events *v, nsec_t time, unsigned slot, int64_t pid)
{
	if (events_begin_worker(v, "worker_started", time, slot, pid))
		events_finish(v);
}

void events_worker_lost(struct events *v, nsec_t time, unsigned slot, int64_t pid, int status)
{
	if (!events_begin_worker(v, "worker_lost", time, slot, pid))
		return;
	add_number(v, "status", WIFEXITED(status), WEXITSTATUS(status));
	add_number(v, "signal", WIFSIGNALED(status), WTERMSIG(status));
	events_finish(v);
}
