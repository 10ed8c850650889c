#include "os/term.h"

#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "base/num.h"

enum { TERM_DEFAULT_COLUMNS = 80 };

bool term_is_terminal(int fd)
{
	return isatty(fd) == 1;
}

static int window_columns(int fd)
{
#ifdef TIOCGWINSZ
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
#else
	(void)fd;
#endif
	return 0;
}

int term_columns(int fd)
{
	int columns = window_columns(fd);
	const char *text = getenv("COLUMNS");
	uint64_t value;

	if (columns > 0)
		return columns;
	if (text && num_parse_uint(text, &value) == 0 && value > 0 && value <= INT_MAX)
		return (int)value;
	return TERM_DEFAULT_COLUMNS;
}

bool term_is_dumb(void)
{
	const char *name = getenv("TERM");

	return !name || !*name || strcmp(name, "dumb") == 0;
}

bool term_wants_color(int fd)
{
	const char *refused = getenv("NO_COLOR");

	return (!refused || !*refused) && !term_is_dumb() && term_is_terminal(fd);
}

/* From the background the terminal would stop the caller with SIGTTOU, unless that is blocked. */
void term_give(int fd, pid_t group)
{
	sigset_t out, before;

	sigemptyset(&out);
	sigaddset(&out, SIGTTOU);
	sigprocmask(SIG_BLOCK, &out, &before);
	tcsetpgrp(fd, group);
	sigprocmask(SIG_SETMASK, &before, NULL);
}
