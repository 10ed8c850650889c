#include "base/msg.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Room for one line; not on the heap, for the last thing to be said may be that there is no memory. */
static char line[MSG_MAX_BYTES];

/* Lines that wait for somebody else's line to end. */
static char held[MSG_MAX_BYTES];
static size_t held_bytes;

static const char *program_name = "pp";
static int message_fd = STDERR_FILENO;

void msg_set_name(const char *name)
{
	program_name = name;
}

static bool (*before_message)(void *arg);
static void *before_arg;

void msg_set_before(bool (*before)(void *arg), void *arg)
{
	before_message = before;
	before_arg = arg;
}

void msg_set_fd(int fd)
{
	message_fd = fd;
}

static void write_line(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(message_fd, text, length);
		if (written >= 0) {
			text += written;
			length -= (size_t)written;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			struct pollfd waiting = {.fd = message_fd, .events = POLLOUT};
			poll(&waiting, 1, -1); /* another owner of the descriptor made it so */
		} else if (errno != EINTR) {
			return;
		}
	}
}

static bool may_write(void)
{
	return !before_message || before_message(before_arg);
}

void msg_flush(bool at_last)
{
	if (held_bytes == 0 || (!may_write() && !at_last))
		return;
	write_line(held, held_bytes);
	held_bytes = 0;
}

/* Keeps the line for later. When there is no room for it, all is written now. */
static void hold(size_t length)
{
	if (held_bytes + length > sizeof held)
		msg_flush(true);
	memcpy(held + held_bytes, line, length);
	held_bytes += length;
}

static void join_lines(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\n')
			text[i] = ' ';
}

/* Adds formatted text at line[used]. Returns the bytes then used; at most sizeof line - 1, so that a newline fits. */
static size_t add_text(size_t used, const char *format, va_list args)
{
	size_t room = sizeof line - used;
	int length = vsnprintf(line + used, room, format, args);

	if (length < 0)
		return used;
	if ((size_t)length < room)
		return used + (size_t)length;
	memcpy(line + sizeof line - sizeof "...", "...", sizeof "...");
	return sizeof line - 1;
}

__attribute__((format(printf, 2, 3))) static size_t add_format(size_t used, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	used = add_text(used, format, args);
	va_end(args);
	return used;
}

static void say(size_t used, const char *format, va_list args)
{
	int saved = errno;

	used = add_text(used, format, args);
	join_lines(line, used);
	line[used] = '\n';
	msg_flush(false);
	if (held_bytes > 0 || !may_write())
		hold(used + 1);
	else
		write_line(line, used + 1);
	errno = saved;
}

void msg_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(add_format(0, "%s: ", program_name), format, args);
	va_end(args);
}

void msg_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(add_format(0, "%s: warning: ", program_name), format, args);
	va_end(args);
}

void msg_plain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(0, format, args);
	va_end(args);
}
