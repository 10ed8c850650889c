#include "input/expression.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include "base/quote.h"
#include "input/subst.h"

enum { SHOWN_BYTES = 120 };

void expression_init(struct expression *x, const char *text, size_t length, const struct strv *captures)
{
	*x = (struct expression){
		.whole = text, .length = length, .at = text, .end = text + length, .captures = captures};
}

void expression_release(struct expression *x)
{
	buf_release(&x->from);
	buf_release(&x->to);
}

static enum expression_kind refuse(const struct expression *x, struct err *e)
{
	struct buf shown = {0};

	quote_for_message(&shown, x->whole, x->length, SHOWN_BYTES);
	err_set(e, "unknown Perl expression: %s: only s///, y///, tr/// and uq are supported, separated by semicolons",
	        buf_text(&shown));
	buf_release(&shown);
	return EXPRESSION_FAIL;
}

static void skip_blanks(struct expression *x)
{
	while (x->at < x->end && isspace((unsigned char)*x->at))
		x->at++;
}

static bool skip_word(struct expression *x, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(x->end - x->at) < length || memcmp(x->at, word, length) != 0)
		return false;
	if (x->at + length < x->end && (isalnum((unsigned char)x->at[length]) || x->at[length] == '_'))
		return false;
	x->at += length;
	return true;
}

static char closing(char open)
{
	static const char pairs[] = "(){}[]<>";
	const char *at = strchr(pairs, open);

	return at && (at - pairs) % 2 == 0 ? at[1] : open;
}

/* Reads up to close, where open may nest. A backslash in front of a delimiter is dropped unless the delimiter
   means something by itself there. */
static bool read_delimited(struct expression *x, char open, char close, bool keep, struct buf *to)
{
	size_t depth = 0;

	buf_reset(to);
	for (; x->at < x->end; x->at++) {
		char c = *x->at;
		if (c == '\\' && x->at + 1 < x->end) {
			x->at++;
			if (*x->at != close || (keep && strchr("\\^$.[]|()*+?{}", close)))
				buf_add_char(to, '\\');
			buf_add_char(to, *x->at);
			continue;
		}
		if (c == close && depth == 0) {
			x->at++;
			return true;
		}
		if (open != close)
			depth = depth + (c == open) - (c == close);
		buf_add_char(to, c);
	}
	return false;
}

/* Reads both halves: of /a/b/ or of {a} {b}. */
static bool read_halves(struct expression *x, bool keep)
{
	char open, close;

	skip_blanks(x);
	if (x->at == x->end || isalnum((unsigned char)*x->at) || *x->at == '\\' || *x->at == '_')
		return false;
	open = *x->at++;
	close = closing(open);
	if (!read_delimited(x, open, close, keep, &x->from))
		return false;
	if (open != close) {
		skip_blanks(x);
		if (x->at == x->end || isalnum((unsigned char)*x->at))
			return false;
		open = *x->at++;
		close = closing(open);
	}
	return read_delimited(x, open, close, false, &x->to);
}

/* Puts the texts of captures for $$1 ...: as they are in a pattern, without a meaning in a replacement. */
static void put_captures(const struct expression *x, struct buf *b, bool literal)
{
	struct buf done = {0};

	for (size_t i = 0; i < b->length; i++) {
		bool is_capture = x->captures && i + 2 < b->length && b->data[i] == '$' && b->data[i + 1] == '$' &&
		                  isdigit((unsigned char)b->data[i + 2]);
		size_t number = is_capture ? (size_t)(b->data[i + 2] - '0') : 0;
		if (!is_capture) {
			buf_add_char(&done, b->data[i]);
			continue;
		}
		i += 2;
		for (const char *c = number && number <= x->captures->count ? x->captures->list[number - 1] : ""; *c;
		     c++) {
			if (literal && strchr("\\$@", *c))
				buf_add_char(&done, '\\');
			buf_add_char(&done, *c);
		}
	}
	buf_release(b);
	*b = done;
}

static bool read_flags(struct expression *x, const char *known, bool *found)
{
	for (; x->at < x->end && isalpha((unsigned char)*x->at); x->at++) {
		const char *at = strchr(known, *x->at);
		if (!at)
			return false;
		found[at - known] = true;
	}
	return true;
}

static enum expression_kind read_replace(struct expression *x, struct err *e)
{
	bool found[4] = {false};

	if (!read_halves(x, true) || !read_flags(x, "giso", found))
		return refuse(x, e);
	x->flags = (found[0] ? SUBST_GLOBAL : 0u) | (found[1] ? SUBST_IGNORE_CASE : 0u);
	put_captures(x, &x->from, false);
	put_captures(x, &x->to, true);
	return EXPRESSION_REPLACE;
}

/* The byte at *at, escapes resolved. */
static unsigned char map_byte(const char **at, const char *end)
{
	char c = *(*at)++;
	static const char letters[] = "tnrfvae", bytes[] = "\t\n\r\f\v\a\033";
	const char *letter;

	if (c != '\\' || *at == end)
		return (unsigned char)c;
	c = *(*at)++;
	letter = strchr(letters, c);
	return (unsigned char)(letter && *letter ? bytes[letter - letters] : c);
}

/* Spells ranges out, as a-e. Returns false where a range runs backwards. */
static bool spell_out(const struct buf *text, struct buf *to)
{
	const char *at = text->data, *end = at ? at + text->length : at;

	while (at < end) {
		unsigned char from = map_byte(&at, end), last = from;
		if (end - at > 1 && *at == '-') {
			at++;
			last = map_byte(&at, end);
		}
		if (last < from)
			return false;
		for (unsigned c = from; c <= last; c++)
			buf_add_char(to, (char)c);
	}
	return true;
}

/* As Perl: the first of equal bytes counts, a shorter second half is filled with its last byte, an empty one is
   the first half. */
static void fill_map(struct expression *x, const struct buf *from, const struct buf *to, bool delete)
{
	bool seen[256] = {false};

	for (unsigned c = 0; c < 256; c++)
		x->map[c] = (unsigned char)c;
	for (size_t i = 0; i < from->length; i++) {
		unsigned char c = (unsigned char)from->data[i];
		if (seen[c])
			continue;
		seen[c] = true;
		if (i < to->length)
			x->map[c] = (unsigned char)to->data[i];
		else if (delete)
			x->map[c] = 0;
		else if (to->length)
			x->map[c] = (unsigned char)to->data[to->length - 1];
	}
}

static enum expression_kind read_map(struct expression *x, struct err *e)
{
	struct buf from = {0}, to = {0};
	bool found[1] = {false}, good;

	good = read_halves(x, false) && read_flags(x, "d", found);
	if (good) {
		put_captures(x, &x->from, true);
		put_captures(x, &x->to, true);
		good = spell_out(&x->from, &from) && spell_out(&x->to, &to);
	}
	if (good)
		fill_map(x, &from, &to, found[0]);
	buf_release(&from);
	buf_release(&to);
	return good ? EXPRESSION_MAP : refuse(x, e);
}

static enum expression_kind read_statement(struct expression *x, struct err *e)
{
	if (skip_word(x, "uq")) {
		skip_blanks(x);
		if (x->end - x->at >= 2 && x->at[0] == '(' && x->at[1] == ')')
			x->at += 2;
		return EXPRESSION_UNQUOTED;
	}
	if (skip_word(x, "s"))
		return read_replace(x, e);
	if (skip_word(x, "y") || skip_word(x, "tr"))
		return read_map(x, e);
	return refuse(x, e);
}

enum expression_kind expression_next(struct expression *x, struct err *e)
{
	enum expression_kind kind;

	skip_blanks(x);
	while (x->at < x->end && *x->at == ';') {
		x->at++;
		skip_blanks(x);
	}
	if (x->at == x->end)
		return EXPRESSION_END;
	kind = read_statement(x, e);
	skip_blanks(x);
	if (kind != EXPRESSION_FAIL && x->at < x->end && *x->at != ';')
		return refuse(x, e);
	return kind;
}
