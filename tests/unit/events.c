#include "output/events.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fd.h"
#include "tap.h"

static char dir[4000], path[4096];
static struct loop *loop;
static struct events v;
static struct err e;
static int rooms; /* how often room was told */

static const struct outcome job = {
	.sequence = 7,
	.slot = 2,
	.cause = OUTCOME_EXITED,
	.status = 3,
	.tries = 1,
	.start = 1000 * NSEC_PER_SEC,
	.run_time = NSEC_PER_SEC,
	.peak_rss = -1,
	.command = "echo a",
};
#define FACTS                                                                                                    \
	"\"seq\":7,\"slot\":2,\"host\":\":\",\"values\":[],\"command\":\"echo "                                  \
	"a\",\"status\":3,\"signal\":null,\"cause\":\"exited\","                                                 \
	"\"start\":1000.000000,\"seconds\":1.000000,\"user\":0.000000,\"system\":0.000000,\"peak_memory\":null," \
	"\"tries\":1"

static void on_ready(void *arg)
{
	(void)arg;
	rooms++;
}

/* What stands in the file; "" where there is none. */
static const char *text(void)
{
	static char content[8192];
	int fd = fd_open(path, O_RDONLY, 0);
	ssize_t n = fd < 0 ? 0 : fd_read(fd, content, sizeof content - 1);

	fd_close(&fd);
	content[n > 0 ? n : 0] = '\0';
	return content;
}

static void begin(void)
{
	OK(events_open(&v, loop, path, on_ready, NULL, &e) == 0, "a file is opened");
}

static void end(const char *want, const char *name)
{
	OK(events_close(&v, &e) == 0, "and closed");
	SAME(text(), want, "%s", name);
}

static void test_jobs(void)
{
	struct json_text carry[2] = {0};

	begin();
	events_start(&v, 5 * NSEC_PER_MSEC, &job);
	events_output(&v, NSEC_PER_SEC, 7, 1, &carry[0], "a\n\xC3", 3);
	events_output(&v, NSEC_PER_SEC, 7, 2, &carry[1], "\"\xE2", 2);
	events_output(&v, NSEC_PER_SEC, 7, 1, &carry[0], "\xA9", 1);
	events_output(&v, NSEC_PER_SEC, 7, 2, &carry[1], "\x82", 1);
	events_end(&v, 2 * NSEC_PER_SEC, &job, carry);
	end("{\"event\":\"start\",\"time\":0.005000,\"seq\":7,\"slot\":2,\"host\":\":\",\"try\":1,\"values\":[],"
	    "\"command\":\"echo a\"}\n"
	    "{\"event\":\"output\",\"time\":1.000000,\"seq\":7,\"stream\":\"stdout\",\"text\":\"a\\n\"}\n"
	    "{\"event\":\"output\",\"time\":1.000000,\"seq\":7,\"stream\":\"stderr\",\"text\":\"\\\"\"}\n"
	    "{\"event\":\"output\",\"time\":1.000000,\"seq\":7,\"stream\":\"stdout\",\"text\":\"\xC3\xA9\"}\n"
	    "{\"event\":\"output\",\"time\":2.000000,\"seq\":7,\"stream\":\"stderr\",\"text\":\"\\udce2\\udc82\"}\n"
	    "{\"event\":\"end\",\"time\":2.000000," FACTS "}\n",
	    "a job from its start to its end");
	OK(carry[0].count == 0 && carry[1].count == 0, "nothing is carried over the end");
}

static void test_retry(void)
{
	struct json_text carry[2] = {0};

	begin();
	events_retry(&v, 0, &job, NSEC_PER_SEC / 2, carry);
	end("{\"event\":\"retry\",\"time\":0.000000," FACTS ",\"delay\":0.500000}\n", "a try that failed");
}

/* Statuses as waitpid gives them. */
static int status_of(int code, int signal)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (signal)
			raise(signal);
		_exit(code);
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void test_workers(void)
{
	int exited = status_of(3, 0), killed = status_of(0, SIGKILL);

	begin();
	events_worker_started(&v, 0, 1, 4711);
	events_worker_lost(&v, 0, 1, 4711, exited);
	events_worker_lost(&v, 0, 2, -1, killed);
	end("{\"event\":\"worker_started\",\"time\":0.000000,\"slot\":1,\"pid\":4711}\n"
	    "{\"event\":\"worker_lost\",\"time\":0.000000,\"slot\":1,\"pid\":4711,\"status\":3,\"signal\":null}\n"
	    "{\"event\":\"worker_lost\",\"time\":0.000000,\"slot\":2,\"pid\":null,\"status\":null,\"signal\":9}\n",
	    "workers come and go");
}

static void test_at_once(void)
{
	begin();
	events_worker_started(&v, 0, 1, 1);
	OK(strlen(text()) > 0, "a line is in the file before it is closed");
	events_close(&v, &e);
	OK(events_close(&v, &e) == 0, "closing twice does no harm");
	events_worker_started(&v, 0, 1, 1);
	begin();
	end("", "a file is made anew");
}

static void test_descriptor(void)
{
	int fd = fd_open(path, O_WRONLY | O_TRUNC, 0);
	char number[20];

	snprintf(number, sizeof number, "%d", fd);
	OK(events_open(&v, loop, number, on_ready, NULL, &e) == 0, "a descriptor is taken");
	OK(fcntl(fd, F_GETFD) == -1 || v.fd == fd, "its number is free again");
	events_worker_started(&v, 0, 1, 1);
	end("{\"event\":\"worker_started\",\"time\":0.000000,\"slot\":1,\"pid\":1}\n", "and written to");
}

/* A pipe that is full, and gets room again. */
static void test_slow_reader(void)
{
	int ends[2], lines = 0, held;
	char number[20], *bytes = malloc(70000), last = '\n';
	struct json_text carry = {0};
	ssize_t n;

	memset(bytes, 'x', 70000);
	if (fd_pipe(ends) < 0)
		exit(99);
	snprintf(number, sizeof number, "%d", ends[1]);
	OK(events_open(&v, loop, number, on_ready, NULL, &e) == 0, "a pipe is taken");
	rooms = 0;
	while (events_has_room(&v) && lines < 1000) {
		events_output(&v, 0, 7, 1, &carry, bytes, 70000);
		lines++;
	}
	OK(lines > 10 && lines < 40, "lines are held until there is no room");
	held = lines;
	fd_set_nonblock(ends[0], true);
	while (rooms == 0) {
		while ((n = fd_read(ends[0], bytes, 70000)) > 0)
			for (ssize_t i = 0; i < n; i++)
				held -= bytes[i] == '\n';
		loop_once(loop);
	}
	OK(events_has_room(&v), "when they were read room is told");
	while ((n = fd_read(ends[0], bytes, 70000)) > 0)
		for (ssize_t i = 0; i < n; i++) {
			held -= bytes[i] == '\n';
			last = bytes[i];
		}
	OK(held == 0 && last == '\n', "and all lines came");
	fd_close(&ends[0]);
	events_worker_started(&v, 0, 1, 1);
	OK(v.error == EPIPE, "a reader that is gone is known");
	events_worker_started(&v, 0, 1, 1);
	OK(events_close(&v, &e) == -1 && e.code == EPIPE, "and told at the end");
	OK(strncmp(e.text, "cannot write events: ", 21) == 0 && strstr(e.text, ": Broken pipe"), "what is said of it");
	free(bytes);
}

/* One who reads more slowly than events come, but reads: something is held all the time. */
static void test_steady_reader(void)
{
	int ends[2];
	char number[20], *bytes = malloc(70000);
	struct json_text carry = {0};
	size_t total = 0, most = 0;

	memset(bytes, 'x', 70000);
	if (fd_pipe(ends) < 0)
		exit(99);
	snprintf(number, sizeof number, "%d", ends[1]);
	events_open(&v, loop, number, on_ready, NULL, &e);
	while (total < (size_t)16 * EVENTS_ROOM) {
		while (events_has_room(&v))
			events_output(&v, 0, 7, 1, &carry, bytes, 1000);
		total += (size_t)fd_read(ends[0], bytes + 1000, 69000);
		loop_once(loop);
		most = v.held.length > most ? v.held.length : most;
	}
	OK(!events_are_written(&v) && most < (size_t)4 * EVENTS_ROOM, "what was written is not held for ever");
	fd_close(&ends[0]);
	events_close(&v, &e);
	free(bytes);
}

static void test_errors(void)
{
	struct stat full;
	int fd = fd_open("/dev/null", O_RDONLY, 0);
	char number[20];

	OK(events_open(&v, loop, "/pp-no-such-dir/x", on_ready, NULL, &e) == -1, "a file that cannot be opened");
	SAME(e.text, "cannot open events file: /pp-no-such-dir/x: No such file or directory", "what is said of it");
	OK(events_open(&v, loop, "99999", on_ready, NULL, &e) == -1, "a descriptor that is not open");
	SAME(e.text, "cannot write events to descriptor 99999: Bad file descriptor", "what is said of it");
	OK(events_open(&v, loop, "99999999999999", on_ready, NULL, &e) == -1, "nor can that be one");
	snprintf(number, sizeof number, "%d", fd);
	OK(events_open(&v, loop, number, on_ready, NULL, &e) == -1, "one that is open for reading only");
	fd_close(&fd);
	if (stat("/dev/full", &full) < 0) {
		OK(true, "a full disk # SKIP no /dev/full");
		return;
	}
	OK(events_open(&v, loop, "/dev/full", on_ready, NULL, &e) == 0, "a full disk");
	events_worker_started(&v, 0, 1, 1);
	OK(v.error == ENOSPC, "is known at the first line");
	events_close(&v, &e);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	signal(SIGPIPE, SIG_IGN);
	snprintf(dir, sizeof dir, "%s/pp-events-XXXXXX", tmp ? tmp : "/tmp");
	loop = loop_new();
	if (!mkdtemp(dir) || !loop)
		return 99;
	snprintf(path, sizeof path, "%s/events", dir);
	test_jobs();
	test_retry();
	test_workers();
	test_at_once();
	test_descriptor();
	test_slow_reader();
	test_steady_reader();
	test_errors();
	loop_free(loop);
	unlink(path);
	OK(rmdir(dir) == 0, "nothing is left behind");
	return tap_end();
}
