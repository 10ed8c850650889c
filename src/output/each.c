#include "output/each.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/spawn.h"
#include "os/wait.h"

int each_start(struct each *e, char *const *words)
{
	extern char **environ;
	struct spawn_path path = {.name = ""};
	int ends[2], code;
	bool in_exec;
	struct spawn s = {.argv = words, .envp = environ, .fds = {-1, -1, -1, -1, -1}, .own_group = true};

	*e = (struct each){.pid = 0};
	if (fd_pipe(ends) < 0)
		return -1;
	s.fds[0] = ends[0];
	e->pid = spawn_start(&s, &path, &in_exec);
	code = errno;
	fd_close(&ends[0]);
	if (e->pid > 0 && dup2(ends[1], 1) < 0) {
		code = errno;
		kill(e->pid, SIGKILL);
		wait_for(e->pid);
		e->pid = -1;
	}
	fd_close(&ends[1]);
	if (e->pid > 0)
		return 0;
	e->pid = 0;
	errno = code;
	return -1;
}

bool each_reaped(struct each *e, pid_t pid, int status)
{
	if (e->pid <= 0 || e->pid != pid)
		return false;
	e->pid = 0;
	e->ended = true;
	e->status = status;
	return true;
}

void each_kill(struct each *e)
{
	if (e->pid <= 0)
		return;
	e->killed = true;
	kill(-e->pid, SIGKILL);
	kill(e->pid, SIGKILL);
}

void each_close(struct each *e)
{
	int null;

	if (e->pid <= 0 && !e->ended)
		return;
	null = fd_open("/dev/null", O_WRONLY, 0);
	if (null < 0 || dup2(null, 1) < 0)
		close(1); /* it has to see the end */
	fd_close(&null);
}
