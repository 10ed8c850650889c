#include "input/plus.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/buf.h"

const struct plus_token *plus_fixed(size_t *count)
{
	static const struct plus_token tokens[] = {
		{"{..}", {.kind = PART_NO_EXTENSION, .dots = 2}},
		{"{...}", {.kind = PART_NO_EXTENSION, .dots = 3}},
		{"{/..}", {.kind = PART_BASE, .dots = 2}},
		{"{/...}", {.kind = PART_BASE, .dots = 3}},
		{"{+.}", {.kind = PART_EXTENSION, .dots = 1}},
		{"{+..}", {.kind = PART_EXTENSION, .dots = 2}},
		{"{+...}", {.kind = PART_EXTENSION, .dots = 3}},
		{"{+/}", {.kind = PART_PARENT}},
		{"{0#}", {.kind = PART_PADDED_SEQUENCE}},
		{"{0%}", {.kind = PART_PADDED_SLOT}},
		{"{slot}", {.kind = PART_SLOT}},
		{"{choose_k}", {.kind = PART_VALUE, .skip = SKIP_UNSORTED}},
		{"{uniq}", {.kind = PART_VALUE, .skip = SKIP_REPEATED}},
	};

	*count = sizeof tokens / sizeof *tokens;
	return tokens;
}

enum plus_kind { PLUS_CUT_FRONT, PLUS_CUT_END, PLUS_REPLACE, PLUS_CASE };

/* How a text between { and } becomes a substitution: the pattern between before and after, and what takes its
   place. */
struct plus_form {
	const char *operator; /* what the text begins with; longer ones stand first */
	enum plus_kind kind;
	const char *before, *after;
	const char *replacement; /* NULL: the user's, behind a slash */
	unsigned flags;
};

static const struct plus_form forms[] = {
	{"%%", PLUS_CASE, "(", ")$", "", 0},
	{"%", PLUS_CUT_END, "", "", NULL, 0},
	{"##", PLUS_CASE, "^(", ")", "", 0},
	{"#", PLUS_CUT_FRONT, "", "", NULL, 0},
	{"//", PLUS_REPLACE, "", "", NULL, SUBST_GLOBAL},
	{"/#", PLUS_REPLACE, "^(?:", ")", NULL, 0},
	{"/%", PLUS_REPLACE, "(?:", ")$", NULL, 0},
	{"/", PLUS_REPLACE, "", "", NULL, 0},
	{"^^", PLUS_CASE, "(", ")", "\\U$1", SUBST_GLOBAL},
	{"^", PLUS_CASE, "^(", ")", "\\U$1", 0},
	{",,", PLUS_CASE, "(", ")", "\\L$1", SUBST_GLOBAL},
	{",", PLUS_CASE, "^(", ")", "\\L$1", 0},
};

/* {:n} and {:n:m}; false where text is neither. */
static bool add_slice(struct subst *s, const char *text, const char *close)
{
	size_t number[2] = {0, SIZE_MAX};
	int count = 0;

	while (text < close && *text == ':' && count < 2) {
		size_t digits = 0, n = 0;
		for (text++; text < close && isdigit((unsigned char)*text) && digits < 9; text++, digits++)
			n = n * 10 + (size_t)(*text - '0');
		if (digits == 0)
			return false;
		number[count++] = n;
	}
	if (text != close || count == 0)
		return false;
	subst_add_slice(s, number[0], number[1]);
	return true;
}

/* Returns 1 where the form fits, 0 where not, -1 with e filled. text stands behind the operator. */
static int add_form(struct subst *s, const struct plus_form *form, const char *text, const char *close, struct err *e)
{
	const char *slash = form->kind == PLUS_REPLACE ? memchr(text, '/', (size_t)(close - text)) : NULL;
	const char *stop = slash ? slash : close;
	struct buf pattern = {0}, replacement = {0};
	int result;

	if (stop == text || (form->kind == PLUS_REPLACE && !slash))
		return 0;
	buf_add_string(&pattern, form->before);
	buf_add(&pattern, text, (size_t)(stop - text));
	buf_add_string(&pattern, form->after);
	if (slash)
		buf_add(&replacement, slash + 1, (size_t)(close - slash - 1));
	else if (form->replacement)
		buf_add_string(&replacement, form->replacement);
	if (form->kind == PLUS_CUT_FRONT || form->kind == PLUS_CUT_END)
		result = subst_add_cut(s, buf_text(&pattern), form->kind == PLUS_CUT_END, e);
	else
		result = subst_add_replace(s, buf_text(&pattern), buf_text(&replacement), form->flags, e);
	buf_release(&pattern);
	buf_release(&replacement);
	return result < 0 ? -1 : 1;
}

static int add_any(struct subst *s, const char *text, const char *close, struct err *e)
{
	if (text + 2 < close && text[0] == ':' && text[1] == '-') {
		subst_add_default(s, text + 2, (size_t)(close - text - 2));
		return 1;
	}
	if (*text == ':')
		return add_slice(s, text, close);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		size_t length = strlen(forms[i].operator);
		if ((size_t)(close - text) > length && memcmp(text, forms[i].operator, length) == 0)
			return add_form(s, &forms[i], text + length, close, e);
	}
	return 0;
}

long plus_parse(const char *text, const char *end, struct part *part, struct err *e)
{
	const char *close = text < end ? memchr(text, '}', (size_t)(end - text)) : NULL;
	struct subst *s;
	int found;

	if (!close || close == text || !strchr(":%#/^,", *text))
		return 0;
	s = subst_new();
	found = add_any(s, text, close, e);
	if (found <= 0) {
		subst_free(s);
		return found;
	}
	*part = (struct part){.kind = PART_SUBST, .subst = s};
	return (long)(close + 1 - text);
}
