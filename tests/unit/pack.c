#include "output/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/fd.h"
#include "os/sig.h"
#include "tap.h"

enum { JOBS = 3 };

static char dir[4000];
static struct loop *loop;
static struct results results[JOBS];
static char said[4000]; /* what was told: "0 ", or "0: why " for a file that is not packed */

static void on_done(void *arg, void *job, const struct err *e)
{
	struct results *r = job;
	struct err ignored;

	(void)arg;
	snprintf(said + strlen(said), sizeof said - strlen(said), "%d%s%s ", (int)(r - results), e ? ": " : "",
	         e ? e->text : "");
	results_finish(r, &ignored);
}

static void on_signal(struct watch *w, unsigned what)
{
	(void)w;
	(void)what;
	while (sig_next() != 0)
		continue;
}

/* A job that has written these. */
static void begin(int i, const char *output, const char *errors)
{
	char base[4096];
	struct err e;

	snprintf(base, sizeof base, "%s/%d/", dir, i);
	if (results_begin(&results[i], base, (uint64_t)i + 1, &e) < 0 ||
	    results_write(&results[i], 1, output, strlen(output), &e) < 0 ||
	    (*errors && results_write(&results[i], 2, errors, strlen(errors), &e) < 0))
		printf("Bail out! %s\n", e.text);
}

/* Packs with a shell line. */
static struct pack *start(const char *shell, const char *line)
{
	static char *words[4];
	struct pack_config config = {.words = words, .shown = "the program", .most = 2};

	words[0] = (char *)shell;
	words[1] = (char *)"-c";
	words[2] = (char *)line;

	said[0] = '\0';
	return pack_new(loop, &config, on_done, NULL);
}

/* Until nothing is under way. */
static void wait_for_all(struct pack *p)
{
	while (pack_is_busy(p)) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid > 0)
			OK(pack_reaped(p, pid, status), "a child is a program of this one");
		else if (loop_once(loop) < 0)
			return;
	}
}

static void check_file(int i, const char *name, const char *want)
{
	char path[4200], text[4096];
	ssize_t length;
	int fd;

	snprintf(path, sizeof path, "%s/%d/%s", dir, i, name);
	fd = fd_open(path, O_RDONLY, 0);
	length = fd < 0 ? -1 : fd_read(fd, text, sizeof text - 1);
	fd_close(&fd);
	text[length > 0 ? length : 0] = '\0';
	SAME(length < 0 ? NULL : text, want, "%s of job %d", name, i);
}

static void test_good(void)
{
	struct pack *p = start("sh", "tr a-z A-Z");

	begin(0, "one", "");
	begin(1, "", "two");
	begin(2, "three", "four");
	for (int i = 0; i < JOBS; i++)
		pack_submit(p, &results[i], &results[i]);
	SAME(said, "", "nobody is told while it is submitted");
	wait_for_all(p);
	OK(strlen(said) == strlen("0 1 2 "), "each is told once: %s", said);
	check_file(0, "stdout", "ONE");
	check_file(0, "stderr", "");
	check_file(1, "stdout", "");
	check_file(1, "stderr", "TWO");
	check_file(2, "stdout", "THREE");
	check_file(2, "stderr", "FOUR");
	check_file(2, "stdout~3", NULL);
	check_file(2, "stdout~3~z", NULL);
	OK(!pack_reaped(p, getpid(), 0), "other children are none of its own");
	pack_free(p);
}

/* The program ends badly: the file stays as it is. */
static void check_bad(const char *shell, const char *line, const char *reason)
{
	struct pack *p = start(shell, line);
	char want[5000];

	begin(0, "one", "two");
	pack_submit(p, &results[0], &results[0]);
	wait_for_all(p);
	snprintf(want, sizeof want, "0: cannot compress results: %s/0/stdout: the program: %s ", dir, reason);
	SAME(said, want, "why it is not packed");
	check_file(0, "stdout", "one");
	check_file(0, "stderr", "two");
	check_file(0, "stdout~1~z", NULL);
	pack_free(p);
}

static void test_given_up(void)
{
	struct pack *p = start("sh", "exec sleep 1000");

	for (int i = 0; i < JOBS; i++) {
		begin(i, "one", "two");
		pack_submit(p, &results[i], &results[i]);
	}
	loop_once(loop);
	pack_give_up(p);
	wait_for_all(p);
	OK(strlen(said) == strlen("0 1 2 "), "what is given up is told without an error: %s", said);
	for (int i = 0; i < JOBS; i++)
		check_file(i, "stdout", "one");
	pack_free(p);
}

static void test_freed(void)
{
	struct pack *p = start("sh", "exec sleep 1000");

	for (int i = 0; i < JOBS; i++) {
		begin(i, "one", "");
		pack_submit(p, &results[i], &results[i]);
	}
	loop_once(loop);
	pack_free(p);
	OK(waitpid(-1, NULL, 0) < 0 && errno == ECHILD, "no program is left");
	check_file(0, "stdout~1~z", NULL);
	for (int i = 0; i < JOBS; i++)
		results_drop(&results[i]);
}

static void test_room(void)
{
	static struct results empty;
	struct pack *p = start("sh", "false");
	int n = 0;

	OK(pack_has_room(NULL) && !pack_is_busy(NULL), "where nothing is packed there is room");
	while (pack_has_room(p) && n < 100000) {
		pack_submit(p, &empty, &empty);
		n++;
	}
	OK(n > 1 && n < 1000, "not too many jobs wait");
	pack_free(p);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	struct watch watch;
	char command[4200];

	snprintf(dir, sizeof dir, "%s/pp-pack-XXXXXX", tmp ? tmp : "/tmp");
	loop = loop_new();
	if (!mkdtemp(dir) || !loop)
		return 1;
	/* So that the end of a child ends a wait. */
	watch = (struct watch){.fd = sig_open(), .want = LOOP_READ, .ready = on_signal};
	sig_catch(SIGCHLD, true);
	if (loop_add(loop, &watch) < 0)
		return 1;
	test_good();
	check_bad("sh", "echo x; exit 3", "exit status 3");
	check_bad("sh", "kill -9 $$", "killed by signal 9");
	check_bad("sh", "true", "it has written nothing");
	check_bad("/nonexistent", "", "No such file or directory");
	test_given_up();
	test_freed();
	test_room();
	loop_free(loop);
	snprintf(command, sizeof command, "rm -r '%s'", dir);
	return system(command) != 0 || tap_end();
}
