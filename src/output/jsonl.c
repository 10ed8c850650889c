#include "output/jsonl.h"

#include <string.h>

static void add_text(struct buf *to, const char *name, const char *text)
{
	json_add_name(to, name);
	json_add_string(to, text, strlen(text));
}

static void add_number(struct buf *to, const char *name, bool known, int64_t value)
{
	json_add_name(to, name);
	if (known)
		json_add_integer(to, value);
	else
		buf_add_string(to, "null");
}

static void add_seconds(struct buf *to, const char *name, nsec_t time)
{
	json_add_name(to, name);
	json_add_seconds(to, time);
}

void jsonl_command(struct buf *to, const char *command, const struct item *item)
{
	size_t count = item ? item->count : 0;

	json_add_name(to, "values");
	buf_add_char(to, '[');
	for (size_t i = 0; i < count; i++) {
		struct value v = item_value(item, i);

		if (i > 0)
			buf_add_char(to, ',');
		json_add_string(to, v.text, v.length);
	}
	buf_add_char(to, ']');
	add_text(to, "command", command);
}

void jsonl_facts(struct buf *to, const struct outcome *o)
{
	json_add_name(to, "seq");
	buf_add_uint(to, o->sequence);
	add_number(to, "slot", true, o->slot);
	add_text(to, "host", o->host ? o->host : ":");
	jsonl_command(to, o->command, o->item);
	add_number(to, "status", outcome_has_status(o), o->status);
	add_number(to, "signal", o->signal != 0, o->signal);
	add_text(to, "cause", outcome_cause_name(o->cause));
	add_seconds(to, "start", o->start);
	add_seconds(to, "seconds", o->run_time);
	add_seconds(to, "user", o->user);
	add_seconds(to, "system", o->system);
	add_number(to, "peak_memory", o->peak_rss >= 0, o->peak_rss);
	add_number(to, "tries", true, o->tries);
}

void jsonl_begin(struct buf *to, const struct outcome *o)
{
	buf_add_char(to, '{');
	jsonl_facts(to, o);
	json_add_name(to, "stdout");
	buf_add_char(to, '"');
}

void jsonl_turn(struct json_text *t, struct buf *to)
{
	json_text_end(t, to);
	buf_add_string(to, "\",\"stderr\":\"");
}

void jsonl_end(struct json_text *t, struct buf *to)
{
	json_text_end(t, to);
	buf_add_string(to, "\"}\n");
}
