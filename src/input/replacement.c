#include "input/replacement.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

enum piece_kind { PIECE_TEXT, PIECE_GROUP, PIECE_CASE };

struct piece {
	enum piece_kind kind;
	char *text; /* PIECE_TEXT: owned */
	size_t length;
	unsigned group; /* PIECE_GROUP: 0 is the whole match */
	char letter;    /* PIECE_CASE: U L u l E */
};

static void add_piece(struct replacement *r, const struct piece *piece)
{
	if (r->count == r->capacity) {
		r->capacity = mem_grow(r->capacity, r->count + 1);
		r->list = mem_resize_array(r->list, r->capacity, sizeof *r->list);
	}
	r->list[r->count++] = *piece;
}

static void add_text(struct replacement *r, struct buf *text)
{
	if (text->length)
		add_piece(r, &(struct piece){.kind = PIECE_TEXT,
		                             .text = mem_string_n(text->data, text->length),
		                             .length = text->length});
	buf_reset(text);
}

static char escaped_byte(char letter)
{
	static const char letters[] = "tnrfvae", bytes[] = "\t\n\r\f\v\a\033";
	const char *at = strchr(letters, letter);

	return at ? bytes[at - letters] : letter;
}

/* The variable at text, behind its $: its bytes with *group set, 0 for none that is supported. */
static size_t read_variable(const char *text, unsigned *group)
{
	if (*text == '&') {
		*group = 0;
		return 1;
	}
	if (*text >= '1' && *text <= '9' && !isdigit((unsigned char)text[1])) {
		*group = (unsigned)(*text - '0');
		return 1;
	}
	if (text[0] == '{' && text[1] >= '1' && text[1] <= '9' && text[2] == '}') {
		*group = (unsigned)(text[1] - '0');
		return 3;
	}
	return 0;
}

/* A backslash and what follows. Returns the bytes. */
static size_t read_escape(struct replacement *r, const char *text, struct buf *plain)
{
	char c = text[1];

	if (c == '\0') {
		buf_add_char(plain, '\\');
		return 1;
	}
	if (strchr("ULulEQ", c)) {
		add_text(r, plain);
		add_piece(r, &(struct piece){.kind = PIECE_CASE, .letter = c});
	} else if (c >= '1' && c <= '9') {
		add_text(r, plain);
		add_piece(r, &(struct piece){.kind = PIECE_GROUP, .group = (unsigned)(c - '0')});
	} else {
		buf_add_char(plain, escaped_byte(c));
	}
	return 2;
}

static int parse(struct replacement *r, const char *text, struct buf *plain, struct err *e)
{
	const char *at = text;

	while (*at) {
		unsigned group = 0;
		size_t bytes = *at == '$' ? read_variable(at + 1, &group) : 0;
		if (bytes) {
			add_text(r, plain);
			add_piece(r, &(struct piece){.kind = PIECE_GROUP, .group = group});
			at += bytes + 1;
		} else if (*at == '$' && at[1] && !isspace((unsigned char)at[1])) {
			return err_set(e,
			               "unsupported replacement: %s: only $1 to $9 and $& are known; a dollar sign is "
			               "written \\$",
			               text);
		} else if (*at == '\\') {
			at += read_escape(r, at, plain);
		} else {
			buf_add_char(plain, *at++);
		}
	}
	add_text(r, plain);
	return 0;
}

int replacement_parse(struct replacement *r, const char *text, struct err *e)
{
	struct buf plain = {0};
	int result;

	*r = (struct replacement){0};
	result = parse(r, text, &plain, e);
	buf_release(&plain);
	if (result < 0)
		replacement_release(r);
	return result;
}

void replacement_release(struct replacement *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->list[i].text);
	free(r->list);
	*r = (struct replacement){0};
}

/* The letters of \U (until \E) and of \u (for one byte) that hold at the moment; 0 for none. */
struct letter_case {
	char until_end, once;
};

static char change(char c, char letter)
{
	if (letter == 'U' || letter == 'u')
		return (char)toupper((unsigned char)c);
	return letter ? (char)tolower((unsigned char)c) : c;
}

static void add_changed(struct buf *to, const char *text, size_t length, struct letter_case *now)
{
	if (!now->until_end && !now->once) {
		buf_add(to, text, length);
		return;
	}
	for (size_t i = 0; i < length; i++) {
		buf_add_char(to, change(text[i], now->once ? now->once : now->until_end));
		now->once = '\0';
	}
}

static void set_case(struct letter_case *now, char letter)
{
	if (letter == 'u' || letter == 'l')
		now->once = letter;
	else
		now->until_end = letter == 'U' || letter == 'L' ? letter : '\0';
}

void replacement_add(const struct replacement *r, struct buf *to, const char *text, const regmatch_t *at)
{
	struct letter_case now = {0};

	for (size_t i = 0; i < r->count; i++) {
		const struct piece *piece = &r->list[i];
		if (piece->kind == PIECE_TEXT)
			add_changed(to, piece->text, piece->length, &now);
		else if (piece->kind == PIECE_CASE)
			set_case(&now, piece->letter);
		else if (at[piece->group].rm_so >= 0)
			add_changed(to, text + at[piece->group].rm_so,
			            (size_t)(at[piece->group].rm_eo - at[piece->group].rm_so), &now);
	}
}
