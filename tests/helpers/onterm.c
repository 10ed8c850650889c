/*
 * onterm INPUT SHOWN COMMAND... - executes the command with a new controlling terminal, on which INPUT has been typed.
 *
 * The command's standard streams stay as they are: it finds the terminal as /dev/tty. Afterwards the file SHOWN holds
 * what the terminal shows, the echo of INPUT with it. The exit status is the command's.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
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

static int ended[2]; /* a pipe with a byte in it once the command has ended */

static void on_child(int signo)
{
	(void)signo;
	if (write(ended[1], "", 1) < 0)
		_exit(255);
}

/* What is shown goes to the file as it comes: a terminal holds little. Returns false behind the last byte. */
static bool save(int master, FILE *shown)
{
	char bytes[4096];
	ssize_t got = read(master, bytes, sizeof bytes);

	if (got > 0)
		fwrite(bytes, 1, (size_t)got, shown);
	return got > 0;
}

static void save_until_end(int master, FILE *shown)
{
	struct pollfd fds[] = {{.fd = master, .events = POLLIN}, {.fd = ended[0], .events = POLLIN}};

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents)
			save(master, shown);
		else if (fds[1].revents)
			return;
	}
}

int main(int argc, char **argv)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status = 0;
	struct sigaction action = {.sa_handler = on_child};
	const char *terminal;
	FILE *shown;
	pid_t child;

	if (argc < 4 || master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 || pipe(ended) < 0)
		return fail("onterm");
	fcntl(ended[0], F_SETFD, FD_CLOEXEC);
	fcntl(ended[1], F_SETFD, FD_CLOEXEC);
	terminal = ptsname(master);
	slave = open(terminal, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || write(master, argv[1], strlen(argv[1])) < 0)
		return fail(terminal);
	shown = fopen(argv[2], "we");
	if (!shown)
		return fail(argv[2]);
	sigaction(SIGCHLD, &action, NULL);
	child = fork();
	if (child == 0)
		return become(terminal, argv + 3);
	if (child < 0)
		return fail("onterm");
	save_until_end(master, shown);
	close(slave); /* nobody holds it now: behind the last byte that was shown, reading fails */
	while (save(master, shown))
		;
	fclose(shown);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
