#include "base/json.h"

#include <string.h>
#include "base/utf8.h"

/* -- Writing -- */

static const char hex_digits[] = "0123456789abcdef";

static void add_unit(struct buf *to, unsigned unit)
{
	char text[6] = {'\\',
	                'u',
	                hex_digits[unit >> 12],
	                hex_digits[unit >> 8 & 15],
	                hex_digits[unit >> 4 & 15],
	                hex_digits[unit & 15]};

	buf_add(to, text, sizeof text);
}

/* Adds a byte that does not stand for itself. */
static void add_escape(struct buf *to, unsigned char byte)
{
	static const char bytes[] = "\"\\\n\t\r\b\f", letters[] = "\"\\ntrbf";
	const char *found = byte ? strchr(bytes, byte) : NULL;

	if (found) {
		buf_add_char(to, '\\');
		buf_add_char(to, letters[found - bytes]);
	} else {
		add_unit(to, byte < 0x80 ? byte : 0xDC00u + byte);
	}
}

/* How many bytes at the front stand for themselves. */
static size_t count_plain(const char *bytes, size_t length)
{
	size_t n = 0;

	while (n < length) {
		unsigned char c = (unsigned char)bytes[n];
		size_t character = c < 0x80 ? 1 : utf8_length(bytes + n, length - n);

		if (character == 0 || c < ' ' || c == '"' || c == '\\')
			break;
		n += character;
	}
	return n;
}

void json_add_part(struct buf *to, const char *bytes, size_t length)
{
	size_t i = 0;

	while (i < length) {
		size_t plain = count_plain(bytes + i, length - i);

		buf_add(to, bytes + i, plain);
		i += plain;
		if (i < length)
			add_escape(to, (unsigned char)bytes[i++]);
	}
}

void json_add_string(struct buf *to, const char *bytes, size_t length)
{
	buf_reserve(to, length + 2);
	buf_add_char(to, '"');
	json_add_part(to, bytes, length);
	buf_add_char(to, '"');
}

/* How many bytes at the end begin a character that is not whole. */
static size_t count_begun(const char *bytes, size_t length)
{
	for (size_t n = 1; n <= length && n < 4; n++)
		if (utf8_is_begun(bytes + length - n, n))
			return n;
	return 0;
}

void json_text_add(struct json_text *t, struct buf *to, const char *bytes, size_t length)
{
	while (t->count && length) {
		t->held[t->count] = *bytes;
		if (utf8_is_begun(t->held, t->count + 1)) {
			t->count++;
		} else if (utf8_length(t->held, t->count + 1) == 0) {
			json_text_end(t, to);
			break;
		} else {
			buf_add(to, t->held, t->count + 1);
			t->count = 0;
		}
		bytes++;
		length--;
	}
	if (length == 0)
		return;
	t->count = count_begun(bytes, length);
	json_add_part(to, bytes, length - t->count);
	memcpy(t->held, bytes + length - t->count, t->count);
}

void json_text_end(struct json_text *t, struct buf *to)
{
	json_add_part(to, t->held, t->count);
	t->count = 0;
}

void json_add_name(struct buf *to, const char *name)
{
	if (to->length && to->data[to->length - 1] != '{')
		buf_add_char(to, ',');
	buf_add_char(to, '"');
	buf_add_string(to, name);
	buf_add_string(to, "\":");
}

void json_add_integer(struct buf *to, int64_t value)
{
	buf_reserve(to, NUM_INT_ROOM);
	to->length += num_format_int(to->data + to->length, value);
}

void json_add_seconds(struct buf *to, nsec_t time)
{
	char digits[8] = ".000000";
	nsec_t micros = time > 0 ? time / 1000 : 0;

	buf_add_uint(to, (unsigned long long)(micros / 1000000));
	for (int i = 6; i > 0; i--) {
		digits[i] = (char)('0' + micros % 10);
		micros /= 10;
	}
	buf_add_string(to, digits);
}

/* -- Reading -- */

/* The next byte, 0 at the end: a NUL in the text is as wrong anywhere as its end is. */
static char peek(const struct json *j)
{
	return j->at < j->end ? *j->at : '\0';
}

static bool accept(struct json *j, char c)
{
	if (peek(j) != c)
		return false;
	j->at++;
	return true;
}

static void skip_space(struct json *j)
{
	while (j->at < j->end && (*j->at == ' ' || *j->at == '\n' || *j->at == '\t' || *j->at == '\r'))
		j->at++;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool accept_digits(struct json *j)
{
	const char *start = j->at;

	while (is_digit(peek(j)))
		j->at++;
	return j->at > start;
}

static int skip_word(struct json *j, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(j->end - j->at) < length || memcmp(j->at, word, length) != 0)
		return -1;
	j->at += length;
	return 0;
}

/* A number with no zeros in front; *whole: it has neither fraction nor exponent. */
static int skip_number(struct json *j, bool *whole)
{
	*whole = true;
	accept(j, '-');
	if (!accept(j, '0') && !accept_digits(j))
		return -1;
	if (accept(j, '.')) {
		*whole = false;
		if (!accept_digits(j))
			return -1;
	}
	if (accept(j, 'e') || accept(j, 'E')) {
		*whole = false;
		if (!accept(j, '+'))
			accept(j, '-');
		if (!accept_digits(j))
			return -1;
	}
	return is_digit(peek(j)) ? -1 : 0;
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits behind \u. */
static int read_unit(struct json *j, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		int digit = hex_value(peek(j));

		if (digit < 0)
			return -1;
		*unit = *unit << 4 | (uint32_t)digit;
		j->at++;
	}
	return 0;
}

static bool is_low_surrogate(uint32_t unit)
{
	return unit >= 0xDC00 && unit <= 0xDFFF;
}

static void add_unit_read(struct buf *to, uint32_t unit)
{
	if (unit >= 0xDC80 && unit <= 0xDCFF)
		buf_add_char(to, (char)(unit - 0xDC00));
	else
		utf8_add(to, unit >= 0xD800 && unit <= 0xDFFF ? 0xFFFD : unit);
}

/* What stands behind \u; where that is the first half of a pair, the second half with it. */
static int read_units(struct json *j, struct buf *to)
{
	struct json ahead;
	uint32_t unit, low;

	if (read_unit(j, &unit) < 0)
		return -1;
	ahead = *j;
	if (unit >= 0xD800 && unit <= 0xDBFF && skip_word(&ahead, "\\u") == 0 && read_unit(&ahead, &low) == 0 &&
	    is_low_surrogate(low)) {
		unit = 0x10000 + ((unit - 0xD800) << 10 | (low - 0xDC00));
		*j = ahead;
	}
	if (to)
		add_unit_read(to, unit);
	return 0;
}

/* What stands behind a backslash. */
static int read_escape(struct json *j, struct buf *to)
{
	static const char letters[] = "\"\\/ntrbf", bytes[] = "\"\\/\n\t\r\b\f";
	char c = peek(j);
	const char *found = c ? strchr(letters, c) : NULL;

	if (found) {
		j->at++;
		if (to)
			buf_add_char(to, bytes[found - letters]);
		return 0;
	}
	return accept(j, 'u') ? read_units(j, to) : -1;
}

/* Reads a string at the very front; to may be NULL. */
static int read_string(struct json *j, struct buf *to)
{
	if (!accept(j, '"'))
		return -1;
	while (!accept(j, '"')) {
		size_t plain = count_plain(j->at, (size_t)(j->end - j->at));

		if (to)
			buf_add(to, j->at, plain);
		j->at += plain;
		if (accept(j, '\\') ? read_escape(j, to) < 0 : peek(j) != '"')
			return -1;
	}
	return 0;
}

static int skip_value(struct json *j, unsigned depth);

/* The rest of an object or array behind its opening bracket. */
static int skip_members(struct json *j, bool named, unsigned depth)
{
	char close = named ? '}' : ']';

	if (depth == 0)
		return -1;
	skip_space(j);
	if (accept(j, close))
		return 0;
	do {
		skip_space(j);
		if (named) {
			if (read_string(j, NULL) < 0)
				return -1;
			skip_space(j);
			if (!accept(j, ':'))
				return -1;
		}
		if (skip_value(j, depth - 1) < 0)
			return -1;
		skip_space(j);
	} while (accept(j, ','));
	return accept(j, close) ? 0 : -1;
}

static int skip_value(struct json *j, unsigned depth)
{
	bool whole;

	switch (json_kind(j)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		return skip_members(j, *j->at++ == '{', depth);
	case JSON_STRING:
		return read_string(j, NULL);
	case JSON_NUMBER:
		return skip_number(j, &whole);
	case JSON_BOOL:
		return skip_word(j, *j->at == 't' ? "true" : "false");
	case JSON_NULL:
		return skip_word(j, "null");
	case JSON_NOTHING:
		break;
	}
	return -1;
}

void json_init(struct json *j, const char *text, size_t length)
{
	*j = (struct json){.at = text, .end = text + length};
}

enum json_kind json_kind(struct json *j)
{
	skip_space(j);
	switch (peek(j)) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
	case 'f':
		return JSON_BOOL;
	case 'n':
		return JSON_NULL;
	default:
		return peek(j) == '-' || is_digit(peek(j)) ? JSON_NUMBER : JSON_NOTHING;
	}
}

int json_open_object(struct json *j)
{
	skip_space(j);
	j->opened = true;
	return accept(j, '{') ? 0 : -1;
}

int json_next_member(struct json *j, struct buf *name)
{
	bool first = j->opened;

	j->opened = false;
	buf_reset(name);
	skip_space(j);
	if (accept(j, '}'))
		return 0;
	if (!first && !accept(j, ','))
		return -1;
	skip_space(j);
	if (read_string(j, name) < 0)
		return -1;
	skip_space(j);
	return accept(j, ':') ? 1 : -1;
}

int json_string(struct json *j, struct buf *to)
{
	skip_space(j);
	return read_string(j, to);
}

int json_integer(struct json *j, int64_t *value)
{
	bool whole, negative;
	uint64_t sum = 0, limit;

	skip_space(j);
	const char *digits = j->at;
	if (skip_number(j, &whole) < 0 || !whole)
		return -1;
	negative = *digits == '-';
	limit = (uint64_t)INT64_MAX + negative;
	for (digits += negative; digits < j->at; digits++) {
		unsigned digit = (unsigned)(*digits - '0');

		if (sum > (limit - digit) / 10)
			return -1;
		sum = sum * 10 + digit;
	}
	*value = sum > INT64_MAX ? INT64_MIN : negative ? -(int64_t)sum : (int64_t)sum;
	return 0;
}

int json_skip(struct json *j, const char **raw, size_t *length)
{
	const char *start;

	skip_space(j);
	start = j->at;
	if (skip_value(j, JSON_DEPTH) < 0)
		return -1;
	if (raw) {
		*raw = start;
		*length = (size_t)(j->at - start);
	}
	return 0;
}

int json_end(struct json *j)
{
	skip_space(j);
	return j->at == j->end ? 0 : -1;
}
