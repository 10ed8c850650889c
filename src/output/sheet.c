#include "output/sheet.h"

#include <string.h>

#include "output/jsonl.h"

enum { SHEET_HELD = 256 }; /* bytes of a column with nothing to quote before it is quoted all the same */

enum sheet_format sheet_format(const char *name)
{
	static const struct {
		const char *ending;
		enum sheet_format format;
	} endings[] = {{".csv", SHEET_CSV}, {".tsv", SHEET_TSV}, {".json", SHEET_JSON}};
	const char *point = strrchr(name, '.');

	for (size_t i = 0; point && i < sizeof endings / sizeof *endings; i++)
		if (strcmp(point, endings[i].ending) == 0)
			return endings[i].format;
	return SHEET_NONE;
}

void sheet_init(struct sheet *s, enum sheet_format format, size_t columns)
{
	*s = (struct sheet){.format = format, .columns = columns};
}

void sheet_release(struct sheet *s)
{
	buf_release(&s->held);
}

/* -- Columns of CSV and TSV -- */

static char separator(const struct sheet *s)
{
	return s->format == SHEET_TSV ? '\t' : ',';
}

static bool needs_quotes(const struct sheet *s, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] == '\0' || bytes[i] == separator(s) || strchr("\" \t\n\v\f\r", bytes[i]))
			return true;
	return false;
}

static void add_doubled(struct buf *to, const char *bytes, size_t length)
{
	for (const char *quote; length > 0 && (quote = memchr(bytes, '"', length));) {
		size_t part = (size_t)(quote + 1 - bytes);

		buf_add(to, bytes, part);
		buf_add_char(to, '"');
		bytes += part;
		length -= part;
	}
	buf_add(to, bytes, length);
}

/* More of the column under way. */
static void column_add(struct sheet *s, struct buf *to, const char *bytes, size_t length)
{
	if (!s->quoted && s->held.length + length <= SHEET_HELD && !needs_quotes(s, bytes, length)) {
		buf_add(&s->held, bytes, length);
		return;
	}
	if (!s->quoted) {
		buf_add_char(to, '"');
		buf_add(to, s->held.data, s->held.length);
		buf_reset(&s->held);
		s->quoted = true;
	}
	add_doubled(to, bytes, length);
}

static void column_end(struct sheet *s, struct buf *to)
{
	if (s->quoted)
		buf_add_char(to, '"');
	buf_add(to, s->held.data, s->held.length);
	buf_reset(&s->held);
	s->quoted = false;
}

/* A column after another. */
static void add_column(struct sheet *s, struct buf *to, const char *bytes, size_t length)
{
	buf_add_char(to, separator(s));
	column_add(s, to, bytes, length);
	column_end(s, to);
}

static void add_values(struct sheet *s, struct buf *to, const struct item *item)
{
	size_t count = item ? item->count : 0;

	for (size_t i = 0; i < s->columns; i++) {
		buf_add_char(to, separator(s));
		for (size_t at = i; at < count && (at == i || i == s->columns - 1); at++) {
			struct value v = item_value(item, at);

			if (at > i)
				column_add(s, to, " ", 1);
			column_add(s, to, v.text, v.length);
		}
		column_end(s, to);
	}
}

/* -- Rows -- */

static bool is_separated(const struct sheet *s)
{
	return s->format == SHEET_CSV || s->format == SHEET_TSV;
}

void sheet_head(struct sheet *s, struct buf *to, const struct strv *names)
{
	static const char *const first[] = {"Host",    "Starttime", "JobRuntime", "Send",
	                                    "Receive", "Exitval",   "Signal",     "Command"};

	if (!is_separated(s))
		return;
	buf_add_string(to, "Seq");
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		add_column(s, to, first[i], strlen(first[i]));
	for (size_t i = 0; i < s->columns; i++) {
		bool named = names && i < names->count;

		if (named) {
			add_column(s, to, names->list[i], strlen(names->list[i]));
		} else {
			buf_add_char(to, separator(s));
			buf_add_format(to, "V%zu", i + 1);
		}
	}
	add_column(s, to, "Stdout", 6);
	add_column(s, to, "Stderr", 6);
	buf_add_char(to, '\n');
}

/* Seconds with three decimals, as GNU parallel has them. */
static void add_seconds(struct buf *to, nsec_t time)
{
	nsec_t millis = time > 0 ? time / NSEC_PER_MSEC : 0;

	buf_add_format(to, "%lld.%03d", (long long)(millis / 1000), (int)(millis % 1000));
}

/* The numbers of a row, with what stands in front of each. */
static void add_numbers(struct buf *to, const struct outcome *o, const char *const names[6])
{
	buf_add_string(to, names[0]);
	add_seconds(to, o->start);
	buf_add_string(to, names[1]);
	add_seconds(to, o->run_time);
	buf_add_format(to, "%s0%s", names[2], names[3]);
	buf_add_uint(to, o->output_bytes);
	buf_add_format(to, "%s%d%s%d", names[4], o->status, names[5], o->signal);
}

static const char *host(const struct outcome *o)
{
	return o->host ? o->host : ":";
}

static void begin_separated(struct sheet *s, struct buf *to, const struct outcome *o)
{
	const char between[] = {separator(s), '\0'};

	buf_add_uint(to, o->sequence);
	add_column(s, to, host(o), strlen(host(o)));
	add_numbers(to, o, (const char *const[]){between, between, between, between, between, between});
	add_column(s, to, o->command, strlen(o->command));
	add_values(s, to, o->item);
	buf_add_char(to, separator(s));
}

/* -- JSON as GNU parallel's: control characters in hexadecimal -- */

static void add_json(struct sheet *s, struct buf *to, const char *bytes, size_t length)
{
	while (length > 0) {
		size_t part = 0;

		while (part < length && (unsigned char)bytes[part] >= ' ')
			part++;
		json_text_add(&s->text, to, bytes, part);
		if (part < length) {
			json_text_end(&s->text, to);
			buf_add_format(to, "\\u%04x", (unsigned char)bytes[part++]);
		}
		bytes += part;
		length -= part;
	}
}

static void add_json_string(struct sheet *s, struct buf *to, const char *text)
{
	buf_add_char(to, '"');
	add_json(s, to, text, strlen(text));
	json_text_end(&s->text, to);
	buf_add_char(to, '"');
}

static void begin_json(struct sheet *s, struct buf *to, const struct outcome *o)
{
	static const char *const names[] = {", \"Starttime\": ", ", \"JobRuntime\": ", ", \"Send\": ",
	                                    ", \"Receive\": ",   ", \"Exitval\": ",    ", \"Signal\": "};
	size_t count = o->item ? o->item->count : 0;

	buf_add_string(to, "{ \"Seq\": ");
	buf_add_uint(to, o->sequence);
	buf_add_string(to, ", \"Host\": ");
	add_json_string(s, to, host(o));
	add_numbers(to, o, names);
	buf_add_string(to, ", \"Command\": ");
	add_json_string(s, to, o->command);
	buf_add_string(to, ", \"V\": [ ");
	for (size_t i = 0; i < count; i++) {
		buf_add_string(to, i > 0 ? "," : "");
		add_json_string(s, to, item_value(o->item, i).text);
	}
	buf_add_string(to, " ], \"Stdout\": \"");
}

/* -- All formats -- */

void sheet_begin(struct sheet *s, struct buf *to, const struct outcome *o)
{
	if (s->format == SHEET_JSONL)
		jsonl_begin(to, o);
	else if (s->format == SHEET_JSON)
		begin_json(s, to, o);
	else
		begin_separated(s, to, o);
}

void sheet_text(struct sheet *s, struct buf *to, const char *bytes, size_t length)
{
	if (s->format == SHEET_JSONL)
		json_text_add(&s->text, to, bytes, length);
	else if (s->format == SHEET_JSON)
		add_json(s, to, bytes, length);
	else
		column_add(s, to, bytes, length);
}

void sheet_turn(struct sheet *s, struct buf *to)
{
	if (s->format == SHEET_JSONL) {
		jsonl_turn(&s->text, to);
	} else if (s->format == SHEET_JSON) {
		json_text_end(&s->text, to);
		buf_add_string(to, "\", \"Stderr\": \"");
	} else {
		column_end(s, to);
		buf_add_char(to, separator(s));
	}
}

void sheet_end(struct sheet *s, struct buf *to)
{
	if (s->format == SHEET_JSONL) {
		jsonl_end(&s->text, to);
	} else if (s->format == SHEET_JSON) {
		json_text_end(&s->text, to);
		buf_add_string(to, "\" }\n");
	} else {
		column_end(s, to);
		buf_add_char(to, '\n');
	}
}
