#include "wire/frame.h"

#include <string.h>

static void frame_store32(unsigned char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t frame_load32(const unsigned char *from)
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

size_t frame_begin(struct buf *b, unsigned type, unsigned slot)
{
	unsigned char header[FRAME_HEADER] = {0};
	size_t mark = b->length;

	header[4] = (unsigned char)slot;
	header[5] = (unsigned char)(slot >> 8);
	header[6] = (unsigned char)type;
	buf_add(b, header, sizeof header);
	return mark;
}

int frame_end(struct buf *b, size_t mark)
{
	size_t length = b->length - mark - FRAME_HEADER;

	if (length > FRAME_MAX) {
		b->length = mark;
		return -1;
	}
	frame_store32((unsigned char *)b->data + mark, (uint32_t)length);
	return 0;
}

int frame_decode(const void *bytes, size_t length, struct frame *f)
{
	const unsigned char *header = bytes;
	uint32_t payload;

	if (length < FRAME_HEADER)
		return 0;
	payload = frame_load32(header);
	if (payload > FRAME_MAX || header[7] != 0)
		return -1;
	if (length - FRAME_HEADER < payload)
		return 0;
	f->type = header[6];
	f->slot = (unsigned)header[4] | (unsigned)header[5] << 8;
	f->payload = header + FRAME_HEADER;
	f->length = payload;
	return 1;
}
