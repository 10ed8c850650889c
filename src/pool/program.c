#include "pool/program.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strv.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/process.h"
#include "os/spawn.h"
#include "os/term.h"

enum { PROGRAM_READ = 64 * 1024, PROGRAM_STATUS_FD = 3 };

/* The ends of the pipes that become the program's. */
struct ends {
	int in, out, errors, statuses;
};

/* -- Its environment -- */

static void program_set(struct strv *env, const char *name, const char *value)
{
	struct buf text = {0};
	size_t length = strlen(name);

	for (size_t i = 0; i < env->count; i++) {
		if (strncmp(env->list[i], name, length) == 0 && env->list[i][length] == '=') {
			free(env->list[i]);
			env->list[i] = env->list[--env->count];
			env->list[env->count] = NULL;
			break;
		}
	}
	buf_add_format(&text, "%s=%s", name, value);
	strv_add_take(env, buf_take(&text));
}

static void program_set_number(struct strv *env, const char *name, uint64_t number)
{
	char digits[NUM_UINT_ROOM];

	num_format_uint(digits, number);
	program_set(env, name, digits);
}

static void program_environment(const struct pool_program *config, unsigned slot, struct strv *env)
{
	extern char **environ;

	for (char **entry = environ; *entry; entry++)
		strv_add(env, *entry);
	program_set_number(env, "PP_SLOT", slot);
	program_set_number(env, "PARALLEL_JOBSLOT", slot);
	program_set_number(env, "PP_PID", (uint64_t)getpid());
	program_set_number(env, "PARALLEL_PID", (uint64_t)getpid());
	if (!getenv("PYTHONUNBUFFERED"))
		program_set(env, "PYTHONUNBUFFERED", "1");
	if (config->dialog.protocol == DIALOG_MARK)
		program_set(env, "PP_END", config->dialog.mark);
	if (config->dialog.protocol == DIALOG_FD)
		program_set_number(env, "PP_FD", PROGRAM_STATUS_FD);
	if (config->slot_variable)
		program_set_number(env, config->slot_variable, slot - 1);
}

/* -- Its pipes -- */

/* A pipe whose end `theirs` is for the program; ours does not block. */
static int program_pipe(int *ours, int *theirs, int their_end)
{
	int ends[2];

	if (fd_pipe(ends) < 0)
		return -1;
	*ours = ends[1 - their_end];
	*theirs = ends[their_end];
	/* Above the numbers that it gets them as. */
	return fd_above(theirs, SPAWN_HIGH) < 0 ? -1 : fd_set_nonblock(*ours, true);
}

static int program_terminal(int *ours, int *theirs)
{
	if (term_open_pair(ours, theirs) < 0)
		return -1;
	return fd_above(theirs, SPAWN_HIGH) < 0 ? -1 : fd_set_nonblock(*ours, true);
}

static int program_open(struct program *pr, const struct pool_program *config, struct ends *e)
{
	struct program_side *side = pr->side;

	if (program_pipe(&pr->in, &e->in, 0) < 0)
		return -1;
	pr->back = fd_reopen(e->in);
	if (config->pty ? program_terminal(&side[PROGRAM_OUT].fd, &e->out) < 0
	                : program_pipe(&side[PROGRAM_OUT].fd, &e->out, 1) < 0)
		return -1;
	if (program_pipe(&side[PROGRAM_ERRORS].fd, &e->errors, 1) < 0)
		return -1;
	if (config->dialog.protocol != DIALOG_FD)
		return 0;
	return program_pipe(&side[PROGRAM_STATUSES].fd, &e->statuses, 1);
}

void program_close(struct program *pr)
{
	fd_close(&pr->in);
	fd_close(&pr->back);
	for (int i = 0; i < PROGRAM_SIDES; i++)
		fd_close(&pr->side[i].fd);
}

static int program_spawn(struct program *pr, const struct pool_program *config, const struct ends *e, bool *in_exec)
{
	struct strv env = {.list = NULL};
	struct spawn_path path = {.name = ""};
	struct spawn s = {
		.argv = config->argv,
		.fds = {e->in, e->out, e->errors, e->statuses, -1},
		.as = {PROGRAM_STATUS_FD, 0},
		.directory = config->directory,
		.nice = config->nice,
		.own_group = true,
		.shields = true,
		.announce = pr->guarded,
	};

	program_environment(config, pr->number, &env);
	s.envp = env.list;
	pr->pid = pr->group = spawn_start(&s, &path, in_exec);
	strv_release(&env);
	return pr->pid < 0 ? -1 : 0;
}

/* -- Start and end -- */

static struct program *program_alloc(const struct pool_program *config, unsigned slot, volatile pid_t *guarded)
{
	struct program *pr = mem_zero(1, sizeof *pr);

	pr->number = slot;
	pr->guarded = guarded;
	pr->in = pr->back = -1;
	for (int i = 0; i < PROGRAM_SIDES; i++)
		pr->side[i].fd = -1;
	for (int i = 0; i < DUE_COUNT; i++)
		pr->due[i] = NSEC_NEVER;
	list_init(&pr->departed);
	dialog_init(&pr->dialog, &config->dialog);
	pr->ready = config->dialog.protocol != DIALOG_FRAME;
	pr->started_at = pr->rested_at = clock_now();
	return pr;
}

struct program *program_new(const struct pool_program *config, unsigned slot, volatile pid_t *guarded, bool *in_exec)
{
	struct program *pr = program_alloc(config, slot, guarded);
	struct ends e = {.in = -1, .out = -1, .errors = -1, .statuses = -1};
	int error = 0;

	*in_exec = false;
	if (program_open(pr, config, &e) < 0 || program_spawn(pr, config, &e, in_exec) < 0)
		error = errno;
	fd_close(&e.in);
	fd_close(&e.out);
	fd_close(&e.errors);
	fd_close(&e.statuses);
	if (error == 0)
		return pr;
	program_free(pr);
	errno = error;
	return NULL;
}

void program_free(struct program *pr)
{
	*pr->guarded = 0;
	program_close(pr);
	for (int i = 0; i < PROGRAM_SIDES; i++)
		buf_release(&pr->side[i].bytes);
	buf_release(&pr->send);
	buf_release(&pr->words);
	dialog_release(&pr->dialog);
	free(pr);
}

/* -- Tasks -- */

int program_write(struct program *pr)
{
	while (pr->sent < pr->send.length) {
		ssize_t n = fd_write(pr->in, pr->send.data + pr->sent, pr->send.length - pr->sent);

		if (n < 0 && errno != EAGAIN)
			return -1;
		if (n < 0) {
			pr->sent = buf_shed(&pr->send, pr->sent);
			return 0;
		}
		pr->sent += (size_t)n;
		pr->written += (uint64_t)n;
	}
	buf_reset(&pr->send);
	pr->sent = 0;
	return 1;
}

/* The pipe gives the program the beginning of what was written, and here the rest. One read takes it all: the program
   could come in between two. */
void program_take_back(struct program *pr)
{
	struct buf unread = {0};
	long waiting = pr->back < 0 ? -1 : fd_waiting(pr->back);
	ssize_t n;

	if (waiting <= 0)
		return;
	buf_reserve(&unread, (size_t)waiting);
	n = fd_read(pr->back, unread.data, (size_t)waiting);
	if (n <= 0) {
		buf_release(&unread);
		return;
	}
	unread.length = (size_t)n;
	pr->written -= unread.length;
	buf_add(&unread, pr->send.data + pr->sent, pr->send.length - pr->sent);
	buf_release(&pr->send);
	pr->send = unread;
	pr->sent = 0;
}

void program_cut(struct program *pr, uint64_t from)
{
	pr->send.length -= (size_t)(pr->queued - from);
	pr->queued = from;
}

/* -- Answers -- */

ssize_t program_read(struct program *pr, int side)
{
	struct program_side *s = &pr->side[side];
	ssize_t n;

	if (s->fd < 0)
		return -1;
	if (s->taken == s->bytes.length) {
		buf_reset(&s->bytes);
		s->taken = 0;
	} else if (s->taken >= PROGRAM_READ) {
		memmove(s->bytes.data, s->bytes.data + s->taken, s->bytes.length - s->taken);
		s->bytes.length -= s->taken;
		s->taken = 0;
	}
	buf_reserve(&s->bytes, PROGRAM_READ);
	n = fd_read(s->fd, s->bytes.data + s->bytes.length, PROGRAM_READ);
	if (n > 0) {
		s->bytes.length += (size_t)n;
		return n;
	}
	/* A terminal whose other side is closed says EIO. */
	if (n < 0 && errno == EAGAIN)
		return 0;
	fd_close(&s->fd);
	return -1;
}

bool program_has_read(const struct program *pr)
{
	long waiting = fd_waiting(pr->in >= 0 ? pr->in : pr->back);

	return waiting < 0 || (uint64_t)waiting < pr->written;
}

bool program_is_stuck(const struct program *pr)
{
	if (pr->pid == 0 || pr->in < 0 || (pr->ready && pr->sent < pr->send.length) || fd_waiting(pr->in) != 0)
		return false;
	/* An answer may be there that nobody has had the time to read. */
	return process_is_reading(pr->pid, 0) && fd_waiting(pr->side[PROGRAM_OUT].fd) <= 0 &&
	       fd_waiting(pr->side[PROGRAM_STATUSES].fd) <= 0;
}

bool program_is_running(const struct program *pr)
{
	return pr->pid > 0 && process_is_running(pr->pid);
}

void program_signal(const struct program *pr, int signal)
{
	kill(-pr->group, signal);
	if (pr->pid > 0 && getpgid(pr->pid) != pr->group)
		kill(pr->pid, signal);
}
