/*
 * pingpong - what pp adds to a line that goes to a program and comes back.
 *
 * usage: pingpong ROUNDS TRIPS MOST COMMAND [WORD]...
 *
 * TRIPS lines, one at a time, go to a child that only reads and writes, then to COMMAND, which is to answer with the
 * line itself; and that ROUNDS times in turn. Printed are the medians over all trips of each, in microseconds, and
 * whether their difference is at most MOST.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct partner {
	const char *name;
	pid_t pid;
	int in;  /* what it reads */
	int out; /* what it writes */
	double *trips;
	size_t count;
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "pingpong: %s: %s\n", what, why);
	exit(2);
}

static double microseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* -- Partners -- */

static int echo(void)
{
	char bytes[4096];
	ssize_t got;

	while ((got = read(0, bytes, sizeof bytes)) > 0) {
		if (write(1, bytes, (size_t)got) != got)
			return 1;
	}
	return got < 0;
}

/* Starts the command, or where there is none the child that only reads and writes. The others' ends are closed in
   it. */
static void start(struct partner *partner, char **command, const struct partner *other)
{
	int in[2], out[2];

	if (pipe(in) < 0 || pipe(out) < 0)
		fail("pipe", strerror(errno));
	partner->pid = fork();
	if (partner->pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[0]);
		close(in[1]);
		close(out[0]);
		close(out[1]);
		if (other) {
			close(other->in);
			close(other->out);
		}
		if (!command)
			_exit(echo());
		execvp(command[0], command);
		_exit(127);
	}
	if (partner->pid < 0)
		fail("fork", strerror(errno));
	close(in[0]);
	close(out[1]);
	partner->in = in[1];
	partner->out = out[0];
}

static void end(struct partner *partner)
{
	int status;

	close(partner->in);
	if (waitpid(partner->pid, &status, 0) < 0 || status != 0)
		fail(partner->name, "did not end with status 0");
}

/* -- Trips -- */

static void read_answer(const struct partner *partner, const char *line, size_t length)
{
	char answer[64];
	size_t have = 0;

	while (have < length) {
		ssize_t got = read(partner->out, answer + have, sizeof answer - have);

		if (got <= 0)
			fail(partner->name, "gave no answer");
		have += (size_t)got;
	}
	if (have != length || memcmp(answer, line, length) != 0)
		fail(partner->name, "gave another answer than the line");
}

static void trip(struct partner *partner)
{
	char line[32];
	size_t length = (size_t)snprintf(line, sizeof line, "%zu\n", partner->count);
	double began = microseconds_now();

	if (write(partner->in, line, length) != (ssize_t)length)
		fail(partner->name, strerror(errno));
	read_answer(partner, line, length);
	partner->trips[partner->count++] = microseconds_now() - began;
}

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double report(struct partner *partner)
{
	const double *trips = partner->trips;
	size_t count = partner->count;

	qsort(partner->trips, count, sizeof *trips, by_value);
	printf("%-22s %9zu %11.1f %11.1f %11.1f %11.1f\n", partner->name, count, trips[count / 2], trips[0],
	       trips[count / 10], trips[count * 9 / 10]);
	return trips[count / 2];
}

static size_t count_of(const char *word)
{
	char *end;
	unsigned long value = strtoul(word, &end, 10);

	if (*end || value == 0 || value > 1000000)
		fail(word, "not a number of that kind");
	return value;
}

int main(int argc, char **argv)
{
	struct partner bare = {.name = "bare pipes"}, other = {.name = "through pp"};
	size_t rounds, trips;
	double added, most;

	if (argc < 5)
		fail("usage", "pingpong ROUNDS TRIPS MOST COMMAND [WORD]...");
	rounds = count_of(argv[1]);
	trips = count_of(argv[2]);
	most = strtod(argv[3], NULL);
	bare.trips = calloc(rounds * trips, sizeof *bare.trips);
	other.trips = calloc(rounds * trips, sizeof *other.trips);
	if (!bare.trips || !other.trips)
		fail("memory", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
	alarm(600);
	start(&bare, NULL, NULL);
	start(&other, argv + 4, &bare);
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < trips; i++)
			trip(&bare);
		for (size_t i = 0; i < trips; i++)
			trip(&other);
	}
	end(&bare);
	end(&other);
	printf("%-22s %9s %11s %11s %11s %11s\n", "", "trips", "us a trip", "least", "10 %", "90 %");
	added = -report(&bare);
	added += report(&other);
	printf("  target: %-28s %8.2f%-4s  at most %6.2f%-4s  %s\n", "added to a trip", added, " us", most, " us",
	       added <= most ? "met" : "MISSED");
	return 0;
}
