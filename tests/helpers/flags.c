/*
 * flags - looks at the flags of an open file that it shares with others, or changes them.
 *
 *     flags N                  prints which of append and nonblock are set for descriptor N
 *     flags set COMMAND...     makes standard output non-blocking, then executes the command
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int show(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return 1;
	printf("%s%s\n", flags & O_APPEND ? "append " : "", flags & O_NONBLOCK ? "nonblock" : "block");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return show(atoi(argv[1]));
	if (argc < 3 || strcmp(argv[1], "set") != 0)
		return 2;
	fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
	execvp(argv[2], argv + 2);
	return 127;
}
