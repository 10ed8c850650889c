#include "worker/initshell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quote.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "worker/jobenv.h"

/*
 * Runs the initializer ($1), says its status, then executes tasks. A task is a line with the number of its lines and the
 * two outputs, then its lines. Where @ stands a descriptor brings tasks, where % stands one takes answers; a job sees neither. They are
 * single digits, for not every shell takes more. A TMOUT of the user's would end the loop.
 */
static const char initshell_script[] = "eval \"$1\" >&2 @<&- %>&-\n"
				       "echo \"$?\" >&%\n"
				       "set --\n"
				       "while IFS=' ' TMOUT=0 read -r pp_lines pp_out pp_err <&@; do\n"
				       "pp_task=\n"
				       "while [ \"$pp_lines\" -gt 0 ]; do\n"
				       "IFS= TMOUT=0 read -r pp_line <&@ || exit 0\n"
				       "pp_task=\"$pp_task$pp_line\n\"\n"
				       "pp_lines=$((pp_lines - 1))\n"
				       "done\n"
				       "if [ \"$pp_out\" = - ]; then ( eval \"$pp_task\" ) @<&- %>&-\n"
				       "else ( eval \"$pp_task\" ) >\"$pp_out\" 2>\"$pp_err\" @<&- %>&-\n"
				       "fi\n"
				       "echo \"$?\" >&%\n"
				       "done\n";

enum { INITSHELL_HIGH = SPAWN_HIGH }; /* descriptors on their way to the shell stay above those it has them as */

static int initshell_pipe(int ends[2], int theirs)
{
	int high;

	if (fd_pipe(ends) < 0)
		return -1;
	high = fcntl(ends[theirs], F_DUPFD_CLOEXEC, INITSHELL_HIGH);
	fd_close(&ends[theirs]);
	ends[theirs] = high;
	if (high < 0)
		fd_close(&ends[1 - theirs]);
	return high < 0 ? -1 : 0;
}

/* Takes the highest descriptor below *fd that the caller of pp has not given to its jobs; where all are taken it is the highest. */
static int initshell_choose(int *fd)
{
	int first = *fd - 1;

	while (--*fd > 2) {
		int flags = fcntl(*fd, F_GETFD);

		if (flags == -1 || flags & FD_CLOEXEC)
			return *fd;
	}
	return *fd = first > 2 ? first : SPAWN_HIGH - 1;
}

static char *initshell_text(int tasks, int answers)
{
	struct buf text = {0};

	for (const char *c = initshell_script; *c; c++) {
		if (*c == '@' || *c == '%')
			buf_add_uint(&text, (uint64_t)(*c == '@' ? tasks : answers));
		else
			buf_add_char(&text, *c);
	}
	return buf_take(&text);
}

static int initshell_spawn(struct initshell *s, const struct worker_config *config, char **environment, int tasks,
                           int answers)
{
	struct buf init = {0};
	int high = SPAWN_HIGH, their_tasks = initshell_choose(&high), their_answers = initshell_choose(&high);
	char *script = initshell_text(their_tasks, their_answers);
	char *argv[] = {(char *)config->shell, (char *)"-c", script, (char *)config->shell, NULL, NULL};
	struct spawn start = {
		.argv = argv,
		.envp = environment,
		.fds = {-1, -1, -1, tasks, answers},
		.as = {their_tasks, their_answers},
		.own_group = true,
		.announce = &config->board->job,
	};
	struct spawn_path path = {.name = ""};
	bool in_exec;

	for (size_t i = 0; i < config->init->count; i++) {
		buf_add_string(&init, config->init->list[i]);
		buf_add_char(&init, '\n');
	}
	argv[4] = buf_text(&init);
	s->pid = spawn_start(&start, &path, &in_exec);
	buf_release(&init);
	free(script);
	return s->pid < 0 ? -1 : 0;
}

int initshell_start(struct initshell *s, const struct worker_config *config, char **environment)
{
	int tasks[2], answers[2];
	int status;

	memset(s, 0, sizeof *s);
	s->tasks = s->answers = -1;
	if (initshell_pipe(tasks, 0) < 0)
		return -1;
	if (initshell_pipe(answers, 1) < 0) {
		fd_close(&tasks[0]);
		fd_close(&tasks[1]);
		return -1;
	}
	s->tasks = tasks[1];
	s->answers = answers[0];
	status = initshell_spawn(s, config, environment, tasks[0], answers[1]);
	fd_close(&tasks[0]);
	fd_close(&answers[1]);
	return status;
}

/* A shell that died before it came to the task has left the files. */
static void initshell_remove_files(struct initshell *s)
{
	for (int i = 0; i < 2; i++) {
		if (s->named[i])
			unlink(s->names[i]);
		s->named[i] = false;
	}
}

void initshell_release(struct initshell *s)
{
	initshell_remove_files(s);
	fd_close(&s->tasks);
	fd_close(&s->answers);
	buf_release(&s->line);
}

/* A word of a command that needs no shell. The first one may be a function, but is neither a reserved word nor an alias. */
static void initshell_word(struct buf *to, const char *word, size_t length, bool first)
{
	if (first && quote_is_plain(word, length))
		buf_add_char(to, '\\');
	quote_word(to, word, length);
}

/* The task as lines of shell: its number, then its command. */
static void initshell_lines(struct buf *to, const struct task_message *m)
{
	const char *word = m->words;
	uint32_t first = 0;

	jobenv_shell_line(to, m->sequence, m->try);
	if (m->flags & TASK_DIRECTORY) {
		buf_add_string(to, "cd -- ");
		quote_word(to, word, strlen(word));
		buf_add_string(to, " || exit\n");
		word += strlen(word) + 1;
		first = 1;
	}
	for (uint32_t i = first; i < m->argc; i++) {
		size_t length = strlen(word);

		if (i > first)
			buf_add_char(to, ' ');
		if (m->flags & TASK_SHELL)
			buf_add(to, word, length);
		else
			initshell_word(to, word, length, i == first);
		word += length + 1;
	}
	buf_add_char(to, '\n');
}

static size_t initshell_count_lines(const struct buf *b)
{
	size_t count = 0;

	for (size_t i = 0; i < b->length; i++)
		count += b->data[i] == '\n';
	return count;
}

int initshell_open_pipe(struct initshell *s, int which, int ends[2])
{
	int kind;

	if (which == 0)
		initshell_remove_files(s);
	kind = fd_named_pipe(ends, s->names[which]);
	s->named[which] = kind == 1;
	return kind < 0 ? -1 : 0;
}

/* Both pipes are open when the lines of the task are executed. */
static void initshell_remove_lines(const struct initshell *s, struct buf *to)
{
	if (!s->named[0])
		return;
	buf_add_string(to, "command rm -f");
	for (int i = 0; i < 2; i++) {
		buf_add_char(to, ' ');
		quote_word(to, s->names[i], strlen(s->names[i]));
	}
	buf_add_char(to, '\n');
}

int initshell_run(struct initshell *s, const struct task_message *m, bool piped)
{
	struct buf lines = {0}, message = {0};
	int result;

	if (piped)
		initshell_remove_lines(s, &lines);
	initshell_lines(&lines, m);
	buf_add_uint(&message, initshell_count_lines(&lines));
	buf_add_format(&message, " %s %s\n", piped ? s->names[0] : "-", piped ? s->names[1] : "-");
	buf_add(&message, lines.data, lines.length);
	result = fd_write_all(s->tasks, message.data, message.length);
	buf_release(&lines);
	buf_release(&message);
	return result;
}

int initshell_answer(struct initshell *s, int *status)
{
	char bytes[64];
	ssize_t n = fd_read(s->answers, bytes, sizeof bytes);
	char *end;

	if (n <= 0) {
		fd_close(&s->answers);
		return -1;
	}
	buf_add(&s->line, bytes, (size_t)n);
	end = memchr(s->line.data, '\n', s->line.length);
	if (!end)
		return 0;
	*status = atoi(buf_text(&s->line));
	buf_reset(&s->line);
	return 1;
}
