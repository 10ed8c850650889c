#include "cli/help.h"
#include <string.h>
#include "cli/option.h"
#include "os/fd.h"
#include "os/term.h"

enum {
	INDENT = 25,    /* where an option's text begins */
	NARROWEST = 40, /* columns; a narrower terminal breaks the lines itself */
	WIDEST = 100,   /* longer lines are hard to read */
};

static const char first_lines[] = "Usage: pp [options] [command [words]] [::: values | :::: files]...\n"
				  "  pp -j3 curl -sSO < download.txt       a program for each line, three at once\n"
				  "  pp -k 'gzip -c {} > {.}.gz' ::: *.log a shell line, results in order\n";

static const char last_lines[] = "More: pp --help TOPIC, an option's name, or all. The manual: man pp\n";

/* -- Text in lines -- */

/* Where the next byte goes: lines are broken at blanks before they reach width, and continued at indent. */
struct layout {
	struct buf *to;
	size_t column;
	size_t indent;
	size_t width;
};

static void add_blanks(struct layout *l, size_t column)
{
	for (; l->column < column; l->column++)
		buf_add_char(l->to, ' ');
}

static void end_line(struct layout *l)
{
	buf_add_char(l->to, '\n');
	l->column = 0;
}

static void add_words(struct layout *l, const char *text)
{
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t length = strcspn(text, " ");
		bool first = l->column <= l->indent;

		if (!first && l->column + 1 + length > l->width) {
			end_line(l);
			first = true;
		}
		add_blanks(l, first ? l->indent : l->column + 1);
		buf_add(l->to, text, length);
		l->column += length;
		text += length;
	}
}

/* -- Options -- */

static void add_value(struct buf *to, const struct option *option, bool is_long)
{
	if (option->kind == KIND_TOPIC)
		buf_add_format(to, " [%s]", option->metavar);
	else if (option->argument == ARGUMENT_OPTIONAL)
		buf_add_format(to, "[%s%s]", is_long ? "=" : "", option->metavar);
	else if (option->argument == ARGUMENT_REQUIRED)
		buf_add_format(to, " %s", option->metavar);
}

/* "-j, -P, --jobs N" and, where asked for, the other long names. */
static void add_names(struct buf *to, const struct option *option, bool all)
{
	const char *alias = option->aliases;

	for (const char *letter = option->shorts; *letter; letter++)
		buf_add_format(to, "%s-%c", letter > option->shorts ? ", " : "", *letter);
	if (option->name[0])
		buf_add_format(to, "%s--%s", option->shorts[0] ? ", " : "", option->name);
	for (; all && *alias; alias += strspn(alias, " ")) {
		size_t length = strcspn(alias, " ");

		buf_add_format(to, ", --%.*s", (int)length, alias);
		alias += length;
	}
	add_value(to, option, option->name[0] != '\0');
}

static void add_option(struct layout *l, const struct option *option, bool all)
{
	struct buf names = {0};

	add_names(&names, option, all);
	l->indent = option->shorts[0] ? 2 : 6;
	add_words(l, buf_text(&names));
	buf_release(&names);
	if (l->column + 2 > INDENT)
		end_line(l);
	l->indent = INDENT;
	add_words(l, option->text);
	end_line(l);
}

/* The options of a topic under its title; none at all where only common ones are wanted and it has none. */
static void add_topic(struct layout *l, enum option_topic topic, bool only_common)
{
	bool titled = false;

	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];

		if (o->topic != topic || (only_common && !o->common))
			continue;
		if (!titled)
			buf_add_format(l->to, "%s (--help %s)\n", option_topic_title(topic), option_topic_name(topic));
		titled = true;
		add_option(l, o, !only_common);
	}
}

/* -- Pages -- */

static void add_first_page(struct layout *l)
{
	buf_add_string(l->to, first_lines);
	for (enum option_topic t = 0; t < TOPIC_END; t++)
		add_topic(l, t, true);
	buf_add_string(l->to, last_lines);
}

static void add_all_topics(struct layout *l)
{
	for (enum option_topic t = 0; t < TOPIC_END; t++) {
		if (t > 0)
			end_line(l);
		add_topic(l, t, false);
	}
}

/* The topic of this name, TOPIC_END when there is none. */
static enum option_topic topic_by_name(const char *name)
{
	enum option_topic t = 0;

	while (t < TOPIC_END && strcmp(name, option_topic_name(t)) != 0)
		t++;
	return t;
}

/* The option that a page is asked for: its dashes may be given or not. */
static const struct option *option_of_page(const char *topic)
{
	return option_by_name(topic + (topic[0] == '-' ? 1 + (topic[1] == '-') : 0));
}

bool help_knows(const char *topic)
{
	return strcmp(topic, "all") == 0 || topic_by_name(topic) != TOPIC_END || option_of_page(topic);
}

int help_page(struct buf *to, const char *topic, int columns)
{
	size_t width = columns < NARROWEST ? NARROWEST : columns > WIDEST ? WIDEST : (size_t)columns;
	struct layout l = {.to = to, .width = width - 1};

	if (topic && !help_knows(topic))
		return -1;
	if (!topic)
		add_first_page(&l);
	else if (strcmp(topic, "all") == 0)
		add_all_topics(&l);
	else if (topic_by_name(topic) != TOPIC_END)
		add_topic(&l, topic_by_name(topic), false);
	else
		add_option(&l, option_of_page(topic), true);
	return 0;
}

int help_print(int fd, const char *topic)
{
	struct buf page = {0};
	int status = help_page(&page, topic, term_columns(fd));

	if (status == 0)
		status = fd_write_all(fd, page.data, page.length);
	buf_release(&page);
	return status;
}
