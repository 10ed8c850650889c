/*
 * floor - the machine's own price of processes: forked helpers that vfork, exec and wait, and nothing else.
 *
 * usage: floor WORKERS JOBS PROGRAM
 *
 * Each of the WORKERS processes runs its share of JOBS times PROGRAM with the job's number as argument. No output is taken
 * and no status is looked at: nothing that starts the same processes in the same way can be faster.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_share(int first, int step, int jobs, char *program)
{
	extern char **environ;

	for (int job = first; job < jobs; job += step) {
		char number[16];
		char *argv[] = {program, number, NULL};
		int status;
		pid_t pid;

		snprintf(number, sizeof number, "%d", job + 1);
		pid = vfork();
		if (pid == 0) {
			execve(program, argv, environ);
			_exit(127);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			_exit(1);
	}
}

int main(int argc, char **argv)
{
	int workers, jobs, status, failed = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: floor WORKERS JOBS PROGRAM\n");
		return 2;
	}
	workers = atoi(argv[1]);
	jobs = atoi(argv[2]);
	for (int i = 0; i < workers; i++) {
		if (fork() == 0) {
			run_share(i, workers, jobs, argv[3]);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed += status != 0;
	return failed != 0;
}
