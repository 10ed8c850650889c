#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_inner(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* Ends a text that did not fit in "...", without leaving half of a UTF-8 character in front of it. */
static void mark_cut(char text[ERR_TEXT])
{
	size_t end = ERR_TEXT - sizeof "...";

	while (end > 0 && is_inner(text[end]))
		end--;
	memcpy(text + end, "...", sizeof "...");
}

/* Takes both ends of a text that does not fit, for the reason stands behind the name. */
static void take_ends(char text[ERR_TEXT], const char *whole, size_t length)
{
	size_t head = ERR_TEXT / 2, tail = length - (ERR_TEXT - sizeof "..." - head);

	while (head > 0 && is_inner(whole[head]))
		head--;
	while (is_inner(whole[tail]))
		tail++;
	memcpy(text, whole, head);
	memcpy(text + head, "...", sizeof "..." - 1);
	memcpy(text + head + sizeof "..." - 1, whole + tail, length + 1 - tail);
}

/* Where there is no memory the beginning has to do. */
static void cut(char text[ERR_TEXT], size_t length, const char *reason, const char *format, va_list args)
{
	char *whole = malloc(length + 1);
	int n;

	mark_cut(text);
	if (whole && (n = vsnprintf(whole, length + 1, format, args)) >= 0) {
		memcpy(whole + n, reason, length + 1 - (size_t)n);
		take_ends(text, whole, length);
	}
	free(whole);
}

/* Formats beside e->text first, for that may be among the arguments: an error is often told again with more around
   it. */
static void fill(struct err *e, int code, const char *format, va_list args)
{
	char text[ERR_TEXT] = "", reason[ERR_TEXT / 2] = "";
	va_list again;
	int length;
	size_t total;

	va_copy(again, args);
	length = vsnprintf(text, sizeof text, format, args);
	if (code)
		snprintf(reason, sizeof reason, ": %s", strerror(code));
	if (length < 0)
		length = snprintf(text, sizeof text, "%s", format);
	total = (size_t)length + strlen(reason);
	if (total < sizeof text)
		memcpy(text + length, reason, strlen(reason) + 1);
	else
		cut(text, total, reason, format, again);
	va_end(again);
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
