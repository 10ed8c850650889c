/*
 * pingpong - how long one line takes through a program and back: a line is written, its answer is waited for, many times.
 *
 * usage: pingpong LINES [COMMAND [WORD]...]
 *
 * Without a command the other side is a child that does nothing but read and write: the price of two pipes and two process
 * switches. Prints the median in microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void copy(void)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(0, bytes, sizeof bytes)) > 0) {
		if (write(1, bytes, (size_t)n) != n)
			_exit(1);
	}
	_exit(0);
}

static pid_t start(char **argv, int *to, int *from)
{
	int in[2], out[2];
	pid_t pid;

	if (pipe(in) < 0 || pipe(out) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[0]);
		close(in[1]);
		close(out[0]);
		close(out[1]);
		if (!*argv)
			copy();
		execvp(argv[0], argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	*to = in[1];
	*from = out[0];
	return pid;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* One line there and back. Returns microseconds, or -1. */
static double round_trip(int to, int from, long n)
{
	char line[32], answer[64];
	int length = snprintf(line, sizeof line, "line %ld\n", n);
	ssize_t got = 0, more;
	double begun = now();

	if (write(to, line, (size_t)length) != length)
		return -1;
	while (got < length) {
		more = read(from, answer + got, sizeof answer - (size_t)got);
		if (more <= 0)
			return -1;
		got += more;
	}
	return got == length && memcmp(line, answer, (size_t)length) == 0 ? now() - begun : -1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	long lines = argc > 1 ? atol(argv[1]) : 0;
	double *times = lines > 0 ? calloc((size_t)lines, sizeof *times) : NULL;
	int to = -1, from = -1, status;
	pid_t pid;

	if (!times) {
		fprintf(stderr, "usage: pingpong LINES [COMMAND [WORD]...]\n");
		return 2;
	}
	pid = start(argv + 2, &to, &from);
	for (long i = 0; i < lines; i++) {
		times[i] = round_trip(to, from, i);
		if (times[i] < 0) {
			fprintf(stderr, "pingpong: no answer, or another one, to line %ld\n", i);
			return 1;
		}
	}
	close(to);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 1;
	qsort(times, (size_t)lines, sizeof *times, compare);
	printf("%.1f\n", times[lines / 2]);
	return 0;
}
