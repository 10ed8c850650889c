#include "output/failed.h"

#include <string.h>

const char *failed_separator(const char *regex, bool csv)
{
	if (!regex || !*regex || strcmp(regex, "\\t") == 0)
		return csv && !regex ? "," : "\t";
	if (csv || strcspn(regex, "\\.[]{}()*+?^$|") == strlen(regex))
		return regex;
	return "\t";
}

static bool needs_quotes(const struct failed_format *f, const char *value)
{
	return strpbrk(value, "\"\r\n") || strstr(value, f->separator) ||
	       (*f->delimiter && strstr(value, f->delimiter));
}

static void add_value(const struct failed_format *f, struct buf *to, const char *value, size_t length)
{
	bool quoted = f->csv && needs_quotes(f, value);

	if (!quoted) {
		buf_add(to, value, length);
		return;
	}
	buf_add_char(to, '"');
	for (size_t i = 0; i < length; i++) {
		if (value[i] == '"')
			buf_add_char(to, '"');
		buf_add_char(to, value[i]);
	}
	buf_add_char(to, '"');
}

void failed_names(const struct failed_format *f, struct buf *to)
{
	size_t count = f->names ? f->names->count : 0;

	for (size_t i = 0; i < count; i++) {
		add_value(f, to, f->names->list[i], strlen(f->names->list[i]));
		if (i + 1 < count)
			buf_add_string(to, f->separator);
		else
			buf_add(to, f->delimiter, f->delimiter_length);
	}
}

void failed_records(const struct failed_format *f, const struct item *item, struct buf *to)
{
	for (size_t i = 0; i < item->count; i++) {
		struct value value = item_value(item, i);
		bool row_ends = (i + 1) % item->columns == 0 || i + 1 == item->count;

		add_value(f, to, value.text ? value.text : "", value.length);
		if (!row_ends)
			buf_add_string(to, f->separator);
		else
			buf_add(to, f->delimiter, f->delimiter_length);
	}
}
