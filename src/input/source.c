#include "input/source.h"

#include <stdlib.h>
#include <string.h>

static const char white[] = " \t\n\r\f\v";

static bool is_white(char c)
{
	return c != '\0' && strchr(white, c) != NULL;
}

void source_init_words(struct source *s, const struct source_rules *rules, const struct strv *words)
{
	*s = (struct source){.rules = rules, .words = words};
}

void source_init_reader(struct source *s, const struct source_rules *rules, struct record_reader *reader, bool borrowed)
{
	*s = (struct source){.rules = rules, .reader = reader, .borrowed = borrowed};
}

void source_release(struct source *s)
{
	if (s->reader && !s->borrowed) {
		record_release(s->reader);
		free(s->reader);
	}
	buf_release(&s->record);
	buf_release(&s->held);
	item_release(&s->row);
	table_release(&s->kept);
}

size_t source_rows(const struct source *s)
{
	return s->first_kept + table_rows(&s->kept);
}

bool source_is_single(const struct source *s)
{
	return s->words ? s->words->count - s->next_word + source_rows(s) <= 1 : s->ended && source_rows(s) <= 1;
}

int source_fd(const struct source *s)
{
	return s->reader ? s->reader->fd : -1;
}

static enum answer next_word(struct source *s, char **text, size_t *length)
{
	const char *word;

	if (s->next_word >= s->words->count)
		return ANSWER_END;
	word = s->words->list[s->next_word++];
	*length = strlen(word);
	buf_reset(&s->record);
	buf_add(&s->record, word, *length);
	*text = buf_text(&s->record);
	return ANSWER_HAVE;
}

static bool is_end_string(const struct source *s, const char *text, size_t length)
{
	const char *end = s->rules->end_string;

	return end && strlen(end) == length && memcmp(end, text, length) == 0;
}

/* The bytes that count of a record as it was read: it is cut at a NUL byte, and a CSV record loses the CR of its CR
   LF. */
static size_t clean_length(struct source *s, const char *text, size_t length)
{
	const char *nul = length ? memchr(text, '\0', length) : NULL;
	const struct csv *f = &s->rules->format;

	if (nul)
		s->nul_records++;
	if (!s->rules->csv)
		return nul ? (size_t)(nul - text) : length;
	if (length && text[length - 1] == '\r' && f->delimiter_length == 1 && f->delimiter[0] == '\n')
		length--;
	return length;
}

/* The next record, NUL ended. */
static enum answer read_record(struct source *s, char **text, size_t *length, struct err *e)
{
	enum answer answer;

	if (!s->reader)
		return next_word(s, text, length);
	answer = record_next(s->reader, text, length, e);
	if (answer == ANSWER_HAVE) {
		s->records++;
		*length = clean_length(s, *text, *length);
		(*text)[*length] = '\0';
	}
	return answer;
}

static bool is_blank_end(const char *text, size_t length)
{
	return length && (text[length - 1] == ' ' || text[length - 1] == '\t');
}

/* A record that ends in a blank is held back until one that does not was added, or the end. An empty one does not end
   it, as POSIX has it for xargs. */
static enum answer read_continued(struct source *s, char **text, size_t *length, struct err *e)
{
	enum answer answer;

	while ((answer = read_record(s, text, length, e)) == ANSWER_HAVE) {
		if (!s->holding)
			buf_reset(&s->held);
		buf_add(&s->held, *text, *length);
		s->holding = is_blank_end(s->held.data, s->held.length);
		if (!s->holding)
			break;
	}
	if (answer == ANSWER_HAVE || (answer == ANSWER_END && s->holding)) {
		s->holding = false;
		*text = buf_text(&s->held);
		*length = s->held.length;
		answer = ANSWER_HAVE;
	}
	return answer;
}

static enum answer read_whole(struct source *s, char **text, size_t *length, struct err *e)
{
	return s->rules->continued ? read_continued(s, text, length, e) : read_record(s, text, length, e);
}

static bool is_all_white(const char *text, size_t length)
{
	return strspn(text, white) == length;
}

/* Nobody is kept writing what is never read. */
static void stop(struct source *s)
{
	if (s->reader && !s->borrowed)
		record_stop(s->reader);
}

/* The next record that is to be run. */
static enum answer read_wanted(struct source *s, char **text, size_t *length, struct err *e)
{
	enum answer answer;

	do {
		answer = read_whole(s, text, length, e);
		if (answer != ANSWER_HAVE)
			return answer;
		if (is_end_string(s, *text, *length)) {
			stop(s);
			return ANSWER_END;
		}
	} while (s->rules->skip_blank && is_all_white(*text, *length));
	return ANSWER_HAVE;
}

static void add_trimmed(struct item *to, const char *text, size_t length, unsigned trim)
{
	while (trim & SOURCE_TRIM_RIGHT && length && is_white(text[length - 1]))
		length--;
	while (trim & SOURCE_TRIM_LEFT && length && is_white(*text)) {
		text++;
		length--;
	}
	item_add(to, text, length);
}

static int split(struct source *s, char *text, size_t length, struct item *to, struct err *e)
{
	if (!s->rules->csv)
		columns_split(s->rules->columns, text, length, to);
	else if (!csv_split(&s->rules->format, text, length, to))
		return err_set(e, "bad CSV: %s: record %zu: a quoted field has no closing quote",
		               s->reader ? s->reader->name : ":::", s->reader ? s->records : s->next_word);
	return 0;
}

static int add_values(struct source *s, char *text, size_t length, struct item *to, struct err *e)
{
	size_t before = to->count;

	if (!s->rules->csv && !s->rules->columns) {
		add_trimmed(to, text, length, s->rules->trim);
	} else {
		item_reset(&s->row);
		if (split(s, text, length, &s->row, e) < 0)
			return -1;
		for (size_t n = 0; n < s->row.count; n++) {
			struct value v = item_value(&s->row, n);

			add_trimmed(to, v.text, v.length, s->rules->trim);
		}
	}
	while (to->count - before < s->padded)
		item_add(to, "", 0);
	return 0;
}

enum answer source_read(struct source *s, struct item *to, struct err *e)
{
	enum answer answer;
	char *text;
	size_t length;

	if (s->ended)
		return ANSWER_END;
	answer = read_wanted(s, &text, &length, e);
	if (answer == ANSWER_HAVE && add_values(s, text, length, to, e) < 0)
		answer = ANSWER_FAIL;
	if (answer == ANSWER_END || answer == ANSWER_FAIL)
		s->ended = true;
	return answer;
}

enum answer source_reach(struct source *s, size_t index, struct err *e)
{
	while (source_rows(s) <= index) {
		enum answer answer;

		if (s->forget && !s->ended) {
			s->first_kept += table_rows(&s->kept);
			table_reset(&s->kept);
		}
		answer = source_read(s, &s->kept.values, e);
		if (answer != ANSWER_HAVE)
			return answer;
		table_end_row(&s->kept);
	}
	return ANSWER_HAVE;
}
