#include "output/callback.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "capture.h"
#include "fakepool.h"
#include "os/fd.h"
#include "os/sig.h"
#include "os/wait.h"
#include "tap.h"

#define WORDS(...) ((char *const *)(const char *const[]){__VA_ARGS__, NULL})

static struct loop *loop;
static struct printer *p;
static struct callback *c;
static struct entry *e[4];
static int done[4], code[4], status[4]; /* of each job: when it was told, counted from 1, and what */
static int told;
static struct outcome good = {.sequence = 1, .slot = 1, .tries = 1, .cause = OUTCOME_EXITED, .command = "job"};

static void on_done(void *arg, void *job, int error, int end)
{
	size_t i = (size_t)(*(struct entry **)job == e[0] ? 0 : *(struct entry **)job == e[1] ? 1 : 2);

	(void)arg;
	done[i] = ++told;
	code[i] = error;
	status[i] = end;
	if (error == ECANCELED)
		printer_drop(p, e[i]);
	else
		printer_done(p, e[i]);
}

static void on_room(void *arg)
{
	(void)arg;
	callback_resume(c);
}

static void on_signal(struct watch *w, unsigned what)
{
	struct wait_result r;

	(void)w, (void)what;
	while (sig_next())
		;
	while (wait_any(&r) > 0)
		callback_reaped(c, r.pid, r.status);
}

static void begin(enum print_mode mode, char *const *words, size_t entries)
{
	struct printer_config printer = {.mode = mode, .whole = true, .budget = 65536};
	struct callback_config config = {.success = words};

	told = 0;
	memset(done, 0, sizeof done);
	capture_begin();
	p = printer_new(loop, &printer, on_room, NULL);
	c = callback_new(loop, p, &config, on_done, NULL);
	for (size_t i = 0; i < entries; i++)
		e[i] = printer_open(p);
}

static const char *end(void)
{
	callback_free(c);
	printer_close(p);
	printer_free(p);
	capture_end();
	return captured(1);
}

static void submit(size_t i, const char *output)
{
	printer_output(p, e[i], 1, output, strlen(output));
	callback_submit(c, e[i], &good, &e[i]);
}

static void turn_until(int wanted)
{
	for (callback_turn(c); told < wanted; callback_turn(c))
		loop_once(loop);
}

static void test_output(void)
{
	begin(PRINT_GROUP, WORDS("tr", "a", "b"), 1);
	submit(0, "aha\n");
	turn_until(1);
	SAME(end(), "bhb\n", "what the command prints is printed for its job");
	OK(code[0] == 0 && status[0] == 0, "and it has succeeded");
}

static void test_order(void)
{
	bool waits;

	begin(PRINT_KEEP, WORDS("cat"), 3);
	submit(1, "second\n");
	callback_turn(c);
	waits = !callback_is_busy(c);
	submit(2, "third\n");
	submit(0, "first\n");
	turn_until(3);
	SAME(end(), "first\nsecond\nthird\n", "the order of the jobs is kept");
	OK(waits, "a command whose turn has not come waits");
	OK(done[0] == 1 && done[1] == 2 && done[2] == 3, "and they run one after another");
}

static void test_no_program(void)
{
	begin(PRINT_GROUP, WORDS("./no-such-program"), 1);
	printer_output(p, e[0], 2, "errors\n", 7);
	submit(0, "output\n");
	turn_until(1);
	SAME(end(), "output\n", "where the command cannot be started the job's output is printed");
	SAME(captured(2), "errors\n", "its standard error too");
	OK(code[0] == ENOENT, "and it is said why");
}

/* No pipe can be had, so that the output was not even taken from the printer. */
static void test_no_pipe(void)
{
	struct rlimit old, none;

	begin(PRINT_GROUP, WORDS("cat"), 1);
	printer_output(p, e[0], 2, "errors\n", 7);
	submit(0, "output\n");
	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = 1;
	setrlimit(RLIMIT_NOFILE, &none);
	for (callback_turn(c); told < 1; callback_turn(c)) {
		fake_clock += 60 * NSEC_PER_SEC;
		loop_once(loop);
	}
	setrlimit(RLIMIT_NOFILE, &old);
	SAME(end(), "output\n", "where no descriptor can be had the job's output is printed");
	SAME(captured(2), "errors\n", "its standard error too, then");
	OK(code[0] == EMFILE, "and it is said that there is none");
}

static void test_give_up(void)
{
	begin(PRINT_GROUP, WORDS("sleep", "60"), 2);
	submit(0, "output\n");
	submit(1, "output\n");
	callback_turn(c);
	callback_give_up(c);
	turn_until(2);
	SAME(end(), "", "nothing is printed of jobs whose commands are given up");
	OK(code[0] == ECANCELED && code[1] == ECANCELED, "neither of that which runs, nor of one that waits");
}

static void on_nothing(struct watch *w, unsigned what)
{
	(void)w, (void)what;
}

/* So much else is ready that a round of the loop does not come to the command's output before its grace is over. */
static void test_late_reading(void)
{
	enum { OTHERS = 100 };
	struct watch others[OTHERS];
	struct wait_result r;
	int ends[2];

	begin(PRINT_GROUP, WORDS("tr", "a", "b"), 1);
	if (fd_pipe(ends) < 0 || write(ends[1], "", 1) != 1)
		abort();
	for (int i = 0; i < OTHERS; i++) {
		others[i] = (struct watch){.fd = dup(ends[0]), .want = LOOP_READ, .ready = on_nothing};
		loop_add(loop, &others[i]);
	}
	submit(0, "aha\n");
	callback_turn(c);
	loop_once(loop);
	loop_once(loop); /* what it is given is on its way */
	while (wait_any(&r) != 1)
		;
	callback_reaped(c, r.pid, r.status);
	fake_clock += NSEC_PER_SEC;
	turn_until(1);
	SAME(end(), "bhb\n", "what a command has printed is read, however late");
	for (int i = 0; i < OTHERS; i++) {
		loop_remove(loop, &others[i]);
		close(others[i].fd);
	}
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	struct watch signals = {.want = LOOP_READ, .ready = on_signal};

	loop = loop_new();
	signals.fd = sig_open();
	sig_catch(SIGCHLD, true);
	sig_catch(SIGPIPE, true);
	loop_add(loop, &signals);
	test_output();
	test_order();
	test_no_program();
	test_no_pipe();
	test_give_up();
	test_late_reading();
	loop_remove(loop, &signals);
	loop_free(loop);
	capture_release();
	return tap_end();
}
