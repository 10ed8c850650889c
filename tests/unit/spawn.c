#include "os/spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/fd.h"
#include "os/shared.h"
#include "os/wait.h"
#include "tap.h"

extern char **environ;

static char dir[4000], path[4096];
static struct spawn_path cache;
static bool in_exec;
static char sh[] = "/bin/sh", dash_c[] = "-c", zero[] = "sh";

/* A file in the test's own directory. Returns its path, valid until the next call. */
static char *make_file(const char *name, const char *text, mode_t mode)
{
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = fd_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	if (fd < 0 || fd_write_all(fd, text, strlen(text)) < 0 || fchmod(fd, mode) < 0)
		exit(99);
	fd_close(&fd);
	return path;
}

static void remove_file(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", dir, name);
	unlink(path);
}

static struct spawn plain(char *const *argv)
{
	return (struct spawn){.argv = argv, .envp = environ, .fds = {-1, -1, -1, -1, -1}};
}

/* The errno of starting a program that should not start; 0 when it does. */
static int start_error(char *name)
{
	char *argv[] = {name, NULL};
	struct spawn s = plain(argv);
	pid_t pid;

	in_exec = false;
	pid = spawn_start(&s, &cache, &in_exec);
	if (pid < 0)
		return errno;
	wait_for(pid);
	return 0;
}

static struct buf b;

/* Starts with standard output in a pipe. Returns what the program printed, valid until the next call. */
static const char *output_of(struct spawn s)
{
	int ends[2];
	ssize_t n;
	pid_t pid;

	buf_reset(&b);
	if (fd_pipe(ends) < 0)
		exit(99);
	s.fds[1] = ends[1];
	pid = spawn_start(&s, &cache, &in_exec);
	fd_close(&ends[1]);
	do {
		buf_reserve(&b, 4096);
		n = fd_read(ends[0], b.data + b.length, 4096);
		b.length += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	fd_close(&ends[0]);
	if (pid < 0)
		buf_add_string(&b, "not started");
	else
		wait_for(pid);
	return buf_text(&b);
}

static const char *shell_says(char *line)
{
	char *argv[] = {sh, dash_c, line, zero, NULL};

	return output_of(plain(argv));
}

static void test_errors(void)
{
	char missing[] = "pp-no-such-program", missing_path[] = "/pp-no-such-dir/program", empty[] = "", root[] = "/";
	char *long_name = calloc(1, 4000);

	OK(start_error(missing) == ENOENT && in_exec, "a name that is not in PATH: ENOENT");
	OK(start_error(missing_path) == ENOENT && in_exec, "a path that does not exist: ENOENT");
	OK(start_error(empty) == ENOENT && in_exec, "an empty name: ENOENT");
	OK(start_error(root) == EACCES && in_exec, "a directory: EACCES");
	memset(long_name, 'x', 3999);
	OK(start_error(long_name) == ENAMETOOLONG && in_exec, "a name longer than any file's: ENAMETOOLONG");
	free(long_name);
	OK(start_error(make_file("data", "text\n", 0644)) == EACCES && in_exec,
	   "a file that is not executable: EACCES");
	OK(start_error(make_file("bad", "#!/pp-no-such-interpreter\n", 0755)) == ENOENT && in_exec,
	   "a script whose interpreter does not exist: ENOENT");
	OK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "no process is left of any");
}

static void test_too_long(void)
{
	enum { BYTES = 64 * 1024 * 1024 };
	char *word = malloc(BYTES), name[] = "true", *argv[] = {name, word, NULL};
	struct spawn s = plain(argv);

	memset(word, 'x', BYTES - 1);
	word[BYTES - 1] = '\0';
	OK(spawn_start(&s, &cache, &in_exec) == -1 && errno == E2BIG && in_exec, "arguments that are too long: E2BIG");
	free(word);
}

static void test_script(void)
{
	char one[] = "a b", two[] = "c", name[] = "pp-script";
	char *argv[] = {make_file("pp-script", "echo \"$# $1 $2 ${0##*/}\"\n", 0755), one, two, NULL};
	char *by_name[] = {name, one, two, NULL};

	SAME(output_of(plain(argv)), "2 a b c pp-script\n", "a script without #! is given to sh");
	SAME(output_of(plain(by_name)), "2 a b c pp-script\n", "also when it was found in PATH");
}

static void test_path(void)
{
	char name[] = "pp-tool", *argv[] = {name, NULL};
	char *first;

	make_file("pp-tool", "#!/bin/sh\necho first\n", 0755);
	SAME(output_of(plain(argv)), "first\n", "a program is found in PATH");
	first = strdup(cache.path);
	SAME(cache.name, "pp-tool", "and remembered");
	SAME(output_of(plain(argv)), "first\n", "it is started from memory");
	remove_file("pp-tool");
	make_file("sub/pp-tool", "#!/bin/sh\necho second\n", 0755);
	SAME(output_of(plain(argv)), "second\n", "when it has moved it is looked up again");
	OK(strcmp(first, cache.path) != 0, "and remembered at its new place");
	remove_file("sub/pp-tool");
	OK(start_error(name) == ENOENT && in_exec, "when it is gone that is told");
	free(first);
}

static void test_path_denied(void)
{
	char name[] = "pp-both", *argv[] = {name, NULL};

	make_file("pp-both", "text\n", 0644);
	OK(start_error(name) == EACCES && in_exec, "only a file that is not executable in PATH: EACCES");
	make_file("sub/pp-both", "#!/bin/sh\necho later\n", 0755);
	SAME(output_of(plain(argv)), "later\n", "an executable one later in PATH is taken");
	remove_file("sub/pp-both");
}

static void test_environment(void)
{
	char line[] = "echo $PP_TEST", variable[] = "PP_TEST=value", no_path[] = "PATH=/pp-no-such-dir";
	char name[] = "sh", *argv[] = {name, dash_c, line, NULL}, *envp[] = {variable, no_path, NULL};
	struct spawn s = plain(argv);

	s.envp = envp;
	SAME(output_of(s), "value\n", "the program gets the environment, and is looked up in the caller's PATH");
}

static void test_descriptors(void)
{
	char list[] = "for fd in 0 1 2 3 4 5 6 7 8 9; do (: <&$fd) 2>/dev/null && printf \"$fd \"; done";
	char copy[] = "cat <&3; echo to >&4", *argv[] = {sh, dash_c, copy, NULL};
	struct spawn s = plain(argv);
	int in[2], out[2], high;
	char text[16] = "";

	/* Whoever started the test may have left some open. */
	for (int fd = 3; fd < 10; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	SAME(shell_says(list), "0 1 2 ", "a program has descriptors 0 to 2 and no other");
	if (fd_pipe(in) < 0 || fd_pipe(out) < 0)
		exit(99);
	fd_write_all(in[1], "from ", 5);
	fd_close(&in[1]);
	s.fds[3] = fcntl(in[0], F_DUPFD_CLOEXEC, 20);
	s.fds[4] = high = fcntl(out[1], F_DUPFD_CLOEXEC, 20);
	SAME(output_of(s), "from ", "more descriptors where they are asked for: 3 is read");
	fd_close(&high);
	fd_close(&s.fds[3]);
	fd_close(&in[0]);
	fd_close(&out[1]);
	OK(fd_read(out[0], text, sizeof text) == 3 && strcmp(text, "to\n") == 0, "and 4 is written");
	fd_close(&out[0]);
}

/* Where the error of exec comes through a pipe, that has the lowest numbers that are free. */
static void test_error_behind_descriptors(void)
{
	static char nowhere[] = "/pp-no-such-program";
	char *argv[] = {nowhere, NULL};
	int high = fcntl(0, F_DUPFD_CLOEXEC, 20), lowest = fcntl(0, F_DUPFD_CLOEXEC, 3);
	struct spawn s = plain(argv);

	close(lowest);
	if (lowest + 1 >= SPAWN_HIGH)
		lowest = 3;
	s.fds[3] = s.fds[4] = high;
	s.as[0] = lowest;
	s.as[1] = lowest + 1;
	OK(spawn_start(&s, &cache, &in_exec) == -1 && errno == ENOENT && in_exec,
	   "no descriptor of a program hides its error");
	fd_close(&high);
}

static void test_group(void)
{
	char line[] = "read line", *argv[] = {sh, dash_c, line, NULL};
	struct spawn s = plain(argv);
	volatile pid_t *announced = shared_new(sizeof *announced);
	int ends[2];
	pid_t pid;

	if (!announced || fd_pipe(ends) < 0)
		exit(99);
	s.fds[0] = ends[0];
	s.announce = announced;
	pid = spawn_start(&s, &cache, &in_exec);
	OK(*announced == pid, "the process id is announced");
	OK(getpgid(pid) == getpgrp(), "a program stays in the group of its parent");
	fd_write_all(ends[1], "\n", 1);
	wait_for(pid);
	s.own_group = true;
	pid = spawn_start(&s, &cache, &in_exec);
	OK(getpgid(pid) == pid, "or leads a group of its own");
	fd_write_all(ends[1], "\n", 1);
	wait_for(pid);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	shared_free((void *)announced, sizeof *announced);
}

static void handle(int signo)
{
	(void)signo;
}

/* Whether a shell that sends itself the signal is ended by it. */
static bool dies_of(const char *name, int signo)
{
	char line[64], *argv[] = {sh, dash_c, line, NULL};
	struct spawn s = plain(argv);
	pid_t pid;
	int status;

	snprintf(line, sizeof line, "kill -s %s $$; exit 0", name);
	pid = spawn_start(&s, &cache, &in_exec);
	status = wait_for(pid);
	return status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == signo;
}

static void test_signals(void)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	OK(dies_of("TERM", SIGTERM), "a program has no signal blocked");
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGUSR1, handle);
	OK(dies_of("USR1", SIGUSR1), "a signal that is handled here has its default action there");
	signal(SIGUSR1, SIG_DFL);
}

static void test_own_state(void)
{
	sigset_t some, after;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR2);
	sigprocmask(SIG_SETMASK, &some, NULL);
	dies_of("TERM", SIGTERM);
	sigprocmask(SIG_SETMASK, NULL, &after);
	OK(sigismember(&after, SIGUSR2) == 1 && sigismember(&after, SIGTERM) == 0, "the parent's mask is not touched");
	sigemptyset(&some);
	sigprocmask(SIG_SETMASK, &some, NULL);
}

static void set_up(void)
{
	const char *tmp = getenv("TMPDIR");
	char value[9000];

	snprintf(dir, sizeof dir, "%s/pp-spawn-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		exit(99);
	snprintf(path, sizeof path, "%s/sub", dir);
	mkdir(path, 0700);
	snprintf(value, sizeof value, "%s:%s/sub:/bin:/usr/bin", dir, dir);
	setenv("PATH", value, 1);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

static void clean_up(void)
{
	static const char *const names[] = {"data", "bad", "pp-script", "pp-both"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		remove_file(names[i]);
	snprintf(path, sizeof path, "%s/sub", dir);
	rmdir(path);
	OK(rmdir(dir) == 0, "nothing is left behind");
}

static volatile sig_atomic_t caught;

static void on_signal(int signo)
{
	(void)signo;
	caught = 1;
}

/* Signals each process that is announced, as early as it can be. */
static void pester(volatile pid_t *announced)
{
	pid_t last = 0;

	for (;;) {
		pid_t pid = *announced;

		if (pid > 0 && pid != last)
			kill(pid, SIGUSR1);
		last = pid;
	}
}

/* A signal to a child that is about to become a program must not run the parent's handler, which shares its memory. */
static void test_shield(void)
{
	char *argv[] = {sh, dash_c, (char[]){"exit 0"}, NULL};
	volatile pid_t *announced = shared_new(sizeof *announced);
	struct spawn s = plain(argv);
	pid_t pester_pid = fork();

	if (pester_pid == 0)
		pester(announced);
	signal(SIGUSR1, on_signal);
	s.shields = true;
	s.announce = announced;
	for (int i = 0; i < 100; i++) {
		pid_t pid = spawn_start(&s, &cache, &in_exec);

		if (pid > 0)
			wait_for(pid);
	}
	kill(pester_pid, SIGKILL);
	wait_for(pester_pid);
	signal(SIGUSR1, SIG_DFL);
	shared_free((void *)announced, sizeof *announced);
	OK(!caught, "a signal to a child that is shielded never reaches the parent's handler");
}

int main(void)
{
	set_up();
	test_errors();
	test_too_long();
	test_script();
	test_path();
	test_path_denied();
	test_environment();
	test_descriptors();
	test_error_behind_descriptors();
	test_group();
	test_signals();
	test_own_state();
	test_shield();
	clean_up();
	buf_release(&b);
	return tap_end();
}
