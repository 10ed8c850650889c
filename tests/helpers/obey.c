/*
 * obey [WORD...] - a line worker that does what its tasks say. A task is a line of words, which are obeyed one after another; those of the
 * command line are before the first one. It reads byte by byte: what it has not obeyed yet is still in the pipe.
 *
 *     say:TEXT     prints TEXT as a line               raw:TEXT    without a newline
 *     err:TEXT     says a line on standard error       end:TEXT    a line of $PP_END and TEXT
 *     fd:TEXT      a line on descriptor $PP_FD
 *     out:N        prints N bytes                      errs:N      the same on standard error
 *     flood:FD     writes to FD for ever
 *     die:N        is killed by signal N               exit:N      ends with status N
 *     ignore:N     ignores signal N                    stop        stops itself
 *     close:FD     closes a descriptor                 rest        sleeps for ever
 *     read        reads a line, which is not obeyed
 *     tell:FILE    writes its process id to FILE       wait:FILE   waits until the fifo FILE is written to
 *     child:FILE   leaves a descendant in its group, with all its descriptors, which writes its process id to FILE and rests
 *     chatter:FILE the same, but the descendant writes to standard output for ever
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n <= 0)
			exit(98);
		text += n;
		length -= (size_t)n;
	}
}

static void put_line(int fd, const char *before, const char *text)
{
	char line[4096];

	snprintf(line, sizeof line, "%s%s\n", before, text);
	put(fd, line, strlen(line));
}

static void put_many(int fd, long bytes)
{
	char piece[4096];

	memset(piece, 'x', sizeof piece);
	for (; bytes > 0; bytes -= (long)sizeof piece)
		put(fd, piece, bytes < (long)sizeof piece ? (size_t)bytes : sizeof piece);
}

static void put_for_ever(int fd)
{
	for (;;)
		put_many(fd, 4096);
}

static void rest(void)
{
	for (;;)
		pause();
}

/* Under another name first: who waits for the file finds the number in it. */
static void tell(const char *file)
{
	char name[1024];
	FILE *f;

	snprintf(name, sizeof name, "%s.new", file);
	f = fopen(name, "w");
	if (!f)
		exit(99);
	fprintf(f, "%ld\n", (long)getpid());
	fclose(f);
	rename(name, file);
}

static void wait_for_byte(const char *file)
{
	int fd = open(file, O_RDONLY);
	char byte;

	if (fd < 0 || read(fd, &byte, 1) < 0)
		exit(97);
	close(fd);
}

static void leave_child(const char *file, int chatters)
{
	if (fork() != 0)
		return;
	tell(file);
	if (chatters)
		put_for_ever(1);
	rest();
}

static int read_line(char *line, size_t room)
{
	size_t length = 0;
	char byte;

	while (length + 1 < room && read(0, &byte, 1) == 1) {
		if (byte == '\n') {
			line[length] = '\0';
			return 1;
		}
		line[length++] = byte;
	}
	return 0;
}

static void skip_line(void)
{
	char line[4096];

	if (!read_line(line, sizeof line))
		exit(95);
}

static void obey(const char *word, const char *text)
{
	int number = atoi(text);

	if (strcmp(word, "say") == 0)
		put_line(1, "", text);
	else if (strcmp(word, "raw") == 0)
		put(1, text, strlen(text));
	else if (strcmp(word, "err") == 0)
		put_line(2, "", text);
	else if (strcmp(word, "end") == 0)
		put_line(1, getenv("PP_END"), text);
	else if (strcmp(word, "fd") == 0)
		put_line(atoi(getenv("PP_FD")), "", text);
	else if (strcmp(word, "out") == 0)
		put_many(1, number);
	else if (strcmp(word, "errs") == 0)
		put_many(2, number);
	else if (strcmp(word, "flood") == 0)
		put_for_ever(number);
	else if (strcmp(word, "die") == 0)
		kill(getpid(), number);
	else if (strcmp(word, "exit") == 0)
		exit(number);
	else if (strcmp(word, "ignore") == 0)
		signal(number, SIG_IGN);
	else if (strcmp(word, "stop") == 0)
		raise(SIGSTOP);
	else if (strcmp(word, "close") == 0)
		close(number);
	else if (strcmp(word, "rest") == 0)
		rest();
	else if (strcmp(word, "read") == 0)
		skip_line();
	else if (strcmp(word, "tell") == 0)
		tell(text);
	else if (strcmp(word, "wait") == 0)
		wait_for_byte(text);
	else if (strcmp(word, "child") == 0 || strcmp(word, "chatter") == 0)
		leave_child(text, word[1] == 'h' && word[2] == 'a');
	else
		exit(96);
}

static void obey_word(char *word)
{
	char *colon = strchr(word, ':');

	if (colon)
		*colon = '\0';
	obey(word, colon ? colon + 1 : "");
}

int main(int argc, char **argv)
{
	char line[4096];

	for (int i = 1; i < argc; i++)
		obey_word(argv[i]);
	while (read_line(line, sizeof line)) {
		for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
			obey_word(word);
	}
	return 0;
}
