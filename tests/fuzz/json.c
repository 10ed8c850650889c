/*
 * A JSON text read in both ways, and the same bytes as a string that goes through JSON and back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the value member by member as far as it is an object. */
static int read_value(struct json *j, struct buf *to, unsigned depth)
{
	int64_t number;
	int more;

	switch (json_kind(j)) {
	case JSON_OBJECT:
		if (depth == 0 || json_open_object(j) < 0)
			return -1;
		while ((more = json_next_member(j, to)) == 1)
			if (read_value(j, to, depth - 1) < 0)
				return -1;
		return more;
	case JSON_STRING:
		return json_string(j, to);
	case JSON_NUMBER: {
		struct json ahead = *j;

		if (json_integer(&ahead, &number) < 0)
			return json_skip(j, NULL, NULL);
		*j = ahead;
		return 0;
	}
	default:
		return json_skip(j, NULL, NULL);
	}
}

/* A text that is skipped can also be read, and the other way round as long as it is not too deep. */
static void read_text(const char *text, size_t size)
{
	struct json j;
	struct buf b = {0};
	const char *raw = NULL;
	size_t length = 0;
	bool skipped, was_read;

	json_init(&j, text, size);
	skipped = json_skip(&j, &raw, &length) == 0;
	if (skipped && (length == 0 || raw < text || raw + length > text + size))
		abort();
	skipped = skipped && json_end(&j) == 0;
	json_init(&j, text, size);
	was_read = read_value(&j, &b, JSON_DEPTH) == 0 && json_end(&j) == 0;
	if (skipped && !was_read)
		abort();
	buf_release(&b);
}

static void go_and_come_back(const char *bytes, size_t size)
{
	struct buf text = {0}, again = {0};
	struct json j;

	json_add_string(&text, bytes, size);
	json_init(&j, text.data, text.length);
	if (json_string(&j, &again) < 0 || json_end(&j) < 0)
		abort();
	if (again.length != size || (size && memcmp(again.data, bytes, size) != 0))
		abort();
	buf_release(&text);
	buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_text((const char *)data, size);
	go_and_come_back((const char *)data, size);
	return 0;
}
