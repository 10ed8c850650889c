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

/*
 * The shell runs the initializer ($1) and says its status, then executes tasks. A task is a line with the number of its
 * lines, the two outputs (descriptors of ours, or names of files), its job's number and try, and a word on how; then
 * its own lines. A TMOUT of the user's would end the loop, so it has none.
 *
 * Signs in the script stand for redirections: @ reads tasks, % writes answers, ! hides both from a job, and ^ gives the
 * standard error that the shell had. Behind an initializer, or where jobs write to the outputs of pp, the pipes are
 * single digits, for not every shell takes more. Else they are the shell's own standard input and output, which costs
 * it fewer calls.
 *
 * Two signs more stand before builtins, which functions of the user may have the names of: ~ before those that a
 * function of any shell can hide, + before the special ones of POSIX (2.14), which it can in bash and zsh alone.
 *
 * A subshell that left with 143 and one that TERM ended are the same to its parent, in $?. But dash and bash say on
 * their standard error when a signal ended a subshell (other than INT and PIPE): it is the answers that they say it to.
 */
static const char initshell_begin[] = "eval \"$1\" >&2 !\n"
				      "~echo \":$?\" %\n"
				      "+set --\n";

static const char initshell_loop[] =
	"while IFS=' ' TMOUT=0 ~read -r __pp_lines __pp_out __pp_err __pp_seq __pp_try __pp_how @; do\n"
	"+export PP_SEQ=\"$__pp_seq\" PARALLEL_SEQ=\"$__pp_seq\" PP_RETRY=\"$__pp_try\"\n"
	"case $__pp_out in [0-9]*) __pp_out=/proc/$PPID/fd/$__pp_out __pp_err=/proc/$PPID/fd/$__pp_err ;; esac\n"
	"__pp_status=\n"
	"IFS= TMOUT=0 ~read -r __pp_task @ || +exit 0\n"
	"while ~[ \"$__pp_lines\" -gt 1 ]; do\n"
	"IFS= TMOUT=0 ~read -r __pp_line @ || +exit 0\n"
	"__pp_task=\"$__pp_task\n$__pp_line\"\n"
	"__pp_lines=$((__pp_lines - 1))\n"
	"done\n";

/* bash -c executes the last command of a line without a fork, so that its signal is the job's. So does bash where the
   line itself stands in the subshell; a line that does not stand there well is refused as a whole, before anything of
   it runs. */
static const char initshell_bash[] =
	"case $__pp_how$__pp_out in\n"
	"a-) ~eval \"( $__pp_task\n) ^ !\n__pp_status=\\$?\" ;;\n"
	"a*) ~eval \"( $__pp_task\n) >\\\"\\$__pp_out\\\" 2>\\\"\\$__pp_err\\\" !\n__pp_status=\\$?\" ;;\n"
	"esac\n"
	"~[ \"$__pp_status\" ] ||\n";

static const char initshell_end[] = "if ~[ \"$__pp_out\" = - ]; then +: ; ( +eval \"$__pp_task\" ) ^ !\n"
				    "else +: ; ( +eval \"$__pp_task\" ) >\"$__pp_out\" 2>\"$__pp_err\" !\n"
				    "fi\n"
				    "~echo \":${__pp_status:-$?}\" %\n"
				    "done\n";

enum {
	INITSHELL_HIGH = SPAWN_HIGH, /* descriptors on their way to the shell stay above those it has them as */
	INITSHELL_LONG = 4096,       /* bytes of a line: most shells read a pipe byte by byte */
	INITSHELL_SIGNAL = 128,      /* what shells add to the number of a signal */
};

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

/* Takes the highest descriptor below *fd that the caller of pp has not given to its jobs; where all are taken it is the
   highest. */
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

static bool initshell_has_init(const struct worker_config *config)
{
	return config->init && config->init->count > 0;
}

/* Whether the shell has standard streams of another kind than its pipes. */
static bool initshell_has_streams(const struct worker_config *config)
{
	return initshell_has_init(config) || config->ungrouped;
}

struct initshell_fds {
	int tasks;
	int answers;
	int errors;
};

/* All are 0 where the pipes are the shell's standard streams. */
static struct initshell_fds initshell_choose_all(const struct worker_config *config)
{
	struct initshell_fds fds = {0};
	int high = SPAWN_HIGH;

	if (initshell_has_streams(config)) {
		fds.tasks = initshell_choose(&high);
		fds.answers = initshell_choose(&high);
		fds.errors = initshell_choose(&high);
	}
	return fds;
}

/* What stands before a builtin. To zsh command is a program; to bash the exec of builtin ends with it. */
static const char *initshell_builtin(enum worker_shell kind, bool special)
{
	if (kind == WORKER_SHELL_ZSH)
		return "builtin ";
	return special && kind != WORKER_SHELL_BASH ? "" : "command ";
}

static void initshell_add(struct buf *text, const char *piece, enum worker_shell kind, const struct initshell_fds *fds)
{
	for (const char *c = piece; *c; c++) {
		if (!strchr("~+@%!^", *c))
			buf_add_char(text, *c);
		else if (*c == '~' || *c == '+')
			buf_add_string(text, initshell_builtin(kind, *c == '+'));
		else if (fds->tasks == 0)
			buf_add_string(text, *c == '!' ? "</dev/null" : "");
		else if (*c == '@')
			buf_add_format(text, "<&%d", fds->tasks);
		else if (*c == '%')
			buf_add_format(text, ">&%d", fds->answers);
		else if (*c == '^')
			buf_add_format(text, "2>&%d", fds->errors);
		else
			buf_add_format(text, "%d<&- %d>&- %d>&-", fds->tasks, fds->answers, fds->errors);
	}
}

/* A trace that the initializer asked for is one of the jobs: that of the loop would stand among the answers. */
static void initshell_hand_trace(struct buf *text, const char *builtin)
{
	buf_add_string(text, "{ case $-$- in\n");
	for (const char *const *on = (const char *const[]){"x*v", "xv", "x", "x", "v", "v", NULL}; *on; on += 2)
		buf_add_format(text, "*%s*) __pp_trace='%sset -%s\n' ;;\n", on[0], builtin, on[1]);
	buf_add_format(text, "*) __pp_trace= ;;\nesac\n%sset +xv; } 2>/dev/null\n", builtin);
}

static char *initshell_script(const struct worker_config *config, const struct initshell_fds *fds)
{
	enum worker_shell kind = config->shell_kind;
	struct buf text = {0};

	if (initshell_has_init(config)) {
		initshell_add(&text, initshell_begin, kind, fds);
		initshell_hand_trace(&text, initshell_builtin(kind, true));
	}
	if (fds->errors)
		buf_add_format(&text, "%sexec %d>&2 2>&%d\n", initshell_builtin(kind, true), fds->errors, fds->answers);
	initshell_add(&text, initshell_loop, kind, fds);
	if (initshell_has_init(config))
		buf_add_string(&text, "__pp_task=$__pp_trace$__pp_task\n");
	if (kind == WORKER_SHELL_BASH)
		initshell_add(&text, initshell_bash, kind, fds);
	initshell_add(&text, initshell_end, kind, fds);
	return buf_take(&text);
}

static char *initshell_initializer(const struct worker_config *config)
{
	struct buf init = {0};

	for (size_t i = 0; i < config->init->count; i++) {
		buf_add_string(&init, config->init->list[i]);
		buf_add_char(&init, '\n');
	}
	return buf_take(&init);
}

static int initshell_spawn(struct initshell *s, const struct worker_config *config, char **environment, int tasks,
                           int answers)
{
	struct initshell_fds fds = initshell_choose_all(config);
	char *script = initshell_script(config, &fds);
	char *init = initshell_has_init(config) ? initshell_initializer(config) : NULL;
	char *argv[] = {(char *)config->shell, (char *)"-c", script, (char *)config->shell, init, NULL};
	struct spawn start = {
		.argv = argv,
		.envp = environment,
		.fds = {tasks, answers, answers, -1, -1},
		.own_group = true,
		.announce = config->board->job,
	};
	struct spawn_path path = {.name = ""};
	bool in_exec;
	pid_t pid;

	if (initshell_has_streams(config)) {
		memcpy(start.fds, (int[SPAWN_FDS]){-1, -1, -1, tasks, answers}, sizeof start.fds);
		start.as[0] = fds.tasks;
		start.as[1] = fds.answers;
	}
	pid = spawn_start(&start, &path, &in_exec);
	free(init);
	free(script);
	s->pid = pid < 0 ? 0 : pid;
	return pid < 0 ? -1 : 0;
}

void initshell_init(struct initshell *s)
{
	memset(s, 0, sizeof *s);
	s->tasks = s->answers = -1;
}

int initshell_start(struct initshell *s, const struct worker_config *config, char **environment)
{
	int tasks[2], answers[2];
	int status;

	s->kind = config->shell_kind;
	s->files = config->board->files;
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

void initshell_remove_files(struct initshell *s)
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
	buf_clear(&s->text);
}

/* A word of a command that needs no shell. The first one may be a function, but is neither a reserved word nor an
   alias. */
static void initshell_word(struct buf *to, const char *word, size_t length, bool first)
{
	if (first && quote_is_plain(word, length))
		buf_add_char(to, '\\');
	quote_word(to, word, length);
}

/* -- Tasks -- */

/* What a subshell has in common with its shell, or does in another way than a shell of its own: lines that may ask for
   it get one. */
static const char *const initshell_words[] = {
	"$$",    "${$",      "$_",   "${_",   "kill",   "trap",    "set -m", "setsid", "return",
	"break", "continue", "jobs", "times", "RANDOM", "SECONDS", "BASH",   "SHLVL",  "PPID",
};

/* An unset variable is another error status there, and a trace shows how deep eval stands. */
static const char *const initshell_bash_words[] = {"set -", "nounset", "xtrace", "verbose", "LINENO"};

/* Whether the shell says that a signal ended a subshell. */
static bool initshell_explains(enum worker_shell kind)
{
	return kind == WORKER_SHELL_DASH || kind == WORKER_SHELL_BASH;
}

static bool initshell_has_word(const char *line, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strstr(line, words[i]))
			return true;
	}
	return false;
}

bool initshell_suits(enum worker_shell kind, const struct task_message *m)
{
	if (!initshell_explains(kind) || m->flags != TASK_SHELL || m->bytes > INITSHELL_LONG)
		return false;
	if (initshell_has_word(m->words, initshell_words, sizeof initshell_words / sizeof initshell_words[0]))
		return false;
	if (kind != WORKER_SHELL_BASH)
		return true;
	return !(strstr(m->words, "${") && strchr(m->words, '?')) &&
	       !initshell_has_word(m->words, initshell_bash_words,
	                           sizeof initshell_bash_words / sizeof initshell_bash_words[0]);
}

/* Whether bash may have the task itself in its subshell: quoted words it may; a line that has parentheses might end it,
   and one that has redirections is executed by bash -c with a fork after all. */
static bool initshell_stands_alone(const struct initshell *s, const struct task_message *m, bool piped)
{
	if (s->kind != WORKER_SHELL_BASH || (piped && s->named[0]) || !m->words[0])
		return false;
	return m->flags == 0 || (m->flags == TASK_SHELL && strcspn(m->words, "()<>") == strlen(m->words) &&
	                         m->words[strlen(m->words) - 1] != '\\');
}

/* The task as lines of shell. The words of a command that needs no shell are quoted. */
static void initshell_lines(struct buf *to, const struct task_message *m)
{
	const char *word = m->words;
	uint32_t first = 0;

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
	kind = fd_named_pipe(ends, s->names[which], s->files ? &s->files[which] : NULL);
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

/* A descriptor's number is enough for one that is opened by /proc/PID/fd: the shell reads byte by byte. */
static const char *initshell_output(const struct initshell *s, int which, bool piped)
{
	if (!piped)
		return "-";
	return s->named[which] ? s->names[which] : strrchr(s->names[which], '/') + 1;
}

int initshell_run(struct initshell *s, const struct task_message *m, bool piped)
{
	struct buf lines = {0}, message = {0};
	int result;

	if (piped)
		initshell_remove_lines(s, &lines);
	initshell_lines(&lines, m);
	buf_add_format(&message, "%zu %s %s %llu %lu %s\n", initshell_count_lines(&lines),
	               initshell_output(s, 0, piped), initshell_output(s, 1, piped), (unsigned long long)m->sequence,
	               (unsigned long)m->try - 1, initshell_stands_alone(s, m, piped) ? "a" : "");
	buf_add(&message, lines.data, lines.length);
	result = fd_write_all(s->tasks, message.data, message.length);
	buf_release(&lines);
	buf_release(&message);
	return result;
}

/* An answer ends with a line of ":" and a number. Before it stands what the shell said of a signal; behind it what a
   trap of the initializer has said since. */
static const char *initshell_last_line(const struct buf *text)
{
	const char *found = NULL, *end;

	for (const char *line = text->data; (end = memchr(line, '\n', text->length - (size_t)(line - text->data)));
	     line = end + 1) {
		if (*line == ':' && end > line + 1 && strspn(line + 1, "0123456789") == (size_t)(end - line - 1))
			found = line;
	}
	return found;
}

/* The status that $? stands for, as of waitpid. ksh adds 256 to the number of a signal. */
static int initshell_status(const struct initshell *s, const char *line)
{
	int said = atoi(line + 1);
	bool explained = initshell_explains(s->kind) && line > s->text.data;

	if (said > INITSHELL_SIGNAL && said <= 255 && explained)
		return said - INITSHELL_SIGNAL;
	return said > 256 ? said - 256 : said << 8;
}

int initshell_answer(struct initshell *s, int *status)
{
	const char *line;
	ssize_t n;

	buf_reserve(&s->text, BUFSIZ);
	n = fd_read(s->answers, s->text.data + s->text.length, BUFSIZ);
	if (n <= 0) {
		fd_close(&s->answers);
		return -1;
	}
	s->text.length += (size_t)n;
	line = initshell_last_line(&s->text);
	if (!line)
		return 0;
	*status = initshell_status(s, line);
	buf_reset(&s->text);
	return 1;
}
