/*
 * What wakes the worker matters more than what it does then: a job that prints nothing must cost one wake-up, its
 * death. While the program runs the runner holds the write ends of the job's pipes itself, so that they never come to
 * end of file by the program's closing them; after the reaping it closes them and asks with one poll what is left:
 * mostly end of file on both.
 */
#include "worker/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/term.h"

enum {
	RUNNER_READ = 64 * 1024,
	RUNNER_REST = 2 * 1024 * 1024, /* bytes that two pipes hold at most */
};

/* How long a descendant may keep a pipe of an ended program open before the task counts as over. */
static const nsec_t RUNNER_GRACE = 250 * NSEC_PER_MSEC;

/* Nobody tells when the last process of a group ends: it is looked for so often while a job is being ended. */
static const nsec_t RUNNER_LOOK = 10 * NSEC_PER_MSEC;

static bool runner_has_init(const struct runner *r)
{
	return r->config->init && r->config->init->count > 0;
}

void runner_init(struct runner *r, const struct worker_config *config, struct buf *send, struct initshell *shell,
                 char **environment)
{
	memset(r, 0, sizeof *r);
	r->config = config;
	r->send = send;
	r->shell = shell;
	r->keeps_shell = config->keep_shell && !runner_has_init(r) && !config->tty && wait_left_behind(0) >= 0;
	for (int i = 0; i < RUNNER_PIPES; i++)
		r->read_end[i] = r->write_end[i] = -1;
	r->timeout_at = r->drain_until = r->step_at = r->look_at = NSEC_NEVER;
	jobenv_init(&r->env, environment, config->slot, config->manager, config->slot_variable);
}

/* -- Starting -- */

static char **runner_words(struct runner *r, const struct task_message *m)
{
	size_t used = 0, needed = m->argc + 5;
	const char *word = m->words;
	uint32_t first = m->flags & TASK_DIRECTORY ? 1 : 0;

	if (first)
		word += strlen(word) + 1;
	if (needed > r->argv_room) {
		r->argv_room = mem_grow(r->argv_room, needed);
		r->argv = mem_resize_array(r->argv, r->argv_room, sizeof *r->argv);
	}
	if (m->flags & TASK_SHELL) {
		r->argv[used++] = (char *)r->config->shell;
		if (r->config->preamble) {
			r->argv[used++] = (char *)"-C";
			r->argv[used++] = (char *)r->config->preamble;
		}
		r->argv[used++] = (char *)"-c";
	}
	for (uint32_t i = first; i < m->argc; i++) {
		r->argv[used++] = (char *)word;
		word += strlen(word) + 1;
	}
	r->argv[used] = NULL;
	return r->argv;
}

static void runner_close_pipes(struct runner *r)
{
	for (int i = 0; i < RUNNER_PIPES; i++) {
		fd_close(&r->read_end[i]);
		fd_close(&r->write_end[i]);
	}
}

static int runner_open_pipes(struct runner *r)
{
	if (r->config->ungrouped)
		return 0;
	for (int i = 0; i < RUNNER_PIPES; i++) {
		int ends[2];

		if ((r->in_shell ? initshell_open_pipe(r->shell, i, ends) : fd_pipe(ends)) < 0) {
			runner_close_pipes(r);
			return -1;
		}
		r->read_end[i] = ends[0];
		r->write_end[i] = ends[1];
	}
	return 0;
}

/* Whether the task goes to the shell that stays, which is started where there is none. */
static bool runner_takes_shell(struct runner *r, const struct task_message *m)
{
	if (runner_has_init(r))
		return true;
	if (!r->keeps_shell || !initshell_suits(r->config->shell_kind, m))
		return false;
	if (r->shell->pid > 0 && r->shell->answers >= 0)
		return true;
	initshell_release(r->shell);
	if (initshell_start(r->shell, r->config, r->env.list) == 0)
		return true;
	/* Whatever stands in the way, the task meets it too, and tells of it. */
	initshell_release(r->shell);
	return false;
}

/* Starts the program. Returns 0, or -1 with errno and *in_exec as of spawn_start. */
static int runner_launch(struct runner *r, const struct task_message *m, bool *in_exec)
{
	struct spawn s = {
		.fds = {-1, r->write_end[0], r->write_end[1], -1, -1},
		.directory = m->flags & TASK_DIRECTORY ? m->words : NULL,
		.foreground = r->config->tty,
		.own_group = true,
		.announce = r->config->board->job,
	};

	*in_exec = false;
	if (r->in_shell) {
		r->pid = r->shell->pid;
		*r->config->board->job = r->pid;
		return initshell_run(r->shell, m, r->write_end[0] >= 0);
	}
	jobenv_set_task(&r->env, m->sequence, m->try);
	s.argv = runner_words(r, m);
	s.envp = r->env.list;
	r->pid = spawn_start(&s, &r->path, in_exec);
	return r->pid < 0 ? -1 : 0;
}

static void runner_rest(struct runner *r)
{
	r->state = RUNNER_IDLE;
	r->timeout_at = r->drain_until = r->step_at = r->look_at = NSEC_NEVER;
	*r->config->board->job = 0;
}

static void runner_report(struct runner *r)
{
	if (r->config->tty)
		term_give(0, r->config->group);
	message_done(r->send, r->config->slot, &r->done);
	runner_rest(r);
}

static enum runner_answer runner_not_started(struct runner *r, int error, bool in_exec, bool last)
{
	/* Of this process's own descriptors only strays may be closed one day. */
	bool own = error == EMFILE && r->stray_count > 0;
	bool temporary = !in_exec && (own || error == EAGAIN || error == ENOMEM || error == ENFILE);

	runner_close_pipes(r);
	*r->config->board->job = 0;
	/* A shell that takes no task has ended, which its death will tell. */
	if ((temporary && !last) || error == EPIPE)
		return RUNNER_LATER;
	r->done.cause = DONE_NOT_STARTED;
	r->done.value = error;
	runner_report(r);
	return RUNNER_REPORTED;
}

enum runner_answer runner_start(struct runner *r, const struct task_message *m, bool last)
{
	bool in_exec = false;

	memset(&r->done, 0, sizeof r->done);
	r->done.id = m->id;
	r->done.peak_rss = -1;
	r->done.start = clock_real();
	r->in_shell = runner_takes_shell(r, m);
	if (runner_open_pipes(r) < 0)
		return runner_not_started(r, errno, false, last);
	r->started = clock_now();
	r->config->board->begun = m->id;
	if (runner_launch(r, m, &in_exec) < 0)
		return runner_not_started(r, errno, in_exec, last);
	r->state = RUNNER_RUNS;
	r->step = 0;
	r->stopped_at = 0;
	r->timeout_at = m->timeout ? r->started + m->timeout : NSEC_NEVER;
	return RUNNER_STARTED;
}

/* -- Output -- */

/* Reads once from a pipe that has something, and sends it on. Returns false at end of file. */
static bool runner_relay(struct runner *r, int which)
{
	enum message_type type = which == 0 ? MESSAGE_OUTPUT : MESSAGE_ERRORS;
	size_t mark = message_begin_data(r->send, r->config->slot, type, r->done.id);
	ssize_t n;

	buf_reserve(r->send, RUNNER_READ);
	n = fd_read(r->read_end[which], r->send->data + r->send->length, RUNNER_READ);
	if (n <= 0) {
		r->send->length = mark;
		return n < 0 && errno == EAGAIN;
	}
	r->send->length += (size_t)n;
	frame_end(r->send, mark);
	return true;
}

/* A stray pipe is read so that its writer is neither stalled nor killed. When there are too many the oldest is given
   up. */
static void runner_keep_stray(struct runner *r, int *fd)
{
	if (r->stray_count == RUNNER_STRAYS) {
		fd_close(&r->strays[0]);
		memmove(&r->strays[0], &r->strays[1], (RUNNER_STRAYS - 1) * sizeof r->strays[0]);
		r->stray_count--;
	}
	r->strays[r->stray_count++] = *fd;
	*fd = -1;
}

static void runner_discard_stray(struct runner *r, size_t which)
{
	char bytes[16 * 1024];

	if (fd_read(r->strays[which], bytes, sizeof bytes) > 0)
		return;
	fd_close(&r->strays[which]);
	r->strays[which] = r->strays[--r->stray_count];
}

nfds_t runner_poll_fill(const struct runner *r, struct pollfd *fds, bool with_output)
{
	nfds_t count = 0;

	for (int i = 0; with_output && i < RUNNER_PIPES; i++) {
		if (r->read_end[i] >= 0)
			fds[count++] = (struct pollfd){.fd = r->read_end[i], .events = POLLIN};
	}
	/* They stand last, in the order of strays. */
	for (size_t i = 0; i < r->stray_count; i++)
		fds[count++] = (struct pollfd){.fd = r->strays[i], .events = POLLIN};
	return count;
}

static bool runner_is_ready(const struct pollfd *fds, nfds_t count, int fd)
{
	for (nfds_t i = 0; fd >= 0 && i < count; i++) {
		if (fds[i].fd == fd)
			return fds[i].revents != 0;
	}
	return false;
}

/* -- The end of a task -- */

static int runner_value(int status)
{
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static bool runner_is_open(const struct runner *r)
{
	return r->read_end[0] >= 0 || r->read_end[1] >= 0;
}

/* Whether some process of the job's group is still there after the job has ended. A shell that stays is in that group
   too. */
static bool runner_group_lives(const struct runner *r)
{
	if (r->in_shell && r->shell->pid > 0)
		return wait_left_behind(r->pid) == 1;
	return kill(-r->pid, 0) == 0;
}

/* After two KILLs what is left are corpses that their new parent does not reap, or processes that only the kernel can
   let go. */
static bool runner_waits_for_group(const struct runner *r)
{
	return r->step_at != NSEC_NEVER && r->step < r->config->ladder->count + 2 && runner_group_lives(r);
}

/* What a job left running stays in the group of its shell, and must not be ended with a later job. */
static void runner_part_with_group(struct runner *r)
{
	if (r->in_shell && !runner_has_init(r) && r->shell->pid > 0 && wait_left_behind(r->shell->pid) != 0) {
		kill(r->shell->pid, SIGKILL);
		initshell_release(r->shell);
		r->shell->pid = 0;
	}
}

static void runner_finish_if_over(struct runner *r)
{
	if (r->state != RUNNER_DRAINS || runner_is_open(r))
		return;
	if (!runner_waits_for_group(r)) {
		runner_part_with_group(r);
		runner_report(r);
	} else {
		r->look_at = clock_now() + RUNNER_LOOK;
	}
}

/* Takes what the pipes of an ended program still hold, without waiting; but not all that is added by one that it left
   behind and that writes without end. */
static void runner_drain(struct runner *r)
{
	struct pollfd fds[RUNNER_PIPES];
	size_t most = r->send->length + RUNNER_REST;
	bool more = true;

	while (more && runner_is_open(r) && r->send->length < most) {
		more = false;
		for (int i = 0; i < RUNNER_PIPES; i++)
			fds[i] = (struct pollfd){.fd = r->read_end[i], .events = POLLIN};
		if (poll(fds, RUNNER_PIPES, 0) <= 0)
			return;
		for (int i = 0; i < RUNNER_PIPES; i++) {
			if (r->read_end[i] < 0 || fds[i].revents == 0)
				continue;
			more = true;
			if (!(fds[i].revents & POLLIN) || !runner_relay(r, i))
				fd_close(&r->read_end[i]);
		}
	}
}

void runner_poll_ready(struct runner *r, const struct pollfd *fds, nfds_t count)
{
	nfds_t pipes = count - r->stray_count;

	for (int i = 0; i < RUNNER_PIPES; i++) {
		if (runner_is_ready(fds, pipes, r->read_end[i]) && !runner_relay(r, i))
			fd_close(&r->read_end[i]);
	}
	for (size_t i = r->stray_count; i-- > 0;) {
		if (fds[pipes + i].revents != 0)
			runner_discard_stray(r, i);
	}
	runner_finish_if_over(r);
}

/* The signal that is to end a job may end its shell first: the job itself still has the time of the ladder. */
static void runner_limit_drain(struct runner *r, nsec_t now)
{
	bool job_lives = r->in_shell && r->shell->pid == 0 && runner_waits_for_group(r);

	r->look_at = job_lives ? now + RUNNER_LOOK : NSEC_NEVER;
	r->drain_until = job_lives ? NSEC_NEVER : now + RUNNER_GRACE;
}

static void runner_ended(struct runner *r, int status)
{
	r->done.run_time = clock_now() - r->started;
	r->done.value = runner_value(status);
	if (r->done.cause == 0) {
		r->done.cause = r->done.value < 0 ? DONE_SIGNALLED : DONE_EXITED;
		r->done.value = abs(r->done.value);
	}
	r->timeout_at = NSEC_NEVER;
	r->state = RUNNER_DRAINS;
	for (int i = 0; i < RUNNER_PIPES; i++)
		fd_close(&r->write_end[i]);
	runner_drain(r);
	if (runner_is_open(r))
		runner_limit_drain(r, clock_now());
	runner_finish_if_over(r);
}

/* A shell that ended of its own accord has not begun the task. */
static void runner_give_back(struct runner *r)
{
	r->keeps_shell = false;
	runner_close_pipes(r);
	message_numbers(r->send, r->config->slot, MESSAGE_BACK, r->done.id, 0);
	runner_rest(r);
}

void runner_reaped(struct runner *r, const struct wait_result *w)
{
	if (r->state != RUNNER_RUNS || w->pid != r->pid)
		return;
	if (r->in_shell && !runner_has_init(r) && WIFEXITED(w->status) && r->step_at == NSEC_NEVER) {
		runner_give_back(r);
		return;
	}
	if (!r->in_shell) {
		r->done.user = w->user;
		r->done.system = w->system;
		r->done.peak_rss = w->peak_rss;
	}
	/* A shell that was killed has left its job alone; where the job is being ended the ladder sees to it. */
	if (r->in_shell && WIFSIGNALED(w->status) && r->step_at == NSEC_NEVER)
		kill(-r->pid, SIGKILL);
	runner_ended(r, w->status);
}

void runner_shell_status(struct runner *r)
{
	int status;

	if (initshell_answer(r->shell, &status) == 1 && r->state == RUNNER_RUNS && r->in_shell)
		runner_ended(r, status);
}

/* -- Time and signals -- */

/* Signals the whole group, and the program itself where it has joined another one. */
static void runner_kill(const struct runner *r, int signal)
{
	kill(-r->pid, signal);
	if (r->state == RUNNER_RUNS && getpgid(r->pid) != r->pid)
		kill(r->pid, signal);
}

/* How long the ladder rests on a step: the last one is followed by KILL. */
static nsec_t runner_step_wait(const struct runner *r, size_t step)
{
	const struct termseq *ladder = r->config->ladder;

	return step + 1 < ladder->count && ladder->steps[step].wait > 0 ? ladder->steps[step].wait : NSEC_PER_SEC;
}

/* Sends the next signal of the ladder to the whole group. After the last one it is sent again each second: a process
   that cannot be killed now (in the midst of a system call) may be later. */
static void runner_climb(struct runner *r, nsec_t now)
{
	const struct termseq *ladder = r->config->ladder;
	const struct termseq_step *step = &ladder->steps[r->step < ladder->count ? r->step : ladder->count - 1];

	runner_kill(r, step->signal);
	if (step->signal != SIGKILL)
		runner_kill(r, SIGCONT);
	r->stopped_at = 0;
	r->step_at = now + runner_step_wait(r, r->step);
	r->step++;
	if (r->step > ladder->count)
		runner_kill(r, SIGKILL);
}

void runner_cancel(struct runner *r, int signal)
{
	if (r->state == RUNNER_IDLE)
		return;
	if (r->done.cause == 0)
		r->done.cause = DONE_CANCELLED;
	if (signal == SIGKILL) {
		r->step = r->config->ladder->count;
		runner_climb(r, clock_now());
	} else if (r->step_at == NSEC_NEVER) {
		runner_kill(r, signal);
		runner_kill(r, SIGCONT);
		r->step = 1;
		r->step_at = clock_now() + runner_step_wait(r, 0);
	}
}

void runner_signal(struct runner *r, int signal)
{
	nsec_t now = clock_now();

	if (r->state == RUNNER_IDLE)
		return;
	runner_kill(r, signal);
	if (signal == SIGTSTP && r->stopped_at == 0)
		r->stopped_at = now;
	if (signal == SIGCONT && r->stopped_at != 0) {
		/* The time that a job stood still does not count against its limit. */
		if (r->timeout_at != NSEC_NEVER)
			r->timeout_at += now - r->stopped_at;
		r->stopped_at = 0;
	}
}

nsec_t runner_deadline(const struct runner *r)
{
	nsec_t at = r->stopped_at ? NSEC_NEVER : r->timeout_at;

	if (r->drain_until < at)
		at = r->drain_until;
	if (r->look_at < at)
		at = r->look_at;
	return r->step_at < at ? r->step_at : at;
}

void runner_tick(struct runner *r, nsec_t now)
{
	if (r->state == RUNNER_RUNS && now >= r->timeout_at && r->stopped_at == 0) {
		r->timeout_at = NSEC_NEVER;
		if (r->done.cause == 0) {
			r->done.cause = DONE_TIMEOUT;
			r->step = 0;
			r->step_at = now;
		}
	}
	if (r->state == RUNNER_DRAINS && now >= r->look_at && runner_is_open(r))
		runner_limit_drain(r, now);
	if (now >= r->drain_until) {
		r->drain_until = NSEC_NEVER;
		for (int i = 0; i < RUNNER_PIPES; i++) {
			if (r->read_end[i] >= 0)
				runner_keep_stray(r, &r->read_end[i]);
		}
	}
	runner_finish_if_over(r);
	if (r->state != RUNNER_IDLE && now >= r->step_at)
		runner_climb(r, now);
}
