/*
 * The line is read once from left to right, symbol by symbol, with a stack of what is open: a command (the line,
 * $(...), (...), `...`), quotes, an expansion, a comment. In a command words are followed as far as the meaning of
 * quotes depends on them: where a comment may begin, which ) ends what, where case makes a ) of its own, where
 * arithmetic begins. A replacement string gets its place from what is on top of the stack.
 */
#include "input/context.h"

#include <ctype.h>
#include <string.h>
#include "base/mem.h"
#include "input/scan.h"

static void add_cut(struct scan *s, size_t part, size_t offset)
{
	struct context_cuts *c = s->cuts;

	if (!c || !scan_top(s)->cuts)
		return;
	if (c->count == c->capacity) {
		c->capacity = mem_grow(c->capacity, c->count + 1);
		c->list = mem_resize_array(c->list, c->capacity, sizeof *c->list);
	}
	c->list[c->count++] = (struct context_cut){part, offset};
}

static bool is_word(const struct frame *f, const char *text)
{
	return !f->quoted && f->length == strlen(text) && memcmp(f->word, text, f->length) == 0;
}

static bool is_one_of(const struct frame *f, const char *const *words)
{
	for (; *words; words++)
		if (is_word(f, *words))
			return true;
	return false;
}

static bool is_assignment(const struct frame *f)
{
	size_t length = f->length < SCAN_WORD ? f->length : SCAN_WORD;
	const char *equals = memchr(f->word, '=', length);

	return (equals && equals > f->word) || f->length > SCAN_WORD;
}

/* Some shells evaluate what stands beside -eq: the values of those words must be numbers. */
static void mark_numbers(struct scan *s, size_t first, size_t end)
{
	for (size_t i = first; i < end && i < s->parts->count; i++)
		if (s->parts->list[i].kind != PART_TEXT)
			s->parts->list[i].number = true;
}

static void note_comparison(struct scan *s, struct frame *f, size_t end)
{
	static const char *const operators[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge", NULL};
	bool is_operator = f->test != TEST_NONE && is_one_of(f, operators);

	if (f->compare && !f->nested)
		mark_numbers(s, f->first_part, end);
	if (is_operator)
		mark_numbers(s, f->before_first, f->before_end);
	f->compare = is_operator || (f->test != TEST_NONE &&
	                             is_word(f, "-v")); /* the subscript of what -v asks for is evaluated, too */
	f->before_first = f->nested ? end : f->first_part;
	f->before_end = end;
}

static void note_test(struct frame *f)
{
	if (f->may_be_command && is_word(f, "[["))
		f->test = TEST_BRACKETS;
	else if (f->may_be_command && (is_word(f, "[") || is_word(f, "test")))
		f->test = TEST_COMMAND;
	else if (is_word(f, "]]"))
		f->test = TEST_NONE;
}

static void note_keyword(struct frame *f)
{
	static const char *const leading[] = {"if", "then", "else", "elif", "while",  "until",
	                                      "do", "!",    "time", "{",    "coproc", NULL};

	f->after_for = f->may_be_command && is_word(f, "for");
	if (f->may_be_command && is_word(f, "case"))
		f->cases++;
	else if (f->may_be_command && f->cases && is_word(f, "esac"))
		f->cases--;
	f->may_be_command =
		(f->may_be_command && (is_one_of(f, leading) || is_assignment(f))) || (f->cases && is_word(f, "in"));
}

static void end_word(struct scan *s, struct symbol at)
{
	struct frame *f = scan_top(s);

	if (!f->in_word)
		return;
	note_comparison(s, f, at.part + (at.kind == SYMBOL_BYTE));
	note_test(f);
	note_keyword(f);
	f->in_word = false;
	add_cut(s, at.part, at.offset);
}

static void begin_word(struct scan *s, struct symbol at)
{
	struct frame *f = scan_top(s);

	if (f->in_word)
		return;
	f->in_word = true;
	f->quoted = f->nested = false;
	f->length = 0;
	f->first_part = at.part;
	add_cut(s, at.part, at.offset);
}

static void add_to_word(struct frame *f, char byte)
{
	if (f->length < SCAN_WORD)
		f->word[f->length] = byte;
	f->length++;
}

/* A digit in front of < or > would be a descriptor, not a word. */
static bool is_before_redirection(const struct scan *s)
{
	struct reader ahead = s->reader;
	struct symbol symbol;

	do
		symbol = reader_next(&ahead);
	while (symbol.kind == SYMBOL_VALUE);
	return symbol.kind == SYMBOL_BYTE && (symbol.byte == '<' || symbol.byte == '>');
}

static int read_value(struct scan *s, struct symbol symbol)
{
	struct frame *f = scan_top(s);
	struct part *part = &s->parts->list[symbol.part];
	bool begins = !f->in_word;

	begin_word(s, symbol);
	f->quoted = true;
	f->length++;
	if (scan_place(s, symbol, PLACE_BARE) < 0)
		return -1;
	part->command = begins && f->may_be_command;
	part->force = part->force || is_before_redirection(s);
	return 0;
}

static int read_backslash(struct scan *s, struct symbol at)
{
	struct symbol next = reader_peek(&s->reader);

	if (next.kind == SYMBOL_BYTE && next.byte == '\n') {
		reader_next(&s->reader);
		return 0;
	}
	begin_word(s, at);
	scan_top(s)->quoted = true;
	scan_top(s)->length++;
	if (next.kind == SYMBOL_VALUE)
		return scan_drop_before(s);
	if (next.kind == SYMBOL_BYTE)
		reader_next(&s->reader);
	return 0;
}

static int open_paren(struct scan *s, struct symbol at)
{
	struct frame *f = scan_top(s);
	bool let = (!f->in_word && f->may_be_command) || (f->after_for && !f->in_word);

	end_word(s, at);
	let = let || (f->after_for && !f->in_word);
	f->may_be_command = false;
	f->after_for = false;
	if (let && reader_skip_byte(&s->reader, '('))
		return scan_push(s, &(struct frame){.kind = FRAME_ARITHMETIC, .let = true});
	return scan_push(
		s, &(struct frame){.kind = FRAME_COMMAND, .end = END_PAREN, .may_be_command = true, .cuts = f->cuts});
}

static int close_paren(struct scan *s, struct symbol at)
{
	struct frame *f = scan_top(s);

	end_word(s, at);
	if (f->end == END_PAREN && f->cases == 0)
		scan_pop(s);
	else
		f->may_be_command = true;
	return 0;
}

static int read_less(struct scan *s, struct symbol at)
{
	end_word(s, at);
	if (!reader_skip_byte(&s->reader, '<'))
		return 0;
	return reader_skip_byte(&s->reader, '<') ? 0 : heredoc_begin(s);
}

/* Behind an operator a new command begins; what was compared before is over. */
static int end_command(struct scan *s, struct symbol at)
{
	struct frame *f = scan_top(s);

	end_word(s, at);
	f->may_be_command = true;
	if (f->test != TEST_BRACKETS)
		f->test = TEST_NONE;
	f->compare = false;
	f->before_first = f->before_end;
	return at.byte == '\n' ? heredoc_read(s) : 0;
}

/* What makes a word one that is no keyword. */
static int read_quoting(struct scan *s, struct symbol at)
{
	struct frame *f = scan_top(s);

	begin_word(s, at);
	f->quoted = true;
	f->length++;
	switch (at.byte) {
	case '\'':
		return scan_push(s, &(struct frame){.kind = FRAME_SINGLE});
	case '"':
		return scan_push(s, &(struct frame){.kind = FRAME_DOUBLE});
	case '`':
		f->nested = true;
		return expand_backquote(s, false);
	default:
		f->nested = f->nested || reader_peek_byte(&s->reader, '(') || reader_peek_byte(&s->reader, '{');
		return expand_dollar(s, false);
	}
}

static int read_command(struct scan *s, struct symbol symbol)
{
	if (symbol.kind == SYMBOL_VALUE)
		return read_value(s, symbol);
	switch (symbol.byte) {
	case ' ':
	case '\t':
		end_word(s, symbol);
		return 0;
	case '\n':
	case ';':
	case '&':
	case '|':
		return end_command(s, symbol);
	case '(':
		return open_paren(s, symbol);
	case ')':
		return close_paren(s, symbol);
	case '<':
		return read_less(s, symbol);
	case '>':
		end_word(s, symbol);
		return 0;
	case '\\':
		return read_backslash(s, symbol);
	case '\'':
	case '"':
	case '`':
	case '$':
		return read_quoting(s, symbol);
	case '#':
		if (!scan_top(s)->in_word)
			return scan_push(s, &(struct frame){.kind = FRAME_COMMENT});
		break;
	default:
		break;
	}
	begin_word(s, symbol);
	add_to_word(scan_top(s), symbol.byte);
	return 0;
}

static int read_comment(struct scan *s, struct symbol symbol)
{
	if (symbol.kind == SYMBOL_VALUE)
		return scan_place(s, symbol, PLACE_COMMENT);
	if (symbol.byte != '\n')
		return 0;
	scan_pop(s);
	return read_command(s, symbol);
}

/* The backquote that closes must find its command on top. */
static int read_close(struct scan *s, struct symbol symbol)
{
	if (scan_top(s)->kind == FRAME_COMMENT)
		scan_pop(s);
	if (scan_top(s)->kind != FRAME_COMMAND || scan_top(s)->end != END_BACKQUOTE || symbol.level != s->reader.level)
		return scan_refuse(s, "a backquote stands where something else is still open");
	end_word(s, symbol);
	scan_pop(s);
	return 0;
}

static int read_symbol(struct scan *s, struct symbol symbol)
{
	if (symbol.kind == SYMBOL_CLOSE)
		return read_close(s, symbol);
	if (scan_top(s)->kind == FRAME_COMMAND)
		return read_command(s, symbol);
	if (scan_top(s)->kind == FRAME_COMMENT)
		return read_comment(s, symbol);
	return expand_symbol(s, symbol);
}

static int check_end(struct scan *s)
{
	static const char *const open[] = {
		"a parenthesis or backquote is not closed",
		"a single quote is not closed",
		"a $' is not closed",
		"a double quote is not closed",
		"a ${ is not closed",
		"a (( is not closed",
	};

	while (scan_top(s)->kind == FRAME_COMMENT)
		scan_pop(s);
	if (s->depth == 1 || s->options->parallel || !s->has_values)
		return 0;
	return scan_refuse(s, open[scan_top(s)->kind]);
}

int context_scan(struct parts *parts, const struct context_options *options, struct context_cuts *cuts, struct err *e)
{
	struct scan s = {.parts = parts, .options = options, .cuts = cuts, .e = e, .depth = 1};
	struct symbol symbol;

	s.reader.parts = parts;
	s.stack[0] = (struct frame){.kind = FRAME_COMMAND, .cuts = true, .may_be_command = true};
	while ((symbol = reader_next(&s.reader)).kind != SYMBOL_END)
		if (read_symbol(&s, symbol) < 0)
			return -1;
	if (scan_top(&s)->kind == FRAME_COMMAND)
		end_word(&s, symbol);
	return check_end(&s);
}
