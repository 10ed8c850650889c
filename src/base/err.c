#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Ends a text that did not fit in "...", without leaving half of a UTF-8 character in front of it. */
static void mark_cut(char text[ERR_TEXT])
{
	size_t end = ERR_TEXT - sizeof "...";

	while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80)
		end--;
	memcpy(text + end, "...", sizeof "...");
}

/* Formats beside e->text first, for that may be among the arguments: an error is often told again with more around
   it. */
static void fill(struct err *e, int code, const char *format, va_list args)
{
	char text[ERR_TEXT];
	int length = vsnprintf(text, sizeof text, format, args);

	if (length < 0)
		length = snprintf(text, sizeof text, "%s", format);
	if (code && (size_t)length < sizeof text)
		length += snprintf(text + length, sizeof text - (size_t)length, ": %s", strerror(code));
	if ((size_t)length >= sizeof text)
		mark_cut(text);
	memcpy(e->text, text, sizeof text);
	e->code = code;
}

int err_set(struct err *e, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	fill(e, 0, format, args);
	va_end(args);
	errno = saved;
	return -1;
}

int err_sys(struct err *e, int code, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	fill(e, code, format, args);
	va_end(args);
	errno = saved;
	return -1;
}
