/*
 * The child shares the parent's memory until exec (vfork), so that no page table is copied; an exec error comes back
 * through a variable. Where there is no vfork the child is a copy and a close-on-exec pipe carries the error.
 *
 * Between fork and exec the child makes only async-signal-safe calls and writes nothing but `error`. The parent's
 * handlers run in the child too until then, on the parent's memory: where that would hurt, signals wait until they are
 * no longer caught.
 */
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "base/mem.h"
#include "os/fd.h"
#include "os/term.h"
#include "os/wait.h"

enum { SPAWN_SIGNALS = 65 }; /* the highest number is below */

/* As exec does, but before the signals that wait arrive. */
static void spawn_catch_none(void)
{
	struct sigaction action;

	for (int signo = 1; signo < SPAWN_SIGNALS; signo++) {
		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler != SIG_DFL &&
		    action.sa_handler != SIG_IGN)
			signal(signo, SIG_DFL);
	}
}

static void spawn_child(const struct spawn *s, const char *path, volatile int *error)
{
	sigset_t none;

	if (s->announce)
		*s->announce = getpid();
	if (s->own_group)
		setpgid(0, 0);
#ifdef PR_SET_PDEATHSIG
	/* The program must not outlive a worker that is killed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
#endif
	for (int fd = 0; fd < SPAWN_FDS; fd++) {
		int to = fd > 2 && s->as[fd - 3] ? s->as[fd - 3] : fd;

		if (s->fds[fd] >= 0 && dup2(s->fds[fd], to) < 0) {
			*error = errno;
			return;
		}
	}
	if (s->foreground) {
		/* A job that the terminal stopped would keep it for ever. */
		signal(SIGTSTP, SIG_IGN);
		term_give(0, getpid());
	}
	if (s->nice) {
		errno = 0;
		if (nice(s->nice) == -1 && errno) {
			*error = errno;
			return;
		}
	}
	if (s->directory && chdir(s->directory) < 0) {
		*error = errno;
		return;
	}
	if (s->shields)
		spawn_catch_none();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(path, s->argv, s->envp);
	*error = errno;
}

#ifdef HAVE_VFORK

static pid_t spawn_fork(const struct spawn *s, const char *path, int *exec_error)
{
	volatile int error = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		spawn_child(s, path, &error);
		_exit(127);
	}
	*exec_error = error;
	return pid;
}

#else

static pid_t spawn_fork(const struct spawn *s, const char *path, int *exec_error)
{
	int ends[2];
	pid_t pid;

	*exec_error = 0;
	if (fd_pipe(ends) < 0)
		return -1;
	/* Above the numbers that the program's descriptors get. */
	if (fd_above(&ends[1], SPAWN_HIGH) < 0) {
		fd_close(&ends[0]);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		volatile int error = 0;
		int told;

		spawn_child(s, path, &error);
		told = error;
		_exit(fd_write(ends[1], &told, sizeof told) > 0 ? 127 : 126);
	}
	fd_close(&ends[1]);
	if (pid > 0 && fd_read(ends[0], exec_error, sizeof *exec_error) != (ssize_t)sizeof *exec_error)
		*exec_error = 0;
	fd_close(&ends[0]);
	return pid;
}

#endif

bool spawn_is_temporary(int code)
{
	return code == EAGAIN || code == ENOMEM || code == EMFILE || code == ENFILE;
}

int spawn_look_up(const char *name, char *path, size_t room)
{
	const char *dirs = getenv("PATH");
	size_t name_length = strlen(name);
	int error = ENOENT;

	if (!dirs)
		dirs = "/bin:/usr/bin";
	for (;;) {
		size_t length = strcspn(dirs, ":");
		struct stat info;

		if (length + name_length + 2 <= room) {
			memcpy(path, dirs, length);
			if (length > 0)
				path[length++] = '/';
			memcpy(path + length, name, name_length + 1);
			if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
				if (access(path, X_OK) == 0)
					return 0;
				error = EACCES;
			}
		}
		dirs += strcspn(dirs, ":");
		if (*dirs == '\0')
			return error;
		dirs++;
	}
}

static int spawn_find(struct spawn_path *cache, const char *name, const char **path)
{
	int error;

	*path = name;
	if (strchr(name, '/'))
		return 0;
	if (*name == '\0' || strlen(name) >= sizeof cache->name)
		return *name ? ENAMETOOLONG : ENOENT;
	*path = cache->path;
	if (strcmp(cache->name, name) == 0)
		return 0;
	cache->name[0] = '\0';
	error = spawn_look_up(name, cache->path, sizeof cache->path);
	if (error == 0)
		strcpy(cache->name, name);
	return error;
}

static pid_t spawn_path(const struct spawn *s, const char *path, bool *in_exec)
{
	int error = 0;
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	if (s->shields)
		sigprocmask(SIG_BLOCK, &all, &before);
	pid = spawn_fork(s, path, &error);
	if (s->shields)
		sigprocmask(SIG_SETMASK, &before, NULL);
	*in_exec = error != 0;
	if (error == 0)
		return pid;
	wait_for(pid);
	errno = error;
	return -1;
}

/* A script without "#!" is given to sh. */
static pid_t spawn_script(const struct spawn *s, const char *path, bool *in_exec)
{
	struct spawn script = *s;
	size_t count = 0;
	char **argv;
	pid_t pid;
	int error;

	while (s->argv[count])
		count++;
	argv = mem_alloc((count + 2) * sizeof *argv);
	argv[0] = (char *)"sh";
	argv[1] = (char *)path;
	for (size_t i = 1; i <= count; i++)
		argv[i + 1] = s->argv[i];
	script.argv = argv;
	pid = spawn_path(&script, "/bin/sh", in_exec);
	error = errno;
	free(argv);
	errno = error;
	return pid;
}

pid_t spawn_start(const struct spawn *s, struct spawn_path *cache, bool *in_exec)
{
	const char *path;
	pid_t pid;
	int error = spawn_find(cache, s->argv[0], &path);

	*in_exec = true;
	if (error) {
		errno = error;
		return -1;
	}
	pid = spawn_path(s, path, in_exec);
	if (pid < 0 && *in_exec && errno == ENOENT && path == cache->path) {
		/* The program moved since it was looked up. */
		cache->name[0] = '\0';
		error = spawn_find(cache, s->argv[0], &path);
		errno = error ? error : ENOENT;
		return error ? -1 : spawn_path(s, path, in_exec);
	}
	if (pid < 0 && *in_exec && errno == ENOEXEC)
		return spawn_script(s, path, in_exec);
	return pid;
}
