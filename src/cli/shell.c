#include "cli/shell.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/mem.h"
#include "os/host.h"
#include "os/spawn.h"

enum { SHELL_ANCESTORS = 32 }; /* processes that are looked at, upwards from the parent */

/* -- The choice -- */

bool shell_is_sh(const char *name)
{
	static const char *const names[] = {"sh",    "bash", "dash", "ash",   "busybox", "zsh",   "ksh",
	                                    "ksh93", "mksh", "lksh", "pdksh", "oksh",    "loksh", "yash"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* The shell that the process runs, by its path where the system tells it. Gives; NULL when it is none of the family. */
static char *shell_of(long pid)
{
	char *path = NULL;
	char *name = host_program(pid, &path);
	char *chosen = NULL;

	/* busybox is a shell only under the name of one. */
	if (name && strcmp(name, "busybox") == 0)
		chosen = mem_string("sh");
	else if (name && shell_is_sh(name))
		chosen = mem_string(path ? path : name);
	free(name);
	free(path);
	return chosen;
}

/* Whoever started pp was started by somebody too: behind timeout, env or make stands the shell whose language the user
   writes. */
static char *shell_of_ancestor(void)
{
	char *shell = NULL;
	long pid = (long)getppid();

	for (int i = 0; i < SHELL_ANCESTORS && pid > 0 && !shell; i++) {
		shell = shell_of(pid);
		pid = host_parent(pid);
	}
	return shell;
}

bool shell_is_function(const char *name)
{
	struct buf variable = {0};
	bool known;

	buf_add_format(&variable, "BASH_FUNC_%s%%%%", name);
	known = getenv(buf_text(&variable)) != NULL;
	buf_release(&variable);
	return known;
}

bool shell_is_builtin(const char *name)
{
	static const char *const names[] = {".",      "alias",   "cd",   "command", "eval",     "exec",  "exit",
	                                    "export", "getopts", "hash", "read",    "readonly", "set",   "source",
	                                    "times",  "trap",    "type", "ulimit",  "umask",    "unset", "wait"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

char *shell_choose(void)
{
	static const char *const variables[] = {"PP_SHELL", "PARALLEL_SHELL"};
	char *shell;

	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		const char *value = getenv(variables[i]);

		if (value && value[0])
			return mem_string(value);
	}
	shell = shell_of_ancestor();
	return shell ? shell : mem_string("sh");
}

/* -- What the shell is -- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A version may follow a name. */
static enum worker_shell kind_of_name(const char *name)
{
	static const struct {
		const char *name;
		enum worker_shell kind;
	} known[] = {{"dash", WORKER_SHELL_DASH}, {"bash", WORKER_SHELL_BASH}, {"zsh", WORKER_SHELL_ZSH}};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		size_t length = strlen(known[i].name);

		if (strncmp(name, known[i].name, length) == 0 &&
		    name[length + strspn(name + length, "-.0123456789")] == '\0')
			return known[i].kind;
	}
	return WORKER_SHELL_OTHER;
}

enum worker_shell shell_kind(const char *shell)
{
	const char *name = base_name(shell);
	enum worker_shell kind = WORKER_SHELL_OTHER;
	char found[4096];
	char *file;

	if (strcmp(name, "sh") != 0 && kind_of_name(name) == WORKER_SHELL_OTHER)
		return kind;
	if (name == shell && spawn_look_up(name, found, sizeof found) != 0)
		return kind;
	file = realpath(name == shell ? found : shell, NULL);
	if (file)
		kind = kind_of_name(base_name(file));
	free(file);
	return kind;
}

bool shell_can_stay(enum worker_shell kind)
{
	if (kind == WORKER_SHELL_BASH)
		return !getenv("BASH_ENV") && !getenv("SHELLOPTS") && !getenv("BASHOPTS");
	return kind == WORKER_SHELL_DASH;
}

/* -- What is a shell line -- */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
static const char syntax[] = " \t\n\r\v\f|&;<>()$`\\\"'*?[";

static bool begins_with_assignment(const char *word)
{
	size_t length = strspn(word, letters);

	return length > 0 && !strchr("0123456789", word[0]) && word[length] == '=';
}

/* Whether the length bytes between two braces are a list or a sequence of the shell's: a,b or 1..3. */
static bool is_brace_list(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == ',')
			return true;
		if (i > 0 && i + 2 < length && text[i] == '.' && text[i + 1] == '.' && strchr(letters, text[i - 1]) &&
		    strchr(letters, text[i + 2]))
			return true;
	}
	return false;
}

/* The text behind the replacement string that the brace at text opens, or NULL when the brace is the shell's. */
static const char *skip_replacement(const char *text)
{
	const char *end = strncmp(text, "{=", 2) == 0 ? strstr(text + 2, "=}") : NULL;
	size_t length;

	if (end)
		return end + 2;
	end = strchr(text, '}');
	if (!end)
		return NULL;
	length = (size_t)(end - text - 1);
	return strcspn(text + 1, syntax) < length || is_brace_list(text + 1, length) ? NULL : end + 1;
}

bool shell_is_line(const char *word)
{
	if (word[0] == '#' || word[0] == '~' || begins_with_assignment(word))
		return true;
	while (*word) {
		if (*word == '}' || strchr(syntax, *word))
			return true;
		word = *word == '{' ? skip_replacement(word) : word + 1;
		if (!word)
			return true;
	}
	return false;
}

/* Commands that a shell has itself, some of them otherwise than the program of that name, and its reserved words. */
static bool is_of_the_shell(const char *word)
{
	static const char *const names[] = {"!",      "[",     "case",  "do",     "done",  "echo", "elif", "else",
	                                    "esac",   "false", "fi",    "for",    "if",    "kill", "let",  "local",
	                                    "printf", "pwd",   "read",  "select", "shift", "test", "then", "time",
	                                    "trap",   "true",  "until", "while",  "{",     "}"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(word, names[i]) == 0)
			return true;
	}
	return shell_is_builtin(word);
}

bool shell_split(const char *line, struct strv *words)
{
	struct strv found = {.list = NULL};
	bool plain = true;

	for (const char *at = line + strspn(line, " \t"); *at && plain; at += strspn(at, " \t")) {
		size_t length = strcspn(at, " \t");

		strv_add_n(&found, at, length);
		plain = !strchr(at, '{') && !shell_is_line(found.list[found.count - 1]);
		at += length;
	}
	plain = plain && found.count > 0 && !is_of_the_shell(found.list[0]);
	if (plain)
		strv_add_all(words, &found);
	strv_release(&found);
	return plain;
}
