#include "pool/program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/fd.h"
#include "os/shared.h"
#include "os/wait.h"
#include "tap.h"

static volatile pid_t *guarded; /* shared with what is started */
static struct pool_program config;
static const char *argv[] = {"/bin/sh", "-c", NULL, NULL};
static struct program *pr;

static void start(const char *line)
{
	bool in_exec;

	argv[2] = line;
	config.argv = (char *const *)argv;
	config.inflight = 1;
	pr = program_new(&config, 3, guarded, &in_exec);
	if (!pr)
		exit(99);
}

/* All that it writes on a side until that ends. */
static const char *all(int side)
{
	while (pr->side[side].fd >= 0) {
		struct pollfd p = {.fd = pr->side[side].fd, .events = POLLIN};

		poll(&p, 1, -1);
		program_read(pr, side);
	}
	buf_add_char(&pr->side[side].bytes, '\0');
	return pr->side[side].bytes.data;
}

static int end(void)
{
	int status;

	fd_close(&pr->in);
	status = wait_for(pr->pid);
	pr->pid = 0;
	program_free(pr);
	return status;
}

/* Waits until it has stopped itself. */
static void wait_until_stopped(void)
{
	int status;

	while (waitpid(pr->pid, &status, WUNTRACED) < 0 && errno == EINTR)
		continue;
}

static void add(const char *text)
{
	buf_add_string(&pr->send, text);
	pr->queued += strlen(text);
}

static void test_pipes(void)
{
	start("read -r x; echo \"got $x\"; echo no >&2");
	OK(*guarded == pr->pid && pr->group == pr->pid, "the guard knows the group from the start");
	add("task\n");
	OK(program_write(pr) == 1 && pr->written == 5 && pr->send.length == 0, "a task is written");
	SAME(all(PROGRAM_OUT), "got task\n", "its output is read");
	SAME(all(PROGRAM_ERRORS), "no\n", "and its standard error");
	OK(program_read(pr, PROGRAM_OUT) == -1, "behind the end is nothing more");
	OK(end() == 0 && *guarded == 0, "then the guard's place is free");
}

static void test_environment(void)
{
	char want[100];

	unsetenv("PYTHONUNBUFFERED");
	config.slot_variable = "CARD";
	start("echo $PP_SLOT $PARALLEL_JOBSLOT $PP_PID $PYTHONUNBUFFERED $CARD ${PP_END-none} ${PP_FD-none}");
	snprintf(want, sizeof want, "3 3 %ld 1 2 none none\n", (long)getpid());
	SAME(all(PROGRAM_OUT), want, "it is told its slot and who started it");
	end();
	config.slot_variable = NULL;
	config.dialog = (struct dialog_config){.protocol = DIALOG_FD};
	start("echo $PP_FD; echo 7 >&$PP_FD");
	SAME(all(PROGRAM_OUT), "3\n", "with fd it is told the descriptor");
	SAME(all(PROGRAM_STATUSES), "7\n", "which is a side of its own");
	end();
	config.dialog = (struct dialog_config){.protocol = DIALOG_MARK, .mark = "a b"};
	start("echo \"$PP_END\"");
	SAME(all(PROGRAM_OUT), "a b\n", "with mark it is told the mark");
	end();
	config.dialog = (struct dialog_config){.protocol = DIALOG_LINE};
}

/* What nobody reads. */
static void test_full(void)
{
	start("kill -STOP $$; exec cat");
	while (pr->send.length < (size_t)4 * 1024 * 1024)
		add("a task that is as long as any other\n");
	OK(program_write(pr) == 0 && pr->written > 0 && pr->sent == pr->written, "a full pipe takes no more");
	OK(!program_is_stuck(pr), "who has not read all does not wait for more");
	program_signal(pr, SIGKILL);
	OK(end() == SIGKILL, "a signal reaches it though it has stopped");
}

/* One who reads more slowly than tasks come, but reads: something is left to be written all the time. */
static void test_steady(void)
{
	static const char task[] = "a task that is as long as any other\n";
	size_t most = 0, unsent = 0;

	start("exec cat > /dev/null");
	while (pr->written < (uint64_t)16 * 1024 * 1024) {
		struct pollfd room = {.fd = pr->in, .events = POLLOUT};

		for (; unsent < (size_t)1024 * 1024; unsent += sizeof task - 1)
			add(task);
		if (program_write(pr) < 0)
			exit(99);
		poll(&room, 1, -1);
		unsent = pr->send.length - pr->sent;
		most = pr->send.length > most ? pr->send.length : most;
	}
	OK(most < (size_t)4 * 1024 * 1024, "what was written is not kept for ever");
	program_signal(pr, SIGKILL);
	end();
}

static void test_deaf(void)
{
	start("exec <&-; echo closed; exec sleep 100");
	while (program_read(pr, PROGRAM_OUT) == 0)
		usleep(1000);
	fd_close(&pr->back);
	add("task\n");
	OK(program_write(pr) == -1 && errno == EPIPE, "who has closed its input gets nothing");
	program_signal(pr, SIGKILL);
	end();
}

static void test_take_back(void)
{
	start("read -r x; echo \"$x\"; kill -STOP $$; exec cat");
	add("one\ntwo\nthree\n");
	program_write(pr);
	while (program_read(pr, PROGRAM_OUT) == 0)
		usleep(1000);
	OK(program_has_read(pr), "the first task was read");
	program_take_back(pr);
	if (pr->back < 0) {
		OK(pr->written == 14, "where nothing can be taken back all counts as read");
	} else {
		OK(pr->written == 4 && pr->send.length == 10, "the others are taken back");
		program_cut(pr, 8);
		OK(pr->queued == 8 && pr->send.length == 4, "the last one is forgotten");
		add("four\n");
		OK(program_write(pr) == 1 && pr->written == 13, "and another one written");
	}
	/* Before that it would not mind the signal. */
	wait_until_stopped();
	program_signal(pr, SIGCONT);
	fd_close(&pr->in);
	fd_close(&pr->back);
	SAME(all(PROGRAM_OUT), pr->queued == 14 ? "one\ntwo\nthree\n" : "one\ntwo\nfour\n", "nothing is out of order");
	end();
}

static void test_terminal(void)
{
	config.pty = true;
	start("test -t 1 && echo yes; test -t 0 || echo no");
	SAME(all(PROGRAM_OUT), "yes\nno\n", "its output may be a terminal");
	end();
	config.pty = false;
}

static void test_errors(void)
{
	static const char *words[] = {"/no/such/program", NULL};
	bool in_exec;

	config.argv = (char *const *)words;
	OK(!program_new(&config, 1, guarded, &in_exec) && in_exec && errno == ENOENT, "a program that is not there");
	OK(*guarded == 0, "leaves the guard's place free");
}

int main(void)
{
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	config.dialog = (struct dialog_config){.protocol = DIALOG_LINE, .separator = '\n'};
	guarded = shared_new(sizeof *guarded);
	if (!guarded)
		return 99;
	test_pipes();
	test_environment();
	test_full();
	test_steady();
	test_deaf();
	test_take_back();
	test_terminal();
	test_errors();
	OK(waitpid(-1, NULL, WNOHANG) == -1, "nothing is left");
	shared_free((void *)guarded, sizeof *guarded);
	return tap_end();
}
