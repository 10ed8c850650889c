#include "input/columns.h"

#include <string.h>

enum { GROUPS = 10 };

int columns_init(struct columns *c, const char *separator, struct err *e)
{
	*c = (struct columns){0};
	c->literal = pattern_literal(separator, &c->text);
	if (c->literal || pattern_compile(&c->pattern, separator, false, e) == 0)
		return 0;
	buf_release(&c->text);
	return -1;
}

void columns_release(struct columns *c)
{
	buf_release(&c->text);
	if (!c->literal)
		pattern_release(&c->pattern);
}

static const char *find_literal(const struct buf *what, const char *from, const char *end)
{
	while ((size_t)(end - from) >= what->length) {
		const char *hit = memchr(from, what->data[0], (size_t)(end - from) - (what->length - 1));

		if (!hit || memcmp(hit, what->data, what->length) == 0)
			return hit;
		from = hit + 1;
	}
	return NULL;
}

static void split_at_literal(const struct buf *what, const char *record, const char *end, struct item *to)
{
	const char *hit;

	while ((hit = find_literal(what, record, end)) != NULL) {
		item_add(to, record, (size_t)(hit - record));
		record = hit + what->length;
	}
	item_add(to, record, (size_t)(end - record));
}

static void add_groups(const struct pattern *p, const char *from, const regmatch_t match[GROUPS], struct item *to)
{
	for (size_t n = 1; n < GROUPS && n <= p->regex.re_nsub; n++) {
		if (!(p->groups >> n & 1))
			continue;
		if (match[n].rm_so < 0)
			item_add(to, "", 0);
		else
			item_add(to, from + match[n].rm_so, (size_t)(match[n].rm_eo - match[n].rm_so));
	}
}

/* A match of no length where a column begins would split nothing off: the search goes on one byte later. */
static void split_at_pattern(const struct pattern *p, const char *record, const char *end, struct item *to)
{
	const char *at = record, *begin = record;
	regmatch_t match[GROUPS];

	while (at <= end && regexec(&p->regex, at, GROUPS, match, at > begin ? REG_NOTBOL : 0) == 0) {
		const char *hit = at + match[0].rm_so, *behind = at + match[0].rm_eo;

		if (behind == record) {
			at = record + 1;
			continue;
		}
		item_add(to, record, (size_t)(hit - record));
		add_groups(p, at, match, to);
		record = at = behind;
	}
	item_add(to, record, (size_t)(end - record));
}

void columns_split(const struct columns *c, const char *record, size_t length, struct item *to)
{
	if (c->literal)
		split_at_literal(&c->text, record, record + length, to);
	else
		split_at_pattern(&c->pattern, record, record + length, to);
}
