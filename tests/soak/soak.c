/*
 * soak - runs pp with line workers, kills its children at random all the while, and counts what becomes of the tasks.
 *
 * usage: soak TASKS GAP NAME PP [ARGUMENT]...
 *
 * The workers are to give their tasks back. A task says its number, and the rest of its line follows from that, so that
 * an answer that is cut, mixed or nobody's is seen. Each task is to be answered once, or to be reported lost in the
 * file of --failed; with -k answers are to come in order. The counts are the last line; the exit status is 0 when
 * nothing was wrong.
 *
 * A child is killed after every so many answers, GAP at the mean, and at most once in a reading of the output: workers
 * that start slowly on a busy machine get their turn all the same.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TASK_MOST = 128, CHILDREN_MOST = 64, SECONDS_MOST = 120, LOST_SHOWN_MOST = 101 };

enum fate { FATE_NONE, FATE_ANSWERED, FATE_LOST };

static struct {
	size_t answered, lost, twice, strange, missing, disordered, kills;
} count;

static size_t tasks, gap;
static bool in_order;
static unsigned char *fates;
static size_t newest;         /* number of the last answer */
static size_t since, next_at; /* answers since the last kill, and how many it takes to the next one */
static unsigned dice = 1;
static volatile pid_t manager;
static char failed_file[4096];

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "soak: %s: %s\n", what, why);
	if (*failed_file)
		unlink(failed_file);
	exit(2);
}

static unsigned roll(unsigned most)
{
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 8) % most;
}

/* -- Tasks -- */

static size_t write_task(char *text, size_t number)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
	size_t mix = number * 2654435761u;

	return (size_t)snprintf(text, TASK_MOST, "%zu %.*s\n", number, (int)(1 + mix / 64 % 25), letters + mix % 26);
}

static FILE *temporary_file(void)
{
	FILE *file = tmpfile();

	if (!file)
		fail("temporary file", strerror(errno));
	return file;
}

static FILE *write_tasks(void)
{
	FILE *file = temporary_file();
	char text[TASK_MOST];

	for (size_t i = 1; i <= tasks; i++)
		fwrite(text, 1, write_task(text, i), file);
	if (fflush(file) != 0)
		fail("tasks", strerror(errno));
	rewind(file);
	return file;
}

/* The number of the task whose line this is; 0 for none. */
static size_t number_of(const char *line, size_t length)
{
	char text[TASK_MOST];
	size_t number = 0;

	for (size_t i = 0; i < length && line[i] >= '0' && line[i] <= '9'; i++)
		number = number * 10 + (size_t)(line[i] - '0');
	if (number < 1 || number > tasks || write_task(text, number) != length || memcmp(text, line, length) != 0)
		return 0;
	return number;
}

static void note(const char *line, size_t length, enum fate fate)
{
	size_t number = number_of(line, length);

	if (number == 0) {
		if (count.strange++ < 5)
			printf("# strange: %.*s\n", (int)length - 1, line);
		return;
	}
	if (fates[number] != FATE_NONE && count.twice++ < 5)
		printf("# twice: task %zu\n", number);
	fates[number] = (unsigned char)fate;
	if (fate == FATE_ANSWERED)
		count.answered++;
	else
		count.lost++;
}

static void note_answer(const char *line, size_t length)
{
	size_t number = number_of(line, length);

	note(line, length, FATE_ANSWERED);
	if (in_order && number && number < newest && count.disordered++ < 5)
		printf("# out of order: task %zu after %zu\n", number, newest);
	if (number)
		newest = number;
}

/* -- Killing -- */

static size_t read_children(pid_t *pids)
{
	char name[64];
	FILE *file;
	size_t n = 0;

	snprintf(name, sizeof name, "/proc/%ld/task/%ld/children", (long)manager, (long)manager);
	file = fopen(name, "r");
	if (!file)
		return 0;
	for (int pid; n < CHILDREN_MOST && fscanf(file, "%d", &pid) == 1;)
		pids[n++] = pid;
	fclose(file);
	return n;
}

static void kill_some_child(void)
{
	struct timespec moment = {0, (long)roll(1000) * 1000};
	pid_t pids[CHILDREN_MOST];
	size_t n;

	nanosleep(&moment, NULL);
	n = read_children(pids);
	if (n > 0 && kill(pids[roll((unsigned)n)], SIGKILL) == 0)
		count.kills++;
	since = 0;
	next_at = 1 + roll((unsigned)(2 * gap));
}

/* -- Running -- */

static void on_alarm(int signal)
{
	(void)signal;
	kill(manager, SIGKILL);
}

static char **arguments_of(char **words)
{
	size_t n = 0;
	char **arguments;

	while (words[n])
		n++;
	arguments = calloc(n + 3, sizeof *arguments);
	if (!arguments)
		fail("memory", strerror(errno));
	arguments[0] = words[0];
	arguments[1] = (char *)"--failed";
	arguments[2] = failed_file;
	memcpy(arguments + 3, words + 1, (n - 1) * sizeof *arguments);
	return arguments;
}

/* Gives what pp prints. */
static int start(char **words, int input, int messages)
{
	char **arguments = arguments_of(words);
	int ends[2];

	if (pipe(ends) < 0)
		fail("pipe", strerror(errno));
	manager = fork();
	if (manager == 0) {
		dup2(input, 0);
		dup2(ends[1], 1);
		dup2(messages, 2);
		close(ends[0]);
		close(ends[1]);
		close(input);
		close(messages);
		execvp(arguments[0], arguments);
		_exit(127);
	}
	if (manager < 0)
		fail("fork", strerror(errno));
	free(arguments);
	close(ends[1]);
	return ends[0];
}

/* Gives the lines to note_answer; what is left behind the last one is moved to the front, and its length returned. */
static size_t note_lines(char *bytes, size_t length)
{
	char *line = bytes, *end;

	while ((end = memchr(line, '\n', (size_t)(bytes + length - line)))) {
		note_answer(line, (size_t)(end + 1 - line));
		since++;
		line = end + 1;
	}
	length = (size_t)(bytes + length - line);
	memmove(bytes, line, length);
	return length;
}

static void follow(int output)
{
	static char bytes[1 << 16];
	size_t have = 0;
	ssize_t got;

	alarm(SECONDS_MOST);
	while ((got = read(output, bytes + have, sizeof bytes - have)) > 0 || (got < 0 && errno == EINTR)) {
		if (got < 0)
			continue;
		alarm(SECONDS_MOST);
		have = note_lines(bytes, have + (size_t)got);
		if (have == sizeof bytes)
			fail("output", "a line without an end");
		if (since >= next_at)
			kill_some_child();
	}
	if (have > 0)
		count.strange++;
	close(output);
}

/* Returns whether it ended as it should. */
static bool look_at_end(void)
{
	size_t wanted;
	int status;

	while (waitpid(manager, &status, 0) < 0 && errno == EINTR)
		continue;
	alarm(0);
	wanted = count.lost < LOST_SHOWN_MOST ? count.lost : LOST_SHOWN_MOST;
	if (WIFSIGNALED(status))
		printf("# pp was killed by signal %d\n", WTERMSIG(status));
	else if ((size_t)WEXITSTATUS(status) != wanted)
		printf("# pp ended with status %d, not %zu\n", WEXITSTATUS(status), wanted);
	return WIFEXITED(status) && (size_t)WEXITSTATUS(status) == wanted;
}

/* -- Afterwards -- */

static void note_failed(void)
{
	FILE *file = fopen(failed_file, "r");
	char line[TASK_MOST];

	if (!file)
		fail(failed_file, strerror(errno));
	while (fgets(line, sizeof line, file))
		note(line, strlen(line), FATE_LOST);
	fclose(file);
}

static void note_missing(void)
{
	for (size_t i = 1; i <= tasks; i++) {
		if (fates[i] == FATE_NONE && count.missing++ < 5)
			printf("# missing: task %zu\n", i);
	}
}

/* Returns how many messages were about anything but lost workers and lost jobs. */
static size_t look_at_messages(FILE *messages)
{
	char line[512];
	size_t others = 0;

	rewind(messages);
	while (fgets(line, sizeof line, messages)) {
		if (!strstr(line, "worker lost: ") && !strstr(line, " lost with its worker: ") && others++ < 5)
			printf("# %s", line);
	}
	return others;
}

static size_t count_of(const char *word)
{
	char *end;
	unsigned long value = strtoul(word, &end, 10);

	if (*end || value == 0 || value > 1000000000)
		fail(word, "not a number of that kind");
	return value;
}

static void prepare(char **words)
{
	const char *directory = getenv("TMPDIR");
	int fd;

	tasks = count_of(words[1]);
	gap = count_of(words[2]);
	for (size_t i = 5; words[i]; i++)
		in_order = in_order || strcmp(words[i], "-k") == 0;
	fates = calloc(tasks + 1, 1);
	if (!fates)
		fail("memory", strerror(errno));
	snprintf(failed_file, sizeof failed_file, "%s/pp-soak.XXXXXX", directory && *directory ? directory : "/tmp");
	fd = mkstemp(failed_file);
	if (fd < 0)
		fail(failed_file, strerror(errno));
	close(fd);
	dice = (unsigned)time(NULL) ^ (unsigned)getpid() << 8;
	next_at = 1 + roll((unsigned)gap);
}

int main(int argc, char **argv)
{
	FILE *input, *messages;
	size_t others;
	bool well;

	if (argc < 5)
		fail("usage", "soak TASKS GAP NAME PP [ARGUMENT]...");
	prepare(argv);
	input = write_tasks();
	messages = temporary_file();
	signal(SIGALRM, on_alarm);
	follow(start(argv + 4, fileno(input), fileno(messages)));
	note_failed();
	well = look_at_end();
	note_missing();
	others = look_at_messages(messages);
	unlink(failed_file);
	printf("%s: %zu tasks: %zu answered, %zu lost, %zu twice, %zu strange, %zu missing, %zu out of order, "
	       "%zu other messages, %zu kills\n",
	       argv[3], tasks, count.answered, count.lost, count.twice, count.strange, count.missing, count.disordered,
	       others, count.kills);
	return !well || count.twice || count.strange || count.missing || count.disordered || others;
}
