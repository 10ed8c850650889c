#include "cli/setting.h"
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/quote.h"
#include "cli/help.h"
#include "cli/words.h"

/* One application: what a setter works on. It returns 0, or -1 when the value is refused. */
struct setting {
	struct options *o;
	const struct option *option;
	const char *value; /* NULL where none was given */
};

/* The member of struct options that the option's row names. */
#define FIELD(s, type) ((type *)(void *)((char *)(s)->o + (s)->option->field))

/* Keeps a copy of length bytes for as long as the options live. Lends it. */
static const char *keep(struct options *o, const char *text, size_t length)
{
	strv_add_n(&o->owned, text, length);
	return o->owned.list[o->owned.count - 1];
}

/* -- Options without a value -- */

static int set_switch(struct setting *s)
{
	*FIELD(s, bool) = s->option->preset != 0;
	return 0;
}

static int set_mode(struct setting *s)
{
	*FIELD(s, unsigned) = (unsigned)s->option->preset;
	return 0;
}

static int set_one_batch(struct setting *s)
{
	s->o->one_batch = true;
	return set_mode(s);
}

static int set_tally(struct setting *s)
{
	++*FIELD(s, unsigned);
	return 0;
}

static int set_action(struct setting *s)
{
	s->o->action = (enum options_action)s->option->preset;
	s->o->argument = s->value;
	return 0;
}

static int set_ignored(struct setting *s)
{
	return 0;
}

static int set_nul(struct setting *s)
{
	*FIELD(s, const char *) = "";
	s->o->items.delimiter_length = 1;
	return 0;
}

/* -- Numbers -- */

static int set_count(struct setting *s)
{
	uint64_t n;

	if (num_parse_uint(s->value, &n) != 0 || n < (uint64_t)s->option->preset)
		return -1;
	*FIELD(s, uint64_t) = n;
	return 0;
}

static bool counts_lines(const struct option *option)
{
	return option->preset == ROWS_LINES || option->preset == ROWS_PLAIN_LINES;
}

static int set_rows(struct setting *s)
{
	bool lines = counts_lines(s->option);
	uint64_t n = 1;

	if (s->value && (num_parse_uint(s->value, &n) != 0 || n > SIZE_MAX))
		return -1;
	if (n == 0 && lines)
		return -1;
	s->o->items.batch = lines ? ITEMS_LINES : ITEMS_ROWS;
	s->o->items.no_value = s->o->template.no_value = n == 0;
	s->o->repeats_context = s->option->preset == ROWS_CONTEXT || s->option->preset == ROWS_LINES;
	*FIELD(s, size_t) = n > 0 ? (size_t)n : 1;
	return 0;
}

static int set_size(struct setting *s)
{
	uint64_t bytes;

	if (num_parse_size(s->value, &bytes) != 0 || bytes == 0 || bytes > SIZE_MAX)
		return -1;
	*FIELD(s, size_t) = (size_t)bytes;
	return 0;
}

static int set_duration(struct setting *s)
{
	return num_parse_duration(s->value, FIELD(s, nsec_t));
}

static int set_timeout(struct setting *s)
{
	nsec_t timeout;
	double percent;

	if (num_parse_percent(s->value, &percent) == 0) {
		if (percent <= 0)
			return -1;
		s->o->timeout = 0;
		s->o->timeout_percent = percent;
		return 0;
	}
	if (num_parse_duration(s->value, &timeout) != 0)
		return -1;
	s->o->timeout = timeout;
	s->o->timeout_percent = 0;
	return 0;
}

static int set_nice(struct setting *s)
{
	int64_t n;

	if (num_parse_int(s->value, &n) != 0 || n < -20 || n > 19)
		return -1;
	*FIELD(s, int) = (int)n;
	return 0;
}

static int set_jobs(struct setting *s)
{
	struct jobs_rule file = {.kind = JOBS_FILE, .path = s->value};

	if (rule_parse_jobs(s->value, FIELD(s, struct jobs_rule)) == 0)
		return 0;
	if (strpbrk(s->value, "%") || strchr("+-0123456789", s->value[0]) || access(s->value, R_OK) != 0)
		return -1;
	*FIELD(s, struct jobs_rule) = file;
	return 0;
}

/* -- Rules -- */

static int set_halt(struct setting *s)
{
	return rule_parse_halt(s->value, FIELD(s, struct halt_rule));
}

static int set_termseq(struct setting *s)
{
	return rule_parse_termseq(s->value, FIELD(s, struct termseq));
}

static int set_retry(struct setting *s)
{
	return rule_parse_retry(s->value, FIELD(s, struct retry_rule));
}

/* -- Texts -- */

static int set_anytext(struct setting *s)
{
	*FIELD(s, const char *) = s->value && s->value[0] ? s->value : NULL;
	return 0;
}

static int set_text(struct setting *s)
{
	return s->value[0] ? set_anytext(s) : -1;
}

static int set_braces(struct setting *s)
{
	return s->value && !s->value[0] ? -1 : set_anytext(s);
}

static int set_parens(struct setting *s)
{
	return strlen(s->value) < 2 ? -1 : set_text(s);
}

static int set_filter(struct setting *s)
{
	return *FIELD(s, const char *) ? -1 : set_text(s);
}

/* GNU parallel's "..." is a directory of its own making on other hosts. */
static int set_directory(struct setting *s)
{
	return strcmp(s->value, "...") == 0 ? -1 : set_text(s);
}

static int set_shell(struct setting *s)
{
	s->o->shell_use = (enum options_shell)s->option->preset;
	return set_text(s);
}

static int set_joblog(struct setting *s)
{
	const char *path = s->value + (s->value[0] == '+');

	if (!path[0])
		return -1;
	s->o->joblog_append = s->value[0] == '+';
	*FIELD(s, const char *) = path;
	return 0;
}

/* The value with its escapes decoded, kept with the options. NULL when an escape is wrong. */
static const char *decoded(struct setting *s, size_t *length)
{
	struct buf text = {0};
	const char *kept = NULL;

	if (words_unescape(&text, s->value) == 0) {
		kept = keep(s->o, buf_text(&text), text.length);
		*length = text.length;
	}
	buf_release(&text);
	return kept;
}

static int set_delimiter(struct setting *s)
{
	size_t length;
	const char *text = decoded(s, &length);

	if (!text || length == 0)
		return -1;
	*FIELD(s, const char *) = text;
	s->o->items.delimiter_length = length;
	return 0;
}

static int set_escaped(struct setting *s)
{
	size_t length;
	const char *text = decoded(s, &length);

	if (!text || strlen(text) != length)
		return -1;
	*FIELD(s, const char *) = length > 0 ? text : NULL;
	return 0;
}

/* -- Names -- */

/* Whether the length bytes are the name of a variable. */
static bool is_name(const char *text, size_t length)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

	return length > 0 && !strchr("0123456789", text[0]) && strspn(text, letters) >= length;
}

static int set_name(struct setting *s)
{
	return is_name(s->value, strlen(s->value)) ? set_text(s) : -1;
}

static int set_names(struct setting *s)
{
	const char *name = s->value;

	for (;; name++) {
		size_t length = strcspn(name, ",");

		if (length == 0)
			return -1;
		strv_add_n(FIELD(s, struct strv), name, length);
		name += length;
		if (!*name)
			return 0;
	}
}

static int set_list(struct setting *s)
{
	if (!s->value[0])
		return -1;
	strv_add(FIELD(s, struct strv), s->value);
	return 0;
}

static int set_texts(struct setting *s)
{
	return strcmp(s->value, "-") == 0 ? -1 : set_list(s);
}

static int set_profile(struct setting *s)
{
	return s->value[0] && s->value[0] != '.' && !strchr(s->value, '/') ? 0 : -1;
}

static int set_version(struct setting *s)
{
	size_t length = strlen(s->value);

	return length > 0 && strspn(s->value, "0123456789.") == length ? set_action(s) : -1;
}

/* -- Choices -- */

static bool is_one_of(const char *words, const char *value)
{
	size_t length = strlen(value);

	for (const char *word = words; *word; word += strspn(word, " ")) {
		size_t n = strcspn(word, " ");

		if (n == length && memcmp(word, value, n) == 0)
			return true;
		word += n;
	}
	return false;
}

static int set_trim(struct setting *s)
{
	static const struct {
		const char *name;
		enum items_trim trim;
	} ways[] = {{"n", TRIM_NONE}, {"l", TRIM_LEFT}, {"r", TRIM_RIGHT}, {"lr", TRIM_BOTH}, {"rl", TRIM_BOTH}};

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		if (strcmp(s->value, ways[i].name) == 0) {
			*FIELD(s, enum items_trim) = ways[i].trim;
			s->o->trim_given = true;
			return 0;
		}
	}
	return -1;
}

static int set_resume(struct setting *s)
{
	s->o->resumes = true;
	*FIELD(s, enum history_mode) = (enum history_mode)s->option->preset;
	return 0;
}

static int set_callback_fails(struct setting *s)
{
	static const char *const names[] = {"job", "run", "ignore"};

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(s->value, names[i]) == 0) {
			*FIELD(s, enum run_callback_fails) = (enum run_callback_fails)i;
			return 0;
		}
	}
	return -1;
}

static int set_group_marks(struct setting *s)
{
	static const struct {
		const char *name;
		enum run_marks marks;
	} known[] = {{"github", MARKS_GITHUB}, {"gitlab", MARKS_GITLAB}, {"none", MARKS_NONE}};

	s->o->marks_given = true;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strcmp(s->value, known[i].name) == 0) {
			*FIELD(s, enum run_marks) = known[i].marks;
			return 0;
		}
	}
	return -1;
}

static int set_worker(struct setting *s)
{
	static const char *const names[] = {"line", "mark", "fd", "frame", "json"};

	s->o->is_worker = true;
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (!s->value || strcmp(s->value, names[i]) == 0) {
			s->o->worker = (enum dialog_protocol)i;
			return 0;
		}
	}
	return -1;
}

static int set_header(struct setting *s)
{
	return strcmp(s->value, ":") == 0 ? set_switch(s) : -1;
}

static int set_topic(struct setting *s)
{
	return !s->value || help_knows(s->value) ? set_action(s) : -1;
}

static int set_completion(struct setting *s)
{
	return is_one_of(option_words(s->option), s->value) ? set_action(s) : -1;
}

/* -- Sources -- */

void setting_add_source(struct options *o, const struct source_spec *spec)
{
	if (o->source_count == o->source_capacity) {
		o->source_capacity = o->source_capacity > 0 ? 2 * o->source_capacity : 8;
		o->sources = mem_resize_array(o->sources, o->source_capacity, sizeof *o->sources);
	}
	o->sources[o->source_count++] = *spec;
}

static int set_source(struct setting *s)
{
	struct source_spec spec = {.kind = SOURCE_FILE, .fd = -1, .path = s->value};

	if (!s->value[0])
		return -1;
	setting_add_source(s->o, &spec);
	return 0;
}

/* -- All together -- */

static int (*const setters[])(struct setting *) = {
#define KIND(id, setter, complete, allowed) set_##setter,
#include "cli/options.def"
};

static int refuse(const struct option *option, const char *shown, const char *value, struct err *e)
{
	struct buf text = {0};
	const char *of_words = option_words(option) ? "one of " : "";

	quote_for_message(&text, value, strlen(value), 80);
	if (text.length == 0)
		buf_add_string(&text, "''");
	err_set(e, "%s: %s: must be %s%s", shown, buf_text(&text), of_words, option_allowed(option));
	if (option->kind == KIND_ROWS || option->kind == KIND_COUNT) {
		int least = option->kind == KIND_COUNT ? option->preset : counts_lines(option);

		err_set(e, "%s: %s: must be %s, %d or more", shown, buf_text(&text), option_allowed(option), least);
	}
	buf_release(&text);
	return -1;
}

int setting_apply(struct options *o, const struct option *option, const char *shown, const char *value, struct err *e)
{
	struct setting s = {o, option, value};

	return setters[option->kind](&s) == 0 ? 0 : refuse(option, shown, value, e);
}
