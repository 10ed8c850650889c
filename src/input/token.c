#include "input/token.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "input/define.h"
#include "input/plus.h"

enum { POSITION_DIGITS = 6 }; /* more are no position but text */

/* A replacement string of a fixed text. */
struct token {
	char *text; /* owned */
	size_t length;
	struct part part; /* its subst is owned by defines */
};

struct tokens {
	struct token *list;
	size_t count;
	size_t capacity;
	struct defines *defines; /* --rpl */
	const struct strv *names;
	bool plus;
	char *left, *right; /* {= and =} */
	size_t left_length, right_length;
	bool first[256]; /* bytes that a replacement string may begin with */
};

static struct token *find_token(struct tokens *t, const char *text)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->list[i].text, text) == 0)
			return &t->list[i];
	return NULL;
}

/* A later token of the same text takes the place of an earlier one. */
static void add_token(struct tokens *t, const char *text, const struct part *part)
{
	struct token *token = find_token(t, text);

	if (!token) {
		if (t->count == t->capacity) {
			t->capacity = mem_grow(t->capacity, t->count + 1);
			t->list = mem_resize_array(t->list, t->capacity, sizeof *t->list);
		}
		token = &t->list[t->count++];
		token->text = mem_string(text);
		token->length = strlen(text);
	}
	token->part = *part;
	t->first[(unsigned char)*text] = true;
}

static void add_standard(struct tokens *t, const struct template_config *c)
{
	add_token(t, c->braces ? c->braces : "{}", &(struct part){.kind = PART_VALUE});
	add_token(t, c->no_extension ? c->no_extension : "{.}", &(struct part){.kind = PART_NO_EXTENSION, .dots = 1});
	add_token(t, c->base ? c->base : "{/}", &(struct part){.kind = PART_BASE});
	add_token(t, c->directory ? c->directory : "{//}", &(struct part){.kind = PART_DIRECTORY});
	add_token(t, c->base_no_extension ? c->base_no_extension : "{/.}",
	          &(struct part){.kind = PART_BASE, .dots = 1});
	add_token(t, c->sequence ? c->sequence : "{#}", &(struct part){.kind = PART_SEQUENCE});
	add_token(t, c->slot ? c->slot : "{%}", &(struct part){.kind = PART_SLOT});
	add_token(t, "{##}", &(struct part){.kind = PART_TOTAL});
}

static void add_plus(struct tokens *t)
{
	size_t count;
	const struct plus_token *fixed = plus_fixed(&count);

	for (size_t i = 0; i < count; i++)
		add_token(t, fixed[i].text, &fixed[i].part);
}

static void set_parens(struct tokens *t, const char *parens)
{
	size_t half;

	if (!parens || strlen(parens) < 2)
		parens = "{==}";
	half = strlen(parens) / 2;
	t->left = mem_string_n(parens, half);
	t->right = mem_string(parens + half);
	t->left_length = half;
	t->right_length = strlen(t->right);
	t->first[(unsigned char)*parens] = true;
}

static void add_defined(struct tokens *t)
{
	for (size_t i = 0; i < defines_count(t->defines); i++) {
		const char *name = defines_name(t->defines, i);
		if (!defines_captures(t->defines, i))
			add_token(t, name, &(struct part){.kind = PART_SUBST, .dots = (unsigned)i});
		t->first[(unsigned char)*name] = true;
	}
}

struct tokens *tokens_new(const struct template_config *config, struct err *e)
{
	struct tokens *t = mem_zero(1, sizeof *t);

	t->plus = config->plus;
	t->names = config->names;
	t->first['{'] = true;
	set_parens(t, config->parens);
	if (t->plus)
		add_plus(t);
	add_standard(t, config);
	t->defines = defines_new(config->rpl, e);
	if (!t->defines) {
		tokens_free(t);
		return NULL;
	}
	add_defined(t);
	return t;
}

void tokens_free(struct tokens *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		free(t->list[i].text);
	free(t->list);
	defines_free(t->defines);
	free(t->left);
	free(t->right);
	free(t);
}

static bool begins(const char *text, const char *end, const char *with, size_t length)
{
	return (size_t)(end - text) >= length && memcmp(text, with, length) == 0;
}

/* The longest token at text; skip is 1 where text stands behind a "{" and a position. */
static const struct token *longest_at(const struct tokens *t, const char *text, const char *end, size_t skip)
{
	const struct token *best = NULL;

	for (size_t i = 0; i < t->count; i++) {
		const struct token *token = &t->list[i];
		if (skip && (token->text[0] != '{' || token->length < 2))
			continue;
		if (begins(text, end, token->text + skip, token->length - skip) &&
		    (!best || token->length > best->length))
			best = token;
	}
	return best;
}

/* Fills part by the token at text. Returns the bytes it has, 0 where none begins, -1 with e filled. */
static long match_rest(const struct tokens *t, const char *text, const char *end, size_t skip, struct part *part,
                       struct err *e)
{
	const struct token *token = longest_at(t, text, end, skip);
	long length;
	bool made;

	if (token) {
		*part = token->part;
		made = part->kind != PART_SUBST || defines_make(t->defines, part->dots, NULL, part, e) == 0;
		return made ? (long)(token->length - skip) : -1;
	}
	length = defines_match(t->defines, text, end, skip, part, e);
	if (length == 0 && t->plus && (skip || *text == '{')) {
		length = plus_parse(text + 1 - skip, end, part, e);
		if (length > 0)
			length += (long)(1 - skip);
	}
	return length;
}

/* Reads the N of "{N" behind the brace. Returns its bytes, 0 for none. */
static size_t read_position(const char *text, const char *end, long *position)
{
	const char *at = text;
	bool negative = at < end && *at == '-';
	size_t digits = 0;

	*position = 0;
	for (at += negative; at < end && isdigit((unsigned char)*at); at++, digits++)
		if (digits < POSITION_DIGITS)
			*position = *position * 10 + (*at - '0');
	if (digits == 0 || digits > POSITION_DIGITS)
		return 0;
	if (negative)
		*position = -*position;
	return (size_t)(at - text);
}

/* "{name" with the longest name of a column. Returns its bytes behind the brace, 0 for none. */
static size_t read_name(const struct tokens *t, const char *text, const char *end, long *position)
{
	size_t best = 0;

	for (size_t i = 0; t->names && i < t->names->count; i++) {
		size_t length = strlen(t->names->list[i]);
		if (length > best && begins(text, end, t->names->list[i], length)) {
			best = length;
			*position = (long)i + 1;
		}
	}
	return best;
}

static long match_name(const struct tokens *t, const char *text, const char *end, struct part *part, struct err *e)
{
	long position = 0, length;
	size_t name = read_name(t, text + 1, end, &position);

	if (name == 0)
		return 0;
	length = match_rest(t, text + 1 + name, end, 1, part, e);
	part->position = position;
	return length > 0 ? length + 1 + (long)name : length;
}

static long match_number(const struct tokens *t, const char *text, const char *end, struct part *part, struct err *e)
{
	long position = 0, length;
	size_t number = read_position(text + 1, end, &position);

	if (number == 0)
		return 0;
	while (text + 1 + number < end && (text[1 + number] == ' ' || text[1 + number] == '\t'))
		number++;
	length = match_rest(t, text + 1 + number, end, 1, part, e);
	part->position = position;
	return length > 0 ? length + 1 + (long)number : length;
}

/* {0#} is a string of its own, not {#} with a position. */
static long match_positional(const struct tokens *t, const char *text, const char *end, struct part *part,
                             struct err *e)
{
	long length = match_name(t, text, end, part, e);

	if (length == 0 && !longest_at(t, text, end, 0))
		length = match_number(t, text, end, part, e);
	return length;
}

static const char *find(const char *text, const char *end, const char *what, size_t length)
{
	for (; (size_t)(end - text) >= length; text++)
		if (memcmp(text, what, length) == 0)
			return text;
	return NULL;
}

/* The position at the front of an expression: {=2 ... =} or {=name ... =}. */
static const char *expression_position(const struct tokens *t, const char *text, const char *end, long *position)
{
	size_t length = read_name(t, text, end, position);

	if (length && text + length < end && isspace((unsigned char)text[length]))
		return text + length;
	length = read_position(text, end, position);
	return text + length;
}

static long match_expression(const struct tokens *t, const char *text, const char *end, struct part *part,
                             struct err *e)
{
	const char *begin = text + t->left_length;
	const char *stop = find(begin, end, t->right, t->right_length);

	if (!stop)
		return err_set(e, "unterminated replacement expression: %s", text);
	*part = (struct part){.kind = PART_SUBST};
	begin = expression_position(t, begin, stop, &part->position);
	part->subst = subst_new();
	if (subst_add(part->subst, begin, (size_t)(stop - begin), NULL, e) < 0) {
		subst_free(part->subst);
		return -1;
	}
	part->unquoted = subst_unquoted(part->subst);
	return (long)(stop + t->right_length - text);
}

static long match(const struct tokens *t, const char *text, const char *end, struct part *part, struct err *e)
{
	long length;

	if (begins(text, end, t->left, t->left_length))
		return match_expression(t, text, end, part, e);
	length = *text == '{' ? match_positional(t, text, end, part, e) : 0;
	return length ? length : match_rest(t, text, end, 0, part, e);
}

int tokens_parse(const struct tokens *t, const char *text, size_t length, struct parts *out, struct err *e)
{
	const char *end = text + length, *plain = text;

	while (text < end) {
		struct part part = {0};
		long bytes = t->first[(unsigned char)*text] ? match(t, text, end, &part, e) : 0;
		if (bytes < 0)
			return -1;
		if (bytes == 0) {
			text++;
			continue;
		}
		parts_add_text(out, plain, (size_t)(text - plain));
		parts_add(out, &part);
		plain = text += bytes;
	}
	parts_add_text(out, plain, (size_t)(end - plain));
	return 0;
}

bool tokens_open(const struct tokens *t, const char *text)
{
	const char *at = text;

	while ((at = strstr(at, t->left)) != NULL) {
		at = strstr(at + t->left_length, t->right);
		if (!at)
			return true;
		at += t->right_length;
	}
	return false;
}
