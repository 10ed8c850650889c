#include "pool/guard.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/wait.h"
#include "tap.h"

static void detach(void *arg)
{
	*(int *)arg = 1; /* in another process */
}

/* A process that leads a group and rests; deaf ones do not mind TERM. */
static pid_t start_leader(bool deaf)
{
	pid_t pid;

	signal(SIGTERM, deaf ? SIG_IGN : SIG_DFL);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	signal(SIGTERM, SIG_DFL);
	setpgid(pid, pid);
	return pid;
}

static int end_of(pid_t pid)
{
	int status = wait_for(pid);

	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_places(void)
{
	struct guard g;
	int touched = 0;
	volatile pid_t *first, *second;

	guard_init(&g);
	OK(guard_start(&g, detach, &touched) == 0 && g.pid > 0, "a guard starts");
	OK(touched == 0, "what it detaches from remains here");
	first = guard_place(&g);
	*first = 1000000000;
	second = guard_place(&g);
	*second = 1000000000;
	OK(first != second, "each group has a place");
	*first = *second = 0;
	guard_release(&g);
	OK(g.pid == 0 && waitpid(-1, NULL, WNOHANG) == -1, "a guard ends at once when told to");
}

static void test_extra(void)
{
	struct guard g;
	volatile pid_t *extra;

	guard_init(&g);
	extra = guard_extra(&g);
	OK(extra && *extra == 0 && extra[GUARD_EXTRAS - 1] == 0 && guard_extra(&g) == extra,
	   "more groups have places, before there is a guard");
	*extra = 1000000000;
	OK(guard_place(&g) != extra, "which is not given to others");
	*extra = 0;
	guard_release(&g);
}

static void test_again(void)
{
	struct guard g;
	int touched = 0;
	volatile pid_t *place;

	guard_init(&g);
	guard_start(&g, detach, &touched);
	place = guard_place(&g);
	*place = 1000000000;
	kill(g.pid, SIGKILL);
	OK(end_of(g.pid) == SIGKILL, "a guard may be killed");
	guard_ended(&g);
	OK(guard_start(&g, detach, &touched) == 0 && *place == 1000000000,
	   "another one finds the groups where they were");
	*place = 0;
	guard_release(&g);
}

/* The manager is a child here. It leaves without a word. */
static void test_lost_manager(void)
{
	pid_t mild = start_leader(false), deaf = start_leader(true), other = start_leader(false);
	pid_t manager = fork();

	if (manager == 0) {
		struct guard g;
		int touched = 0;

		guard_init(&g);
		if (guard_start(&g, detach, &touched) < 0)
			_exit(99);
		*guard_place(&g) = mild;
		*guard_place(&g) = deaf;
		_exit(0);
	}
	wait_for(manager);
	OK(end_of(mild) == SIGTERM, "when the manager is gone groups are asked to end");
	OK(end_of(deaf) == SIGKILL, "and then killed");
	OK(kill(other, 0) == 0, "those that are not its own are left alone");
	kill(other, SIGKILL);
	wait_for(other);
}

int main(void)
{
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	test_places();
	test_extra();
	test_again();
	test_lost_manager();
	return tap_end();
}
