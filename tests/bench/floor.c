/*
 * floor - the machine's own price of processes: forked helpers that vfork, exec and wait, and nothing else.
 *
 * usage: floor WORKERS JOBS PROGRAM [WORD]...
 *
 * The WORKERS processes run PROGRAM JOBS times, with the WORDs or else with the job's number as argument. Each takes
 * the next number when it is free: with fixed shares, one that the machine holds up would be waited for while the
 * others have nothing to do, and the floor would lie too high. No output is taken and no status is looked at.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool run_one(char **argv)
{
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execve(argv[0], argv, environ);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid;
}

static int run_jobs(atomic_int *taken, int jobs, char **words)
{
	char number[16];
	char *numbered[] = {words[0], number, NULL};
	int job;

	while ((job = atomic_fetch_add(taken, 1)) < jobs) {
		snprintf(number, sizeof number, "%d", job + 1);
		if (!run_one(words[1] ? words : numbered))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	atomic_int *taken;
	int workers, jobs, status, failed = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: floor WORKERS JOBS PROGRAM [WORD]...\n");
		return 2;
	}
	workers = atoi(argv[1]);
	jobs = atoi(argv[2]);
	taken = mmap(NULL, sizeof *taken, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (taken == MAP_FAILED) {
		perror("floor");
		return 1;
	}
	for (int i = 0; i < workers; i++) {
		if (fork() == 0)
			_exit(run_jobs(taken, jobs, argv + 3));
	}
	while (wait(&status) > 0)
		failed += status != 0;
	return failed != 0;
}
