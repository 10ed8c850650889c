#include "input/pattern.h"

#include <string.h>

enum { PATTERN_DEPTH = 200 }; /* the system takes stack for each level */

/* The byte that an escaped letter stands for, 0 for none. */
static char escaped_byte(char letter)
{
	static const char letters[] = "tnrfvae", bytes[] = "\t\n\r\f\v\a\033";
	const char *at = letter ? strchr(letters, letter) : NULL;

	return at ? bytes[at - letters] : '\0';
}

/* What stands between [ and ] for an escaped letter, NULL for none. */
static const char *escaped_class(char letter)
{
	switch (letter) {
	case 'd':
	case 'D':
		return "0-9";
	case 's':
	case 'S':
		return "[:space:]";
	case 'w':
	case 'W':
		return "[:alnum:]_";
	case 'h':
		return "[:blank:]";
	default:
		return NULL;
	}
}

static bool is_negated(char letter)
{
	return letter == 'D' || letter == 'S' || letter == 'W';
}

/* Adds the escape at text (behind its backslash) as it is said outside of brackets. */
static void add_escape(struct buf *to, char letter)
{
	const char *class = escaped_class(letter);

	if (escaped_byte(letter))
		buf_add_char(to, escaped_byte(letter));
	else if (class)
		buf_add_format(to, "[%s%s]", is_negated(letter) ? "^" : "", class);
	else
		buf_add_format(to, "\\%c", letter);
}

/* Escapes do not exist in the brackets of POSIX: "[\t,]" would be a backslash, a t and a comma. A closing bracket or
   a minus that was escaped can only stand first or last, where it is put; a caret anywhere but first. */
struct bracket {
	bool minus, closing, caret;
};

static const char *add_bracket_escape(struct buf *to, const char *text, struct bracket *b)
{
	char letter = text[1];
	const char *class = escaped_class(letter);

	if (letter == ']')
		b->closing = true;
	else if (letter == '-')
		b->minus = true;
	else if (letter == '^')
		b->caret = true;
	else if (class && !is_negated(letter))
		buf_add_string(to, class);
	else
		buf_add_char(to, escaped_byte(letter) ? escaped_byte(letter) : letter);
	return text + 2;
}

static const char *add_class_name(struct buf *to, const char *text)
{
	const char closing[] = {text[1], ']', '\0'};
	const char *end = strstr(text + 2, closing);

	end = end ? end + 2 : text + 1;
	buf_add(to, text, (size_t)(end - text));
	return end;
}

static void add_brackets(struct buf *to, bool inverted, struct buf *inner, const struct bracket *b)
{
	if (b->caret && !inner->length && !b->closing && !b->minus && !inverted) {
		buf_add_string(to, "\\^"); /* in brackets, alone, it would invert */
		return;
	}
	buf_add_string(to, inverted ? "[^" : "[");
	if (b->closing)
		buf_add_char(to, ']');
	else if (b->minus)
		buf_add_char(to, '-');
	buf_add(to, inner->data, inner->length);
	if (b->caret)
		buf_add_char(to, '^');
	if (b->minus && b->closing)
		buf_add_char(to, '-');
	buf_add_char(to, ']');
}

/* Adds the bracket expression at text; returns where it ends. */
static const char *add_bracket(struct buf *to, const char *text)
{
	struct buf inner = {0};
	struct bracket b = {0};
	const char *at = text + 1;
	bool inverted = *at == '^', closed = false;

	at += inverted;
	if (*at == ']') {
		b.closing = true;
		at++;
	}
	while (*at && !closed) {
		if (*at == ']') {
			closed = true;
			at++;
		} else if (*at == '\\' && at[1]) {
			at = add_bracket_escape(&inner, at, &b);
		} else if (*at == '[' && at[1] && strchr(":.=", at[1])) {
			at = add_class_name(&inner, at);
		} else {
			buf_add_char(&inner, *at++);
		}
	}
	if (closed)
		add_brackets(to, inverted, &inner, &b);
	else
		buf_add(to, text, (size_t)(at - text));
	buf_release(&inner);
	return at;
}

/* Adds the opening parenthesis at text; returns what follows. */
static const char *add_group(struct buf *to, const char *text, unsigned *count, uint32_t *groups)
{
	bool captures = text[1] != '?' || text[2] != ':';

	buf_add_char(to, '(');
	if (++*count < 32 && captures)
		*groups |= UINT32_C(1) << *count;
	return text + (captures ? 1 : 3);
}

/* Returns how deep parentheses are nested. */
static unsigned translate(struct buf *to, const char *text, uint32_t *groups)
{
	unsigned count = 0, depth = 0, deepest = 0;

	*groups = 0;
	while (*text) {
		if (*text == '\\' && text[1]) {
			add_escape(to, text[1]);
			text += 2;
		} else if (*text == '[') {
			text = add_bracket(to, text);
		} else if (*text == '(') {
			text = add_group(to, text, &count, groups);
			deepest = ++depth > deepest ? depth : deepest;
		} else {
			depth -= *text == ')' && depth > 0;
			buf_add_char(to, *text++);
		}
	}
	return deepest;
}

int pattern_compile(struct pattern *p, const char *text, bool ignore_case, struct err *e)
{
	struct buf extended = {0};
	char reason[128] = "parentheses are nested too deep";
	bool deep = translate(&extended, text, &p->groups) > PATTERN_DEPTH;
	int code = deep ? -1 : regcomp(&p->regex, buf_text(&extended), REG_EXTENDED | (ignore_case ? REG_ICASE : 0));

	buf_release(&extended);
	if (code == 0)
		return 0;
	if (!deep)
		regerror(code, &p->regex, reason, sizeof reason);
	return err_set(e, "bad regular expression: %s: %s", text, reason);
}

void pattern_release(struct pattern *p)
{
	regfree(&p->regex);
}

bool pattern_literal(const char *text, struct buf *literal)
{
	size_t before = literal->length;

	for (; *text; text++) {
		char c = *text;

		if (c == '\\') {
			c = *++text;
			if (escaped_byte(c))
				c = escaped_byte(c);
			else if (c == '\0' || strchr("\\.[]{}()*+?^$|/-,;:#%&@!=<>~'\" ", c) == NULL)
				break;
		} else if (strchr(".[{()*+?^$|", c)) {
			break;
		}
		buf_add_char(literal, c);
	}
	if (*text == '\0' && literal->length > before && text[-1] != '\\')
		return true;
	literal->length = before;
	return false;
}
