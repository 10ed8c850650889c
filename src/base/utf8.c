#include "base/utf8.h"

#include <string.h>

static bool has_tail(const unsigned char *text, size_t length)
{
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xC0) != 0x80)
			return false;
	return true;
}

size_t utf8_length(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (length == 0 || bytes[0] < 0x80)
		return length > 0;
	size_t need = bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2;
	if (bytes[0] < 0xC2 || bytes[0] > 0xF4 || length < need || !has_tail(bytes, need))
		return 0;
	bool overlong = (bytes[0] == 0xE0 && bytes[1] < 0xA0) || (bytes[0] == 0xF0 && bytes[1] < 0x90);
	bool surrogate = bytes[0] == 0xED && bytes[1] >= 0xA0;
	bool too_high = bytes[0] == 0xF4 && bytes[1] >= 0x90;
	return overlong || surrogate || too_high ? 0 : need;
}

/* What begins a character becomes one when either the least or the greatest bytes follow. */
bool utf8_is_begun(const char *text, size_t length)
{
	char least[4], greatest[4];

	if (length >= sizeof least)
		return false;
	memset(least, 0x80, sizeof least);
	memset(greatest, 0xBF, sizeof greatest);
	memcpy(least, text, length);
	memcpy(greatest, text, length);
	return utf8_length(least, sizeof least) > length || utf8_length(greatest, sizeof greatest) > length;
}

uint32_t utf8_value(const char *text, size_t length)
{
	static const unsigned char first_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	uint32_t value = (unsigned char)text[0] & first_mask[length];

	for (size_t i = 1; i < length; i++)
		value = value << 6 | ((unsigned char)text[i] & 0x3F);
	return value;
}

static void add_tail(struct buf *to, uint32_t value, int shift)
{
	for (; shift >= 0; shift -= 6)
		buf_add_char(to, (char)(0x80 | (value >> shift & 0x3F)));
}

void utf8_add(struct buf *to, uint32_t value)
{
	if (value < 0x80) {
		buf_add_char(to, (char)value);
	} else if (value < 0x800) {
		buf_add_char(to, (char)(0xC0 | value >> 6));
		add_tail(to, value, 0);
	} else if (value < 0x10000) {
		buf_add_char(to, (char)(0xE0 | value >> 12));
		add_tail(to, value, 6);
	} else {
		buf_add_char(to, (char)(0xF0 | value >> 18));
		add_tail(to, value, 12);
	}
}
