/*
 * The pool with workers that are forked here and do what a script says: whatever they are sent, each frame makes them
 * take the next step.
 */
#include "pool/pool.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/fd.h"
#include "os/sig.h"
#include "os/wait.h"
#include "tap.h"
#include "wire/link.h"

static struct loop *loop;
static struct pool *pool;
static struct watch signals;
static struct buf text;
static struct pool_config config;
static bool refusing;
static const char *script; /* of the workers to be started: a letter for each task, the last one for all further ones */
static int ask[2], tell[2]; /* a held worker says so, and goes on when a byte comes */

/*
 * What a worker does with a task:
 *
 *     d  reports it done             o  prints its words and reports it done
 *     b  gives it back               q  says nothing
 *     x  begins it and dies          X  dies without beginning it
 *     h  begins it and says so; is done with it when told to
 *     g  begins it and answers with what is no frame
 *
 * A script of "i" is a worker whose initializer fails.
 */
static void work(struct wire_link *l, unsigned slot, const struct task_message *m, char step, struct board *board)
{
	struct done_message done = {.id = m->id, .cause = DONE_EXITED, .run_time = 1000, .peak_rss = -1};
	size_t mark;
	char byte;

	switch (step) {
	case 'X':
		raise(SIGKILL);
		break;
	case 'x':
		board->begun = m->id;
		raise(SIGKILL);
		break;
	case 'b':
		message_numbers(&l->send, slot, MESSAGE_BACK, m->id, 0);
		return;
	case 'q':
		return;
	case 'g':
		board->begun = m->id;
		buf_add(&l->send, "no frame\n", 9);
		return;
	case 'h':
		board->begun = m->id;
		fd_write_all(ask[1], "x", 1);
		fd_read(tell[0], &byte, 1);
		break;
	case 'o':
		mark = message_begin_data(&l->send, slot, MESSAGE_OUTPUT, m->id);
		buf_add(&l->send, m->words, m->bytes - 1);
		frame_end(&l->send, mark);
		break;
	default:
		break;
	}
	board->begun = m->id;
	message_done(&l->send, slot, &done);
}

/* Obeys what came. Returns false at the end. */
static bool obey(struct wire_link *l, unsigned slot, const struct frame *f, struct board *board, const char **step)
{
	struct task_message m;
	struct done_message done = {.cause = DONE_CANCELLED, .peak_rss = -1};
	uint64_t a = 0, b = 0;

	if (message_parse_task(f, &m) == 0) {
		work(l, slot, &m, **step, board);
		*step += (*step)[1] != '\0';
		return true;
	}
	message_parse_numbers(f, &a, &b);
	if (f->type == MESSAGE_CANCEL) {
		done.id = a;
		done.value = -(int)b;
		message_done(&l->send, slot, &done);
	}
	return f->type != MESSAGE_BYE;
}

static int body(void *arg, unsigned slot, int in, int out, struct board *board)
{
	struct wire_link l;
	const char *step = script;
	bool lives = *script != 'i';
	struct frame f;
	size_t mark;

	(void)arg;
	link_init(&l, in, out);
	fd_set_nonblock(in, false);
	fd_set_nonblock(out, false);
	message_numbers(&l.send, slot, MESSAGE_HELLO, MESSAGE_VERSION, (uint64_t)getpid());
	mark = message_begin_data(&l.send, slot, MESSAGE_READY, lives ? 0 : 1 + 3);
	frame_end(&l.send, mark);
	link_flush(&l);
	while (lives && link_read(&l) == 1) {
		while (lives && link_peek(&l, &f) == 1) {
			lives = obey(&l, slot, &f, board, &step);
			link_take(&l, &f);
			link_flush(&l);
		}
	}
	link_release(&l);
	return 0;
}

static void detach(void *arg)
{
	(void)arg;
	loop_abandon(loop);
}

/* -- Events -- */

static void note(const char *word, uint64_t number)
{
	buf_add_format(&text, "%s%s%d", text.length ? " " : "", word, (int)number);
}

static bool on_output(void *arg, uint64_t id, int which, const char *bytes, size_t length)
{
	(void)arg;
	(void)which;
	if (refusing)
		return false;
	note("out", id);
	buf_add_char(&text, ':');
	buf_add(&text, bytes, length);
	return true;
}

static void on_done(void *arg, unsigned slot, const struct done_message *m)
{
	(void)arg;
	(void)slot;
	note(m->cause == DONE_CANCELLED ? "cancelled" : "done", m->id);
}

static void on_back(void *arg, uint64_t id)
{
	(void)arg;
	note("back", id);
}

static void on_lost(void *arg, unsigned slot, uint64_t id, int status)
{
	(void)arg;
	(void)slot;
	note(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? "lost" : "odd", id);
}

static void on_vanished(void *arg, unsigned slot, pid_t pid, int status, const char *words)
{
	(void)arg;
	(void)status;
	(void)words;
	note(pid > 1 ? "vanished" : "odd", slot);
}

static void on_init_failed(void *arg, unsigned slot, int status)
{
	(void)arg;
	(void)slot;
	note("init", (uint64_t)status);
}

static void on_start_failed(void *arg, unsigned slot, int code)
{
	(void)arg;
	(void)code;
	note("start", slot);
}

static const struct pool_events events = {
	.output = on_output,
	.done = on_done,
	.back = on_back,
	.lost = on_lost,
	.vanished = on_vanished,
	.init_failed = on_init_failed,
	.start_failed = on_start_failed,
};

static void on_signal(struct watch *w, unsigned what)
{
	int signo;

	(void)w;
	(void)what;
	while ((signo = sig_next()) != 0) {
		if (signo == SIGCHLD)
			pool_reap(pool);
	}
}

/* -- Driving -- */

static void begin(unsigned size, size_t prefetch, const char *steps)
{
	config = (struct pool_config){
		.size = size, .prefetch = prefetch, .body = body, .detach = detach, .detach_arg = NULL};
	script = steps;
	refusing = false;
	buf_reset(&text);
	loop = loop_new();
	loop_add(loop, &signals);
	pool = pool_new(loop, &config, &events, NULL);
}

static unsigned submit(uint64_t id)
{
	struct task_message m = {.id = id, .sequence = id, .try = 1, .argc = 1, .words = "word", .bytes = 5};
	unsigned slot = pool_room(pool);

	if (slot > 0)
		pool_submit(pool, slot, &m);
	return slot;
}

/* Lets the loop turn until the events so far are want, and returns them. A wrong event never matches: the alarm then
   ends the test. */
static const char *turn_until(const char *want)
{
	pool_flush(pool);
	while (strcmp(buf_text(&text), want) != 0 && text.length < strlen(want))
		loop_once(loop);
	return buf_text(&text);
}

static void turn_until_gone(void)
{
	pool_close(pool);
	pool_flush(pool);
	while (pool_workers(pool) > 0)
		loop_once(loop);
}

static void end(void)
{
	pool_free(pool);
	loop_remove(loop, &signals);
	loop_free(loop);
}

/* Until a worker holds its task. */
static void wait_until_held(void)
{
	char byte;

	pool_flush(pool);
	fd_read(ask[0], &byte, 1);
}

static void let_go(void)
{
	fd_write_all(tell[1], "x", 1);
}

/* -- Tests -- */

static void test_plain(void)
{
	begin(1, 1, "d");
	OK(pool_workers(pool) == 0 && pool_has_room(pool) && pool_size(pool) == 1, "at first no worker runs");
	OK(submit(1) == 1 && pool_workers(pool) == 1, "the first task starts one");
	OK(pool_room(pool) == 0 && !pool_has_room(pool), "which has no room for a second");
	SAME(turn_until("done1"), "done1", "the task is done");
	OK(submit(2) == 1 && pool_workers(pool) == 1, "the same worker gets the next");
	SAME(turn_until("done1 done2"), "done1 done2", "and is done with it");
	turn_until_gone();
	SAME(buf_text(&text), "done1 done2", "a closed pool ends without a word");
	OK(submit(3) == 1, "a task may come after all");
	SAME(turn_until("done1 done2 done3"), "done1 done2 done3", "and is done by a new worker");
	turn_until_gone();
	end();
	OK(waitpid(-1, NULL, WNOHANG) == -1, "freeing the pool leaves no process");
}

static void test_several(void)
{
	begin(3, 1, "h");
	OK(submit(1) == 1 && submit(2) == 2 && submit(3) == 3 && submit(4) == 0, "each task has a slot of its own");
	for (int i = 0; i < 3; i++)
		wait_until_held();
	OK(pool_workers(pool) == 3, "three workers are at work at once");
	for (int i = 0; i < 3; i++)
		let_go();
	while (text.length < strlen("done1 done2 done3"))
		loop_once(loop);
	OK(submit(4) == 1, "the lowest free slot is taken first");
	let_go();
	turn_until_gone();
	end();
}

static void test_output(void)
{
	begin(1, 1, "o");
	submit(1);
	SAME(turn_until("out1:word done1"), "out1:word done1", "output comes before the result");
	refusing = true;
	submit(2);
	pool_flush(pool);
	while (!pool_is_held(pool))
		loop_once(loop);
	SAME(buf_text(&text), "out1:word done1", "output that is refused is held, and the result with it");
	refusing = false;
	pool_resume(pool);
	SAME(turn_until("out1:word done1 out2:word done2"), "out1:word done1 out2:word done2",
	     "it is offered again, once");
	OK(!pool_is_held(pool), "then nothing is held");
	turn_until_gone();
	end();
}

static void test_back(void)
{
	begin(1, 1, "bd");
	submit(1);
	SAME(turn_until("back1"), "back1", "a task may come back");
	OK(submit(2) == 1, "its worker takes another");
	SAME(turn_until("back1 done2"), "back1 done2", "and does it");
	turn_until_gone();
	end();
}

static void test_prefetch(void)
{
	begin(1, 4, "dh");
	submit(1);
	turn_until("done1");
	submit(2);
	OK(submit(3) == 1 && submit(4) == 1, "a worker of short tasks gets more than one");
	OK(submit(5) == 1 && submit(6) == 0, "up to the limit");
	wait_until_held();
	for (int i = 0; i < 4; i++)
		let_go();
	SAME(turn_until("done1 done2 done3 done4 done5"), "done1 done2 done3 done4 done5", "and does them in order");
	turn_until_gone();
	end();
}

static void test_lost(void)
{
	begin(1, 4, "dqqx");
	submit(1);
	turn_until("done1");
	submit(2);
	submit(3);
	submit(4);
	submit(5);
	script = "d";
	SAME(turn_until("done1 vanished1 lost2 lost3 lost4 back5"), "done1 vanished1 lost2 lost3 lost4 back5",
	     "of a dead worker's tasks those begun are lost, the others come back");
	OK(submit(5) == 1, "the slot gets a new worker");
	SAME(turn_until("done1 vanished1 lost2 lost3 lost4 back5 done5"),
	     "done1 vanished1 lost2 lost3 lost4 back5 done5", "which does what came back");
	turn_until_gone();
	end();
}

static void test_garbage(void)
{
	begin(1, 4, "dgq");
	submit(1);
	turn_until("done1");
	submit(2);
	submit(3);
	script = "d";
	SAME(turn_until("done1 vanished1 lost2 back3"), "done1 vanished1 lost2 back3",
	     "a worker from which comes what is no frame is lost, and its tasks as those of one that died");
	OK(submit(3) == 1, "another one takes its place");
	SAME(turn_until("done1 vanished1 lost2 back3 done3"), "done1 vanished1 lost2 back3 done3",
	     "and does what came back");
	turn_until_gone();
	end();
}

static void test_never_begun(void)
{
	begin(1, 1, "X");
	submit(1);
	SAME(turn_until("vanished1 back1"), "vanished1 back1", "a task that a dead worker had not begun comes back");
	end();
}

/* A worker that dies at each task: its slot is given up in the end. */
static void test_hopeless(void)
{
	uint64_t tries = 0;

	begin(1, 1, "X");
	while (!pool_is_dead(pool) && tries < 50) {
		if (pool_has_room(pool) && submit(1) > 0)
			tries++;
		pool_flush(pool);
		if (!pool_is_dead(pool))
			loop_once(loop);
	}
	OK(pool_is_dead(pool) && tries > 1 && tries < 20, "a slot whose workers keep dying is given up");
	OK(pool_room(pool) == 0 && !pool_has_room(pool), "then there is no room any more");
	end();
}

static void test_init_failed(void)
{
	begin(1, 1, "i");
	submit(1);
	SAME(turn_until("init3 back1"), "init3 back1", "an initializer that failed is told with its status");
	OK(pool_room(pool) == 0 && pool_is_dead(pool), "no worker is started in its place");
	end();
}

static void test_max_tasks(void)
{
	begin(1, 1, "d");
	pool_free(pool);
	config.max_tasks = 2;
	pool = pool_new(loop, &config, &events, NULL);
	submit(1);
	turn_until("done1");
	submit(2);
	OK(pool_room(pool) == 0, "after its last task a worker takes no more");
	turn_until("done1 done2");
	while (pool_workers(pool) > 0)
		loop_once(loop);
	OK(submit(3) == 1, "another one takes its place");
	SAME(turn_until("done1 done2 done3"), "done1 done2 done3", "and goes on");
	turn_until_gone();
	end();
}

static void test_resize(void)
{
	begin(1, 1, "h");
	submit(1);
	OK(submit(2) == 0, "a pool of one has room for one");
	pool_resize(pool, 2);
	OK(pool_size(pool) == 2 && submit(2) == 2, "a larger one for more");
	wait_until_held();
	wait_until_held();
	pool_resize(pool, 1);
	pool_flush(pool);
	let_go();
	let_go();
	while (pool_workers(pool) > 1)
		loop_once(loop);
	while (text.length < strlen("done1 done2"))
		loop_once(loop);
	OK(submit(3) == 1 && submit(4) == 0, "when it is made smaller the surplus worker ends after its task");
	let_go();
	turn_until_gone();
	end();
}

static void test_cancel(void)
{
	begin(2, 1, "q");
	submit(1);
	submit(2);
	pool_cancel(pool, 1, 1, SIGTERM);
	SAME(turn_until("cancelled1"), "cancelled1", "a task under way is cancelled");
	pool_cancel_all(pool, SIGTERM);
	SAME(turn_until("cancelled1 cancelled2"), "cancelled1 cancelled2", "and so are all that are left");
	turn_until_gone();
	end();
}

static void test_free(void)
{
	begin(2, 1, "h");
	submit(1);
	submit(2);
	wait_until_held();
	wait_until_held();
	end();
	OK(waitpid(-1, NULL, WNOHANG) == -1, "freeing a pool at work leaves no process");
}

int main(void)
{
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	/* Not close-on-exec: workers keep only what is given to them. */
	if (pipe(ask) < 0 || pipe(tell) < 0)
		return 99;
	signals = (struct watch){.fd = sig_open(), .want = LOOP_READ, .ready = on_signal};
	sig_catch(SIGCHLD, true);
	test_plain();
	test_several();
	test_output();
	test_back();
	test_prefetch();
	test_lost();
	test_garbage();
	test_never_begun();
	test_hopeless();
	test_init_failed();
	test_max_tasks();
	test_resize();
	test_cancel();
	test_free();
	buf_release(&text);
	fd_close(&ask[0]);
	fd_close(&ask[1]);
	fd_close(&tell[0]);
	fd_close(&tell[1]);
	sig_reset_child();
	return tap_end();
}
