#include "input/scan.h"

#include <ctype.h>
#include <string.h>

static const char unsure_quotes[] =
	"quotes inside \"${...}\" mean different things to different shells; set a variable before";
static const char unsure_brackets[] = "$[...] means different things to different shells; use $((...))";
static const char unsure_escape[] = "\\' inside $'...' means different things to different shells";

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool next_is_value(const struct scan *s)
{
	return reader_peek(&s->reader).kind == SYMBOL_VALUE;
}

static bool next_is_name(const struct scan *s)
{
	struct symbol next = reader_peek(&s->reader);

	return next.kind == SYMBOL_BYTE && is_name(next.byte);
}

/* Whether a replacement string stands in the [...] that comes next. */
static bool has_subscript_value(const struct scan *s)
{
	struct reader ahead = s->reader;
	struct symbol symbol = reader_next(&ahead);

	if (symbol.kind != SYMBOL_BYTE || symbol.byte != '[')
		return false;
	while (symbol.kind == SYMBOL_BYTE && !strchr("] \t\n", symbol.byte))
		symbol = reader_next(&ahead);
	return symbol.kind == SYMBOL_VALUE;
}

/* Behind $name: what follows must not become a part of the name, or a modifier of it. */
static int end_name(struct scan *s)
{
	struct reader ahead = s->reader;

	if (has_subscript_value(s))
		return scan_refuse(s, "a replacement string stands in a subscript");
	if (reader_skip_byte(&ahead, ':') && reader_peek(&ahead).kind == SYMBOL_VALUE)
		s->reader = ahead;
	s->glued = next_is_value(s);
	return 0;
}

/* Whether the byte that comes next is the whole of ${...}. */
static bool is_param_end(const struct scan *s)
{
	struct reader ahead = s->reader;

	reader_next(&ahead);
	return reader_peek_byte(&ahead, '}');
}

/* Reads the name of ${...} and finds out what is done with it. */
static int begin_param(struct scan *s, bool in_double)
{
	const struct frame *outer = scan_top(s);
	struct frame frame = {.kind = FRAME_PARAM, .in_double = in_double, .mode = PARAM_OTHER};
	struct symbol next;

	frame.evaluated = outer->kind == FRAME_ARITHMETIC || (outer->kind == FRAME_PARAM && outer->evaluated);
	next = reader_peek(&s->reader);
	if (next.kind == SYMBOL_BYTE && strchr("#!", next.byte) && !is_param_end(s))
		reader_next(&s->reader);
	next = reader_peek(&s->reader);
	if (next_is_name(s))
		while (next_is_name(s))
			reader_next(&s->reader);
	else if (next.kind == SYMBOL_BYTE && strchr("@*?-$#!", next.byte))
		reader_next(&s->reader);
	next = reader_peek(&s->reader);
	if (next.kind == SYMBOL_BYTE && next.byte == ':') {
		reader_next(&s->reader);
		next = reader_peek(&s->reader);
		frame.mode = next.kind == SYMBOL_BYTE && strchr("-=?+", next.byte) ? PARAM_WORD : PARAM_OTHER;
	} else if (next.kind == SYMBOL_BYTE && strchr("-=?+%#", next.byte)) {
		frame.mode = strchr("%#", next.byte) ? PARAM_PATTERN : PARAM_WORD;
	}
	if (frame.mode != PARAM_OTHER) {
		reader_next(&s->reader);
		if (frame.mode == PARAM_PATTERN)
			reader_skip_byte(&s->reader, next.byte);
	}
	return scan_push(s, &frame);
}

static int begin_paren(struct scan *s)
{
	if (reader_skip_byte(&s->reader, '('))
		return scan_push(s, &(struct frame){.kind = FRAME_ARITHMETIC});
	return scan_push(s, &(struct frame){.kind = FRAME_COMMAND, .end = END_PAREN, .may_be_command = true});
}

int expand_dollar(struct scan *s, bool in_double)
{
	struct symbol next = reader_peek(&s->reader);

	if (next.kind == SYMBOL_VALUE)
		return scan_top(s)->kind == FRAME_ARITHMETIC
		               ? scan_refuse(s, "a replacement string stands behind a dollar sign")
		               : scan_escape_before(s);
	if (next.kind != SYMBOL_BYTE || (strchr("'\"\\", next.byte) && (in_double || next.byte != '\'')))
		return 0;
	if (is_name(next.byte)) {
		reader_next(&s->reader);
		while (!isdigit((unsigned char)next.byte) && next_is_name(s))
			reader_next(&s->reader);
		return end_name(s);
	}
	if (!strchr("({['#?$!@*-", next.byte))
		return 0;
	reader_next(&s->reader);
	switch (next.byte) {
	case '(':
		return begin_paren(s);
	case '{':
		return begin_param(s, in_double);
	case '[':
		s->unsure = unsure_brackets;
		return 0;
	case '\'':
		return scan_push(s, &(struct frame){.kind = FRAME_DOLLAR_SINGLE});
	default:
		return end_name(s);
	}
}

int expand_backquote(struct scan *s, bool in_double)
{
	if (s->reader.level == READER_LEVELS)
		return scan_refuse(s, "backquotes are nested too deep");
	s->reader.in_double[++s->reader.level] = in_double;
	return scan_push(s, &(struct frame){.kind = FRAME_COMMAND, .end = END_BACKQUOTE, .may_be_command = true});
}

static int read_single(struct scan *s, struct symbol symbol)
{
	if (symbol.kind == SYMBOL_VALUE)
		return scan_place(s, symbol, PLACE_SINGLE);
	if (symbol.byte == '\'')
		scan_pop(s);
	return 0;
}

static int read_dollar_single(struct scan *s, struct symbol symbol)
{
	if (symbol.kind == SYMBOL_VALUE)
		return scan_place(s, symbol, PLACE_DOLLAR_SINGLE);
	if (symbol.byte == '\'')
		scan_pop(s);
	if (symbol.byte != '\\')
		return 0;
	symbol = reader_peek(&s->reader);
	if (symbol.kind == SYMBOL_VALUE)
		return scan_refuse(s, "a backslash stands in front of a replacement string inside $'...'");
	if (symbol.kind == SYMBOL_BYTE && symbol.byte == '\'')
		s->unsure = unsure_escape;
	if (symbol.kind == SYMBOL_BYTE)
		reader_next(&s->reader);
	return 0;
}

static int read_double(struct scan *s, struct symbol symbol)
{
	if (symbol.kind == SYMBOL_VALUE)
		return scan_place(s, symbol, PLACE_DOUBLE);
	switch (symbol.byte) {
	case '"':
		scan_pop(s);
		return 0;
	case '$':
		return expand_dollar(s, true);
	case '`':
		return expand_backquote(s, true);
	case '\\':
		if (next_is_value(s))
			return scan_escape_before(s);
		if (reader_peek(&s->reader).kind == SYMBOL_BYTE)
			reader_next(&s->reader);
		return 0;
	default:
		return 0;
	}
}

/* Quotes inside "${...}": where they hold nothing that could mean something, shells agree. */
static int read_inner_quotes(struct scan *s, char quote)
{
	struct reader ahead = s->reader;
	struct symbol symbol = reader_next(&ahead);

	while (symbol.kind == SYMBOL_BYTE && (is_name(symbol.byte) || strchr(".,:/+-=@%", symbol.byte)))
		symbol = reader_next(&ahead);
	if (symbol.kind == SYMBOL_BYTE && symbol.byte == quote)
		s->reader = ahead;
	else
		s->unsure = unsure_quotes;
	return 0;
}

static int place_in_param(struct scan *s, const struct frame *f, struct symbol symbol)
{
	int result;

	if (f->mode == PARAM_OTHER)
		return scan_refuse(s, "a replacement string stands inside ${...} where it cannot be quoted");
	if (f->evaluated)
		return scan_refuse(s, "a replacement string stands inside ${...} within arithmetic");
	if (f->in_double)
		return scan_place(s, symbol, f->mode == PARAM_WORD ? PLACE_PARAM_DOUBLE : PLACE_PATTERN_DOUBLE);
	result = scan_place(s, symbol, PLACE_BARE);
	s->parts->list[symbol.part].force = true;
	return result;
}

static int read_param(struct scan *s, struct symbol symbol)
{
	struct frame *f = scan_top(s);

	if (symbol.kind == SYMBOL_VALUE)
		return place_in_param(s, f, symbol);
	switch (symbol.byte) {
	case '}':
		scan_pop(s);
		return 0;
	case '$':
		return expand_dollar(s, f->in_double);
	case '`':
		return expand_backquote(s, f->in_double);
	case '\\':
		if (next_is_value(s))
			return scan_refuse(s, "a backslash stands in front of a replacement string inside ${...}");
		if (reader_peek(&s->reader).kind == SYMBOL_BYTE)
			reader_next(&s->reader);
		return 0;
	case '"':
	case '\'':
		if (f->in_double)
			return read_inner_quotes(s, symbol.byte);
		return scan_push(s, &(struct frame){.kind = symbol.byte == '"' ? FRAME_DOUBLE : FRAME_SINGLE});
	default:
		return 0;
	}
}

static int close_arithmetic(struct scan *s, struct frame *f)
{
	if (f->parens) {
		f->parens--;
		return 0;
	}
	if (!reader_skip_byte(&s->reader, ')'))
		return scan_refuse(s, "(( without )): write ( ( where no arithmetic is meant");
	scan_pop(s);
	return 0;
}

static int read_arithmetic(struct scan *s, struct symbol symbol)
{
	struct frame *f = scan_top(s);

	if (symbol.kind == SYMBOL_VALUE && f->has_quotes)
		return scan_refuse(s, "a replacement string stands behind quotes within arithmetic");
	if (symbol.kind == SYMBOL_VALUE)
		return scan_place(s, symbol, f->let ? PLACE_LET : PLACE_ARITHMETIC);
	switch (symbol.byte) {
	case '(':
		f->parens++;
		return 0;
	case ')':
		return close_arithmetic(s, f);
	case '$':
		return expand_dollar(s, true);
	case '`':
		return expand_backquote(s, true);
	case '"':
	case '\'':
	case '\\':
		f->has_quotes = true;
		return 0;
	default:
		return 0;
	}
}

int expand_symbol(struct scan *s, struct symbol symbol)
{
	switch (scan_top(s)->kind) {
	case FRAME_SINGLE:
		return read_single(s, symbol);
	case FRAME_DOLLAR_SINGLE:
		return read_dollar_single(s, symbol);
	case FRAME_DOUBLE:
		return read_double(s, symbol);
	case FRAME_PARAM:
		return read_param(s, symbol);
	default:
		return read_arithmetic(s, symbol);
	}
}
