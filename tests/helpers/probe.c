/*
 * probe - what a job finds when it starts, a line for each thing: open descriptors, blocked and ignored signals,
 * whether it leads its process group, and what it reads from standard input.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum { MOST_FDS = 1024, MOST_SIGNALS = 32 };

static void show_fds(void)
{
	printf("fds:");
	for (int fd = 0; fd < MOST_FDS; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			printf(" %d", fd);
	}
	printf("\n");
}

static bool is_blocked(int signo)
{
	sigset_t blocked;

	return sigprocmask(SIG_BLOCK, NULL, &blocked) == 0 && sigismember(&blocked, signo) == 1;
}

static bool is_ignored(int signo)
{
	struct sigaction action;

	return sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void show_signals(const char *title, bool (*holds)(int signo))
{
	printf("%s:", title);
	for (int signo = 1; signo < MOST_SIGNALS; signo++) {
		if (holds(signo))
			printf(" %d", signo);
	}
	printf("\n");
}

int main(void)
{
	char byte;

	show_fds();
	show_signals("blocked", is_blocked);
	show_signals("ignored", is_ignored);
	printf("group: %s\n", getpgrp() == getpid() ? "own" : "other");
	printf("input: %ld\n", (long)read(0, &byte, 1));
	return 0;
}
