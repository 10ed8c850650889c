#include "input/place.h"

#include <stdbool.h>
#include <string.h>
#include "base/quote.h"

/* Words that a shell takes for its own grammar where a command begins. */
static bool is_reserved(const char *text, size_t length)
{
	static const char *const words[] = {
		"if",      "then",  "else",      "elif",   "fi",       "do",      "done",    "case",      "esac",
		"while",   "until", "for",       "in",     "function", "select",  "time",    "coproc",    "repeat",
		"foreach", "end",   "nocorrect", "noglob", "exec",     "builtin", "command", "namespace",
	};

	if (length < 2 || length > 9)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0)
			return true;
	return false;
}

static void add_single(struct buf *to, const char *text, size_t length)
{
	buf_add_char(to, '\'');
	quote_in_single(to, text, length);
	buf_add_char(to, '\'');
}

static void add_bare(struct buf *to, const struct part *part, const char *text, size_t length)
{
	/* no " may stand in `...`, for inside of "..." shells do not agree on it */
	if (part->levels || part->force)
		add_single(to, text, length);
	else
		quote_backslash(to, text, length);
}

/* The quotes are closed, and a quoted word stands beside them: a backslash means different things to different
   shells here. */
static void add_dollar_single(struct buf *to, const char *text, size_t length)
{
	buf_add_char(to, '\'');
	add_single(to, text, length);
	buf_add_string(to, "$'");
}

/* A ( behind < or > begins a process substitution for bash, even inside "${...}". */
static bool is_process(const char *text, size_t i)
{
	return text[i] == '(' && i > 0 && (text[i - 1] == '<' || text[i - 1] == '>');
}

/* A single quote would have to have a partner in some shells and be literal in others: it is made by a command
   instead, and so is a (. */
static void add_param_double(struct buf *to, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\'' || is_process(text, i) || (text[i] == '(' && i == 0)) {
			buf_add_format(to, "$(printf \\\\0%o)", (unsigned)text[i]);
			continue;
		}
		if (strchr("$`\"\\}", text[i]))
			buf_add_char(to, '\\');
		buf_add_char(to, text[i]);
	}
}

/* For inside "...", which is closed and opened again in front of a ( that could begin one. */
static void add_apart(struct buf *to, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (is_process(text, i) || (text[i] == '(' && i == 0))
			buf_add_string(to, "\"\"");
		quote_in_double(to, text + i, 1);
	}
}

/* bash also looks for process substitutions in the double quotes of a `...` that stands in double quotes. */
static void add_double(struct buf *to, const struct part *part, const char *text, size_t length)
{
	if (part->split)
		buf_add_string(to, "\"\"");
	if (part->levels)
		add_apart(to, text, length);
	else
		quote_in_double(to, text, length);
}

static bool is_number_byte(char c, bool blanks)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_.+-/", c) ||
	       (blanks && strchr(" \t\n", c));
}

/* Whether text is made of the bytes of numbers and names, and not of blanks alone. */
static bool is_number(const char *text, size_t length, bool blanks)
{
	bool solid = false;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\0' || !is_number_byte(text[i], blanks))
			return false;
		solid = solid || !strchr(" \t\n", text[i]);
	}
	return solid;
}

/* No quoting helps in arithmetic: a[$(id)] is expanded when the subscript is evaluated. What is more than numbers
   and names becomes two names in a row, which every shell refuses, and tells of. */
static void add_arithmetic(struct buf *to, const char *text, size_t length, bool blanks)
{
	if (is_number(text, length, blanks))
		buf_add(to, text, length);
	else
		buf_add_string(to, "value_is_not a_number");
}

static void add_on_one_line(struct buf *to, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		buf_add_char(to, text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
}

/* A line of its own could be the end mark. */
static void add_here(struct buf *to, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (strchr("$`\\", text[i]))
			buf_add_char(to, '\\');
		buf_add_char(to, text[i] == '\n' ? ' ' : text[i]);
	}
}

static void add_in_place(struct buf *to, const struct part *part, const char *text, size_t length)
{
	if (part->unquoted) {
		buf_add(to, text, length);
		return;
	}
	switch (part->place) {
	case PLACE_RAW:
		buf_add(to, text, length);
		break;
	case PLACE_BARE:
		add_bare(to, part, text, length);
		break;
	case PLACE_DOUBLE:
		add_double(to, part, text, length);
		break;
	case PLACE_SINGLE:
		quote_in_single(to, text, length);
		break;
	case PLACE_DOLLAR_SINGLE:
		add_dollar_single(to, text, length);
		break;
	case PLACE_PARAM_DOUBLE:
		add_param_double(to, text, length);
		break;
	case PLACE_PATTERN_DOUBLE:
		buf_add_char(to, '"');
		add_apart(to, text, length);
		buf_add_char(to, '"');
		break;
	case PLACE_ARITHMETIC:
		add_arithmetic(to, text, length, true);
		break;
	case PLACE_LET:
		add_arithmetic(to, text, length, false);
		break;
	case PLACE_COMMENT:
	case PLACE_HERE_QUOTED:
		add_on_one_line(to, text, length);
		break;
	case PLACE_HERE:
		add_here(to, text, length);
		break;
	}
}

/* One level of `...` takes one level of backslashes away. */
static void add_level(struct buf *b)
{
	size_t length = b->length, more = 0;

	for (size_t i = 0; i < length; i++)
		more += b->data[i] == '\\' || b->data[i] == '$' || b->data[i] == '`';
	if (more == 0)
		return;
	buf_reserve(b, more);
	b->length += more;
	for (size_t i = length; i > 0; i--) {
		char c = b->data[i - 1];
		b->data[i - 1 + more] = c;
		if (c == '\\' || c == '$' || c == '`')
			b->data[i - 1 + --more] = '\\';
	}
}

static void add_twice(struct buf *to, const struct part *part, const char *text, size_t length, struct buf *scratch)
{
	struct part once = *part;

	once.twice = false;
	buf_reset(scratch);
	quote_backslash(scratch, text, length);
	add_in_place(to, &once, scratch->data, scratch->length);
}

void place_add(struct buf *to, const struct part *part, const char *text, size_t length, struct buf *scratch)
{
	static const char no_number[] = "0value_is_not_a_number";

	if (part->number && !part->unquoted && !is_number(text, length, true)) {
		text = no_number;
		length = sizeof no_number - 1;
	}
	if (part->levels) {
		buf_reset(scratch);
		add_in_place(scratch, part, text, length);
		for (unsigned level = 0; level < part->levels; level++)
			add_level(scratch);
		buf_add(to, scratch->data, scratch->length);
	} else if (part->twice) {
		add_twice(to, part, text, length, scratch);
	} else if (part->place == PLACE_BARE && part->command && is_reserved(text, length)) {
		add_single(to, text, length);
	} else {
		add_in_place(to, part, text, length);
	}
}
