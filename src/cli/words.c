#include "cli/words.h"
#include <string.h>

static const char blanks[] = " \t\r\n";

/* -- Words -- */

/* Adds what stands in the quotes that text begins with. Returns the text behind the closing quote, NULL when there
   is none. */
static const char *add_quoted(struct buf *word, const char *text)
{
	char quote = *text++;

	for (; *text != quote; text++) {
		if (quote == '"' && *text == '\\' && text[1] && strchr("\"\\$`\n", text[1])) {
			text++;
			if (*text == '\n')
				continue;
		}
		if (*text == '\0')
			return NULL;
		buf_add_char(word, *text);
	}
	return text + 1;
}

/* Adds the byte behind the backslash that text begins with; a newline vanishes, a backslash at the end stands for
   itself. */
static const char *add_escaped(struct buf *word, const char *text)
{
	if (text[1] == '\0') {
		buf_add_char(word, '\\');
		return text + 1;
	}
	if (text[1] != '\n')
		buf_add_char(word, text[1]);
	return text + 2;
}

/* Adds the word that text begins with. Returns the text behind it, NULL when a quote is not closed. */
static const char *add_word(struct buf *word, const char *text)
{
	while (text && *text && !strchr(blanks, *text)) {
		if (*text == '\'' || *text == '"')
			text = add_quoted(word, text);
		else if (*text == '\\')
			text = add_escaped(word, text);
		else
			buf_add_char(word, *text++);
	}
	return text;
}

int words_split(struct strv *v, const char *text, struct err *e)
{
	for (;;) {
		struct buf word = {0};

		text += strspn(text, blanks);
		if (*text == '#') {
			text += strcspn(text, "\n");
			continue;
		}
		if (*text == '\0')
			return 0;
		text = add_word(&word, text);
		if (!text) {
			buf_release(&word);
			return err_set(e, "a quote is not closed");
		}
		strv_add_take(v, buf_take(&word));
	}
}

/* -- Escapes -- */

static int digit_value(char c, int base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		value = c - 'A' + 10;
	return value < base ? value : -1;
}

/* Adds the byte whose digits text begins with, at most so many. Returns the text behind them, NULL when it is no
   byte. */
static const char *add_number(struct buf *to, const char *text, int base, int digits)
{
	int value = 0;

	if (digit_value(*text, base) < 0)
		return NULL;
	for (; digits > 0 && digit_value(*text, base) >= 0; digits--)
		value = value * base + digit_value(*text++, base);
	if (value > 255)
		return NULL;
	buf_add_char(to, (char)value);
	return text;
}

/* Adds the byte of the escape whose letter text begins with. Returns the text behind it, NULL when it is no byte. */
static const char *add_escape(struct buf *to, const char *text)
{
	static const char letters[] = "abfnrtve\\'\"?";
	static const char bytes[] = "\a\b\f\n\r\t\v\033\\'\"?";
	const char *letter;

	if (*text == 'x')
		return add_number(to, text + 1, 16, 2);
	if (*text >= '0' && *text <= '7')
		return add_number(to, text, 8, 3);
	letter = *text ? strchr(letters, *text) : NULL;
	if (letter) {
		buf_add_char(to, bytes[letter - letters]);
		return text + 1;
	}
	buf_add_char(to, '\\');
	return text;
}

int words_unescape(struct buf *to, const char *text)
{
	while (*text) {
		size_t plain = strcspn(text, "\\");

		buf_add(to, text, plain);
		text += plain;
		if (*text == '\\') {
			text = add_escape(to, text + 1);
			if (!text)
				return -1;
		}
	}
	return 0;
}
