#include "os/sig.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "os/fd.h"

#ifdef NSIG
enum { SIG_LIMIT = NSIG };
#else
enum { SIG_LIMIT = 65 };
#endif

static int sig_pipe[2] = {-1, -1};
static volatile sig_atomic_t sig_arrived[SIG_LIMIT];
static volatile sig_atomic_t sig_any; /* some signal has arrived */

/* The mark says which signal, the byte only wakes the loop: when the pipe is full the loop is awake anyway. */
static void sig_handle(int signo)
{
	int saved = errno;

	sig_arrived[signo] = 1;
	sig_any = 1;
	while (write(sig_pipe[1], "", 1) < 0 && errno == EINTR)
		;
	errno = saved;
}

int sig_open(void)
{
	sigset_t none;

	if (fd_pipe(sig_pipe) < 0)
		return -1;
	fd_set_nonblock(sig_pipe[0], true);
	fd_set_nonblock(sig_pipe[1], true);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return sig_pipe[0];
}

void sig_catch(int signo, bool even_if_ignored)
{
	struct sigaction action;

	if (!even_if_ignored && sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
		return;
	memset(&action, 0, sizeof action);
	action.sa_handler = sig_handle;
	action.sa_flags = SA_RESTART;
	sigfillset(&action.sa_mask);
	sigaction(signo, &action, NULL);
}

bool sig_is_waiting(void)
{
	return sig_any != 0;
}

int sig_next(void)
{
	char bytes[64];

	sig_any = 0;
	while (fd_read(sig_pipe[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
		;
	for (int signo = 1; signo < SIG_LIMIT; signo++) {
		if (sig_arrived[signo]) {
			sig_arrived[signo] = 0;
			return signo;
		}
	}
	return 0;
}

void sig_default(int signo)
{
	struct sigaction action;

	memset(&action, 0, sizeof action);
	action.sa_handler = SIG_DFL;
	sigemptyset(&action.sa_mask);
	sigaction(signo, &action, NULL);
}

static void sig_do_nothing(int signo)
{
	(void)signo;
}

void sig_deafen(void)
{
	static const int unwanted[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
	struct sigaction action;

	memset(&action, 0, sizeof action);
	action.sa_handler = sig_do_nothing;
	action.sa_flags = SA_RESTART;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof unwanted / sizeof unwanted[0]; i++)
		sigaction(unwanted[i], &action, NULL);
}

void sig_reset_child(void)
{
	struct sigaction action;
	sigset_t none;

	fd_close(&sig_pipe[0]);
	fd_close(&sig_pipe[1]);
	for (int signo = 1; signo < SIG_LIMIT; signo++) {
		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			sig_default(signo);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
