/*
 * flags - looks at the flags of an open file that it shares with others, or changes them.
 *
 *     flags N                  prints which of append and nonblock are set for descriptor N
 *     flags set COMMAND...     makes standard output non-blocking, then executes the command
 *     flags toggle N...        makes these descriptors non-blocking, and blocking again, until it is ended
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int show(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return 1;
	printf("%s%s\n", flags & O_APPEND ? "append " : "", flags & O_NONBLOCK ? "nonblock" : "block");
	return 0;
}

static void set(int fd, bool nonblock)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, nonblock ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

static void toggle(char **fds)
{
	struct timespec moment = {.tv_nsec = 300000};

	for (bool on = true;; on = !on) {
		for (char **fd = fds; *fd; fd++)
			set(atoi(*fd), on);
		nanosleep(&moment, NULL);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return show(atoi(argv[1]));
	if (argc > 2 && strcmp(argv[1], "toggle") == 0)
		toggle(argv + 2);
	if (argc < 3 || strcmp(argv[1], "set") != 0)
		return 2;
	set(1, true);
	execvp(argv[2], argv + 2);
	return 127;
}
