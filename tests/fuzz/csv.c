/*
 * Splitting into columns: the first byte chooses the way, the next ones the separator, the rest is the input.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "input/columns.h"
#include "input/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A separator must be found between all fields, and no field may be longer than what it was made from. */
static void check_total(const struct item *i, size_t bytes)
{
	if (i->count == 0 || i->used > bytes + i->count)
		abort();
}

static size_t end_of_record(const struct csv *c, const char *text, size_t length, size_t step)
{
	struct csv_cursor k = {0};

	for (size_t seen = 0; seen < length; seen += step)
		if (csv_find_end(c, &k, text, seen, false))
			return k.at;
	return csv_find_end(c, &k, text, length, true) ? k.at : length;
}

static void split_csv(char *text, size_t length, size_t separator)
{
	static const struct csv formats[] = {
		{",", 1, "\n", 1},
		{";;", 2, "\n", 1},
		{"\t", 1, "\r\n", 2},
		{",", 1, "\0", 1},
	};
	const struct csv *c = &formats[separator % 4];

	while (length) {
		struct item i = {0};
		size_t end = end_of_record(c, text, length, 1);

		if (end != end_of_record(c, text, length, 7) || end > length)
			abort();
		csv_split(c, text, end, &i);
		check_total(&i, end);
		item_release(&i);
		end += end < length ? c->delimiter_length : 0;
		text += end;
		length -= end;
	}
}

static void split_columns(const char *text, const char *separator)
{
	struct columns c;
	struct err e;
	struct item i = {0};

	if (columns_init(&c, separator, &e) < 0)
		return;
	columns_split(&c, text, strlen(text), &i);
	if (i.count == 0)
		abort();
	item_release(&i);
	columns_release(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t separator;
	char *text;

	if (size < 1 || size > 4096)
		return 0;
	separator = data[0] % 16;
	text = malloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	if (separator < 4) {
		split_csv(text + 1, size - 1, separator);
	} else if (separator + 1 < size) {
		struct buf expression = {0};

		buf_add(&expression, text + 1, separator);
		split_columns(text + 1 + separator, buf_text(&expression));
		buf_release(&expression);
	}
	free(text);
	return 0;
}
