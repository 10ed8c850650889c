#include "os/term.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "tap.h"

/* The user's side of a new terminal, -1 when the system has none; its other side is in *master. */
static int open_terminal(int *master)
{
	*master = posix_openpt(O_RDWR | O_NOCTTY);
	if (*master < 0)
		return -1;
	if (grantpt(*master) < 0 || unlockpt(*master) < 0)
		return -1;
	return open(ptsname(*master), O_RDWR | O_NOCTTY);
}

static void set_columns(int fd, unsigned short columns)
{
	struct winsize size = {.ws_row = 24, .ws_col = columns};

	ioctl(fd, TIOCSWINSZ, &size);
}

static void test_no_terminal(int fd)
{
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	OK(!term_is_terminal(fd), "a file is no terminal");
	OK(!term_is_terminal(-1), "a closed descriptor is no terminal");
	OK(!term_wants_color(fd), "a file wants no color");
	unsetenv("COLUMNS");
	OK(term_columns(fd) == 80, "without a terminal and COLUMNS the width is 80");
	setenv("COLUMNS", "123", 1);
	OK(term_columns(fd) == 123, "without a terminal the width is COLUMNS");
	static const char *const bad[] = {"", "0", "-5", "12x", "99999999999", "99999999999999999999999"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		setenv("COLUMNS", bad[i], 1);
		OK(term_columns(fd) == 80, "COLUMNS \"%s\" is ignored", bad[i]);
	}
}

static void test_dumb(void)
{
	unsetenv("TERM");
	OK(term_is_dumb(), "no TERM is dumb");
	setenv("TERM", "", 1);
	OK(term_is_dumb(), "an empty TERM is dumb");
	setenv("TERM", "dumb", 1);
	OK(term_is_dumb(), "dumb is dumb");
	setenv("TERM", "xterm", 1);
	OK(!term_is_dumb(), "xterm is not dumb");
}

static void test_terminal(int fd)
{
	OK(term_is_terminal(fd), "a terminal is one");
	setenv("COLUMNS", "55", 1);
	set_columns(fd, 101);
	OK(term_columns(fd) == 101, "the width is the terminal's");
	set_columns(fd, 0);
	OK(term_columns(fd) == 55, "a terminal that does not know its width has that of COLUMNS");
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	OK(term_wants_color(fd), "a terminal wants color");
	setenv("NO_COLOR", "", 1);
	OK(term_wants_color(fd), "an empty NO_COLOR does not count");
	setenv("NO_COLOR", "1", 1);
	OK(!term_wants_color(fd), "NO_COLOR refuses color");
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	OK(!term_wants_color(fd), "a dumb terminal wants no color");
}

static void test_pair(void)
{
	int ours, theirs;
	char bytes[8] = "";

	if (term_open_pair(&ours, &theirs) < 0) {
		OK(true, "a pair # SKIP the system gives none");
		return;
	}
	OK(term_is_terminal(theirs), "the other side of a pair is a terminal");
	OK((fcntl(ours, F_GETFD) & FD_CLOEXEC) && (fcntl(theirs, F_GETFD) & FD_CLOEXEC), "both are close-on-exec");
	OK(write(theirs, "a\n", 2) == 2 && read(ours, bytes, sizeof bytes) == 2 && memcmp(bytes, "a\n", 2) == 0,
	   "what is written there comes out as it is");
	OK(write(ours, "b\n", 2) == 2 && read(theirs, bytes, sizeof bytes) == 2, "the other way, too");
	close(theirs);
	OK(read(ours, bytes, sizeof bytes) <= 0, "nothing is echoed, and the end is seen");
	close(ours);
}

int main(void)
{
	int file = open("/dev/null", O_RDWR), master;

	test_no_terminal(file);
	test_dumb();
	int terminal = open_terminal(&master);
	if (terminal >= 0)
		test_terminal(terminal);
	else
		OK(true, "the terminal # SKIP the system gives none");
	test_pair();
	close(terminal);
	close(master);
	close(file);
	return tap_end();
}
