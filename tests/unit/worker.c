/*
 * A worker in a forked child; the test is its manager and speaks frames to it. What it reports is gathered as text, a
 * word for each frame: hello, ready:N, backN, doneN:CAUSE:VALUE; the bytes of output stand apart, by task. A task that
 * is handed over before the one in front of it is done may always come back: where that is not the question they are
 * handed over one by one.
 */
#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/shared.h"
#include "os/sig.h"
#include "os/wait.h"
#include "tap.h"
#include "wire/link.h"
#include "wire/message.h"

enum { MOST_TASKS = 16 };

static struct worker_config config;
static struct termseq ladder;
static struct strv init;
static struct wire_link manager;
static pid_t worker;
static struct buf reports, output[MOST_TASKS], errors[MOST_TASKS];
static nsec_t timeout;

static void begin(void)
{
	int tasks[2], answers[2];

	buf_reset(&reports);
	for (size_t i = 0; i < MOST_TASKS; i++) {
		buf_reset(&output[i]);
		buf_reset(&errors[i]);
	}
	timeout = 0;
	*config.board->job = 0;
	config.board->begun = 0;
	if (fd_pipe(tasks) < 0 || fd_pipe(answers) < 0)
		exit(99);
	fflush(stdout);
	worker = fork();
	if (worker == 0) {
		fd_close(&tasks[1]);
		fd_close(&answers[0]);
		sig_reset_child();
		_exit(worker_main(&config, tasks[0], answers[1]));
	}
	fd_close(&tasks[0]);
	fd_close(&answers[1]);
	link_init(&manager, answers[0], tasks[1]);
}

/* -- To the worker -- */

static void send_task(uint64_t id, uint32_t flags, uint32_t argc, const char *words, size_t bytes)
{
	struct task_message m = {
		.id = id,
		.sequence = 100 + id,
		.try = 1,
		.flags = flags,
		.timeout = timeout,
		.argc = argc,
		.words = words,
		.bytes = bytes,
	};

	message_task(&manager.send, 1, &m);
}

static void task(uint64_t id, const char *line)
{
	send_task(id, TASK_SHELL, 1, line, strlen(line) + 1);
}

static void tell(enum message_type type, uint64_t a, uint64_t b)
{
	message_numbers(&manager.send, 1, type, a, b);
	link_flush(&manager);
}

/* -- From the worker -- */

static void note(const char *word, long long number)
{
	buf_add_format(&reports, "%s%s%lld", reports.length ? " " : "", word, number);
}

static void hear_data(const struct frame *f)
{
	const char *bytes;
	size_t length;
	uint64_t id;

	message_parse_data(f, &id, &bytes, &length);
	if (f->type == MESSAGE_READY)
		note("ready:", (long long)id);
	else
		buf_add(f->type == MESSAGE_OUTPUT ? &output[id % MOST_TASKS] : &errors[id % MOST_TASKS], bytes, length);
}

static void hear(const struct frame *f)
{
	static const char *const causes[] = {"none", "exited", "signalled", "timeout", "cancelled", "not-started"};
	struct done_message m;
	uint64_t a, b;

	switch (f->type) {
	case MESSAGE_DONE:
		if (message_parse_done(f, &m) < 0)
			break;
		note("done", (long long)m.id);
		buf_add_format(&reports, ":%s:%d", causes[m.cause], (int)m.value);
		break;
	case MESSAGE_BACK:
		message_parse_numbers(f, &a, &b);
		note("back", (long long)a);
		break;
	case MESSAGE_HELLO:
		message_parse_numbers(f, &a, &b);
		note("hello:", (long long)a);
		break;
	default:
		hear_data(f);
	}
}

/* Reads once, waiting. Returns false at end of file. */
static bool listen_once(void)
{
	struct pollfd in = {.fd = manager.in, .events = POLLIN};
	struct frame f;

	link_flush(&manager);
	poll(&in, 1, -1);
	if (link_read(&manager) < 0)
		return false;
	while (link_peek(&manager, &f) == 1) {
		hear(&f);
		link_take(&manager, &f);
	}
	return true;
}

/* What was reported behind the greeting, once it is as long as want. */
static const char *hear_until(const char *want)
{
	static const char greeting[] = "hello:1 ready:0 ";
	size_t skip = sizeof greeting - 1;

	while (reports.length < skip + strlen(want) && listen_once())
		;
	return reports.length >= skip && memcmp(reports.data, greeting, skip) == 0 ? buf_text(&reports) + skip
	                                                                           : buf_text(&reports);
}

static const char *hear_output(uint64_t id, const char *want)
{
	while (output[id].length < strlen(want) && listen_once())
		;
	return buf_text(&output[id]);
}

/* Hears all until the worker has closed its link. Returns its wait status. */
static int hear_end(void)
{
	while (listen_once())
		;
	link_release(&manager);
	return wait_for(worker);
}

static int end(void)
{
	tell(MESSAGE_BYE, 0, 0);
	return hear_end();
}

static bool is_gone(pid_t pid)
{
	return kill(pid, 0) < 0 && errno == ESRCH;
}

/* -- Tests -- */

static void test_tasks(void)
{
	begin();
	send_task(1, 0, 3, "echo\0a  b\0$c", 13);
	hear_until("done1:exited:0");
	send_task(2, 0, 1, "pp-no-such-program", 19);
	SAME(hear_until("done1:exited:0 done2:not-started:2"), "done1:exited:0 done2:not-started:2",
	     "tasks are executed in order, one that cannot be is told");
	SAME(buf_text(&output[1]), "a  b $c\n", "words reach the program as they are");
	task(3, "echo $PP_SEQ $PP_SLOT $PP_RETRY $PP_PID; exit 7");
	hear_until("done1:exited:0 done2:not-started:2 done3:exited:7");
	SAME(buf_text(&output[3]), "103 1 0 4711\n", "a shell line goes to a shell, and knows who it is");
	task(4, "echo oops >&2; kill -9 $$");
	SAME(hear_until("done1:exited:0 done2:not-started:2 done3:exited:7 done4:signalled:9"),
	     "done1:exited:0 done2:not-started:2 done3:exited:7 done4:signalled:9",
	     "exit statuses and signals are told");
	OK(output[4].length == 0 && errors[4].length == 5, "standard error is told apart");
	OK(end() == 0, "at the end the worker leaves well");
}

static void test_clean(void)
{
	begin();
	task(1, "cat; for fd in 3 4 5 6 7 8 9; do (: <&$fd) 2>/dev/null && echo $fd; done; echo end");
	hear_until("done1:exited:0");
	SAME(buf_text(&output[1]), "end\n", "a job has an empty standard input and no strange descriptors");
	end();
}

static void test_board(void)
{
	begin();
	task(5, "echo $$; exec sleep 1000");
	while (output[5].length == 0 && listen_once())
		;
	OK(config.board->begun == 5 && *config.board->job == (pid_t)atol(buf_text(&output[5])),
	   "the board shows the task that was begun, and the process group");
	tell(MESSAGE_CANCEL, 5, SIGTERM);
	SAME(hear_until("done5:cancelled:-15"), "done5:cancelled:-15", "a running job is cancelled with its signal");
	OK(*config.board->job == 0, "then the board shows no group any more");
	end();
}

static void test_cancel(void)
{
	begin();
	task(1, "trap '' TERM; echo up; while :; do sleep 1000; done");
	hear_output(1, "up\n");
	tell(MESSAGE_CANCEL, 1, SIGTERM);
	SAME(hear_until("done1:cancelled:-9"), "done1:cancelled:-9", "a job that ignores the signal climbs the ladder");
	tell(MESSAGE_CANCEL, 1, SIGTERM);
	task(2, "exit 3");
	SAME(hear_until("done1:cancelled:-9 done2:exited:3"), "done1:cancelled:-9 done2:exited:3",
	     "a task that is over cannot be cancelled");
	end();
}

static void test_timeout(void)
{
	begin();
	timeout = 20 * NSEC_PER_MSEC;
	task(1, "exec sleep 1000");
	SAME(hear_until("done1:timeout:-15"), "done1:timeout:-15", "a job is ended when its time is over");
	timeout = 0;
	task(2, "true");
	SAME(hear_until("done1:timeout:-15 done2:exited:0"), "done1:timeout:-15 done2:exited:0", "the next one is not");
	end();
}

static void test_back(void)
{
	begin();
	task(1, "exec sleep 1000");
	task(2, "true");
	task(3, "true");
	SAME(hear_until("back2 back3"), "back2 back3", "tasks behind a long one are given back unasked");
	tell(MESSAGE_CANCEL, 1, SIGKILL);
	hear_until("back2 back3 done1:cancelled:-9");
	task(4, "exec sleep 1000");
	task(5, "true");
	tell(MESSAGE_CANCEL, 5, SIGTERM);
	SAME(hear_until("back2 back3 done1:cancelled:-9 back5"), "back2 back3 done1:cancelled:-9 back5",
	     "a task that was not begun comes back when it is cancelled");
	task(6, "true");
	tell(MESSAGE_RECALL, 0, 0);
	SAME(hear_until("back2 back3 done1:cancelled:-9 back5 back6"), "back2 back3 done1:cancelled:-9 back5 back6",
	     "and when all are called back");
	tell(MESSAGE_CANCEL, 4, SIGTERM);
	end();
}

static void test_alone(void)
{
	begin();
	config.board->alone = true;
	task(1, "sleep 0.1");
	task(2, "true");
	SAME(hear_until("done1:exited:0 done2:exited:0"), "done1:exited:0 done2:exited:0",
	     "the only worker keeps what waits behind a long one");
	config.board->alone = false;
	end();
}

static void test_bye(void)
{
	begin();
	task(1, "echo 1; exit 2");
	OK(end() == 0 && strstr(buf_text(&reports), "done1:exited:2"),
	   "a worker that is told to end does what it has first");
	SAME(buf_text(&output[1]), "1\n", "to the last byte");
	begin();
	OK(end() == 0, "one without a task ends at once");
}

static void test_manager_gone(void)
{
	pid_t job;

	begin();
	task(1, "echo $$; exec sleep 1000");
	while (output[1].length == 0 && listen_once())
		;
	job = (pid_t)atol(buf_text(&output[1]));
	task(2, "true");
	link_flush(&manager);
	OK(!is_gone(job), "a job runs");
	link_close_out(&manager);
	OK(hear_end() == 0 && is_gone(job), "when the manager is gone the worker ends its job, and itself");
}

static void test_stray(void)
{
	pid_t stray;

	begin();
	task(1, "sleep 1000 & echo $!; exit 4");
	SAME(hear_until("done1:exited:4"), "done1:exited:4", "a descendant that keeps a pipe open holds no task up");
	stray = (pid_t)atol(buf_text(&output[1]));
	OK(stray > 0 && !is_gone(stray), "nor is it killed");
	task(2, "echo mine");
	hear_until("done1:exited:4 done2:exited:0");
	SAME(buf_text(&output[2]), "mine\n", "the next task has its own output");
	kill(stray, SIGKILL);
	end();
}

static void test_signal(void)
{
	begin();
	task(1, "trap 'echo got; kill $!; exit 5' USR1; sleep 1000 & echo up; wait");
	hear_output(1, "up\n");
	tell(MESSAGE_SIGNAL, 0, SIGUSR1);
	SAME(hear_until("done1:exited:5"), "done1:exited:5", "a signal is passed to the job");
	SAME(buf_text(&output[1]), "up\ngot\n", "which may go on printing");
	end();
}

static void test_large(void)
{
	begin();
	task(1, "head -c 3000000 /dev/zero; echo; head -c 100000 /dev/zero >&2");
	hear_until("done1:exited:0");
	OK(output[1].length == 3000001 && errors[1].length == 100000, "output of any length comes whole");
	end();
}

static void test_garbage(void)
{
	begin();
	tell(MESSAGE_CANCEL, 77, SIGTERM);
	send_task(1, 0, 9, "too few", 8);
	task(2, "exit 1");
	SAME(hear_until("done2:exited:1"), "done2:exited:1", "what is no message is passed over");
	end();
	begin();
	task(1, "echo $$; exec sleep 1000");
	hear_output(1, "\n");
	buf_add(&manager.send, "no frame\n", 9);
	link_flush(&manager);
	OK(WEXITSTATUS(hear_end()) == 1 && is_gone((pid_t)atol(buf_text(&output[1]))),
	   "what is no frame ends the worker with its job, for nothing behind it can be understood");
}

static void test_initializer(void)
{
	strv_add(&init, "word=set; cd /; f() { echo from f; }");
	begin();
	task(1, "echo $word $PWD; word=changed; f; exit 6");
	hear_until("done1:exited:6");
	task(2, "echo $word");
	SAME(hear_until("done1:exited:6 done2:exited:0"), "done1:exited:6 done2:exited:0",
	     "behind an initializer tasks are executed by its shell");
	SAME(buf_text(&output[1]), "set /\nfrom f\n", "what it set holds for them");
	SAME(buf_text(&output[2]), "set\n", "what they set does not");
	OK(end() == 0, "it ends well");
	strv_clear(&init);
	strv_add(&init, "exit 3");
	begin();
	task(1, "true");
	OK(hear_end() == 0 && strstr(buf_text(&reports), "ready:4") && strstr(buf_text(&reports), "back1"),
	   "an initializer that fails is told, and the tasks come back");
	strv_clear(&init);
}

static enum worker_shell kind_of_sh(void)
{
	char *path = realpath("/bin/sh", NULL);
	enum worker_shell kind = WORKER_SHELL_OTHER;

	if (path && strstr(path, "dash"))
		kind = WORKER_SHELL_DASH;
	else if (path && strstr(path, "bash"))
		kind = WORKER_SHELL_BASH;
	free(path);
	return kind;
}

/* Tasks in one shell; whether the system lets them makes no difference to what is seen here. */
static void test_kept_shell(enum worker_shell kind)
{
	config.keep_shell = true;
	config.shell_kind = kind;
	begin();
	task(1, "x=1; cd /; echo one; exit 3");
	hear_until("done1:exited:3");
	task(2, "echo \"[$x]\"; nonsense_(");
	hear_until("done1:exited:3 done2:exited:2");
	task(3, "echo $PP_SEQ; cat");
	SAME(hear_until("done1:exited:3 done2:exited:2 done3:exited:0"), "done1:exited:3 done2:exited:2 done3:exited:0",
	     "tasks are executed one after another by a shell that stays");
	SAME(buf_text(&output[1]), "one\n", "the first");
	OK(output[2].length == 0 && errors[2].length > 0, "one that is no shell line hurts itself alone");
	SAME(buf_text(&output[3]), "103\n", "and the next has variables of its own and no input");
	timeout = 1;
	task(4, "sleep 1000");
	hear_until("done1:exited:3 done2:exited:2 done3:exited:0 done4:timeout:-15");
	timeout = 0;
	task(5, "exit 5");
	SAME(hear_until("done1:exited:3 done2:exited:2 done3:exited:0 done4:timeout:-15 done5:exited:5"),
	     "done1:exited:3 done2:exited:2 done3:exited:0 done4:timeout:-15 done5:exited:5",
	     "one that is ended harms no other");
	OK(end() == 0, "it ends well");
	config.keep_shell = false;
	config.shell_kind = WORKER_SHELL_OTHER;
}

static void set_up(void)
{
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	/* Whoever started the test may have left some open. */
	for (int fd = 3; fd < 10; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	rule_parse_termseq("TERM,50,KILL,25", &ladder);
	config = (struct worker_config){
		.slot = 1,
		.manager = 4711,
		.shell = "/bin/sh",
		.init = &init,
		.ladder = &ladder,
		.board = shared_new(sizeof *config.board),
	};
	config.board->job = shared_new(sizeof *config.board->job);
}

int main(void)
{
	set_up();
	test_tasks();
	test_clean();
	test_board();
	test_cancel();
	test_timeout();
	test_back();
	test_alone();
	test_bye();
	test_manager_gone();
	test_stray();
	test_signal();
	test_large();
	test_garbage();
	test_initializer();
	test_kept_shell(kind_of_sh());
	shared_free(config.board, sizeof *config.board);
	buf_release(&reports);
	for (size_t i = 0; i < MOST_TASKS; i++) {
		buf_release(&output[i]);
		buf_release(&errors[i]);
	}
	return tap_end();
}
