#include "base/quote.h"

#include <string.h>

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

/* The length of the valid UTF-8 character beyond ASCII at the front of text, 0 where there is none. C1 controls count
   as invalid: some terminals obey them. */
static size_t utf8_length(const unsigned char *text, size_t length)
{
	unsigned char first = text[0];
	size_t need = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;

	if (first < 0xC2 || first > 0xF4 || length < need)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	bool control = first == 0xC2 && text[1] < 0xA0;
	bool overlong = (first == 0xE0 && text[1] < 0xA0) || (first == 0xF0 && text[1] < 0x90);
	bool surrogate = first == 0xED && text[1] >= 0xA0;
	bool too_high = first == 0xF4 && text[1] >= 0x90;
	return control || overlong || surrogate || too_high ? 0 : need;
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
	const unsigned char *bytes = (const unsigned char *)text;
	size_t i = 0;

	while (i < length) {
		size_t character = utf8_length(bytes + i, length - i);
		if (i + (character ? character : 1) > max_bytes)
			break;
		if (character)
			buf_add(to, text + i, character);
		else
			add_visible(to, bytes[i]);
		i += character ? character : 1;
	}
	if (i < length)
		buf_add_string(to, "...");
}
