#include "base/quote.h"

#include <string.h>
#include "base/utf8.h"

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_all(const char *text, size_t length, const char *others)
{
	for (size_t i = 0; i < length; i++)
		if (!is_alnum(text[i]) && (text[i] == '\0' || !strchr(others, text[i])))
			return false;
	return length > 0;
}

bool quote_is_plain(const char *text, size_t length)
{
	/* fish takes a leading % for a process; a comma would divide the braces of {a,{}} */
	return is_all(text, length, "_@%+:./-") && *text != '%';
}

/* Adds text with a backslash in front of each byte of special. */
static void add_escaped(struct buf *to, const char *text, size_t length, const char *special)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] && strchr(special, text[i]))
			buf_add_char(to, '\\');
		buf_add_char(to, text[i]);
	}
}

void quote_word(struct buf *to, const char *text, size_t length)
{
	if (quote_is_plain(text, length)) {
		buf_add(to, text, length);
		return;
	}
	buf_add_char(to, '\'');
	quote_in_single(to, text, length);
	buf_add_char(to, '\'');
}

void quote_in_double(struct buf *to, const char *text, size_t length)
{
	add_escaped(to, text, length, "$`\"\\");
}

/* How many bytes at the front of text are backslashes and single quotes. */
static size_t count_outside(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && (text[n] == '\'' || text[n] == '\\'))
		n++;
	return n;
}

void quote_in_single(struct buf *to, const char *text, size_t length)
{
	size_t i = 0;

	while (i < length) {
		size_t outside = count_outside(text + i, length - i);
		if (outside) {
			buf_add_char(to, '\'');
			add_escaped(to, text + i, outside, "'\\");
			buf_add_char(to, '\'');
			i += outside;
		} else {
			buf_add_char(to, text[i++]);
		}
	}
}

/* How many bytes at the front of text are (or are not) single quotes. */
static size_t count_run(const char *text, size_t length, bool of_quotes)
{
	size_t n = 0;

	while (n < length && (text[n] == '\'') == of_quotes)
		n++;
	return n;
}

/* What stands between two single quotes is written in '...', were it empty; but not at either end of the word. */
void quote_backslash(struct buf *to, const char *text, size_t length)
{
	size_t i = 0;

	if (is_all(text, length, "_+./-")) {
		buf_add(to, text, length);
		return;
	}
	if (length == 0)
		buf_add_string(to, "''");
	while (i < length) {
		size_t run = count_run(text + i, length - i, false);
		if (run || (i > 0 && i < length)) {
			buf_add_char(to, '\'');
			buf_add(to, text + i, run);
			buf_add_char(to, '\'');
		}
		i += run;
		if (i < length) {
			buf_add_string(to, "\"'\"");
			i++;
		}
	}
}

/* The bytes of the character beyond ASCII at the front of text, 0 where there is none. C1 controls do not count: some
   terminals obey them. */
static size_t visible_length(const char *text, size_t length)
{
	size_t bytes = utf8_length(text, length);

	return bytes < 2 || utf8_value(text, bytes) < 0xA0 ? 0 : bytes;
}

static void add_visible(struct buf *to, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";

	if (c >= ' ' && c < 0x7F) {
		buf_add_char(to, (char)c);
	} else if (c == '\n') {
		buf_add_string(to, "\\n");
	} else if (c == '\t') {
		buf_add_string(to, "\\t");
	} else {
		buf_add_string(to, "\\x");
		buf_add_char(to, hex[c >> 4]);
		buf_add_char(to, hex[c & 15]);
	}
}

void quote_for_message(struct buf *to, const char *text, size_t length, size_t max_bytes)
{
	size_t i = 0;

	while (i < length) {
		size_t character = visible_length(text + i, length - i);
		if (i + (character ? character : 1) > max_bytes)
			break;
		if (character)
			buf_add(to, text + i, character);
		else
			add_visible(to, (unsigned char)text[i]);
		i += character ? character : 1;
	}
	if (i < length)
		buf_add_string(to, "...");
}
