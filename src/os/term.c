#include "os/term.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "base/num.h"
#include "os/fd.h"

enum { TERM_DEFAULT_COLUMNS = 80, TERM_DEFAULT_ROWS = 24 };

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

int term_rows(int fd)
{
#ifdef TIOCGWINSZ
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
		return size.ws_row;
#else
	(void)fd;
#endif
	return TERM_DEFAULT_ROWS;
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

static int term_make_raw(int fd)
{
	struct termios mode;

	if (tcgetattr(fd, &mode) < 0)
		return -1;
	mode.c_iflag = 0;
	mode.c_oflag = 0;
	mode.c_lflag = 0;
	return tcsetattr(fd, TCSANOW, &mode);
}

int term_open_pair(int *ours, int *theirs)
{
	const char *name;

	*theirs = -1;
	*ours = posix_openpt(O_RDWR | O_NOCTTY);
	if (*ours < 0)
		return -1;
	fcntl(*ours, F_SETFD, FD_CLOEXEC);
	if (grantpt(*ours) == 0 && unlockpt(*ours) == 0 && (name = ptsname(*ours)))
		*theirs = fd_open(name, O_RDWR | O_NOCTTY, 0);
	if (*theirs >= 0 && term_make_raw(*theirs) == 0)
		return 0;
	fd_close(theirs);
	fd_close(ours);
	return -1;
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
