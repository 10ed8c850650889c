#include "cli/option.h"
#include <string.h>
#include "base/buf.h"
#include "base/quote.h"
#include "cli/choice.h"

/* clang-format off */
#define ROW(name, aliases, shorts, argument, kind, field, preset, topic, metavar, text, common) \
	{name, aliases, shorts, metavar, text, ARGUMENT_##argument, KIND_##kind, \
	 offsetof(struct options, field), preset, TOPIC_##topic, common},
#define COMMON(name, aliases, shorts, argument, kind, field, preset, topic, metavar, text) \
	ROW(name, aliases, shorts, argument, kind, field, preset, topic, metavar, text, true)
#define OPTION(name, aliases, shorts, argument, kind, field, preset, topic, metavar, text) \
	ROW(name, aliases, shorts, argument, kind, field, preset, topic, metavar, text, false)
/* clang-format on */

const struct option option_table[] = {
#include "cli/options.def"
};

const size_t option_count = sizeof option_table / sizeof option_table[0];

static const struct {
	const char *name, *title;
} topics[] = {
#define TOPIC(id, name, title) {name, title},
#include "cli/options.def"
};

static const struct {
	enum option_complete complete;
	const char *allowed;
} kinds[] = {
#define KIND(id, setter, complete, allowed) {COMPLETE_##complete, allowed},
#include "cli/options.def"
};

const char *option_topic_name(enum option_topic topic)
{
	return topics[topic].name;
}

const char *option_topic_title(enum option_topic topic)
{
	return topics[topic].title;
}

enum option_complete option_completes(const struct option *option)
{
	return kinds[option->kind].complete;
}

const char *option_allowed(const struct option *option)
{
	return kinds[option->kind].allowed;
}

const char *option_words(const struct option *option)
{
	return option_completes(option) == COMPLETE_WORDS ? option_allowed(option) : NULL;
}

/* -- The search -- */

/* Walks through the names of an option: the long name, then the aliases. Sets *length; NULL behind the last. */
static const char *next_name(const struct option *option, const char *name, size_t *length)
{
	if (!name) {
		*length = strlen(option->name);
		return option->name;
	}
	name = name == option->name ? option->aliases : name + *length;
	name += strspn(name, " ");
	*length = strcspn(name, " ");
	return *length > 0 ? name : NULL;
}

static bool has_name(const struct option *option, const char *name, size_t length)
{
	size_t n = 0;

	for (const char *each = next_name(option, NULL, &n); each; each = next_name(option, each, &n)) {
		if (n == length && n > 0 && memcmp(each, name, n) == 0)
			return true;
	}
	return false;
}

/* The first of the option's names that begins with the length bytes at name, NULL for none. *whole is its length. */
static const char *name_beginning(const struct option *option, const char *name, size_t length, size_t *whole)
{
	for (const char *each = next_name(option, NULL, whole); each; each = next_name(option, each, whole)) {
		if (*whole >= length && memcmp(each, name, length) == 0)
			return each;
	}
	return NULL;
}

const struct option *option_by_letter(char letter)
{
	for (size_t i = 0; letter && i < option_count; i++) {
		if (strchr(option_table[i].shorts, letter))
			return &option_table[i];
	}
	return NULL;
}

static const struct option *by_exact_name(const char *name, size_t length)
{
	for (size_t i = 0; i < option_count; i++) {
		if (has_name(&option_table[i], name, length))
			return &option_table[i];
	}
	return NULL;
}

const struct option *option_by_name(const char *name)
{
	const struct option *option = by_exact_name(name, strlen(name));

	return option || name[0] == '\0' || name[1] != '\0' ? option : option_by_letter(name[0]);
}

/* -- What is said of a name that is not found -- */

enum { NAME_MAX_BYTES = 40 }; /* longer names are not compared */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned two = a < b ? a : b;

	return two < c ? two : c;
}

/* The number of bytes to change, add or remove to make one name from the other (Levenshtein); both at most
   NAME_MAX_BYTES long. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned row[NAME_MAX_BYTES + 1];

	for (size_t j = 0; j <= b_length; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_length];
}

/* The name nearest to the one that is unknown, when it is near enough to be meant: NULL otherwise. */
static const char *nearest_name(const char *name, size_t length, size_t *nearest_length)
{
	const char *nearest = NULL;
	unsigned best = length < 4 ? 2 : 3;

	if (length > NAME_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i < option_count; i++) {
		size_t n = 0;

		for (const char *each = next_name(&option_table[i], NULL, &n); each;
		     each = next_name(&option_table[i], each, &n)) {
			bool short_alias = each != option_table[i].name && n < 4;
			unsigned d = n > 0 && !short_alias ? distance(name, length, each, n) : best;

			if (d < best) {
				best = d;
				nearest = each;
				*nearest_length = n;
			}
		}
	}
	return nearest;
}

static void say_unknown(const char *name, size_t length, struct err *e)
{
	struct buf shown = {0};
	size_t n = 0;
	const char *nearest = nearest_name(name, length, &n);

	quote_for_message(&shown, name, length, 80);
	if (nearest)
		err_set(e, "unknown option: --%s (did you mean --%.*s?): see 'pp --help'", buf_text(&shown), (int)n,
		        nearest);
	else
		err_set(e, "unknown option: --%s: see 'pp --help'", buf_text(&shown));
	buf_release(&shown);
}

static void say_ambiguous(const char *name, size_t length, struct err *e)
{
	struct buf candidates = {0};

	for (size_t i = 0; i < option_count; i++) {
		size_t n;
		const char *each = name_beginning(&option_table[i], name, length, &n);

		if (each)
			buf_add_format(&candidates, "%s--%.*s", candidates.length > 0 ? ", " : "", (int)n, each);
	}
	err_set(e, "ambiguous option: --%.*s: %s: see 'pp --help'", (int)length, name, buf_text(&candidates));
	buf_release(&candidates);
}

/* The only option that a name beginning so belongs to. NULL, with *ambiguous saying whether there are several. */
static const struct option *by_beginning(const char *name, size_t length, bool *ambiguous)
{
	const struct option *option = NULL;
	size_t whole;

	*ambiguous = false;
	for (size_t i = 0; length > 0 && i < option_count; i++) {
		if (!name_beginning(&option_table[i], name, length, &whole))
			continue;
		if (option) {
			*ambiguous = true;
			return NULL;
		}
		option = &option_table[i];
	}
	return option;
}

const struct option *option_find(const char *name, size_t length, struct err *e)
{
	const struct option *option = by_exact_name(name, length);
	bool ambiguous = false;

	if (!option)
		option = by_beginning(name, length, &ambiguous);
	if (ambiguous)
		say_ambiguous(name, length, e);
	else if (!option)
		say_unknown(name, length, e);
	return option;
}
