#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { AFTERLIFE_MS = 10000 }; /* how long what pp started may outlive it */

__attribute__((noreturn)) static void give_up(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -- Files -- */

static unsigned files_seen;

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	files_seen += walk->level > 0;
	return remove(path);
}

/* Makes a directory, or an existing one empty. Returns how many files there were. */
static unsigned fresh(const char *path)
{
	files_seen = 0;
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	if (mkdir(path, 0700) < 0)
		give_up(path);
	return files_seen;
}

static const char *path_in(const struct place *p, const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", p->directory, name);
	return path;
}

/* Removes the directory when the process that holds the other end of the pipe is gone, however it went. */
__attribute__((noreturn)) static void keep_clean(const struct place *p, int alive)
{
	char byte;

	setsid();
	for (int fd = 0; fd < 3; fd++)
		dup2(alive, fd);
	while (read(alive, &byte, 1) < 0 && errno == EINTR)
		;
	/* What it has started goes too, and may write for a moment. */
	for (int i = 0; i < 50 && access(p->directory, F_OK) == 0; i++) {
		nftw(p->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		poll(NULL, 0, 20);
	}
	_exit(0);
}

/* No child of this process, which is not to wait for it. */
static int start_cleaner(struct place *p)
{
	int ends[2];
	pid_t pid;

	if (p->alive > 0)
		close(p->alive);
	p->alive = 0;
	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		close(ends[1]);
		if (fork() == 0)
			keep_clean(p, ends[0]);
		_exit(0);
	}
	close(ends[0]);
	p->alive = ends[1];
	waitpid(pid, NULL, 0);
	return 0;
}

int place_open(struct place *p, const char *library, unsigned limit_seconds)
{
	const char *dir = getenv("TMPDIR");

	p->library = library;
	p->limit_seconds = limit_seconds;
	snprintf(p->directory, sizeof p->directory, "%s/pp-faults.XXXXXX", dir && *dir ? dir : "/tmp");
	if (!mkdtemp(p->directory) || start_cleaner(p) < 0)
		return -1;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	return 0;
}

void place_close(struct place *p)
{
	nftw(p->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void text_add(struct text *t, const char *bytes, size_t length)
{
	t->bytes = realloc(t->bytes, t->length + length + 1);
	if (!t->bytes)
		give_up("realloc");
	memcpy(t->bytes + t->length, bytes, length);
	t->length += length;
	t->bytes[t->length] = '\0';
}

/* Returns false at the end. */
static bool text_read(struct text *t, int fd)
{
	char bytes[65536];
	ssize_t n = read(fd, bytes, sizeof bytes);

	if (n > 0)
		text_add(t, bytes, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

void place_add(const struct place *p, const char *name, struct text *t)
{
	char within[512];
	int fd;

	snprintf(within, sizeof within, "work/%s", name);
	fd = open(path_in(p, within), O_RDONLY | O_CLOEXEC);
	text_add(t, "", 0);
	while (fd >= 0 && text_read(t, fd))
		;
	if (fd >= 0)
		close(fd);
}

/* -- The run -- */

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		give_up(path);
}

static void set(const char *name, const char *value)
{
	if (setenv(name, value, 1) < 0)
		give_up(name);
}

static void become(struct place *p, char *const *argv, const char *input, const char *plan, int out, int err)
{
	int in;

	if (input)
		write_file(path_in(p, "input"), input);
	in = open(input ? path_in(p, "input") : "/dev/null", O_RDONLY);
	if (in < 0 || chdir(path_in(p, "work")) < 0)
		give_up("work");
	set("TMPDIR", path_in(p, "tmp"));
	set("LD_PRELOAD", p->library);
	set("FAULT_REPORT", path_in(p, "report"));
	if (plan)
		set("FAULT", plan);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	execv(argv[0], argv);
	_exit(99);
}

/* Kills the children that there are. What these leave behind comes to be ours in turn. */
static unsigned kill_children(void)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	unsigned killed = 0;
	int pid;

	while (f && fscanf(f, "%d", &pid) == 1) {
		kill(pid, SIGKILL);
		killed++;
	}
	if (f)
		fclose(f);
	return killed;
}

/* Reaps all children. Returns whether none is left in the end. */
static bool reap_children(long until)
{
	pid_t got;

	while ((got = waitpid(-1, NULL, WNOHANG)) > 0 || (got == 0 && now_ms() < until))
		poll(NULL, 0, got == 0);
	return got != 0;
}

/* Takes what comes, until both streams are closed by all who hold them. */
static void follow(struct trial *t, int out, int err, long until)
{
	struct pollfd streams[] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
	struct text *texts[] = {&t->out, &t->err};

	while (streams[0].fd >= 0 || streams[1].fd >= 0) {
		long left = until - now_ms();

		if (left <= 0 || poll(streams, 2, (int)left) == 0)
			return;
		for (int i = 0; i < 2; i++) {
			if (streams[i].revents && !text_read(texts[i], streams[i].fd))
				streams[i].fd = -1;
		}
	}
}

/* The end of the program, and of what it left behind. */
static void reap(struct trial *t, pid_t pid, long until)
{
	pid_t got;

	while ((got = waitpid(pid, &t->status, WNOHANG)) == 0 && now_ms() < until)
		poll(NULL, 0, 1);
	if (got == 0) {
		t->timed_out = true;
		kill(pid, SIGKILL);
		waitpid(pid, &t->status, 0);
	}
	if (reap_children(now_ms() + AFTERLIFE_MS))
		return;
	t->processes_left = kill_children();
	while (!reap_children(now_ms() + 100))
		kill_children();
}

void trial_run(struct trial *t, struct place *p, char *const *argv, const char *input, const char *plan)
{
	long until = now_ms() + 1000L * p->limit_seconds;
	int out[2], err[2], report;
	pid_t pid;

	*t = (struct trial){.status = 0};
	text_add(&t->out, "", 0);
	text_add(&t->err, "", 0);
	fresh(path_in(p, "work"));
	fresh(path_in(p, "tmp"));
	unlink(path_in(p, "report"));
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		give_up("cannot start");
	if (pid == 0)
		become(p, argv, input, plan, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	follow(t, out[0], err[0], until);
	close(out[0]);
	close(err[0]);
	reap(t, pid, until);
	t->files_left = fresh(path_in(p, "tmp"));
	report = open(path_in(p, "report"), O_RDONLY | O_CLOEXEC);
	if (report < 0 || read(report, &t->report, sizeof t->report) != (ssize_t)sizeof t->report)
		t->report = (struct fault_report){.manager = 0};
	if (report >= 0)
		close(report);
}

void trial_release(struct trial *t)
{
	free(t->out.bytes);
	free(t->err.bytes);
}
