/*
 * One loop, one wait: the link, the job's pipes and the death of children. Reports are gathered and sent when there is
 * nothing left to do, when they are many, or when the oldest has waited for WORKER_FLUSH: short tasks then cost the
 * manager one wake-up for several. A task that lies behind one that takes long is given back, so that another worker
 * may have it.
 */
#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/sig.h"
#include "os/wait.h"
#include "wire/link.h"
#include "wire/message.h"
#include "worker/initshell.h"
#include "worker/runner.h"

enum {
	WORKER_SEND_MAX = 256 * 1024, /* bytes not taken by the manager: the job is not read any more */
	WORKER_SEND_SOON = 32 * 1024, /* bytes that are worth a write at once */
	WORKER_WAITS = 200,           /* so many waits fail before it ends, a second and more in all */
	WORKER_START_TRIES = 12,      /* when no process can be made: waits of 5 ms, 10 ms ... 1 s, about 6 s in all */
	WORKER_STARVED = 5,           /* after so many of these the manager is told */
};

static const nsec_t WORKER_FLUSH = 8 * NSEC_PER_MSEC;     /* a report waits at most so long for company */
static const nsec_t WORKER_GIVE_BACK = 5 * NSEC_PER_MSEC; /* a queued task waits at most so long behind another */

static const nsec_t WORKER_LAST_GRACE = 200 * NSEC_PER_MSEC; /* for an initializer that is not needed any more */

struct queued {
	struct list node;
	struct task_message task; /* its words are in `words` */
	char words[];
};

struct worker {
	const struct worker_config *config;
	struct wire_link link;
	struct runner runner;
	struct initshell shell;
	struct list queue;   /* struct queued */
	bool has_shell;      /* there is an initializer, and every task goes to its shell */
	bool closing;        /* BYE came: end when nothing is left to do */
	bool orphaned;       /* the manager is gone */
	bool garbled;        /* what came from it can be no frame */
	bool greeting;       /* only the greeting is to be sent, which can wait for the first report */
	bool broken;         /* the initializer's shell has ended: no further task can be executed */
	bool deserted;       /* ... and no one had asked for that */
	nsec_t flush_at;     /* NSEC_NEVER while there is nothing to send */
	nsec_t give_back_at; /* NSEC_NEVER while nothing waits behind the running task */
	nsec_t start_at;     /* when to try again to start the first task of the queue */
	int start_tries;
	int waits_failed; /* in a row */
};

/* -- Messages from the manager -- */

static void worker_enqueue(struct worker *w, const struct frame *f)
{
	struct task_message m;
	struct queued *q;

	if (message_parse_task(f, &m) < 0)
		return;
	q = mem_alloc(sizeof *q + m.bytes);
	memcpy(q->words, m.words, m.bytes);
	q->task = m;
	q->task.words = q->words;
	list_append(&w->queue, &q->node);
}

static void worker_back(struct worker *w, struct queued *q)
{
	message_numbers(&w->link.send, w->config->slot, MESSAGE_BACK, q->task.id, 0);
	list_remove(&q->node);
	free(q);
	w->start_at = 0;
	w->start_tries = 0;
}

static void worker_recall(struct worker *w)
{
	LIST_EACH (node, following, &w->queue)
		worker_back(w, LIST_ENTRY(node, struct queued, node));
	w->flush_at = 0;
}

/* A cancel that names no task is for a shell that takes long to end. */
static void worker_cancel(struct worker *w, uint64_t id, int signal)
{
	if (id == 0 && w->closing && w->has_shell && w->shell.pid > 0)
		kill(-w->shell.pid, signal);
	if (w->runner.state != RUNNER_IDLE && w->runner.done.id == id) {
		runner_cancel(&w->runner, signal);
		return;
	}
	LIST_EACH (node, following, &w->queue) {
		struct queued *q = LIST_ENTRY(node, struct queued, node);

		if (q->task.id == id) {
			worker_back(w, q);
			w->flush_at = 0;
		}
	}
}

static void worker_obey(struct worker *w, const struct frame *f)
{
	uint64_t a = 0, b = 0;

	w->greeting = false;
	if (f->type == MESSAGE_TASK) {
		worker_enqueue(w, f);
		return;
	}
	if (message_parse_numbers(f, &a, &b) < 0)
		return;
	switch (f->type) {
	case MESSAGE_CANCEL:
		worker_cancel(w, a, (int)b);
		break;
	case MESSAGE_RECALL:
		worker_recall(w);
		break;
	case MESSAGE_SIGNAL:
		runner_signal(&w->runner, (int)b);
		break;
	case MESSAGE_BYE:
		w->closing = true;
		break;
	default:
		break;
	}
}

static void worker_orphan(struct worker *w)
{
	w->orphaned = true;
	fd_close(&w->link.in);
	LIST_EACH (node, following, &w->queue) {
		list_remove(node);
		free(LIST_ENTRY(node, struct queued, node));
	}
	runner_cancel(&w->runner, w->config->ladder->steps[0].signal);
}

static void worker_read(struct worker *w)
{
	struct frame f;
	int got;

	if (link_read(&w->link) < 0) {
		worker_orphan(w);
		return;
	}
	while ((got = link_peek(&w->link, &f)) == 1) {
		link_take(&w->link, &f);
		worker_obey(w, &f);
	}
	w->garbled = got < 0;
	if (w->garbled)
		worker_orphan(w);
}

/* -- Tasks -- */

static void worker_start_next(struct worker *w, nsec_t now)
{
	struct queued *q = LIST_ENTRY(w->queue.next, struct queued, node);
	bool last = w->start_tries + 1 >= WORKER_START_TRIES;

	if (runner_start(&w->runner, &q->task, last) == RUNNER_LATER) {
		nsec_t wait = (5 * NSEC_PER_MSEC) << (w->start_tries < 8 ? w->start_tries : 8);

		w->start_tries++;
		w->start_at = now + (wait < NSEC_PER_SEC ? wait : NSEC_PER_SEC);
		if (w->start_tries == WORKER_STARVED) {
			message_numbers(&w->link.send, w->config->slot, MESSAGE_STARVED, q->task.id, 0);
			w->flush_at = 0;
		}
		return;
	}
	w->start_at = 0;
	w->start_tries = 0;
	list_remove(&q->node);
	free(q);
	w->give_back_at = now + WORKER_GIVE_BACK;
}

static bool worker_takes_tasks(const struct worker *w)
{
	return !w->broken && !w->orphaned && (!w->has_shell || w->shell.ready);
}

static void worker_start_tasks(struct worker *w, nsec_t now)
{
	while (w->runner.state == RUNNER_IDLE && !list_empty(&w->queue) && worker_takes_tasks(w) &&
	       now >= w->start_at) {
		worker_start_next(w, now);
		if (w->start_at)
			break;
	}
}

/* The shell behind the initializer has ended. */
static void worker_lose_shell(struct worker *w, int status)
{
	w->broken = true;
	w->deserted = w->shell.ready && w->runner.state == RUNNER_IDLE && !w->closing && !w->orphaned;
	w->shell.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void worker_reap(struct worker *w)
{
	struct wait_result result;

	while (wait_any(&result) == 1) {
		bool was_shell = result.pid == w->shell.pid;

		if (was_shell)
			w->shell.pid = 0;
		if (was_shell && w->has_shell)
			worker_lose_shell(w, result.status);
		runner_reaped(&w->runner, &result);
		if (was_shell && !w->has_shell)
			initshell_release(&w->shell);
	}
}

/* -- The initializer -- */

static void worker_say_ready(struct worker *w, uint64_t failure)
{
	size_t mark = message_begin_data(&w->link.send, w->config->slot, MESSAGE_READY, failure);

	frame_end(&w->link.send, mark);
	w->flush_at = 0;
}

/* The initializer has ended, its shell with it when the worker is broken by now. */
static void worker_initialized(struct worker *w, int status)
{
	w->shell.ready = status == 0 && !w->broken;
	w->shell.failed = !w->shell.ready;
	w->broken = w->shell.failed;
	worker_say_ready(w, w->shell.ready ? 0 : 1 + (uint64_t)status);
}

static void worker_shell_answer(struct worker *w)
{
	int status;

	if (w->shell.ready || !w->has_shell) {
		runner_shell_status(&w->runner);
	} else if (initshell_answer(&w->shell, &status) == 1) {
		*w->config->board->job = 0;
		worker_initialized(w, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	}
}

/* -- The loop -- */

static void worker_flush(struct worker *w, nsec_t now)
{
	size_t unsent = link_unsent(&w->link);
	bool idle = w->runner.state == RUNNER_IDLE && list_empty(&w->queue);

	if (w->orphaned)
		link_close_out(&w->link);
	if (unsent == 0 || w->orphaned || w->greeting) {
		w->flush_at = NSEC_NEVER;
		return;
	}
	if (w->flush_at == NSEC_NEVER)
		w->flush_at = now + WORKER_FLUSH;
	if (!idle && unsent < WORKER_SEND_SOON && now < w->flush_at)
		return;
	switch (link_flush(&w->link)) {
	case 1:
		w->flush_at = NSEC_NEVER;
		break;
	case 0:
		w->flush_at = 0;
		break;
	default:
		worker_orphan(w);
	}
}

/* When tasks go back that wait behind the running one. */
static nsec_t worker_gives_back_at(const struct worker *w)
{
	bool waits = w->runner.state != RUNNER_IDLE && !list_empty(&w->queue);

	return waits && !w->config->board->alone ? w->give_back_at : NSEC_NEVER;
}

static nsec_t worker_deadline(const struct worker *w)
{
	nsec_t at = runner_deadline(&w->runner), back = worker_gives_back_at(w);

	if (w->flush_at > 0 && w->flush_at < at)
		at = w->flush_at;
	if (back < at)
		at = back;
	if (w->runner.state == RUNNER_IDLE && w->start_at && w->start_at < at)
		at = w->start_at;
	return at;
}

static nfds_t worker_poll_fill(const struct worker *w, struct pollfd *fds)
{
	size_t unsent = link_unsent(&w->link);
	nfds_t count = 0;

	fds[count++] = (struct pollfd){.fd = w->link.in, .events = POLLIN};
	fds[count++] = (struct pollfd){.fd = unsent && w->flush_at == 0 ? w->link.out : -1, .events = POLLOUT};
	fds[count++] = (struct pollfd){.fd = w->shell.answers, .events = POLLIN};
	return count + runner_poll_fill(&w->runner, fds + count, unsent < WORKER_SEND_MAX || w->orphaned);
}

/* Deaf for too long: the manager sees the end, and takes the tasks elsewhere. */
static void worker_give_up(struct worker *w)
{
	runner_cancel(&w->runner, SIGKILL);
	_exit(1);
}

static void worker_wait(struct worker *w)
{
	struct pollfd fds[3 + RUNNER_POLLS];
	nfds_t count = worker_poll_fill(w, fds);
	nsec_t at = worker_deadline(w);
	bool ended;

	if (wait_poll(fds, count, at == NSEC_NEVER ? NSEC_NEVER : at - clock_now(), &ended) >= 0)
		w->waits_failed = 0;
	else if (++w->waits_failed == WORKER_WAITS)
		worker_give_up(w);
	if (fds[0].revents)
		worker_read(w);
	runner_poll_ready(&w->runner, fds + 3, count - 3);
	if (fds[2].revents)
		worker_shell_answer(w);
	if (ended)
		worker_reap(w);
}

static bool worker_is_done(const struct worker *w)
{
	if (w->runner.state != RUNNER_IDLE)
		return false;
	if (w->orphaned)
		return true;
	if (link_unsent(&w->link))
		return false;
	return (w->closing && list_empty(&w->queue)) || w->broken;
}

static void worker_tick(struct worker *w, nsec_t now)
{
	runner_tick(&w->runner, now);
	if (w->broken && !w->shell.ready && !w->shell.failed)
		worker_initialized(w, w->shell.status);
	if (w->broken || now >= worker_gives_back_at(w))
		worker_recall(w);
}

static void worker_loop(struct worker *w)
{
	for (;;) {
		nsec_t now = clock_now();

		worker_tick(w, now);
		worker_start_tasks(w, now);
		worker_flush(w, now);
		if (worker_is_done(w))
			return;
		worker_wait(w);
	}
}

/* -- Beginning and end -- */

static void worker_take_terminal(void)
{
	int terminal = fd_open("/dev/tty", O_RDWR, 0);

	if (terminal >= 0)
		dup2(terminal, 0);
	fd_close(&terminal);
}

/* Where the jobs run, and with which priority. A directory that is gone since pp started leaves nothing to run in. */
static int worker_settle(const struct worker_config *config)
{
	if (config->directory && chdir(config->directory) < 0)
		return -1;
	errno = 0;
	return config->nice && nice(config->nice) == -1 && errno ? -1 : 0;
}

/* Jobs have nothing on standard input; where they have pipes of their own, nobody but them holds the manager's outputs
   open. */
static void worker_set_streams(const struct worker_config *config)
{
	int null = fd_open("/dev/null", O_RDWR, 0);

	if (null < 0)
		return;
	if (config->tty)
		worker_take_terminal();
	else
		dup2(null, 0);
	if (!config->ungrouped) {
		dup2(null, 1);
		if (!config->init || config->init->count == 0)
			dup2(null, 2);
	}
	fd_close(&null);
}

static void worker_open_shell(struct worker *w)
{
	w->has_shell = w->config->init && w->config->init->count > 0;
	if (!w->has_shell)
		return;
	if (initshell_start(&w->shell, w->config, w->runner.env.list) < 0) {
		w->broken = true;
		w->shell.status = errno == ENOENT ? 127 : 126;
	}
}

/* An initializer that still runs is ended: nobody needs it any more. */
static void worker_end_initializer(struct worker *w)
{
	bool ended;

	kill(-w->shell.pid, SIGTERM);
	wait_poll(NULL, 0, WORKER_LAST_GRACE, &ended);
	kill(-w->shell.pid, SIGKILL);
}

/* The shell may have an exit trap that takes its time; the manager may still go, or want it to be quicker. */
static void worker_wait_for_shell(struct worker *w)
{
	w->closing = true;
	worker_reap(w);
	while (w->shell.pid > 0) {
		struct pollfd manager = {.fd = w->link.in, .events = POLLIN};
		bool ended;

		wait_poll(&manager, 1, NSEC_NEVER, &ended);
		if (manager.revents)
			worker_read(w);
		if (w->orphaned)
			kill(-w->shell.pid, SIGKILL);
		worker_reap(w);
	}
}

/* The shell behind an initializer ends at the end of its tasks, any other has nothing to see to; what was left running
   in the background is not ended. */
static void worker_close_shell(struct worker *w)
{
	initshell_release(&w->shell);
	if (w->shell.pid <= 0)
		return;
	if (w->orphaned)
		kill(-w->shell.pid, SIGKILL);
	else if (!w->has_shell)
		kill(w->shell.pid, SIGKILL);
	else if (!w->shell.ready && !w->shell.failed)
		worker_end_initializer(w);
	worker_wait_for_shell(w);
}

/* Whose pipes have names that must go with this process. */
static struct initshell *worker_named;

static void worker_out_of_memory(size_t bytes)
{
	(void)bytes;
	initshell_remove_files(worker_named);
}

int worker_main(const struct worker_config *config, int in, int out)
{
	extern char **environ;
	/* In static memory: what it holds to the end can be told from what was lost. */
	static struct worker w;

	w = (struct worker){.config = config, .flush_at = NSEC_NEVER, .give_back_at = NSEC_NEVER};
	setpgid(0, 0);
	sig_deafen();
	worker_set_streams(config);
	if (worker_settle(config) < 0)
		return 1;
	wait_open();
	wait_adopt();
	wait_outlive_parent();
	link_init(&w.link, in, out);
	list_init(&w.queue);
	initshell_init(&w.shell);
	worker_named = &w.shell;
	mem_on_failure(worker_out_of_memory);
	runner_init(&w.runner, config, &w.link.send, &w.shell, environ);
	worker_open_shell(&w);
	message_numbers(&w.link.send, config->slot, MESSAGE_HELLO, MESSAGE_VERSION, (uint64_t)getpid());
	if (!w.has_shell)
		worker_say_ready(&w, 0);
	w.greeting = !w.has_shell;
	worker_loop(&w);
	worker_close_shell(&w);
	return w.deserted || w.garbled ? 1 : 0;
}
