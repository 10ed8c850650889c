/*
 * onterm INPUT SHOWN COMMAND... - executes the command with a new controlling terminal, on which INPUT has been typed.
 *
 * The command's standard streams stay as they are: it finds the terminal as /dev/tty. Afterwards the file SHOWN holds what the
 * terminal shows, the echo of INPUT with it (a few kilobytes at most). The exit status is the command's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 255;
}

static int become(const char *terminal, char **command)
{
	int fd;

	setsid();
	fd = open(terminal, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
		return fail(terminal);
	tcsetpgrp(fd, getpid());
	close(fd);
	execvp(command[0], command);
	return fail(command[0]);
}

static void save(int master, const char *path)
{
	char bytes[4096];
	ssize_t got;
	FILE *shown = fopen(path, "w");

	while (shown && (got = read(master, bytes, sizeof bytes)) > 0)
		fwrite(bytes, 1, (size_t)got, shown);
	if (shown)
		fclose(shown);
}

int main(int argc, char **argv)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status = 0;
	const char *terminal;
	pid_t child;

	if (argc < 4 || master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return fail("onterm");
	terminal = ptsname(master);
	slave = open(terminal, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || write(master, argv[1], strlen(argv[1])) < 0)
		return fail(terminal);
	child = fork();
	if (child == 0)
		return become(terminal, argv + 3);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return fail("onterm");
	close(slave); /* nobody holds it now: behind the last byte that was shown, reading fails */
	save(master, argv[2]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
