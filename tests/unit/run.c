/*
 * Whole runs without any worker: the fake pool plays the workers by a script, the clock stands still but for the
 * script.
 */
#include "run/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/msg.h"
#include "capture.h"
#include "fakepool.h"
#include "os/fd.h"
#include "os/sig.h"
#include "tap.h"

enum { MOST_WORDS = 8 };

static struct run_config config;
static struct source_spec source;
static struct items_config items_config;
static struct template_config spellings;
static struct jobs_rule jobs;
static struct termseq termseq;
static struct strv init;
static const char *command_text, *tag_text;
static int input; /* write end of the source, -1 for words */
static int status;
static char log_path[4096], jobs_path[4096], dir[4000];

static struct template *compile(const char *text, struct template_config with)
{
	struct err e;
	struct strv words = {0};
	struct template *t;

	for (; text && *text; text += text[strcspn(text, " ")] == ' ' ? strcspn(text, " ") + 1 : strcspn(text, " "))
		strv_add_n(&words, text, strcspn(text, " "));
	t = template_compile(&with, words.count, words.list, &e);
	strv_release(&words);
	if (!t)
		exit(97);
	return t;
}

/* Jobs 1 to count, one at a time: the command "cmd" and the words a, b, c ... */
static void begin(unsigned count)
{
	strv_release(&source.words);
	source = (struct source_spec){.kind = SOURCE_WORDS, .fd = -1};
	for (unsigned n = 0; n < count; n++) {
		char word[2] = {(char)('a' + n), '\0'};

		strv_add(&source.words, word);
	}
	items_config = (struct items_config){.sources = &source, .source_count = 1};
	spellings = (struct template_config){.mode = TEMPLATE_EXEC};
	jobs = (struct jobs_rule){.kind = JOBS_COUNT, .number = 1};
	rule_parse_termseq(RULE_TERMSEQ_DEFAULT, &termseq);
	command_text = "cmd";
	tag_text = NULL;
	input = -1;
	config = (struct run_config){
		.workers = 1,
		.jobs = &jobs,
		.processors = 1,
		.most_workers = 50,
		.init = &init,
		.termseq = &termseq,
		.policy = {.tries = 1, .retry_on.any = true},
		.printer = {.mode = PRINT_GROUP, .live = true, .budget = 65536},
	};
}

/* The same with lines that the script feeds. */
static void begin_fed(void)
{
	int ends[2];

	begin(0);
	if (fd_pipe(ends) < 0)
		exit(99);
	source = (struct source_spec){.kind = SOURCE_FD, .fd = ends[0]};
	input = ends[1];
}

static const char *play(const char *script)
{
	struct template_config plain = {.never_append = true};
	struct template *command = compile(command_text, spellings), *tag = tag_text ? compile(tag_text, plain) : NULL;
	struct items *items;
	struct err e;

	items = items_new(&items_config, &e);
	if (!items)
		exit(96);
	items_set_template(items, command, &spellings);
	config.items = items;
	config.template = command;
	config.tag = tag;
	fakepool_begin(script, input);
	capture_begin();
	status = run(&config);
	capture_end();
	sig_reset_child();
	items_free(items);
	template_free(command);
	template_free(tag);
	if (source.kind == SOURCE_FD)
		fd_close(&source.fd);
	return fakepool_log();
}

static bool says(const char *text)
{
	return strstr(captured(2), text) != NULL;
}

static void set_halt(const char *text)
{
	if (rule_parse_halt(text, &config.policy.halt) < 0)
		exit(95);
	config.needs_total = config.policy.halt.when != HALT_NEVER && config.policy.halt.count == 0;
}

/* -- Order -- */

static void test_plain(void)
{
	begin(0);
	SAME(play(""), "close", "without jobs the pool is closed at once");
	OK(status == 0, "and the exit status is 0");
	begin(3);
	SAME(play("done 1; done 2; done 3"), "+1 +2 +3 close", "one job after another");
	OK(status == 0, "all went well");
	SAME(fakepool_words(2), "cmd b", "the command of a job is rendered");
	OK(fakepool_task(2)->sequence == 2 && fakepool_task(2)->try == 1 && fakepool_task(2)->timeout == 0,
	   "its number and try go with it");
	begin(5);
	config.workers = 2;
	SAME(play("done 2; done 3; done 1; done 5; done 4"), "+1 +2 +3 +4 +5 close",
	     "as many at a time as there are workers");
	begin(2);
	config.workers = 5;
	config.timeout = 7;
	SAME(play("done 2; done 1"), "+1 +2 close", "more workers than jobs");
	OK(fakepool_task(1)->timeout == 7, "a time limit goes with the task");
}

static void test_failures(void)
{
	begin(4);
	play("done 1 3; killed 2 9; done 3; timeout 4 15");
	OK(status == 3, "the exit status counts the jobs that failed");
	OK(says("pp: job 4 timed out: cmd d\n"), "a job whose time was over is told");
	OK(!says("job 1") && !says("job 2"), "a command that failed is not pp's to tell");
	begin(3);
	play("lost 1 9; vanish; done 2; done 3");
	OK(status == 1 && says("pp: job 1 lost with its worker: cmd a\n"), "a job lost with its worker is told");
	OK(says("pp: worker lost: slot 1: killed by signal 9\n"), "so is the worker");
}

static void test_back(void)
{
	begin(4);
	config.workers = 3;
	SAME(play("back 1; done 2; done 3; done 1; done 4"), "+1 +2 +3 +1 +4 close",
	     "a job that came back is the next to be handed over");
	OK(fakepool_task(1)->try == 1, "and its try does not count");
	begin(4);
	config.workers = 4;
	SAME(play("back 3; back 2; back 4; done 1; done 2; done 3; done 4"), "+1 +2 +3 +4 +3 +2 +4 close",
	     "several that came back are handed over again");
	OK(status == 0, "and none is forgotten");
}

/* -- Output -- */

static void test_output(void)
{
	begin(2);
	config.workers = 2;
	play("out 1 one; out 2 two; err 1 oops; done 2; done 1");
	SAME(captured(1), "two\none\n", "output comes as jobs end");
	SAME(captured(2), "oops\n", "standard error apart");
	begin(3);
	config.workers = 3;
	config.printer.mode = PRINT_KEEP;
	play("out 3 three; done 3; out 2 two; done 2; out 1 one; done 1");
	SAME(captured(1), "one\ntwo\nthree\n", "or in the order of the jobs");
	begin(2);
	config.workers = 2;
	config.printer.mode = PRINT_LINES;
	play("out 1 1a; out 2 2a; out 1 1b; done 1; done 2");
	SAME(captured(1), "1a\n2a\n1b\n", "or line by line");
	begin(2);
	tag_text = "{}";
	play("out 1 x; done 1; out 2 y; done 2");
	SAME(captured(1), "a\tx\nb\ty\n", "with a tag in front of each line");
	begin(2);
	config.verbose = true;
	play("out 1 x; done 1; done 2");
	SAME(captured(1), "cmd a\nx\ncmd b\n", "with the command in front of its output");
	begin(2);
	config.trace = true;
	play("out 1 x; done 1; done 2");
	SAME(captured(2), "cmd a\ncmd b\n", "a traced command is told on standard error");
}

static void test_dry_run(void)
{
	begin(3);
	config.dry_run = true;
	play("");
	SAME(captured(1), "cmd a\ncmd b\ncmd c\n", "a dry run prints all commands");
	OK(status == 0 && !fakepool_words(1), "and hands over none");
}

/* -- Retries -- */

static void test_retry(void)
{
	begin(2);
	config.policy.tries = 3;
	SAME(play("done 1 1; done 1 1; done 1; done 2"), "+1 +1!2 +1!3 +2 close", "a job that fails is tried again");
	OK(status == 0, "the last try counts");
	begin(1);
	config.policy.tries = 2;
	config.printer.live = false;
	SAME(play("out 1 bad; done 1 1; out 1 good; done 1 4"), "+1 +1!2 close", "until there are no more tries");
	SAME(captured(1), "good\n", "only the output of the last try is printed");
	OK(status == 1, "a job that failed each time failed once");
	begin(2);
	config.policy.tries = 2;
	SAME(play("lost 1 9; back 1; done 1; done 2"), "+1 +1!2 +1!2 +2 close",
	     "a lost job is tried again, one that came back keeps its try");
	OK(status == 0 && !says("lost"), "with nothing to tell");
}

static void test_retry_delay(void)
{
	begin(3);
	config.policy.tries = 2;
	config.policy.retry_delay = 10 * NSEC_PER_SEC;
	SAME(play("done 1 1; done 2; clock 13000; done 3; done 1"), "+1 +2 +3 +1!2 close",
	     "other jobs run while one waits for its next try");
	OK(status == 0, "which ends well");
	begin(2);
	config.workers = 2;
	config.policy.tries = 2;
	config.policy.retry_delay = 10 * NSEC_PER_SEC;
	SAME(play("done 2 1; clock 5000; done 1 1; clock 8000; done 2; clock 8000; done 1"), "+1 +2 +2!2 +1!2 close",
	     "the one that rests longer comes later");
}

/* -- Halt -- */

static void test_halt(void)
{
	begin(5);
	config.workers = 2;
	set_halt("soon,fail=1");
	SAME(play("done 1 7; done 2"), "+1 +2 recall close", "halt soon: no new job, running ones finish");
	OK(status == 7, "the exit status is that of the job");
	begin(5);
	config.workers = 3;
	set_halt("now,fail=1");
	SAME(play("done 2 7; cancelled 1 15; cancelled 3 15"), "+1 +2 +3 cancel:15 close",
	     "halt now: running ones are ended");
	OK(status == 7, "with the status of the one that failed");
	begin(5);
	config.workers = 2;
	set_halt("now,success=1");
	play("done 1 1; done 2; cancelled 3 15");
	OK(status == 0, "halt at a success: exit status 0");
	begin(4);
	set_halt("soon,fail=50%");
	SAME(play("done 1 1; done 2; done 3 1"), "+1 +2 +3 recall close", "a percentage is of all jobs");
	OK(status == 50, "and so is the exit status");
	begin(3);
	config.workers = 2;
	set_halt("soon,fail=1");
	SAME(play("done 1 1; back 2"), "+1 +2 recall close", "a job that comes back after a halt is not run");
	OK(status == 1, "and not counted");
}

static void test_halt_resting(void)
{
	begin(3);
	config.workers = 2;
	config.policy.tries = 2;
	config.policy.retry_delay = 100 * NSEC_PER_SEC;
	set_halt("soon,fail=1");
	SAME(play("done 1 4; done 2; clock 125000; lost 3 9; done 1 4"), "+1 +2 +3 +1!2 recall close",
	     "a halt ends the wait for further tries");
	OK(status == 4, "their last try counts");
	OK(says("job 3 lost"), "and is told");
}

/* -- Input -- */

static void test_input(void)
{
	begin_fed();
	config.workers = 2;
	SAME(play("feed x; done 1; feed y; feed z; done 3; done 2; eof"), "+1 +2 +3 close",
	     "a job starts when its line comes");
	SAME(fakepool_words(3), "cmd z", "with that line");
	begin_fed();
	SAME(play("feed x; eof; done 1"), "+1 close", "the input may end while jobs run");
	begin_fed();
	SAME(play("eof"), "close", "or before the first");
	begin_fed();
	set_halt("soon,fail=1");
	SAME(play("feed x; done 1 3"), "+1 recall close", "a halt does not wait for input");
	OK(status == 3, "which nobody will read");
	begin_fed();
	config.needs_total = true;
	command_text = "cmd {} {#} {##}";
	SAME(play("feed x; feed y; eof; done 1; done 2"), "+1 +2 close",
	     "where the number of jobs counts all input is read first");
	SAME(fakepool_words(2), "cmd y 2 2", "and then known");
}

static void test_delay(void)
{
	begin(3);
	config.workers = 3;
	config.delay = 2 * NSEC_PER_SEC;
	SAME(play("done 1; clock 2000; clock 2000; done 3; done 2"), "+1 +2 +3 close",
	     "between two starts there is a delay");
}

/* -- Interrupted -- */

static void test_interrupt(void)
{
	begin(5);
	config.workers = 2;
	SAME(play("count 2; signal INT; cancelled 1 2; cancelled 2 2"), "+1 +2 cancel:2 close",
	     "an interrupt ends the jobs with its signal");
	OK(status == 128 + SIGINT, "and says so in the exit status");
	begin(5);
	config.workers = 2;
	SAME(play("count 2; signal TERM; signal TERM; cancelled 1 9; cancelled 2 9"), "+1 +2 cancel:15 cancel:9 close",
	     "a second one kills");
	OK(status == 128 + SIGTERM, "the first one counts");
	begin(5);
	config.workers = 2;
	SAME(play("count 2; signal HUP; done 1; done 2"), "+1 +2 recall close", "after a hang-up running jobs finish");
	OK(status == 128 + SIGHUP, "it counts as the end");
	begin_fed();
	SAME(play("signal INT"), "cancel:2 close", "an interrupt while input is awaited ends the run at once");
	OK(status == 128 + SIGINT, "with the same status");
	begin(1);
	config.policy.tries = 2;
	config.policy.retry_delay = 100 * NSEC_PER_SEC;
	SAME(play("done 1 1; signal INT"), "+1 cancel:2 close", "and so it does while a job waits for its next try");
}

static void test_other_signals(void)
{
	begin(3);
	SAME(play("count 1; signal USR1; done 1; signal USR2; done 2; done 3"), "+1 size:2 +2 +3 size:1 close",
	     "two signals make the pool larger and smaller");
	begin(1);
	SAME(play("count 1; signal USR2; done 1"), "+1 close", "it never becomes empty");
	begin(1);
	SAME(play("count 1; signal CONT; done 1"), "+1 signal:CONT close", "a signal to go on is passed to the jobs");
}

/* -- What goes wrong -- */

static void test_not_started(void)
{
	begin(3);
	play("refused 1 2; done 2; refused 3 13");
	OK(status == 2 && says("pp: cannot start job 1: cmd a: No such file or directory\n"),
	   "a program that cannot be started is told");
	begin(5);
	config.fixed_program = true;
	SAME(play("refused 1 2"), "+1 recall close", "where all jobs run the same program that is the end");
	OK(status == 127, "with 127 when it does not exist");
	begin(5);
	config.fixed_program = true;
	play("refused 1 13");
	OK(status == 126, "and 126 when it cannot be executed");
	begin(2);
	config.fixed_program = true;
	play("refused 1 7; done 2");
	OK(status == 1 && says("too long"), "arguments that are too long are the fault of one job");
}

static void test_too_long(void)
{
	char *word = calloc(1, 301);

	begin(0);
	memset(word, 'x', 300);
	strv_add(&source.words, word);
	strv_add(&source.words, "b");
	SAME(play("done 2"), "+1 +2 close", "a task that no worker takes does not stop the others");
	OK(status == 1 && says("cannot start job 1"), "and is told");
	free(word);
}

static void test_pool_trouble(void)
{
	begin(4);
	config.workers = 2;
	play("count 2; dead; done 1; done 2");
	OK(status == RUN_FAILED && says("pp: no worker can be started"), "a pool without workers ends the run");
	begin(2);
	play("startfail 11; done 1; done 2");
	OK(status == 0 && says("pp: warning: cannot start a worker"),
	   "a worker that cannot be started yet is a warning");
	begin(2);
	strv_add(&init, "false");
	config.workers = 2;
	play("initfail 3; initfail 3; done 1; done 2");
	OK(status == 0 && says("pp: initializer failed: exit status 3: false\n"), "an initializer that fails is told");
	OK(says("initializer") && !strstr(strstr(captured(2), "initializer") + 1, "initializer"), "once");
	strv_clear(&init);
}

static void test_timeout_percent(void)
{
	begin(5);
	config.workers = 2;
	config.timeout_percent = 200;
	SAME(play("took 1 1000; done 1; took 3 1000; done 3; took 4 1000; done 4; clock 1900; clock 200; cancelled 2 "
	          "15; "
	          "cancelled 5 15"),
	     "+1 +2 +3 +4 +5 -5:15 -2:15 close", "a job that takes twice as long as others is ended");
	OK(status == 2 && says("job 2 timed out") && says("job 5 timed out"), "and counts as one whose time was over");
	begin(5);
	config.workers = 2;
	config.timeout_percent = 1e20;
	SAME(play("took 1 1000; done 1; took 3 1000; done 3; took 4 1000; done 4; clock 1900; done 2; done 5"),
	     "+1 +2 +3 +4 +5 close", "a limit beyond all time is none");
}

/* -- Files -- */

static const char *file_text(const char *path)
{
	static char text[4096];
	int fd = fd_open(path, 0, 0);
	ssize_t n = fd_read(fd, text, sizeof text - 1);

	fd_close(&fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* The task of a program that stays is told of as it was given, not as a shell would take it. */
static void test_tasks(void)
{
	static const struct pool_program program;

	begin(1);
	command_text = "it's {}";
	config.trace = true;
	play("done 1");
	SAME(captured(2), "'it'\\''s' a\n", "a command is quoted");
	begin(1);
	command_text = "it's {}";
	config.trace = true;
	config.program = &program;
	play("done 1");
	SAME(captured(2), "it's a\n", "a task is not");
}

static void test_joblog(void)
{
	begin(2);
	config.sinks.joblog = log_path;
	fake_clock = 1000 * NSEC_PER_SEC;
	play("took 1 250; out 1 12345; done 1 3; killed 2 9");
	SAME(file_text(log_path),
	     "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n"
	     "1\t:\t1000.000\t     0.250\t0\t6\t3\t0\tcmd a\n"
	     "2\t:\t1000.000\t     1.000\t0\t0\t0\t9\tcmd b\n",
	     "each job is a line of the log");
	begin(2);
	config.workers = 2;
	config.policy.tries = 2;
	config.printer.live = false;
	set_halt("soon,fail=1");
	config.sinks.joblog = log_path;
	play("out 1 x; done 1 4; done 2 3; done 2 3; back 1");
	OK(!strstr(file_text(log_path), "\n1\t") && strstr(file_text(log_path), "\n2\t"),
	   "a job whose next try did not take place any more is in no log: what it had printed is gone");
	begin(1);
	config.sinks.joblog = "/pp-no-such-dir/log";
	play("");
	OK(status == RUN_FAILED && says("cannot open job log: /pp-no-such-dir/log"),
	   "a log that cannot be opened is told");
	unlink(log_path);
}

static void write_jobs(const char *text)
{
	FILE *file = fopen(jobs_path, "w");

	fputs(text, file);
	fclose(file);
}

static void test_jobs_file(void)
{
	begin(4);
	jobs = (struct jobs_rule){.kind = JOBS_FILE, .path = jobs_path};
	write_jobs("2\n");
	SAME(play("done 1; done 2; done 3; done 4"), "size:2 +1 +2 +3 +4 close",
	     "the size of the pool may come from a file");
	begin(2);
	jobs = (struct jobs_rule){.kind = JOBS_FILE, .path = jobs_path};
	write_jobs("1000\n");
	SAME(play("done 1; done 2"), "size:50 +1 +2 close", "never more than the system allows");
	unlink(jobs_path);
}

static void set_up(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGUSR1, SIGUSR2};
	const char *tmp = getenv("TMPDIR");

	/* The caller may have ignored some, which the run would respect. */
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sig_default(signals[i]);
	snprintf(dir, sizeof dir, "%s/pp-run-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		exit(99);
	snprintf(log_path, sizeof log_path, "%s/log", dir);
	snprintf(jobs_path, sizeof jobs_path, "%s/jobs", dir);
	alarm(20);
}

int main(void)
{
	set_up();
	test_plain();
	test_failures();
	test_back();
	test_output();
	test_dry_run();
	test_retry();
	test_retry_delay();
	test_halt();
	test_halt_resting();
	test_input();
	test_delay();
	test_interrupt();
	test_other_signals();
	test_not_started();
	test_too_long();
	test_pool_trouble();
	test_timeout_percent();
	test_tasks();
	test_joblog();
	test_jobs_file();
	strv_release(&source.words);
	fakepool_release();
	capture_release();
	OK(rmdir(dir) == 0, "nothing is left behind");
	return tap_end();
}
