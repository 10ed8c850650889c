/*
 * startas [-b SIGNAL | -i SIGNAL | -r]... COMMAND... - executes the command with signals (numbers) blocked or ignored.
 *
 * With -r the command becomes a child of a process that takes over its orphans and never reaps one, as the first
 * process of a container often does; then the exit status is the command's.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

static void block(int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Returns only in the child. */
static void take_orphans(void)
{
	pid_t pid;
	int status;

#ifdef PR_SET_CHILD_SUBREAPER
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
#endif
	pid = fork();
	if (pid == 0)
		return;
	if (waitpid(pid, &status, 0) != pid)
		exit(126);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int main(int argc, char **argv)
{
	bool orphans = false;
	int option;

	while ((option = getopt(argc, argv, "+b:i:r")) != -1) {
		if (option == 'b')
			block(atoi(optarg));
		else if (option == 'i')
			signal(atoi(optarg), SIG_IGN);
		else if (option == 'r')
			orphans = true;
		else
			return 126;
	}
	if (orphans)
		take_orphans();
	execvp(argv[optind], argv + optind);
	perror(argv[optind]);
	return 127;
}
