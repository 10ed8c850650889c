#include "input/scan.h"

#include <ctype.h>
#include <string.h>

static const char unsure_backquoted[] =
	"a here-document inside `...` means different things to different shells; use $(...)";

static void add_to_mark(struct here *h, char byte)
{
	if (h->length < SCAN_MARK)
		h->mark[h->length++] = byte;
}

/* One piece of the word behind <<. Returns whether there was one. */
static bool read_mark_piece(struct reader *r, struct here *h, char *quote)
{
	struct symbol symbol = reader_peek(r);

	if (symbol.kind != SYMBOL_BYTE || (!*quote && strchr(" \t\n;&|<>()", symbol.byte)))
		return false;
	reader_next(r);
	if (*quote ? symbol.byte == *quote : symbol.byte == '\'' || symbol.byte == '"') {
		*quote = *quote ? '\0' : symbol.byte;
		h->quoted = true;
	} else if (symbol.byte == '\\' && *quote != '\'' && reader_peek(r).kind == SYMBOL_BYTE) {
		h->quoted = true;
		add_to_mark(h, reader_next(r).byte);
	} else {
		add_to_mark(h, symbol.byte);
	}
	return true;
}

int heredoc_begin(struct scan *s)
{
	struct here *h = &s->here[s->here_count];
	char quote = '\0';

	if (s->reader.level)
		s->unsure = unsure_backquoted;
	if (s->here_count == SCAN_HERE)
		return scan_refuse(s, "too many here-documents");
	*h = (struct here){.strip = reader_skip_byte(&s->reader, '-')};
	while (reader_skip_byte(&s->reader, ' ') || reader_skip_byte(&s->reader, '\t'))
		;
	while (read_mark_piece(&s->reader, h, &quote))
		;
	if (reader_peek(&s->reader).kind == SYMBOL_VALUE || h->length == SCAN_MARK)
		return scan_refuse(s, "the end mark of a here-document is a replacement string or too long");
	s->here_count++;
	return 0;
}

/* What is known of the line under way in a here-document. */
struct here_line {
	char text[SCAN_MARK + 1]; /* its beginning */
	size_t length;
	bool has_value;
	bool expands; /* a dollar sign, backquote or backslash came before, in any line */
};

/* A value must not be able to make the end mark, so text must stand in front of it with which the mark does not
   begin. */
static int place_in_line(struct scan *s, const struct here *h, struct here_line *line, struct symbol symbol)
{
	size_t length = line->length < h->length ? line->length : h->length;
	bool could_end = line->length <= h->length && memcmp(line->text, h->mark, length) == 0;

	if (!s->options->parallel)
		return scan_refuse(s, "a replacement string stands in a here-document; set a variable to it before");
	if ((could_end && !line->has_value) || (line->expands && !h->quoted))
		return scan_refuse(s, "a replacement string stands in a here-document where it cannot be quoted");
	line->has_value = true;
	return scan_place(s, symbol, h->quoted ? PLACE_HERE_QUOTED : PLACE_HERE);
}

static bool is_end(const struct here *h, const struct here_line *line)
{
	return !line->has_value && line->length == h->length && memcmp(line->text, h->mark, h->length) == 0;
}

static void add_to_line(const struct here *h, struct here_line *line, char byte)
{
	if (byte == '\t' && h->strip && line->length == 0)
		return;
	if (strchr("$`\\", byte))
		line->expands = true;
	if (line->length < sizeof line->text)
		line->text[line->length++] = byte;
}

static int read_text(struct scan *s, const struct here *h)
{
	struct here_line line = {.length = 0};
	struct symbol symbol;

	while ((symbol = reader_peek(&s->reader)).kind != SYMBOL_END && symbol.kind != SYMBOL_CLOSE) {
		reader_next(&s->reader);
		if (symbol.kind == SYMBOL_VALUE) {
			if (place_in_line(s, h, &line, symbol) < 0)
				return -1;
			continue;
		}
		if (symbol.byte == '\\' && !h->quoted && reader_skip_byte(&s->reader, '\n'))
			continue;
		if (symbol.byte != '\n') {
			add_to_line(h, &line, symbol.byte);
			continue;
		}
		if (is_end(h, &line))
			return 0;
		line.length = 0;
		line.has_value = false;
	}
	return 0;
}

int heredoc_read(struct scan *s)
{
	for (size_t i = 0; i < s->here_count; i++)
		if (read_text(s, &s->here[i]) < 0)
			return -1;
	s->here_count = 0;
	return 0;
}
