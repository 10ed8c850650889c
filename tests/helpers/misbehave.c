/*
 * misbehave HOW FILE - a job of bad manners: does what HOW says, then writes its process id to FILE and rests for ever.
 *
 *     group    joins the process group of its parent
 *     stop     stops itself, after the writing
 *     close    closes its outputs
 *     session  leaves a descendant in a session of its own, which keeps the outputs and writes to them when a line
 *              comes in from the fifo FILE.fifo; the program itself ends well
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say_pid(const char *file)
{
	FILE *f = fopen(file, "w");

	if (!f)
		exit(99);
	fprintf(f, "%ld\n", (long)getpid());
	fclose(f);
}

static void leave_descendant(const char *file)
{
	char name[1024], byte;
	int fifo;

	if (fork() != 0)
		exit(0);
	setsid();
	signal(SIGPIPE, SIG_DFL);
	say_pid(file);
	snprintf(name, sizeof name, "%s.fifo", file);
	fifo = open(name, O_RDONLY);
	while (read(fifo, &byte, 1) == 1) {
		if (write(1, "late\n", 5) < 0 || write(2, "late\n", 5) < 0)
			exit(98);
	}
	exit(0);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 97;
	if (strcmp(argv[1], "session") == 0)
		leave_descendant(argv[2]);
	if (strcmp(argv[1], "group") == 0)
		setpgid(0, getpgid(getppid()));
	if (strcmp(argv[1], "close") == 0) {
		close(1);
		close(2);
	}
	say_pid(argv[2]);
	if (strcmp(argv[1], "stop") == 0)
		raise(SIGSTOP);
	for (;;)
		pause();
}
