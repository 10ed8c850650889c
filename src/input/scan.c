#include "input/scan.h"

#include <string.h>
#include "base/mem.h"

struct frame *scan_top(struct scan *s)
{
	return &s->stack[s->depth - 1];
}

int scan_push(struct scan *s, const struct frame *frame)
{
	if (s->depth == SCAN_DEPTH)
		return scan_refuse(s, "it is nested too deep");
	s->stack[s->depth++] = *frame;
	return 0;
}

void scan_pop(struct scan *s)
{
	struct frame *top = scan_top(s);

	if (top->kind == FRAME_COMMAND && top->end == END_BACKQUOTE)
		s->reader.level--;
	if (s->depth > 1)
		s->depth--;
}

int scan_refuse(struct scan *s, const char *why)
{
	return err_set(s->e, "bad shell line: %s", why);
}

int scan_place(struct scan *s, struct symbol symbol, enum place place)
{
	struct part *part = &s->parts->list[symbol.part];

	if (s->unsure)
		return scan_refuse(s, s->unsure);
	part->place = place;
	part->levels = s->reader.level;
	part->force = part->split = s->glued;
	part->twice = s->options->parallel && part->levels == 0 && (place == PLACE_DOUBLE || place == PLACE_HERE);
	s->glued = false;
	s->has_values = true;
	return 0;
}

/* The last byte of the text in front of the reader. */
static struct part *text_before(struct scan *s)
{
	return s->reader.level == 0 && s->reader.part > 0 ? &s->parts->list[s->reader.part - 1] : NULL;
}

static int refuse_escape(struct scan *s)
{
	return scan_refuse(
		s, "a backslash or a dollar sign stands in front of a replacement string inside `...`; use $(...)");
}

/* The reader may still stand at the end of the text. */
static void settle(struct scan *s)
{
	struct reader *r = &s->reader;

	if (r->part < s->parts->count && s->parts->list[r->part].kind == PART_TEXT &&
	    r->offset >= s->parts->list[r->part].length) {
		r->part++;
		r->offset = 0;
	}
}

int scan_drop_before(struct scan *s)
{
	struct part *text;

	settle(s);
	text = text_before(s);
	if (!text)
		return refuse_escape(s);
	text->text[--text->length] = '\0';
	return 0;
}

int scan_escape_before(struct scan *s)
{
	struct part *text;

	settle(s);
	text = text_before(s);
	if (!text)
		return refuse_escape(s);
	text->text = mem_resize(text->text, text->length + 2);
	memmove(text->text + text->length, text->text + text->length - 1, 2);
	text->text[text->length - 1] = '\\';
	text->length++;
	return 0;
}
