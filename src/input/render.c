#include <stdint.h>
#include <string.h>
#include "base/buf.h"
#include "base/num.h"
#include "base/quote.h"
#include "input/compiled.h"
#include "input/place.h"

/* How values and the user's own text are written. */
enum manner {
	MANNER_LINE,  /* values quoted for their place */
	MANNER_RAW,   /* as they are */
	MANNER_SHOWN, /* both quoted as a shell would take them */
};

struct render {
	const struct template *t;
	const struct item *item;
	const struct template_facts *facts;
	struct buf *out;
	enum manner manner;
	char separator; /* between values that are words of their own */
	size_t only;    /* -X: the one value that {} stands for; SIZE_MAX for all */
	size_t words;   /* words so far */
};

static void add_value(struct render *r, const struct part *part, struct value v)
{
	if (part_takes_values(part))
		v = part_apply(part, v, r->t->scratch->work);
	if (r->manner == MANNER_LINE)
		place_add(r->out, part, v.text, v.length, &r->t->scratch->quoted);
	else if (r->manner == MANNER_SHOWN && !part->unquoted)
		quote_backslash(r->out, v.text, v.length);
	else
		buf_add(r->out, v.text, v.length);
}

/* The index of value {N}; SIZE_MAX where there is none. */
static size_t position_index(const struct item *item, long position)
{
	size_t distance = position < 0 ? (size_t)-position : (size_t)position;

	if (distance > item->count)
		return SIZE_MAX;
	return position < 0 ? item->count - distance : distance - 1;
}

/* Adds the values of a replacement string. Returns how many there were. */
static size_t add_values(struct render *r, const struct part *part, char separator)
{
	size_t first = 0, last = r->item->count;

	if (r->t->no_value)
		return 0;
	if (part->position) {
		first = position_index(r->item, part->position);
		last = first == SIZE_MAX ? first : first + 1;
	} else if (r->only != SIZE_MAX) {
		first = r->only;
		last = first + 1;
	}
	for (size_t i = first; i < last; i++) {
		if (i > first)
			buf_add_char(r->out, separator);
		add_value(r, part, item_value(r->item, i));
	}
	return last - first;
}

static size_t count_digits(uint64_t number)
{
	char digits[21];

	return num_format_uint(digits, number);
}

/* The number, with zeros in front so that it is as wide as widest. */
static void add_number(struct render *r, const struct part *part, uint64_t number, uint64_t widest)
{
	char text[48];
	size_t width = count_digits(widest), length = 0;

	for (size_t have = count_digits(number); have < width; have++)
		text[length++] = '0';
	length += num_format_uint(text + length, number);
	add_value(r, part, (struct value){text, length});
}

/* Returns the number of values, which is 1 for what takes none. */
static size_t add_part(struct render *r, const struct part *part, char separator)
{
	switch (part->kind) {
	case PART_TEXT:
		if (r->manner == MANNER_SHOWN)
			quote_word(r->out, part->text, part->length);
		else
			buf_add(r->out, part->text, part->length);
		return 1;
	case PART_SEQUENCE:
		add_number(r, part, r->facts->sequence, 0);
		return 1;
	case PART_SLOT:
		add_number(r, part, r->facts->slot, 0);
		return 1;
	case PART_TOTAL:
		add_number(r, part, r->facts->total, 0);
		return 1;
	case PART_PADDED_SEQUENCE:
		add_number(r, part, r->facts->sequence, r->facts->total);
		return 1;
	case PART_PADDED_SLOT:
		add_number(r, part, r->facts->slot, r->facts->slots);
		return 1;
	default:
		return add_values(r, part, separator);
	}
}

/* A word of EXEC mode: its end is a NUL, or a space in front of the next one where it is shown. */
static void add_word(struct render *r, const struct group *g)
{
	const struct part *parts = r->t->parts.list + g->first;
	size_t before = r->out->length, count = 1;

	if (r->separator && r->words)
		buf_add_char(r->out, r->separator);
	if (g->alone)
		count = add_part(r, parts, r->separator);
	else
		for (size_t i = 0; i < g->count; i++)
			add_part(r, &parts[i], ' ');
	if (count == 0) { /* {3} of two values is no word at all, not an empty one */
		r->out->length = before;
		return;
	}
	if (r->separator == '\0')
		buf_add_char(r->out, '\0');
	else if (r->manner == MANNER_SHOWN && r->out->length == before + (r->words > 0))
		buf_add_string(r->out, "''");
	r->words += count;
}

/* -q: what stands between two values is quoted as a word of its own. */
static void add_quoted_word(struct render *r, const struct group *g)
{
	struct render inner = *r;
	struct buf *word = &r->t->scratch->word;
	const char *at, *end;

	buf_reset(word);
	inner.out = word;
	inner.manner = MANNER_RAW;
	for (size_t i = 0; i < g->count; i++)
		add_part(&inner, &r->t->parts.list[g->first + i], '\0');
	if (r->words++)
		buf_add_char(r->out, ' ');
	at = buf_text(word);
	end = at + word->length;
	for (const char *next; at <= end; at = next + 1) {
		next = memchr(at, '\0', (size_t)(end - at) + 1);
		quote_backslash(r->out, at, (size_t)(next - at));
		if (next < end)
			buf_add_char(r->out, ' ');
	}
}

static void add_group(struct render *r, const struct group *g)
{
	if (r->t->quote_words && r->manner == MANNER_LINE) {
		add_quoted_word(r, g);
	} else if (r->t->words) {
		add_word(r, g);
	} else {
		for (size_t i = 0; i < g->count; i++)
			add_part(r, &r->t->parts.list[g->first + i], ' ');
	}
}

static void add_repeated(struct render *r, const struct group *g)
{
	size_t count = r->t->no_value ? 0 : r->item->count;

	for (size_t i = 0; i < count; i++) {
		if (i > 0 && !r->t->words)
			buf_add_char(r->out, ' ');
		r->only = i;
		add_group(r, g);
	}
	r->only = SIZE_MAX;
	if (count == 0)
		add_group(r, g);
}

static void add_all(struct render *r)
{
	for (size_t i = 0; i < r->t->group_count; i++) {
		const struct group *g = &r->t->groups[i];
		if (g->repeats)
			add_repeated(r, g);
		else
			add_group(r, g);
	}
}

static struct render render_new(const struct template *t, const struct item *item, const struct template_facts *facts,
                                struct buf *out)
{
	return (struct render){.t = t, .item = item, .facts = facts, .out = out, .only = SIZE_MAX};
}

size_t template_render(const struct template *t, const struct item *item, const struct template_facts *facts,
                       struct buf *out)
{
	struct render r = render_new(t, item, facts, out);

	r.manner = t->mode == TEMPLATE_EXEC ? MANNER_RAW : MANNER_LINE;
	add_all(&r);
	if (t->mode == TEMPLATE_EXEC)
		return r.words;
	buf_add_char(out, '\0');
	return 1;
}

void template_describe(const struct template *t, const struct item *item, const struct template_facts *facts,
                       struct buf *out)
{
	struct render r = render_new(t, item, facts, out);

	r.manner = t->mode == TEMPLATE_EXEC ? MANNER_SHOWN : MANNER_LINE;
	r.separator = ' ';
	add_all(&r);
}

void template_render_plain(const struct template *t, const struct item *item, const struct template_facts *facts,
                           struct buf *out)
{
	struct render r = render_new(t, item, facts, out);

	r.manner = MANNER_RAW;
	r.separator = ' ';
	add_all(&r);
}

size_t template_length(const struct template *t, const struct item *item, const struct template_facts *facts)
{
	struct buf *out = &t->scratch->length;

	buf_reset(out);
	template_render(t, item, facts, out);
	return out->length;
}
