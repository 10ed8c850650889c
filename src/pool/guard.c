#include "pool/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/process.h"
#include "os/shared.h"
#include "os/sig.h"
#include "os/wait.h"

enum {
	GUARD_PLACES = 128 * 1024, /* more than there are slots; untouched ones take no memory */
	GUARD_ALL = GUARD_PLACES + GUARD_EXTRAS,
	GUARD_GRACE = 300, /* milliseconds between TERM and KILL */
};

void guard_init(struct guard *g)
{
	*g = (struct guard){.alive = -1, .hearing = -1};
}

static void guard_signal(volatile pid_t *groups, int signal)
{
	for (size_t i = 0; i < GUARD_ALL; i++) {
		if (groups[i] > 0)
			kill(-groups[i], signal);
	}
}

static void guard_remove(volatile uint64_t *files)
{
	for (size_t i = 0; files && i < GUARD_PLACES * BOARD_FILES; i++)
		fd_remove_named_pipe(files[i]);
}

/* Its name is not that of the program: who kills all processes of that name is not to kill the one that cleans up
   behind them. */
static void guard_main(int manager, const struct guard *g)
{
	int null = fd_open("/dev/null", O_RDWR, 0);
	char byte;

	/* It must hold none of them: somebody may wait for its end. */
	for (int fd = 0; fd < 3; fd++) {
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	}
	fd_close_others(manager);
	process_rename("job-guard");
	if (fd_read(manager, &byte, 1) > 0)
		return;
	guard_signal(g->groups, SIGTERM);
	guard_signal(g->groups, SIGCONT);
	poll(NULL, 0, GUARD_GRACE);
	guard_signal(g->groups, SIGKILL);
	guard_remove(g->files);
}

static int guard_share(struct guard *g)
{
	if (!g->groups)
		g->groups = shared_new(GUARD_ALL * sizeof *g->groups);
	if (!g->files && fd_pipes_have_files())
		g->files = shared_new(GUARD_PLACES * BOARD_FILES * sizeof *g->files);
	return g->groups ? 0 : -1;
}

int guard_open(struct guard *g)
{
	int ends[2];

	if (g->alive >= 0)
		return 0;
	if (guard_share(g) < 0 || fd_pipe(ends) < 0)
		return -1;
	g->hearing = ends[0];
	g->alive = ends[1];
	return 0;
}

int guard_start(struct guard *g, void (*detach)(void *arg), void *arg)
{
	int code, hearing;

	if (guard_open(g) < 0)
		return -1;
	hearing = g->hearing;
	g->pid = fork();
	if (g->pid == 0) {
		fd_close(&g->alive);
		g->hearing = -1;
		setpgid(0, 0);
		sig_reset_child();
		sig_deafen();
		detach(arg);
		guard_main(hearing, g);
		_exit(0);
	}
	code = errno;
	fd_close(&g->hearing);
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

volatile pid_t *guard_numbered(struct guard *g, size_t number)
{
	if (guard_share(g) < 0)
		return NULL;
	return number < GUARD_PLACES ? &g->groups[number] : NULL;
}

volatile uint64_t *guard_files(struct guard *g, size_t number)
{
	if (guard_share(g) < 0 || !g->files)
		return NULL;
	return number < GUARD_PLACES ? &g->files[number * BOARD_FILES] : NULL;
}

volatile pid_t *guard_extra(struct guard *g)
{
	return guard_share(g) < 0 ? NULL : &g->groups[GUARD_PLACES];
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
	fd_close(&g->hearing);
	if (g->pid > 0)
		wait_for(g->pid);
	g->pid = 0;
}

void guard_release(struct guard *g)
{
	guard_stop(g);
	shared_free((void *)g->groups, GUARD_ALL * sizeof *g->groups);
	shared_free((void *)g->files, GUARD_PLACES * BOARD_FILES * sizeof *g->files);
	guard_init(g);
}
