/*
 * What a line worker writes. The first byte says which protocol and how the rest is cut in pieces. Whatever comes,
 * nothing is read beyond it, each event takes at least a byte and no more than there are, and an event that was not
 * taken is found again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "pool/dialog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_texts(const struct dialog_event *e)
{
	volatile char sum = 0;

	for (size_t i = 0; i < e->length; i++)
		sum = (char)(sum + e->bytes[i]);
	for (size_t i = 0; i < e->message_length; i++)
		sum = (char)(sum + e->message[i]);
}

static void check_event(const struct dialog_event *e, size_t length)
{
	if (e->used == 0 || e->used > length || e->status < 0 || e->status > 255)
		abort();
	check_texts(e);
}

static bool same_event(const struct dialog_event *a, const struct dialog_event *b)
{
	return a->what == b->what && a->used == b->used && a->sequence == b->sequence && a->status == b->status &&
	       a->length == b->length && a->replace == b->replace;
}

/* Takes what stands there. Returns how many bytes, or -1 when no more can follow. */
static long take(struct dialog *d, const char *bytes, size_t length, bool ended)
{
	size_t used = 0;
	struct dialog_event e, again;

	while (used < length) {
		dialog_next(d, bytes + used, length - used, ended, &e);
		dialog_next(d, bytes + used, length - used, ended, &again);
		if (!same_event(&e, &again))
			abort();
		if (e.what == DIALOG_BAD)
			return -1;
		if (e.what == DIALOG_NONE)
			break;
		check_event(&again, length - used);
		dialog_take(d, &again);
		used += again.used;
	}
	return (long)used;
}

static void hear(const struct dialog_config *config, const uint8_t *data, size_t size, size_t piece)
{
	struct dialog d;
	size_t used = 0;
	long n = 0;

	dialog_init(&d, config);
	for (size_t have = 0; have < size && n >= 0; used += n > 0 ? (size_t)n : 0) {
		char *copy;

		have += size - have < piece ? size - have : piece;
		copy = malloc(have - used + 1);
		memcpy(copy, data + used, have - used);
		/* Of its own size, so that a look beyond the bytes is seen. */
		copy = realloc(copy, have - used + !(have - used));
		n = take(&d, copy, have - used, have == size);
		free(copy);
	}
	dialog_release(&d);
}

static void hear_status(const struct dialog_config *config, const uint8_t *data, size_t size)
{
	struct dialog d;
	struct dialog_event e;

	dialog_init(&d, config);
	dialog_next_status(&d, (const char *)data, size, false, &e);
	if (e.what == DIALOG_DONE)
		check_event(&e, size);
	dialog_release(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dialog_config config = {.mark = "END"};
	unsigned how;

	if (size < 2)
		return 0;
	how = *data++;
	size--;
	config.protocol = (enum dialog_protocol)(how % (DIALOG_JSON + 1));
	config.separator = how & 64 ? '\0' : '\n';
	config.own_mark = (how & 128) != 0;
	hear(&config, data, size, size);
	hear(&config, data, size, how / 8 % 8 + 1);
	hear_status(&config, data, size);
	return 0;
}
