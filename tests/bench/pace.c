/*
 * pace - runs several commands in turn, A B C A B C, and compares what they took.
 *
 * usage: pace [-r ROUNDS] [-b BYTES] [-t|-f|-w|-m TARGET]... --- NAME INPUT JOBS COMMAND [WORD]... [--- ...]...
 *
 * Each command gets the file INPUT as standard input. Its output goes to /dev/null; with -b it goes to a pipe that is
 * read to the end, and at least BYTES must arrive. JOBS is what the time is divided by: commands with different amounts
 * of work can be compared by their time per job.
 *
 * A ratio is taken within a round, and what is printed is the median over the rounds: a machine that is slower for a
 * while is slower for all commands of that round. The peak is the resident memory of the largest process of the
 * command. A command that takes more than ten minutes is killed.
 *
 *   -t A/B=1.10   the time of A is to be at most 1.10 times that of B
 *   -f A/B=50     A is to do at least 50 times as many jobs in a time as B
 *   -w A=4        A is to take at most 4 seconds
 *   -m A=64       the peak of A is to be under 64 MiB
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MOST = 16, TARGETS_MOST = 16, ROUNDS_MOST = 1000, SECONDS_MOST = 600 };

struct command {
	const char *name;
	const char *input;
	double jobs;
	char **argv;
	double wall[ROUNDS_MOST]; /* seconds, by round */
	double cpu[ROUNDS_MOST];
	double peak_mib;
};

enum target_kind { TARGET_TIME = 't', TARGET_FASTER = 'f', TARGET_SECONDS = 'w', TARGET_MEMORY = 'm' };

struct target {
	enum target_kind kind;
	char *name;
	char *other;
	double limit;
};

extern char **environ;

static const char how_to_call[] = "pace [option]... --- NAME INPUT JOBS COMMAND [WORD]... [--- ...]...";
static struct command commands[COMMANDS_MOST];
static size_t command_count;
static struct target targets[TARGETS_MOST];
static size_t target_count;
static size_t rounds = 5;
static long long bytes_least = -1;
static volatile pid_t running;

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "pace: %s: %s\n", what, why);
	exit(2);
}

/* -- Running -- */

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double mib_of(const struct rusage *usage)
{
#ifdef __APPLE__
	return (double)usage->ru_maxrss / (1024 * 1024);
#else
	return (double)usage->ru_maxrss / 1024;
#endif
}

/* Starts the command with output as standard output, or with none where that is -1. */
static pid_t start(const struct command *command, int output)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, command->input, O_RDONLY, 0);
	if (output >= 0)
		posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	else
		posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(&pid, command->argv[0], &actions, NULL, command->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		fail(command->name, strerror(error));
	return pid;
}

static void on_alarm(int signal)
{
	(void)signal;
	kill(running, SIGKILL);
}

static long long drain(int fd)
{
	static char bytes[1 << 16];
	long long total = 0;
	ssize_t got;

	while ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR))
		total += got > 0 ? got : 0;
	close(fd);
	return total;
}

static void look_at_end(const struct command *command, int status, long long bytes)
{
	if (WIFSIGNALED(status))
		fail(command->name, WTERMSIG(status) == SIGKILL ? "took too long" : "ended by a signal");
	if (WEXITSTATUS(status) != 0)
		fail(command->name, "did not end with status 0");
	if (bytes < bytes_least)
		fail(command->name, "printed less than it was to");
}

static void run_command(struct command *command, size_t round)
{
	int ends[2] = {-1, -1};
	long long bytes = -1;
	struct rusage usage;
	double began;
	int status;

	if (bytes_least >= 0) {
		if (pipe(ends) < 0)
			fail("pipe", strerror(errno));
		fcntl(ends[0], F_SETFD, FD_CLOEXEC);
		fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	}
	began = seconds_now();
	running = start(command, ends[1]);
	alarm(SECONDS_MOST);
	if (bytes_least >= 0) {
		close(ends[1]);
		bytes = drain(ends[0]);
	}
	while (wait4(running, &status, 0, &usage) < 0 && errno == EINTR)
		continue;
	alarm(0);
	command->wall[round] = (seconds_now() - began) / command->jobs;
	command->cpu[round] = (seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime)) / command->jobs;
	if (mib_of(&usage) > command->peak_mib)
		command->peak_mib = mib_of(&usage);
	look_at_end(command, status, bytes);
}

/* -- Comparing -- */

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* The value at the given share of the way from the least to the greatest: 0.5 is the median. */
static double value_at(const double *values, double share)
{
	static double sorted[ROUNDS_MOST];
	double place = share * (double)(rounds - 1);
	size_t below = (size_t)place;
	size_t above = below + 1 < rounds ? below + 1 : below;

	memcpy(sorted, values, rounds * sizeof *values);
	qsort(sorted, rounds, sizeof *sorted, by_value);
	return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}

static double ratio_of(const struct command *command, const struct command *other)
{
	static double ratios[ROUNDS_MOST];

	for (size_t i = 0; i < rounds; i++)
		ratios[i] = command->wall[i] / other->wall[i];
	return value_at(ratios, 0.5);
}

static const struct command *command_named(const char *name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	fail(name, "no such command");
	return NULL;
}

static void print_heading(void)
{
	printf("%-22s %9s %11s %11s %11s %11s %11s %9s", "", "jobs", "ms a job", "least", "most", "cpu", "jobs a s",
	       "peak MiB");
	for (size_t i = 0; i < command_count && i < 2; i++)
		printf("  / %-8s", commands[i].name);
	printf("\n");
}

static void print_command(const struct command *command)
{
	double median = value_at(command->wall, 0.5);

	printf("%-22s %9.0f %11.4g %11.4g %11.4g %11.4g %11.0f %9.1f", command->name, command->jobs, 1e3 * median,
	       1e3 * value_at(command->wall, 0), 1e3 * value_at(command->wall, 1), 1e3 * value_at(command->cpu, 0.5),
	       1 / median, command->peak_mib);
	for (size_t i = 0; i < command_count && i < 2; i++)
		printf("  %10.2f", ratio_of(command, &commands[i]));
	printf("\n");
}

static double target_value(const struct target *target, const struct command *command)
{
	switch (target->kind) {
	case TARGET_TIME:
		return ratio_of(command, command_named(target->other));
	case TARGET_FASTER:
		return ratio_of(command_named(target->other), command);
	case TARGET_SECONDS:
		return value_at(command->wall, 0.5) * command->jobs;
	case TARGET_MEMORY:
		break;
	}
	return command->peak_mib;
}

static void print_target(const struct target *target)
{
	double value = target_value(target, command_named(target->name));
	bool is_least = target->kind == TARGET_FASTER;
	const char *unit = target->kind == TARGET_MEMORY ? " MiB" : target->kind == TARGET_SECONDS ? " s" : "";
	char what[64];

	if (target->kind == TARGET_TIME)
		snprintf(what, sizeof what, "%s / %s", target->name, target->other);
	else if (is_least)
		snprintf(what, sizeof what, "%s, times %s", target->name, target->other);
	else
		snprintf(what, sizeof what, "%s, %s", target->name, target->kind == TARGET_MEMORY ? "peak" : "time");
	printf("  target: %-28s %8.2f%-4s  at %s %6.2f%-4s  %s\n", what, value, unit, is_least ? "least" : "most",
	       target->limit, unit, (is_least ? value >= target->limit : value <= target->limit) ? "met" : "MISSED");
}

/* -- Words -- */

static bool is_separator(const char *word)
{
	return strcmp(word, "---") == 0;
}

static double number_of(const char *word)
{
	char *end;
	double value = strtod(word, &end);

	if (end == word || *end || value < 0)
		fail(word, "not a number");
	return value;
}

static void add_target(char *word, enum target_kind kind)
{
	struct target *target = &targets[target_count++];
	char *limit = strrchr(word, '=');
	char *slash = strchr(word, '/');
	bool has_other = kind == TARGET_TIME || kind == TARGET_FASTER;

	if (target_count > TARGETS_MOST || !limit || has_other != (slash != NULL))
		fail(word, "not a target");
	*limit = '\0';
	if (slash)
		*slash = '\0';
	*target = (struct target){kind, word, slash ? slash + 1 : NULL, number_of(limit + 1)};
}

/* Takes the command whose separator is the first of the words; gives the words behind it. */
static char **add_command(char **words)
{
	struct command *command = &commands[command_count++];

	if (command_count > COMMANDS_MOST || !is_separator(words[0]) || !words[1] || !words[2] || !words[3] ||
	    !words[4])
		fail("usage", how_to_call);
	command->name = words[1];
	command->input = words[2];
	command->jobs = number_of(words[3]);
	command->argv = words + 4;
	for (words += 4; *words && !is_separator(*words); words++)
		continue;
	return words;
}

/* The separators become the ends of the commands before them. */
static void read_commands(char **words)
{
	while (words[0]) {
		char **next = add_command(words);

		words[0] = NULL;
		words = next;
	}
	if (command_count == 0)
		fail("usage", "no command");
}

static char **read_options(char **words)
{
	for (; words[0] && words[0][0] == '-' && !is_separator(words[0]); words += 2) {
		if (!words[1])
			fail(words[0], "needs a value");
		switch (words[0][1]) {
		case 'r':
			rounds = (size_t)number_of(words[1]);
			break;
		case 'b':
			bytes_least = (long long)number_of(words[1]);
			break;
		case TARGET_TIME:
		case TARGET_FASTER:
		case TARGET_SECONDS:
		case TARGET_MEMORY:
			add_target(words[1], (enum target_kind)words[0][1]);
			break;
		default:
			fail(words[0], "no such option");
		}
	}
	if (rounds < 1 || rounds > ROUNDS_MOST)
		fail("-r", "not a number of rounds");
	return words;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		fail("usage", how_to_call);
	signal(SIGALRM, on_alarm);
	read_commands(read_options(argv + 1));
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < command_count; i++)
			run_command(&commands[i], round);
	}
	print_heading();
	for (size_t i = 0; i < command_count; i++)
		print_command(&commands[i]);
	for (size_t i = 0; i < target_count; i++)
		print_target(&targets[i]);
	return 0;
}
