/*
 * drive - pp under every fault: each scenario is run again and again, and each time another one of pp's calls fails.
 *
 *   drive             some faults of each kind, TAP
 *   drive -a          all of them: k = 1, 2, 3 ... until pp makes no k-th call, with each errno
 *   drive -s          the same, but from the k-th call on all fail
 *   drive -l          the scenarios
 *   drive -p N        with N processes (default 2)
 *   drive -t SECONDS  with so much time for each run (default 30; with -s 90)
 *   drive NAME...     these scenarios alone
 *   drive -1 NAME FAULT   one run, and what it prints; FAULT as in fault.h
 *
 * $PP is the program. The helpers fault.so and job stand beside drive.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "judge.h"
#include "trial.h"

enum { ERRORS_MOST = 6, COMPLAINTS_SHOWN = 40, ARGS_MOST = 24 };

/* The errors that a call can give; the first one alone in the short way. */
struct errors {
	enum fault_call call;
	int list[ERRORS_MOST];
};

static const struct errors errors[] = {
	{FAULT_access, {EACCES}},
	{FAULT_calloc, {ENOMEM}},
	{FAULT_chdir, {EACCES}},
	{FAULT_clock_gettime, {FAULT_BACK, FAULT_AHEAD}},
	{FAULT_close, {EIO, EINTR}},
	{FAULT_dup2, {EMFILE, EBUSY}},
	{FAULT_epoll_create1, {EMFILE, ENOMEM, ENOSYS}},
	{FAULT_epoll_ctl, {ENOMEM, ENOSPC}},
	{FAULT_epoll_wait, {EINTR}},
	{FAULT_execve, {ENOMEM, EACCES, E2BIG, ENOENT, EIO, ETXTBSY}},
	{FAULT_fcntl, {EMFILE}},
	{FAULT_fork, {EAGAIN, ENOMEM}},
	{FAULT_fstat, {ENOMEM}},
	{FAULT_ftruncate, {EIO, EINTR}},
	{FAULT_ioctl, {ENOTTY}},
	{FAULT_kill, {EPERM, ESRCH}},
	{FAULT_malloc, {ENOMEM}},
	{FAULT_mkdir, {ENOSPC, EACCES}},
	{FAULT_mkfifo, {ENOSPC}},
	{FAULT_mkstemp, {ENOSPC, EMFILE}},
	{FAULT_mmap, {ENOMEM}},
	{FAULT_open, {EMFILE, EINTR, EACCES, ENOSPC, EIO, ENOMEM}},
	{FAULT_pipe, {EMFILE, ENFILE}},
	{FAULT_pipe2, {EMFILE, ENFILE}},
	{FAULT_poll, {EINTR, ENOMEM}},
	{FAULT_ppoll, {EINTR, ENOMEM}},
	{FAULT_pread, {EIO, EINTR, FAULT_SHORT}},
	{FAULT_pselect, {EINTR, ENOMEM}},
	{FAULT_pwrite, {ENOSPC, EIO, EINTR, FAULT_SHORT}},
	{FAULT_pwritev2, {ENOSPC, EIO, EINTR, EAGAIN, EOPNOTSUPP, FAULT_SHORT}},
	{FAULT_read, {EIO, EINTR, FAULT_SHORT}},
	{FAULT_realloc, {ENOMEM}},
	{FAULT_rename, {ENOSPC, EIO}},
	{FAULT_sched_getaffinity, {EPERM}},
	{FAULT_send, {EIO, EINTR, EAGAIN, FAULT_SHORT}},
	{FAULT_setpgid, {EPERM}},
	{FAULT_socketpair, {EMFILE, ENFILE}},
	{FAULT_stat, {ENOMEM, EACCES}},
	{FAULT_timerfd_create, {EMFILE, ENOMEM}},
	{FAULT_timerfd_settime, {EINVAL}},
	{FAULT_vfork, {EAGAIN, ENOMEM}},
	{FAULT_wait4, {EINTR}},
	{FAULT_waitpid, {EINTR}},
	{FAULT_write, {EIO, ENOSPC, EINTR, EPIPE, FAULT_SHORT, EAGAIN}},
};

static const char *const call_names[] = {
#define FAULT_NAME(name) #name,
	FAULT_CALLS(FAULT_NAME)
#undef FAULT_NAME
};

static const char *error_name(int number)
{
	switch (number) {
#define FAULT_CASE(name) \
	case name:       \
		return #name;
		FAULT_ERRORS(FAULT_CASE)
#undef FAULT_CASE
	case FAULT_BACK:
		return "back";
	case FAULT_AHEAD:
		return "ahead";
	default:
		return "short";
	}
}

/* What all processes count, in shared memory. */
struct counts {
	unsigned runs, fired, combinations, complaints;
	unsigned next; /* the next combination to be taken */
};

static struct counts *counts;
static char here[1024]; /* the directory of the helpers */
static bool all, sticky;
static unsigned processes = 2, limit_seconds; /* 0: as long as it may take */
static struct place place;

/* -- One run -- */

/* The arguments of a run; kept until the next one. */
static char *const *arguments(const struct scenario *s)
{
	static char *argv[ARGS_MOST];
	static char texts[ARGS_MOST][2048];
	int count = 0;

	argv[count++] = getenv("PP");
	argv[count++] = (char *)"-j2";
	for (int i = 0; s->args[i]; i++, count++) {
		if (strncmp(s->args[i], "@job", 4) == 0)
			snprintf(texts[count], sizeof texts[count], "%s/job%s", here, s->args[i] + 4);
		else
			snprintf(texts[count], sizeof texts[count], "%s", s->args[i]);
		argv[count] = texts[count];
	}
	argv[count] = NULL;
	return argv;
}

static void print_comment(const char *text)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		printf("#     %.*s\n", (int)strcspn(text, "\n"), text);
}

static void tell(const struct scenario *s, const struct trial *t, const char *plan, const char *complaint)
{
	printf("# drive -1 %s %s: %s (%s %d; %s)\n", s->name, plan, complaint,
	       WIFEXITED(t->status) ? "status" : "signal",
	       WIFEXITED(t->status) ? WEXITSTATUS(t->status) : WTERMSIG(t->status), t->report.file);
	print_comment(t->err.length > 2000 ? t->err.bytes + t->err.length - 2000 : t->err.bytes);
	fflush(stdout);
}

/* Whether nothing may be seen of it: the error says no more than: once again, or is none. A close that was interrupted
   cannot be repeated, and nobody knows what it did. */
static bool asks_again(enum fault_call call, int error)
{
	return (error == EINTR && call != FAULT_close) || error < 0 ||
	       (error == EAGAIN && call != FAULT_fork && call != FAULT_vfork);
}

/* Runs a scenario under a fault. Returns whether the call was reached. */
static bool run_fault(const struct scenario *s, enum fault_who who, enum fault_call call, unsigned k, int error)
{
	struct trial t;
	const char *complaint;
	char plan[128];
	bool fired;

	snprintf(plan, sizeof plan, "%s:%s:%u:%s%s", fault_who_names[who], call_names[call], k, error_name(error),
	         sticky ? ":on" : "");
	trial_run(&t, &place, arguments(s), scenario_input(s), plan);
	__sync_fetch_and_add(&counts->runs, 1);
	fired = t.report.fired > 0;
	__sync_fetch_and_add(&counts->fired, fired);
	complaint = judge(s, &t, &place, asks_again(call, error));
	if (complaint && __sync_fetch_and_add(&counts->complaints, 1) < COMPLAINTS_SHOWN)
		tell(s, &t, plan, complaint);
	trial_release(&t);
	return fired;
}

/* -- Many runs -- */

/* In the short way the steps grow as Fibonacci's numbers do. */
static unsigned next_k(unsigned k, unsigned *before)
{
	unsigned next = all ? k + 1 : k + *before;

	*before = k;
	return next;
}

/* Each call of one kind and process, with one errno. */
static void run_combination(const struct scenario *s, enum fault_who who, enum fault_call call, int error)
{
	__sync_fetch_and_add(&counts->combinations, 1);
	for (unsigned k = 1, before = 1; run_fault(s, who, call, k, error);)
		k = next_k(k, &before);
}

/* This process's part of a scenario: the combinations that no other has taken yet. */
static void run_part(const struct scenario *s, const struct fault_report *control)
{
	unsigned number = 0, mine = __sync_fetch_and_add(&counts->next, 1);

	for (int who = 0; who < FAULT_WHO_COUNT; who++) {
		for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
			const struct errors *e = &errors[i];

			for (int n = 0; n < (all ? ERRORS_MOST : 1) && e->list[n]; n++) {
				if (control->seen[who][e->call] == 0 || (sticky && asks_again(e->call, e->list[n])) ||
				    number++ != mine)
					continue;
				run_combination(s, (enum fault_who)who, e->call, e->list[n]);
				mine = __sync_fetch_and_add(&counts->next, 1);
			}
		}
	}
}

static void open_place(void)
{
	static char library[1100];

	snprintf(library, sizeof library, "%s/fault.so", here);
	if (place_open(&place, library, limit_seconds ? limit_seconds : sticky ? 90 : 30) < 0) {
		printf("Bail out! cannot make a directory: %s\n", strerror(errno));
		exit(1);
	}
}

static void run_scenario(const struct scenario *s, const struct fault_report *control)
{
	fflush(stdout);
	counts->next = 0;
	for (unsigned i = 0; i < processes; i++) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			open_place();
			run_part(s, control);
			place_close(&place);
			exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

/* Without a fault all must be right, and the library must be at work. Returns a complaint. */
static const char *run_control(const struct scenario *s, struct fault_report *report)
{
	const char *complaint;
	struct trial t;

	trial_run(&t, &place, arguments(s), scenario_input(s), NULL);
	*report = t.report;
	complaint = judge(s, &t, &place, true);
	if (!complaint && WEXITSTATUS(t.status) != 0)
		complaint = "it fails without any fault";
	if (complaint && report->manager)
		tell(s, &t, "none", complaint);
	trial_release(&t);
	return complaint;
}

static bool is_wanted(const char *name, char **names)
{
	for (char **n = names; *n; n++) {
		if (strcmp(*n, name) == 0)
			return true;
	}
	return !*names;
}

static int run_all(char **names)
{
	unsigned points = 0;

	open_place();
	for (const struct scenario *s = scenarios; s->name; s++) {
		unsigned before = counts->complaints, fired = counts->fired;
		struct fault_report control;
		const char *complaint;

		if (!is_wanted(s->name, names))
			continue;
		complaint = run_control(s, &control);
		if (!control.manager) {
			printf("1..0 # SKIP the library cannot be loaded into %s\n", getenv("PP"));
			place_close(&place);
			return 0;
		}
		counts->complaints += complaint != NULL;
		if (!complaint)
			run_scenario(s, &control);
		printf("%sok %u - %s: %u faults\n", counts->complaints > before ? "not " : "", ++points, s->name,
		       counts->fired - fired);
		fflush(stdout);
	}
	place_close(&place);
	printf("1..%u\n", points);
	printf("# %u runs, %u faults in %u calls x errors x processes, %u complaints\n", counts->runs, counts->fired,
	       counts->combinations, counts->complaints);
	return counts->complaints > 0;
}

/* -- By hand -- */

static bool plan_asks_again(const char *plan)
{
	return !strstr(plan, "close") && !strstr(plan, "fork") &&
	       (strstr(plan, "EINTR") || strstr(plan, "short") || strstr(plan, "EAGAIN") || strstr(plan, "clock"));
}

static int run_one(const char *name, const char *plan)
{
	const struct scenario *s = scenarios;
	const char *complaint;
	struct trial t;

	while (s->name && strcmp(s->name, name) != 0)
		s++;
	if (!s->name || !plan)
		return 2;
	open_place();
	trial_run(&t, &place, arguments(s), scenario_input(s), plan);
	complaint = judge(s, &t, &place, plan_asks_again(plan));
	printf("%s", t.out.bytes);
	tell(s, &t, plan, complaint ? complaint : t.report.fired ? "right" : "not reached");
	place_close(&place);
	trial_release(&t);
	return complaint != NULL;
}

static int list_scenarios(void)
{
	for (const struct scenario *s = scenarios; s->name; s++) {
		printf("%-10s", s->name);
		for (int i = 0; s->args[i]; i++)
			printf(" %s", s->args[i]);
		printf("\n");
	}
	return 0;
}

/* The environment of the caller has nothing to say here. */
static void clean_environment(void)
{
	static const char *const names[] = {"PP_OPTIONS", "MAKEFLAGS",      "MFLAGS",   "MAKELEVEL",
	                                    "CI",         "GITHUB_ACTIONS", "GITLAB_CI"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
	setenv("LC_ALL", "C", 1);
}

int main(int argc, char **argv)
{
	ssize_t length = readlink("/proc/self/exe", here, sizeof here - 1);
	int option;

	here[length > 0 ? length : 0] = '\0';
	if (strrchr(here, '/'))
		*strrchr(here, '/') = '\0';
	counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED || !getenv("PP")) {
		fprintf(stderr, "drive: PP must name the program\n");
		return 2;
	}
	clean_environment();
	while ((option = getopt(argc, argv, "aslp:t:1")) != -1) {
		all = all || option == 'a' || option == 's';
		sticky = sticky || option == 's';
		if (option == 'p')
			processes = (unsigned)atoi(optarg);
		if (option == 't')
			limit_seconds = (unsigned)atoi(optarg);
		if (option == 'l')
			return list_scenarios();
		if (option == '1')
			return run_one(argv[optind], argv[optind] ? argv[optind + 1] : NULL);
		if (option == '?')
			return 2;
	}
	return run_all(argv + optind);
}
