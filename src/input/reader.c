#include "input/reader.h"

static struct symbol read_raw(struct reader *r)
{
	const struct part *part;
	struct symbol s = {.kind = SYMBOL_END};

	while (r->part < r->parts->count && r->parts->list[r->part].kind == PART_TEXT &&
	       r->offset >= r->parts->list[r->part].length) {
		r->part++;
		r->offset = 0;
	}
	s.part = r->part;
	s.offset = r->offset;
	if (r->part >= r->parts->count)
		return s;
	part = &r->parts->list[r->part];
	if (part->kind == PART_TEXT) {
		s.kind = SYMBOL_BYTE;
		s.byte = part->text[r->offset++];
	} else {
		s.kind = SYMBOL_VALUE;
		r->part++;
		r->offset = 0;
	}
	return s;
}

static bool is_escapable(const struct reader *r, unsigned level, char byte)
{
	return byte == '\\' || byte == '$' || byte == '`' || (byte == '"' && r->in_double[level]);
}

static struct symbol read_level(struct reader *r, unsigned level)
{
	struct reader before;
	struct symbol s, escaped;

	if (level == 0)
		return read_raw(r);
	s = read_level(r, level - 1);
	if (s.kind != SYMBOL_BYTE)
		return s;
	if (s.byte == '`') {
		s.kind = SYMBOL_CLOSE;
		s.level = level;
	} else if (s.byte == '\\') {
		before = *r;
		escaped = read_level(r, level - 1);
		if (escaped.kind == SYMBOL_BYTE && is_escapable(r, level, escaped.byte))
			return escaped;
		*r = before;
	}
	return s;
}

struct symbol reader_next(struct reader *r)
{
	return read_level(r, r->level);
}

struct symbol reader_peek(const struct reader *r)
{
	struct reader ahead = *r;

	return reader_next(&ahead);
}

bool reader_peek_byte(const struct reader *r, char byte)
{
	struct symbol s = reader_peek(r);

	return s.kind == SYMBOL_BYTE && s.byte == byte;
}

bool reader_skip_byte(struct reader *r, char byte)
{
	bool is_next = reader_peek_byte(r, byte);

	if (is_next)
		reader_next(r);
	return is_next;
}
