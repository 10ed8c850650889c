#include "wire/frame.h"

#include <stdlib.h>
#include "tap.h"

static struct buf b;

static void add_frame(unsigned type, unsigned slot, const char *payload, size_t length)
{
	size_t mark = frame_begin(&b, type, slot);

	buf_add(&b, payload, length);
	frame_end(&b, mark);
}

static void test_layout(void)
{
	static const unsigned char want[] = {3, 0, 0, 0, 2, 1, 7, 0, 'a', 'b', 'c'};

	add_frame(7, 258, "abc", 3);
	OK(b.length == sizeof want && memcmp(b.data, want, sizeof want) == 0,
	   "a frame is length, slot, type, zero and payload, little endian");
	buf_reset(&b);
}

static void test_round_trip(void)
{
	struct frame f;
	char *payload = malloc(70000);

	memset(payload, 'x', 70000);
	add_frame(255, 65535, payload, 70000);
	OK(frame_decode(b.data, b.length, &f) == 1 && f.type == 255 && f.slot == 65535 && f.length == 70000 &&
	           memcmp(f.payload, payload, 70000) == 0,
	   "the largest type and slot and a payload of more than 16 bits come back");
	free(payload);
	buf_reset(&b);
	add_frame(1, 0, "", 0);
	OK(frame_decode(b.data, b.length, &f) == 1 && f.length == 0, "an empty payload is a frame");
	buf_reset(&b);
}

static void test_sequence(void)
{
	struct frame first, second;

	add_frame(1, 1, "one", 3);
	add_frame(2, 2, "three", 5);
	OK(frame_decode(b.data, b.length, &first) == 1 && first.length == 3, "only the first of two frames is taken");
	OK(frame_decode(b.data + FRAME_HEADER + 3, b.length - FRAME_HEADER - 3, &second) == 1 && second.type == 2 &&
	           second.length == 5,
	   "the second one stands right behind it");
	buf_reset(&b);
}

/* Each prefix in memory of exactly its size, so that a read beyond it is seen. */
static void test_truncated(void)
{
	bool all_wait = true;

	add_frame(3, 4, "payload", 7);
	for (size_t length = 0; length < b.length; length++) {
		char *part = malloc(length ? length : 1);
		struct frame f;

		memcpy(part, b.data, length);
		all_wait = all_wait && frame_decode(part, length, &f) == 0;
		free(part);
	}
	OK(all_wait, "a frame cut at any byte is not complete yet");
	buf_reset(&b);
}

static int decode_header(unsigned long length, unsigned char last)
{
	unsigned char header[FRAME_HEADER] = {(unsigned char)length,
	                                      (unsigned char)(length >> 8),
	                                      (unsigned char)(length >> 16),
	                                      (unsigned char)(length >> 24),
	                                      1,
	                                      0,
	                                      1,
	                                      last};
	struct frame f;

	return frame_decode(header, sizeof header, &f);
}

static void test_garbage(void)
{
	struct frame f;

	OK(decode_header(FRAME_MAX, 0) == 0, "a payload of the greatest length is waited for");
	OK(decode_header(FRAME_MAX + 1ul, 0) == -1, "one byte more is no frame, before any of it has come");
	OK(decode_header(0xfffffffful, 0) == -1, "the greatest number is no length");
	OK(decode_header(0, 1) == -1, "the last byte of the header must be zero");
	OK(frame_decode("Permission denied, please try again", 35, &f) == -1, "text is no frame");
}

static void test_too_long(void)
{
	size_t mark;

	add_frame(1, 1, "kept", 4);
	mark = frame_begin(&b, 2, 2);
	buf_reserve(&b, FRAME_MAX + 1);
	memset(b.data + b.length, 'x', FRAME_MAX + 1);
	b.length += FRAME_MAX + 1;
	OK(frame_end(&b, mark) == -1 && b.length == FRAME_HEADER + 4, "a payload that is too long is taken out again");
	mark = frame_begin(&b, 2, 2);
	b.length += FRAME_MAX;
	OK(frame_end(&b, mark) == 0 && b.length == 2 * FRAME_HEADER + 4 + FRAME_MAX, "the greatest length is allowed");
	buf_reset(&b);
}

int main(void)
{
	test_layout();
	test_round_trip();
	test_sequence();
	test_truncated();
	test_garbage();
	test_too_long();
	buf_release(&b);
	return tap_end();
}
