/*
 * The rules are a table of [state][kind of byte]. Searching only follows the states; splitting also moves the bytes
 * of each field to the front of where it stands, in place, for a value is never longer than its quoted form.
 */
#include "input/csv.h"

#include <string.h>

enum kind { KIND_OTHER, KIND_QUOTE, KIND_SEPARATOR, KIND_DELIMITER };

static const enum csv_state next_state[4][3] = {
	[CSV_FIELD_START] = {[KIND_OTHER] = CSV_PLAIN, [KIND_QUOTE] = CSV_QUOTED, [KIND_SEPARATOR] = CSV_FIELD_START},
	[CSV_PLAIN] = {[KIND_OTHER] = CSV_PLAIN, [KIND_QUOTE] = CSV_PLAIN, [KIND_SEPARATOR] = CSV_FIELD_START},
	[CSV_QUOTED] = {[KIND_OTHER] = CSV_QUOTED, [KIND_QUOTE] = CSV_QUOTE_SEEN, [KIND_SEPARATOR] = CSV_QUOTED},
	[CSV_QUOTE_SEEN] = {[KIND_OTHER] = CSV_PLAIN, [KIND_QUOTE] = CSV_QUOTED, [KIND_SEPARATOR] = CSV_FIELD_START},
};

static bool starts_with(const char *text, size_t length, const char *what, size_t what_length)
{
	return what_length <= length && text[0] == what[0] && memcmp(text, what, what_length) == 0;
}

/* The kind of what stands at text, and how many bytes it has. */
static enum kind classify(const struct csv *c, enum csv_state state, const char *text, size_t length, size_t *bytes)
{
	*bytes = 1;
	if (*text == '"')
		return KIND_QUOTE;
	if (state == CSV_QUOTED)
		return KIND_OTHER;
	if (starts_with(text, length, c->delimiter, c->delimiter_length)) {
		*bytes = c->delimiter_length;
		return KIND_DELIMITER;
	}
	if (starts_with(text, length, c->separator, c->separator_length)) {
		*bytes = c->separator_length;
		return KIND_SEPARATOR;
	}
	return KIND_OTHER;
}

bool csv_find_end(const struct csv *c, struct csv_cursor *k, const char *text, size_t length, bool ended)
{
	size_t longest = c->separator_length > c->delimiter_length ? c->separator_length : c->delimiter_length;
	size_t held_back = ended ? 0 : longest - 1;

	while (k->at < length && length - k->at > held_back) {
		size_t bytes;
		enum kind kind = classify(c, k->state, text + k->at, length - k->at, &bytes);

		if (kind == KIND_DELIMITER)
			return true;
		k->state = next_state[k->state][kind];
		k->at += bytes;
	}
	return false;
}

/* Whether the byte belongs to the value: the quotes around a field do not. */
static bool is_kept(enum csv_state before, enum kind kind)
{
	return kind == KIND_QUOTE ? before == CSV_PLAIN || before == CSV_QUOTE_SEEN : kind != KIND_SEPARATOR;
}

static void add_field(struct item *to, const char *field, const char *end)
{
	item_add(to, field, strnlen(field, (size_t)(end - field)));
}

bool csv_split(const struct csv *c, char *text, size_t length, struct item *to)
{
	enum csv_state state = CSV_FIELD_START;
	char *field = text, *end = text;

	for (size_t at = 0, bytes; at < length; at += bytes) {
		enum kind kind = classify(c, state, text + at, length - at, &bytes);

		if (kind == KIND_DELIMITER)
			kind = KIND_OTHER;
		if (kind == KIND_SEPARATOR) {
			add_field(to, field, end);
			field = end = text + at + bytes;
		} else if (is_kept(state, kind)) {
			memmove(end, text + at, bytes);
			end += bytes;
		}
		state = next_state[state][kind];
	}
	add_field(to, field, end);
	return state != CSV_QUOTED;
}
