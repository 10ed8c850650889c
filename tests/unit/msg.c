#include "base/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>
#include "tap.h"

static int ends[2];
static char heard[MSG_MAX_BYTES + 100];

/* What was said since the last time; it must fit in a pipe. */
static const char *said(void)
{
	ssize_t length = read(ends[0], heard, sizeof heard - 1);

	heard[length < 0 ? 0 : length] = '\0';
	return heard;
}

static void test_lines(void)
{
	msg_error("open: %s: %d", "file", 3);
	SAME(said(), "pp: open: file: 3\n", "an error has the name in front");
	msg_warn("slow: %s", "x");
	SAME(said(), "pp: warning: slow: x\n", "a warning says so");
	msg_plain("%d of %d", 1, 2);
	SAME(said(), "1 of 2\n", "a plain line has no name");
	msg_plain("%s", "");
	SAME(said(), "\n", "an empty line is a line");
	msg_error("a\nb\n%s", "c\nd");
	SAME(said(), "pp: a b c d\n", "newlines inside become spaces");
	msg_error("bad %ls", (const wchar_t[]){0x7fffffff, 0});
	SAME(said(), "pp: \n", "what cannot be formatted is left out");
	msg_set_name("parallel");
	msg_error("x");
	SAME(said(), "parallel: x\n", "the name can be another");
	msg_set_name("pp");
}

static bool free_to_say;

static bool may_say(void *arg)
{
	(void)arg;
	return free_to_say;
}

static void test_hold(void)
{
	FILE *file = tmpfile();
	char text[3001];

	if (!file)
		exit(99);
	msg_set_before(may_say, NULL);
	msg_error("one");
	free_to_say = true;
	said();
	msg_error("two");
	SAME(said(), "pp: one\npp: two\n", "what was held is said in front of what comes later");
	free_to_say = false;
	msg_error("three");
	msg_flush(false);
	SAME(said(), "", "it is held as long as need be");
	msg_flush(true);
	SAME(said(), "pp: three\n", "but not beyond the end");
	memset(text, 'x', 3000);
	text[3000] = '\0';
	msg_set_fd(fileno(file));
	for (int i = 0; i < 100; i++)
		msg_plain("%s", text);
	OK(lseek(fileno(file), 0, SEEK_END) > 0, "nor where there is no more room");
	msg_flush(true);
	OK(lseek(fileno(file), 0, SEEK_END) == 100 * 3001, "and all of it is said");
	fclose(file);
	msg_set_fd(ends[1]);
	msg_set_before(NULL, NULL);
}

static void test_errno(void)
{
	int closed = dup(ends[0]);

	errno = ENOENT;
	msg_error("x");
	OK(errno == ENOENT, "errno is kept");
	said();
	close(closed);
	msg_set_fd(closed);
	msg_error("lost");
	OK(errno == ENOENT, "a message to a closed descriptor is ignored");
	msg_set_fd(ends[1]);
	msg_plain("%s", strerror(errno));
	OK(strncmp(said(), strerror(ENOENT), strlen(strerror(ENOENT))) == 0, "later messages are heard again");
}

/* Says one line of so many letters to a new process, through a pipe that does not block and is smaller than the line.
   Returns the bytes heard; the last of them are in heard. */
static size_t say_long(size_t letters)
{
	char *text = malloc(letters + 1);
	size_t total = 0;
	ssize_t length;
	int pipe_ends[2];

	if (!text || pipe(pipe_ends) < 0)
		return 0;
	memset(text, 'x', letters);
	text[letters] = '\0';
	fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK);
	pid_t child = fork();
	if (child == 0) {
		close(pipe_ends[0]);
		msg_set_fd(pipe_ends[1]);
		msg_error("%s", text);
		free(text);
		_exit(0);
	}
	close(pipe_ends[1]);
	free(text);
	while (total < sizeof heard && (length = read(pipe_ends[0], heard + total, sizeof heard - total)) > 0)
		total += (size_t)length;
	close(pipe_ends[0]);
	waitpid(child, NULL, 0);
	return total;
}

static void test_long(void)
{
	OK(say_long(150000) == 150005, "a long line is whole, even where the descriptor does not block");
	OK(memcmp(heard + 150000, "xxxx\n", 5) == 0, "it ends with its newline");
	OK(say_long(MSG_MAX_BYTES - 5) == MSG_MAX_BYTES, "the longest line is whole");
	OK(memcmp(heard + MSG_MAX_BYTES - 5, "xxxx\n", 5) == 0, "it is not cut");
	OK(say_long(MSG_MAX_BYTES - 4) == MSG_MAX_BYTES, "a line that is one byte too long is cut");
	OK(memcmp(heard + MSG_MAX_BYTES - 5, "x...\n", 5) == 0, "a cut line ends in dots");
}

int main(void)
{
	if (pipe(ends) < 0)
		return 1;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	msg_set_fd(ends[1]);
	test_lines();
	test_hold();
	test_errno();
	test_long();
	return tap_end();
}
