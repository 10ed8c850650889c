/*
 * The bytes that come through a link: frames, and the messages in them. Whatever they are, nothing is read beyond them;
 * and a message that is understood means the same when it is encoded again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "wire/frame.h"
#include "wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Holds that b is the very frame f. */
static void check_same(struct buf *b, const struct frame *f)
{
	struct frame again;

	if (frame_decode(b->data, b->length, &again) != 1 || again.type != f->type || again.slot != f->slot ||
	    again.length != f->length || (f->length && memcmp(again.payload, f->payload, f->length) != 0))
		abort();
	buf_release(b);
}

static void parse_task(const struct frame *f)
{
	struct task_message m;
	struct buf b = {0};
	const char *word;

	if (message_parse_task(f, &m) < 0)
		return;
	word = m.words;
	for (uint32_t i = 0; i < m.argc; i++)
		word += strlen(word) + 1;
	if (word != m.words + m.bytes)
		abort();
	message_task(&b, f->slot, &m);
	check_same(&b, f);
}

static void parse_done(const struct frame *f)
{
	struct done_message m;
	struct buf b = {0};

	if (message_parse_done(f, &m) < 0)
		return;
	message_done(&b, f->slot, &m);
	check_same(&b, f);
}

static void parse_numbers(const struct frame *f)
{
	struct buf b = {0};
	uint64_t x, y;

	if (message_parse_numbers(f, &x, &y) < 0)
		return;
	message_numbers(&b, f->slot, (enum message_type)f->type, x, y);
	check_same(&b, f);
}

static void parse_data(const struct frame *f)
{
	struct buf b = {0};
	const char *bytes;
	size_t length, mark;
	uint64_t id;

	if (message_parse_data(f, &id, &bytes, &length) < 0)
		return;
	mark = message_begin_data(&b, f->slot, (enum message_type)f->type, id);
	buf_add(&b, bytes, length);
	frame_end(&b, mark);
	check_same(&b, f);
}

static void parse(const struct frame *f)
{
	switch (f->type) {
	case MESSAGE_TASK:
		parse_task(f);
		break;
	case MESSAGE_DONE:
		parse_done(f);
		break;
	case MESSAGE_OUTPUT:
	case MESSAGE_ERRORS:
	case MESSAGE_READY:
		parse_data(f);
		break;
	default:
		parse_numbers(f);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame f;

	while (frame_decode(data, size, &f) == 1) {
		if (f.length > size - FRAME_HEADER || f.payload != data + FRAME_HEADER)
			abort();
		parse(&f);
		data += FRAME_HEADER + f.length;
		size -= FRAME_HEADER + f.length;
	}
	return 0;
}
