#include "cli/options.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "base/quote.h"
#include "cli/option.h"
#include "cli/setting.h"
#include "cli/shell.h"
#include "cli/words.h"
#include "os/fd.h"

enum {
	PROFILE_DEPTH = 8, /* profiles that name profiles: deeper is taken for a circle */
	PROFILE_MAX_BYTES = 1024 * 1024,
	SHOWN_BYTES = 80, /* of a word of the user's in a message */
};

/* A run through some words: those of the command line, of $PP_OPTIONS or of a profile. */
struct parse {
	struct options *o;
	struct err *e;
	char **words;
	size_t count;
	size_t next;    /* the word to read next */
	unsigned depth; /* profiles around this one */
};

static int parse_options(struct parse *p);

/* -- Messages -- */

static int complain(struct parse *p, const char *shown, const char *what)
{
	struct buf text = {0};

	quote_for_message(&text, shown, strlen(shown), SHOWN_BYTES);
	err_set(p->e, "%s: %s: see 'pp --help'", buf_text(&text), what);
	buf_release(&text);
	return -1;
}

/* Puts "where: " in front of the message. Returns -1. */
static int blame(struct err *e, const char *where)
{
	struct err inner = *e;
	int code = e->code;

	err_set(e, "%s: %s", where, inner.text);
	e->code = code;
	return -1;
}

/* -- Profiles and $PP_OPTIONS -- */

/* Reads options, and nothing but options, out of a text; their words are kept with the options. */
static int parse_text(struct options *o, const char *text, const char *where, unsigned depth, struct err *e)
{
	struct strv words = {0};
	struct parse p = {.o = o, .e = e, .depth = depth};
	int status = words_split(&words, text, e);

	p.words = words.list;
	p.count = words.count;
	if (status == 0)
		status = parse_options(&p);
	if (status == 0 && o->action == OPTIONS_RUN && p.next < p.count)
		status = complain(&p, p.words[p.next], "is no option; only options may stand here");
	for (size_t i = 0; i < words.count; i++)
		strv_add_take(&o->owned, words.list[i]);
	words.count = 0;
	strv_release(&words);
	return status == 0 ? 0 : blame(e, where);
}

/* The directory of the user's profiles: gives, NULL when there is none. */
static char *profile_directory(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	struct buf path = {0};

	if (config && config[0] == '/')
		buf_add_format(&path, "%s/pp", config);
	else if (home && home[0] == '/')
		buf_add_format(&path, "%s/.config/pp", home);
	else
		return NULL;
	return buf_take(&path);
}

/* Reads the whole file. 0, or -1 with errno. */
static int read_profile(const char *directory, const char *name, struct buf *to)
{
	struct buf path = {0};
	ssize_t got = -1;
	int fd;

	buf_add_format(&path, "%s/%s", directory, name);
	fd = fd_open(buf_text(&path), O_RDONLY, 0);
	buf_release(&path);
	if (fd < 0)
		return -1;
	do {
		buf_reserve(to, 4096);
		got = fd_read(fd, to->data + to->length, 4096);
		to->length += got > 0 ? (size_t)got : 0;
	} while (got > 0 && to->length < PROFILE_MAX_BYTES);
	fd_close(&fd);
	if (got > 0)
		errno = EFBIG;
	return got == 0 ? 0 : -1;
}

/* The user's profile, else the system's. 0, or -1 with e filled. */
static int find_profile(const char *name, struct buf *to, struct err *e)
{
	char *directory = profile_directory();
	int status = -1;

	errno = ENOENT;
	if (directory)
		status = read_profile(directory, name, to);
	if (status != 0 && errno == ENOENT)
		status = read_profile("/etc/pp", name, to);
	if (status != 0)
		err_sys(e, errno, "cannot read profile: %s (in %s%s/etc/pp)", name, directory ? directory : "",
		        directory ? " or " : "");
	free(directory);
	return status;
}

static int parse_profile(struct parse *p, const char *name)
{
	struct buf text = {0}, where = {0};
	int status;

	if (p->depth >= PROFILE_DEPTH)
		return err_set(p->e, "profile: %s: profiles name each other in a circle", name);
	status = find_profile(name, &text, p->e);
	if (status == 0) {
		buf_add_format(&where, "profile %s", name);
		status = parse_text(p->o, buf_text(&text), buf_text(&where), p->depth + 1, p->e);
	}
	buf_release(&text);
	buf_release(&where);
	return status;
}

/* -- Options -- */

static int apply(struct parse *p, const struct option *option, const char *shown, const char *value)
{
	if (setting_apply(p->o, option, shown, value, p->e) != 0)
		return -1;
	return option->kind == KIND_PROFILE ? parse_profile(p, value) : 0;
}

/* The separator that word is: the kind of its sources, and whether they are linked. False when it is none. */
static bool is_separator(const struct options *o, const char *word, enum source_kind *kind, bool *linked)
{
	const char *const separators[] = {o->arg_sep, o->arg_file_sep};

	for (int i = 0; i < 2; i++) {
		size_t length = strlen(separators[i]);

		if (strncmp(word, separators[i], length) != 0 || (word[length] && strcmp(word + length, "+") != 0))
			continue;
		*kind = i == 0 ? SOURCE_WORDS : SOURCE_FILE;
		*linked = word[length] == '+';
		return true;
	}
	return false;
}

/* Whether the next word can be the topic of --help, whose value may stand apart though it is optional. */
static bool topic_follows(const struct parse *p)
{
	enum source_kind kind;
	bool linked;

	return p->next < p->count && p->words[p->next][0] != '-' &&
	       !is_separator(p->o, p->words[p->next], &kind, &linked);
}

/* Applies the option with the value that is attached to it, or with the next word where it needs one. */
static int apply_with_value(struct parse *p, const struct option *option, const char *shown, const char *attached)
{
	if (option->argument == ARGUMENT_NONE && attached)
		return complain(p, shown, "takes no value");
	if (!attached && option->argument == ARGUMENT_REQUIRED) {
		if (p->next == p->count)
			return complain(p, shown, "needs a value");
		attached = p->words[p->next++];
	}
	if (!attached && option->kind == KIND_TOPIC && topic_follows(p))
		attached = p->words[p->next++];
	return apply(p, option, shown, attached);
}

/* "--name" or "--name=value". */
static int parse_long(struct parse *p, const char *word)
{
	size_t length = strcspn(word + 2, "=");
	const char *attached = word[2 + length] ? word + 2 + length + 1 : NULL;
	const struct option *option = option_find(word + 2, length, p->e);
	struct buf shown = {0};
	int status;

	if (!option)
		return -1;
	buf_add(&shown, word, 2 + length);
	status = apply_with_value(p, option, buf_text(&shown), attached);
	buf_release(&shown);
	return status;
}

static int unknown_letter(struct parse *p, const char *word, const char *letter)
{
	struct buf text = {0};

	quote_for_message(&text, letter, 1, SHOWN_BYTES);
	if (letter == word + 1 && !letter[1])
		err_set(p->e, "unknown option: -%s: see 'pp --help'", buf_text(&text));
	else
		err_set(p->e, "unknown option: -%s (in %.40s): see 'pp --help'", buf_text(&text), word);
	buf_release(&text);
	return -1;
}

/* "-k", "-kj3", "-j 3": letters up to the first that has a value. */
static int parse_letters(struct parse *p, const char *word)
{
	for (const char *letter = word + 1; *letter; letter++) {
		const struct option *option = option_by_letter(*letter);
		char shown[3] = {'-', *letter, '\0'};
		bool last = option && option->argument != ARGUMENT_NONE;

		if (!option)
			return unknown_letter(p, word, letter);
		if (apply_with_value(p, option, shown, last && letter[1] ? letter + 1 : NULL) != 0)
			return -1;
		if (last || p->o->action != OPTIONS_RUN)
			break;
	}
	return 0;
}

/* Reads options up to the first other word, "--" or a separator, or to an option that is an action. */
static int parse_options(struct parse *p)
{
	enum source_kind kind;
	bool linked;

	while (p->next < p->count && p->o->action == OPTIONS_RUN) {
		const char *word = p->words[p->next];

		if (is_separator(p->o, word, &kind, &linked) || word[0] != '-' || !word[1])
			break;
		p->next++;
		if (strcmp(word, "--") == 0)
			break;
		if ((word[1] == '-' ? parse_long(p, word) : parse_letters(p, word)) != 0)
			return -1;
	}
	return 0;
}

/* -- The command and the sources behind it -- */

static size_t words_up_to_separator(const struct parse *p)
{
	enum source_kind kind;
	bool linked;
	size_t n = 0;

	while (p->next + n < p->count && !is_separator(p->o, p->words[p->next + n], &kind, &linked))
		n++;
	return n;
}

static void add_words(struct parse *p, size_t count, bool linked)
{
	struct source_spec spec = {.kind = SOURCE_WORDS, .fd = -1, .linked = linked};

	spec.words.capacity = count + 1;
	spec.words.count = count;
	spec.words.list = mem_alloc(spec.words.capacity * sizeof *spec.words.list);
	memcpy(spec.words.list, p->words + p->next, count * sizeof *spec.words.list);
	spec.words.list[count] = NULL;
	setting_add_source(p->o, &spec);
}

static void add_files(struct parse *p, size_t count, bool linked)
{
	for (size_t i = 0; i < count; i++) {
		struct source_spec spec = {
			.kind = SOURCE_FILE, .fd = -1, .path = p->words[p->next + i], .linked = linked};

		setting_add_source(p->o, &spec);
	}
}

/* One separator and the words behind it. */
static int parse_source(struct parse *p)
{
	const char *separator = p->words[p->next++];
	enum source_kind kind = SOURCE_WORDS;
	bool linked = false;
	size_t count;

	is_separator(p->o, separator, &kind, &linked);
	count = words_up_to_separator(p);
	if (kind == SOURCE_FILE && count == 0)
		return complain(p, separator, "needs the name of a file");
	if (kind == SOURCE_FILE)
		add_files(p, count, linked);
	else
		add_words(p, count, linked);
	p->next += count;
	return 0;
}

static int parse_command(struct parse *p)
{
	for (size_t n = words_up_to_separator(p); n > 0; n--)
		strv_add(&p->o->command, p->words[p->next++]);
	while (p->next < p->count) {
		if (parse_source(p) != 0)
			return -1;
	}
	return 0;
}

/* -- What follows from several options together -- */

static void settle_batch(struct options *o)
{
	bool fills = o->template.batch != BATCH_NONE;

	o->one_batch = o->one_batch || !fills;
	if (fills && o->items.batch == ITEMS_ROWS && o->repeats_context)
		o->template.batch = BATCH_CONTEXT;
	if (fills && o->items.batch != ITEMS_LINES)
		o->items.batch = ITEMS_FILL;
	if (!fills && o->items.batch != ITEMS_SINGLE)
		o->template.batch = o->repeats_context ? BATCH_CONTEXT : BATCH_PLAIN;
}

static void settle_sources(struct options *o)
{
	struct source_spec standard_input = {.kind = SOURCE_FD, .fd = 0};

	if (o->source_count == 0)
		setting_add_source(o, &standard_input);
	o->items.sources = o->sources;
	o->items.source_count = o->source_count;
	for (size_t i = 0; i < o->source_count; i++) {
		const struct source_spec *s = &o->sources[i];

		if (s->kind == SOURCE_FD || (s->kind == SOURCE_FILE && strcmp(s->path, "-") == 0))
			o->reads_stdin = true;
	}
}

/* --shell takes several words as one line, with spaces between them. */
static void join_command(struct strv *command)
{
	struct buf line = {0};

	for (size_t i = 0; i < command->count; i++) {
		if (i > 0)
			buf_add_char(&line, ' ');
		buf_add_string(&line, command->list[i]);
	}
	strv_reset(command);
	strv_add_take(command, buf_take(&line));
}

static enum template_mode mode_of(const struct options *o)
{
	size_t words = o->command.count;

	if (o->shell_use == SHELL_NEVER)
		return TEMPLATE_EXEC;
	if (o->gnu)
		return TEMPLATE_GNU;
	if (o->shell_use == SHELL_FORCE || words == 0)
		return TEMPLATE_LINE;
	return words == 1 && !o->template.quote_words && shell_is_line(o->command.list[0]) ? TEMPLATE_LINE
	                                                                                   : TEMPLATE_EXEC;
}

/* Whether the words are to be executed directly by their looks, but only a shell can do it; they stay words there. */
static bool needs_shell(struct options *o)
{
	const char *name = o->command.count > 0 ? o->command.list[0] : "";

	if (o->template.mode != TEMPLATE_EXEC || o->shell_use != SHELL_AUTO || o->template.quote_words)
		return false;
	o->is_function = shell_is_function(name);
	return o->is_function || shell_is_builtin(name);
}

static int settle_command(struct options *o, struct err *e)
{
	if (o->shell_use == SHELL_NEVER && o->command.count == 0)
		return err_set(e, "--no-shell: needs a command: without one each record is a shell line");
	o->template.mode = mode_of(o);
	o->template.rpl = &o->rpl;
	if (needs_shell(o)) {
		o->template.mode = TEMPLATE_GNU;
		o->template.quote_words = true;
	}
	if (o->template.mode == TEMPLATE_LINE && o->command.count > 1)
		join_command(&o->command);
	return 0;
}

static int settle(struct options *o, struct err *e)
{
	/* A mark of its own makes sense with a worker alone. */
	if (o->end && o->worker != DIALOG_LINE && o->worker != DIALOG_MARK)
		return err_set(e, "--end: is for --worker=mark: other protocols have an end of their own");
	o->is_worker = o->is_worker || o->end;
	settle_batch(o);
	settle_sources(o);
	return settle_command(o, e);
}

/* -- All together -- */

static bool called(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, name) == 0;
}

static void set_defaults(struct options *o)
{
	memset(o, 0, sizeof *o);
	o->arg_sep = ":::";
	o->arg_file_sep = "::::";
	o->buffer = OPTIONS_BUFFER;
	o->retries = 1;
	o->retry_on.any = true;
	rule_parse_termseq(RULE_TERMSEQ_DEFAULT, &o->termseq);
}

int options_parse(struct options *o, int argc, char **argv, struct err *e)
{
	struct parse p = {.o = o, .e = e, .words = argv, .count = (size_t)argc, .next = argc > 0};
	const char *environment = getenv("PP_OPTIONS");

	set_defaults(o);
	o->gnu = argc > 0 && called(argv[0], "parallel");
	if (environment && parse_text(o, environment, "PP_OPTIONS", 0, e) != 0)
		return -1;
	if (parse_options(&p) != 0)
		return -1;
	if (o->action != OPTIONS_RUN)
		return 0;
	return parse_command(&p) == 0 ? settle(o, e) : -1;
}

void options_release(struct options *o)
{
	for (size_t i = 0; i < o->source_count; i++)
		free(o->sources[i].words.list);
	free(o->sources);
	strv_release(&o->command);
	strv_release(&o->env);
	strv_release(&o->init);
	strv_release(&o->init_files);
	strv_release(&o->rpl);
	strv_release(&o->owned);
}
