#include "pool/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/shared.h"
#include "os/sig.h"
#include "os/wait.h"

enum {
	GUARD_PLACES = 128 * 1024, /* more than there are slots; untouched ones take no memory */
	GUARD_GRACE = 300,         /* milliseconds between TERM and KILL */
};

void guard_init(struct guard *g)
{
	*g = (struct guard){.alive = -1};
}

static void guard_signal(volatile pid_t *groups, int signal)
{
	for (size_t i = 0; i < GUARD_PLACES; i++) {
		if (groups[i] > 0)
			kill(-groups[i], signal);
	}
}

static void guard_main(int manager, volatile pid_t *groups)
{
	int null = fd_open("/dev/null", O_RDWR, 0);
	char byte;

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (fd_read(manager, &byte, 1) > 0)
		return;
	guard_signal(groups, SIGTERM);
	guard_signal(groups, SIGCONT);
	poll(NULL, 0, GUARD_GRACE);
	guard_signal(groups, SIGKILL);
}

int guard_start(struct guard *g, void (*detach)(void *arg), void *arg)
{
	int ends[2], code;

	if (!g->groups)
		g->groups = shared_new(GUARD_PLACES * sizeof *g->groups);
	if (!g->groups || fd_pipe(ends) < 0)
		return -1;
	g->pid = fork();
	if (g->pid == 0) {
		fd_close(&ends[1]);
		setpgid(0, 0);
		sig_reset_child();
		sig_deafen();
		detach(arg);
		guard_main(ends[0], g->groups);
		_exit(0);
	}
	code = errno;
	fd_close(&ends[0]);
	g->alive = ends[1];
	if (g->pid > 0)
		return 0;
	g->pid = 0;
	fd_close(&g->alive);
	errno = code;
	return -1;
}

volatile pid_t *guard_place(struct guard *g)
{
	while (g->groups[g->next] != 0)
		g->next = (g->next + 1) % GUARD_PLACES;
	return &g->groups[g->next];
}

void guard_ended(struct guard *g)
{
	g->pid = 0;
	fd_close(&g->alive);
}

void guard_stop(struct guard *g)
{
	if (g->pid > 0)
		fd_write_all(g->alive, "x", 1);
	fd_close(&g->alive);
	if (g->pid > 0)
		wait_for(g->pid);
	shared_free((void *)g->groups, GUARD_PLACES * sizeof *g->groups);
	guard_init(g);
}
