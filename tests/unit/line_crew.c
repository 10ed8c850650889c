/*
 * Line workers over the real loop. The worker is the helper obey: a task is what it does. What the pool tells is
 * written down: the output of a task and its standard error stand behind its end, as "done1<...>(...)".
 */
#include "pool/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/fd.h"
#include "os/process.h"
#include "os/sig.h"
#include "os/wait.h"
#include "pool/roster.h"
#include "tap.h"

static struct loop *loop;
static struct pool *pool;
static struct watch signals;
static struct buf said, printed[10][2];
static bool refusing;
static char obey[4096], directory[] = "/tmp/pp-crew.XXXXXX";
static const char *argv[8];
static const struct termseq ladder = {.count = 2, .steps = {{SIGTERM, 100 * NSEC_PER_MSEC}, {SIGKILL, 0}}};
static struct pool_program program;
static struct pool_config config;

/* -- Events -- */

static void note(const char *word, uint64_t number)
{
	buf_add_format(&said, "%s%s%d", said.length ? " " : "", word, (int)number);
}

static void note_text(const char *word, const char *text)
{
	buf_add_format(&said, "%s%s:%s", said.length ? " " : "", word, text);
}

static bool on_output(void *arg, uint64_t id, int which, const char *bytes, size_t length)
{
	(void)arg;
	if (!refusing)
		buf_add(&printed[id][which - 1], bytes, length);
	return !refusing;
}

/* Long ones by their length. */
static void note_printed(uint64_t id, int which, const char *marks)
{
	struct buf *text = &printed[id][which - 1];

	if (text->length > 0) {
		buf_add_char(&said, marks[0]);
		if (text->length > 100)
			buf_add_format(&said, "%zu", text->length);
		else
			buf_add(&said, text->data, text->length);
		buf_add_char(&said, marks[1]);
	}
	buf_reset(text);
}

static void on_done(void *arg, unsigned slot, const struct done_message *m)
{
	static const char *const words[] = {
		[DONE_EXITED] = "done", [DONE_TIMEOUT] = "late", [DONE_CANCELLED] = "cancelled"};

	(void)arg;
	(void)slot;
	note(words[m->cause], m->id);
	if (m->cause == DONE_EXITED && m->value)
		buf_add_format(&said, "=%d", m->value);
	note_printed(m->id, 1, "<>");
	note_printed(m->id, 2, "()");
}

static void on_back(void *arg, uint64_t id)
{
	(void)arg;
	note("back", id);
}

static void on_lost(void *arg, unsigned slot, uint64_t id, int status)
{
	buf_reset(&printed[id][0]);
	buf_reset(&printed[id][1]);
	(void)arg;
	(void)slot;
	(void)status;
	note("lost", id);
}

static void on_vanished(void *arg, unsigned slot, pid_t pid, int status, const char *words)
{
	(void)arg;
	(void)slot;
	buf_add_format(&said, "%s%s", said.length ? " " : "", pid > 1 ? "" : "odd");
	if (WIFSIGNALED(status))
		buf_add_format(&said, "killed%d", WTERMSIG(status));
	else
		buf_add_format(&said, "exit%d", WEXITSTATUS(status));
	if (*words)
		buf_add_format(&said, ":%s", words);
}

static void on_start_failed(void *arg, unsigned slot, int code)
{
	(void)arg;
	(void)code;
	note("failed", slot);
}

static void on_no_program(void *arg, int code)
{
	(void)arg;
	note_text("no program", code == ENOENT ? "ENOENT" : "?");
}

static void on_aside(void *arg, const char *bytes, size_t length)
{
	(void)arg;
	buf_add_format(&said, "%saside(%.*s)", said.length ? " " : "", (int)length, bytes);
}

static void on_notice(void *arg, unsigned slot, enum pool_notice what, int status, const char *text)
{
	static const char *const words[] = {
		[NOTICE_BUFFERS] = "buffers",        [NOTICE_ONE_SHOT] = "one-shot",
		[NOTICE_SURPLUS] = "surplus",        [NOTICE_BAD] = "bad",
		[NOTICE_SLOW_START] = "slow",        [NOTICE_GIVEN_UP] = "given up",
		[NOTICE_NO_START] = "does not stay",
	};

	(void)arg;
	(void)slot;
	(void)status;
	note_text(words[what], text);
}

static const struct pool_events events = {
	.output = on_output,
	.done = on_done,
	.back = on_back,
	.lost = on_lost,
	.vanished = on_vanished,
	.start_failed = on_start_failed,
	.no_program = on_no_program,
	.aside = on_aside,
	.notice = on_notice,
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

static void detach(void *arg)
{
	(void)arg;
	loop_abandon(loop);
}

/* -- Driving -- */

/* What is to be another way is set between prepare and begin. */
static void prepare(enum dialog_protocol protocol)
{
	program = (struct pool_program){
		.argv = (char *const *)argv,
		.dialog = {.protocol = protocol, .separator = '\n', .mark = "END"},
		.inflight = 1,
		.ladder = &ladder,
	};
	config = (struct pool_config){.size = 1, .prefetch = 64, .program = &program, .detach = detach};
	argv[0] = obey;
	argv[1] = NULL;
	refusing = false;
	buf_reset(&said);
}

static void begin(void)
{
	loop = loop_new();
	loop_add(loop, &signals);
	pool = pool_new(loop, &config, &events, NULL);
}

static unsigned submit(uint64_t id, const char *text)
{
	struct task_message m = {
		.id = id, .sequence = id, .try = 1, .argc = 1, .words = text, .bytes = (uint32_t)strlen(text) + 1};
	unsigned slot = pool_room(pool);

	if (slot > 0 && pool_submit(pool, slot, &m) != 0)
		return 0;
	return slot;
}

/* Lets the loop turn until there is room, then submits. */
static void submit_soon(uint64_t id, const char *text)
{
	pool_flush(pool);
	while (submit(id, text) == 0)
		loop_once(loop);
	pool_flush(pool);
}

/* Lets the loop turn until what is said is want, and returns it. A wrong event never matches: the alarm then ends the
   test. */
static const char *turn_until(const char *want)
{
	pool_flush(pool);
	while (strcmp(buf_text(&said), want) != 0 && said.length < strlen(want))
		loop_once(loop);
	return buf_text(&said);
}

static void on_timer(struct timer *t)
{
	*(bool *)t->arg = true;
}

/* Long enough for what must not happen to happen. */
static void turn_for(nsec_t time)
{
	bool over = false;
	struct timer timer = {.expired = on_timer, .arg = &over};

	loop_set_timer(loop, &timer, loop_now(loop) + time);
	while (!over)
		loop_once(loop);
}

/* Whether what a worker has not read can be taken back. */
static bool can_take_back(void)
{
	int ends[2], back;
	bool can;

	if (fd_pipe(ends) < 0)
		exit(99);
	back = fd_reopen(ends[0]);
	can = back >= 0;
	fd_close(&back);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	return can;
}

/* What was said, and that task 1, which nobody has read, comes back; where the system does not tell what is unread it
   is lost. */
static const char *unread(const char *before)
{
	static char text[200];

	snprintf(text, sizeof text, "%s %s", before, can_take_back() ? "back1" : "lost1");
	return text;
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
	OK(waitpid(-1, NULL, WNOHANG) == -1, "nothing is left of it");
}

/* -- Files -- */

static void make_fifo(const char *name)
{
	unlink(name);
	if (mkfifo(name, 0600) < 0)
		exit(99);
}

/* The process that has told its number, once it has. */
static pid_t told(const char *name)
{
	char text[32] = "";
	int fd;

	pool_flush(pool);
	while ((fd = fd_open(name, O_RDONLY, 0)) < 0)
		usleep(1000);
	if (fd_read(fd, text, sizeof text - 1) < 0)
		exit(99);
	fd_close(&fd);
	unlink(name);
	return (pid_t)atoi(text);
}

static bool is_gone(pid_t pid)
{
	for (int i = 0; i < 5000; i++) {
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return true;
		usleep(1000);
	}
	return false;
}

/* -- Tests -- */

static void test_plain(void)
{
	prepare(DIALOG_LINE);
	begin();
	OK(pool_workers(pool) == 0 && pool_has_room(pool), "line: at first no worker runs");
	OK(submit(1, "say:one") == 1 && pool_workers(pool) == 1, "line: the first task starts one");
	SAME(turn_until("done1<one\n>"), "done1<one\n>", "line: which answers");
	submit_soon(2, "err:no say:two");
	SAME(turn_until("done1<one\n> done2<two\n>(no\n)"), "done1<one\n> done2<two\n>(no\n)",
	     "line: standard error is the task's");
	turn_until_gone();
	SAME(buf_text(&said), "done1<one\n> done2<two\n>(no\n)", "line: at the end of its input it ends");
	OK(submit(3, "say:three") == 1, "line: another task may come all the same");
	turn_until("done1<one\n> done2<two\n>(no\n) done3<three\n>");
	end();
}

static void test_refused_task(void)
{
	struct task_message m = {.id = 1, .sequence = 1, .try = 1, .argc = 1, .words = "a\nb", .bytes = 4};

	prepare(DIALOG_LINE);
	begin();
	OK(pool_submit(pool, pool_room(pool), &m) == EILSEQ, "a task that holds a newline cannot be handed over");
	submit(2, "say:x");
	SAME(turn_until("done2<x\n>"), "done2<x\n>", "others can");
	turn_until_gone();
	end();
}

static void test_mark(void)
{
	prepare(DIALOG_MARK);
	begin();
	submit(1, "say:a say:b raw:c end: ");
	SAME(turn_until("done1<a\nb\nc>"), "done1<a\nb\nc>", "mark: an answer has many lines");
	submit_soon(2, "end:x");
	SAME(turn_until("done1<a\nb\nc> bad:no status where one is due"),
	     "done1<a\nb\nc> bad:no status where one is due", "mark: a bad answer is told");
	SAME(turn_until("done1<a\nb\nc> bad:no status where one is due lost2"),
	     "done1<a\nb\nc> bad:no status where one is due lost2", "mark: its task is lost with the worker");
	end();
}

static void test_fd(void)
{
	prepare(DIALOG_FD);
	begin();
	submit(1, "tell:first say:a err:b fd:3");
	SAME(turn_until("done1=3<a\n>(b\n)"), "done1=3<a\n>(b\n)", "fd: all output before the status is the task's");
	submit_soon(2, "close:1 fd:0");
	SAME(turn_until("done1=3<a\n>(b\n) done2"), "done1=3<a\n>(b\n) done2",
	     "fd: who closes its standard output can still answer");
	submit_soon(3, "tell:last fd:0");
	SAME(turn_until("done1=3<a\n>(b\n) done2 done3"), "done1=3<a\n>(b\n) done2 done3", "fd: and go on");
	OK(told("first") == told("last"), "fd: it is the same one");
	turn_until_gone();
	end();
}

static void test_surplus(void)
{
	prepare(DIALOG_FD);
	begin();
	submit(1, "fd:0 fd:0");
	SAME(turn_until("done1 surplus:0"), "done1 surplus:0", "fd: a second status is one too many");
	submit_soon(2, "fd:0");
	SAME(turn_until("done1 surplus:0 done2"), "done1 surplus:0 done2", "fd: its worker is replaced");
	turn_until_gone();
	end();
	prepare(DIALOG_JSON);
	argv[1] = "say:{\"id\":9}";
	argv[2] = "rest";
	argv[3] = NULL;
	begin();
	submit(1, "");
	SAME(turn_until("surplus:{\"id\":9}"), "surplus:{\"id\":9}", "json: an answer to no task is told");
	SAME(turn_until(unread("surplus:{\"id\":9}")), unread("surplus:{\"id\":9}"),
	     "json: the task that was not read comes back");
	end();
}

static void test_half_a_line(void)
{
	prepare(DIALOG_LINE);
	begin();
	submit(1, "raw:half die:9");
	SAME(turn_until("killed9 lost1"), "killed9 lost1", "half a line of one that was killed is no answer");
	submit_soon(2, "say:x");
	submit_soon(3, "raw:whole exit:0");
	SAME(turn_until("killed9 lost1 done2<x\n> done3<whole\n>"), "killed9 lost1 done2<x\n> done3<whole\n>",
	     "of one that has ended well it is");
	end();
}

/* Who has answered does not buffer, even if the answer is refused. */
static void test_held(void)
{
	prepare(DIALOG_LINE);
	begin();
	submit(1, "say:x");
	refusing = true;
	pool_flush(pool);
	turn_for(NSEC_PER_SEC);
	SAME(buf_text(&said), "", "while its answer is refused nothing is said of a worker");
	refusing = false;
	pool_resume(pool);
	SAME(turn_until("done1<x\n>"), "done1<x\n>", "then it is taken");
	turn_until_gone();
	end();
}

/* While output is refused its worker ends: what it has written before is not lost. */
static void test_held_to_the_end(void)
{
	prepare(DIALOG_MARK);
	begin();
	submit(1, "out:60000 end: tell:end exit:0");
	refusing = true;
	pool_flush(pool);
	while (!pool_is_held(pool))
		loop_once(loop);
	told("end");
	turn_for(400 * NSEC_PER_MSEC);
	OK(pool_is_held(pool), "a worker may end while its output is refused");
	refusing = false;
	pool_resume(pool);
	SAME(turn_until("done1<60000> one-shot:"), "done1<60000> one-shot:", "what it has written is offered again");
	turn_until_gone();
	end();
}

/* A descendant that writes without end. */
static void test_chatter(void)
{
	pid_t child;

	prepare(DIALOG_FD);
	begin();
	submit(1, "chatter:child fd:0");
	child = told("child");
	pool_flush(pool);
	while (said.length == 0)
		loop_once(loop);
	OK(memcmp(buf_text(&said), "done1<", 6) == 0, "a status is heard, whoever goes on writing");
	pool_cancel_all(pool, SIGTERM);
	while (pool_workers(pool) > 0)
		loop_once(loop);
	OK(is_gone(child), "the writer ends with the worker");
	end();
}

static void test_closed_output(void)
{
	prepare(DIALOG_LINE);
	begin();
	submit(1, "close:1 rest");
	SAME(turn_until("bad:it closed its standard output lost1"), "bad:it closed its standard output lost1",
	     "who closes its standard output and goes on is replaced");
	submit_soon(2, "say:x");
	turn_until("bad:it closed its standard output lost1 done2<x\n>");
	turn_until_gone();
	end();
}

/* A worker that speaks before it has read anything. */
static void test_early(void)
{
	prepare(DIALOG_LINE);
	make_fifo("go");
	argv[1] = "say:hello";
	argv[2] = "wait:go";
	argv[3] = NULL;
	begin();
	submit(1, "say:x");
	SAME(turn_until(unread("bad:it printed an answer before it had read a task")),
	     unread("bad:it printed an answer before it had read a task"), "an answer before the task is none");
	unlink("go");
	end();
}

/* Workers that do not end when their input does are not piled up. */
static void test_lingering(void)
{
	prepare(DIALOG_LINE);
	config.max_tasks = 1;
	begin();
	for (uint64_t id = 1; id <= 3; id++)
		submit_soon(id, "say:x rest");
	while (said.length < strlen("done1<x\n> done2<x\n> done3<x\n>"))
		loop_once(loop);
	OK(pool_workers(pool) == 3 && pool_room(pool) == 0, "those that take long to end are not piled up");
	pool_cancel_all(pool, SIGTERM);
	while (pool_workers(pool) > 0)
		loop_once(loop);
	SAME(buf_text(&said), "done1<x\n> done2<x\n> done3<x\n>", "they are ended without a word");
	end();
}

/* A worker that was started in the place of another has its time when it has a task. */
static void test_start_limit(void)
{
	prepare(DIALOG_LINE);
	program.max_age = 50 * NSEC_PER_MSEC;
	begin();
	submit(1, "say:x");
	turn_until("done1<x\n>");
	program.max_age = 0;
	program.start_limit = NSEC_PER_SEC;
	turn_for(3 * NSEC_PER_SEC / 2);
	SAME(buf_text(&said), "done1<x\n>", "a worker without a task is not late");
	submit_soon(2, "rest");
	SAME(turn_until("done1<x\n> slow: lost2"), "done1<x\n> slow: lost2", "one that does not answer its first is");
	end();
}

/* The time of a task begins when its worker is ready, which frame has a word for. */
static void test_ready(void)
{
	static const char *const words[] = {obey, "wait:go", "say:H 1", "read", "say:D 1 0", "read", "rest", NULL};
	int go;

	prepare(DIALOG_FRAME);
	program.timeout = NSEC_PER_SEC;
	memcpy(argv, words, sizeof words);
	make_fifo("go");
	begin();
	submit(1, "");
	turn_for(3 * NSEC_PER_SEC / 2);
	SAME(buf_text(&said), "", "frame: a worker that starts takes none of its task's time");
	go = fd_open("go", O_WRONLY, 0);
	fd_write_all(go, "x", 1);
	SAME(turn_until("done1"), "done1", "frame: when it is ready it gets its task");
	submit_soon(2, "");
	SAME(turn_until("done1 late2"), "done1 late2", "frame: then the time runs");
	fd_close(&go);
	unlink("go");
	end();
}

static void test_never_ready(void)
{
	if (access("/proc/self/syscall", R_OK) < 0)
		return;
	prepare(DIALOG_FRAME);
	begin();
	submit(1, "");
	SAME(turn_until("bad:it waits for a task, but has not said H 1 back1"),
	     "bad:it waits for a task, but has not said H 1 back1", "frame: a worker that does not greet is told so");
	end();
}

/* Tasks are recalled while the word to give up earlier ones lies unread behind them. */
static void test_recall_behind_cancel(void)
{
	static const struct termseq slow = {.count = 1, .steps = {{SIGTERM, 60 * NSEC_PER_SEC}}};
	static const char script[] =
		"echo H 1; read -r a; read -r b; read -r x < \"$1\"; while read -r kind id rest; do echo D $id 0; done";
	const char *const words[] = {"/bin/sh", "-c", script, "sh", "go", NULL};
	int go;

	if (!can_take_back())
		return;
	prepare(DIALOG_FRAME);
	program.inflight = 2;
	program.window = 4;
	program.timeout = 2 * NSEC_PER_SEC;
	program.ladder = &slow;
	memcpy(argv, words, sizeof words);
	make_fifo("go");
	begin();
	for (uint64_t id = 1; id <= 4; id++)
		submit_soon(id, "");
	turn_until("back3 back4");
	submit_soon(3, "");
	submit_soon(4, "");
	turn_for(5 * NSEC_PER_SEC / 2);
	pool_recall(pool);
	pool_flush(pool);
	go = fd_open("go", O_WRONLY, 0);
	fd_write_all(go, "\n", 1);
	SAME(turn_until("back3 back4 done3 done4 late1 late2"), "back3 back4 done3 done4 late1 late2",
	     "frame: a recall leaves the words to give up tasks as they are");
	fd_close(&go);
	unlink("go");
	end();
}

/* The guard is killed: there is another one at once, and it holds none of the pipes. */
static void test_guard(void)
{
	pid_t first;

	prepare(DIALOG_LINE);
	begin();
	submit(1, "say:x");
	turn_until("done1<x\n>");
	first = pool->guard.pid;
	kill(first, SIGKILL);
	while (pool->guard.pid == first)
		loop_once(loop);
	OK(pool->guard.pid > 0, "a guard that was killed is replaced");
	turn_until_gone();
	OK(true, "workers still see the end of their input");
	end();
}

int main(void)
{
	const char *helpers = getenv("HELPERS");

	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	snprintf(obey, sizeof obey, "%s/obey", helpers ? helpers : "tests/helpers");
	if (access(obey, X_OK) < 0 || !mkdtemp(directory) || chdir(directory) < 0)
		return 99;
	signals = (struct watch){.fd = sig_open(), .want = LOOP_READ, .ready = on_signal};
	sig_catch(SIGCHLD, true);
	test_plain();
	test_refused_task();
	test_mark();
	test_fd();
	test_surplus();
	test_half_a_line();
	test_held();
	test_held_to_the_end();
	test_chatter();
	test_closed_output();
	test_early();
	test_lingering();
	test_start_limit();
	test_guard();
	test_ready();
	test_never_ready();
	test_recall_behind_cancel();
	for (int i = 0; i < 20; i++)
		buf_release(&printed[i / 2][i % 2]);
	buf_release(&said);
	sig_reset_child();
	if (chdir("/") < 0 || rmdir(directory) < 0)
		return 99;
	return tap_end();
}
