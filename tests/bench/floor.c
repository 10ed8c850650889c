/*
 * floor - the machine's own price of processes: forked helpers that vfork, exec and wait, and nothing else.
 *
 * usage: floor WORKERS JOBS PROGRAM [WORD]...
 *
 * Each of the WORKERS processes runs its share of JOBS times PROGRAM, with the WORDs or else with the job's number as
 * argument. No output is taken and no status is looked at: nothing that starts the same processes in the same way can be
 * faster.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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

static int run_share(int first, int step, int jobs, char **words)
{
	char number[16];
	char *numbered[] = {words[0], number, NULL};

	for (int job = first; job < jobs; job += step) {
		snprintf(number, sizeof number, "%d", job + 1);
		if (!run_one(words[1] ? words : numbered))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int workers, jobs, status, failed = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: floor WORKERS JOBS PROGRAM [WORD]...\n");
		return 2;
	}
	workers = atoi(argv[1]);
	jobs = atoi(argv[2]);
	for (int i = 0; i < workers; i++) {
		if (fork() == 0)
			_exit(run_share(i, workers, jobs, argv + 3));
	}
	while (wait(&status) > 0)
		failed += status != 0;
	return failed != 0;
}
