#include "pool/slot.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/sig.h"
#include "os/wait.h"
#include "tap.h"

static pid_t job;
static struct board board = {.job = &job};

/* A slot whose link leads nowhere. */
static struct slot *open_slot(void)
{
	struct slot *s = slot_new(1, &board);

	slot_opened(s, 1234, fd_open("/dev/null", O_RDONLY, 0), fd_open("/dev/null", O_WRONLY, 0));
	return s;
}

static void test_tasks(void)
{
	struct slot *s = slot_new(3, &board);
	OK(s->number == 3 && s->state == SLOT_EMPTY && !slot_first(s), "a new slot is empty");
	slot_opened(s, 1234, fd_open("/dev/null", O_RDONLY, 0), fd_open("/dev/null", O_WRONLY, 0));
	OK(s->state == SLOT_LIVE && s->pid == 1234 && s->linked && !s->ready, "with a worker it is live");
	slot_hand(s, 11);
	slot_hand(s, 12);
	slot_hand(s, 13);
	OK(s->under_way == 3 && s->tasks == 3 && slot_first(s)->id == 11, "tasks are kept in their order");
	OK(slot_answered(s, 12) && s->under_way == 2, "one may be answered before another");
	OK(!slot_answered(s, 12) && !slot_answered(s, 99) && s->under_way == 2, "each once, and no stranger");
	OK(slot_answered(s, 11) && slot_first(s)->id == 13, "then the next one is the first");
	slot_free(s);
}

static void test_many(void)
{
	struct slot *s = slot_new(1, &board);
	bool in_order = true;

	for (uint64_t id = 1; id <= 20; id++)
		slot_hand(s, id);
	for (uint64_t id = 1; id <= 15; id++)
		slot_drop_first(s);
	for (uint64_t id = 21; id <= 1000; id++)
		slot_hand(s, id);
	for (size_t i = 0; i < s->under_way; i++)
		in_order = in_order && slot_at(s, i)->id == 16 + i;
	OK(s->under_way == 985 && in_order, "the ring grows and keeps the order");
	OK(slot_answered(s, 500) && slot_at(s, 0)->id == 16 && slot_at(s, 483)->id == 499 && slot_at(s, 484)->id == 501,
	   "one may be taken out of the midst");
	slot_free(s);
}

static void test_begun(void)
{
	struct slot *s = open_slot();

	for (uint64_t id = 21; id <= 23; id++)
		slot_hand(s, id);
	board.begun = 0;
	OK(!slot_has_begun(s, 21), "before a worker began anything nothing is begun");
	board.begun = 20;
	OK(!slot_has_begun(s, 21), "nor when it is still at a task that was answered");
	board.begun = 21;
	OK(slot_has_begun(s, 21) && !slot_has_begun(s, 22), "the one that the board names is begun");
	board.begun = 22;
	OK(slot_has_begun(s, 21) && slot_has_begun(s, 22) && !slot_has_begun(s, 23), "so are those before it");
	OK(!slot_has_begun(s, 99), "a stranger is not");
	slot_free(s);
}

static void test_window(void)
{
	struct slot *s = slot_new(1, &board);
	size_t last = 16;
	bool falls = true;

	OK(slot_window(s, 16) == 1, "while no run time is known tasks come one at a time");
	slot_learn(s, 1000);
	OK(slot_window(s, 16) == 16, "short tasks come many at a time");
	OK(slot_window(s, 1) == 1 && slot_window(s, 3) == 3, "never more than allowed");
	for (nsec_t time = 1000; time < 100 * NSEC_PER_MSEC; time *= 2) {
		slot_learn(s, time);
		falls = falls && slot_window(s, 16) <= last && slot_window(s, 16) >= 1;
		last = slot_window(s, 16);
	}
	OK(falls && last == 1, "the longer they take the fewer, long ones one at a time");
	for (int i = 0; i < 100; i++)
		slot_learn(s, 0);
	OK(slot_window(s, 16) == 16, "when they become short again there are many again");
	slot_learn(s, NSEC_PER_SEC);
	OK(slot_window(s, 16) == 1, "one long task is enough to be careful");
	s->deaths = 3;
	slot_learn(s, 1);
	OK(s->deaths == 0, "a task that was done forgives the worker's deaths");
	slot_free(s);
}

static void test_kill(void)
{
	struct slot *s = slot_new(1, &board);
	int hold[2];
	char byte;
	int status;
	pid_t child;

	if (fd_pipe(hold) < 0)
		exit(99);
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		fd_close(&hold[1]);
		fd_read(hold[0], &byte, 1);
		_exit(0);
	}
	setpgid(child, child);
	job = child;
	slot_kill_job(s);
	status = wait_for(child);
	OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && job == 0, "the job on the board is killed");
	slot_kill_job(s);
	OK(true, "no job on the board, nobody killed");
	fd_close(&hold[0]);
	fd_close(&hold[1]);
	slot_free(s);
}

int main(void)
{
	test_tasks();
	test_many();
	test_begun();
	test_window();
	test_kill();
	return tap_end();
}
