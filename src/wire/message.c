#include "wire/message.h"

#include <string.h>

/* A payload being read: fields are taken from its front. */
struct reader {
	const unsigned char *next;
	size_t left;
	bool bad; /* some field did not fit */
};

static void put(struct buf *to, uint64_t value, size_t bytes)
{
	unsigned char field[8];

	for (size_t i = 0; i < bytes; i++)
		field[i] = (unsigned char)(value >> (8 * i));
	buf_add(to, field, bytes);
}

static uint64_t get(struct reader *r, size_t bytes)
{
	uint64_t value = 0;

	if (r->left < bytes) {
		r->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)r->next[i] << (8 * i);
	r->next += bytes;
	r->left -= bytes;
	return value;
}

static struct reader reader_of(const struct frame *f)
{
	return (struct reader){.next = f->payload, .left = f->length};
}

int message_task(struct buf *to, unsigned slot, const struct task_message *m)
{
	size_t mark;

	if (m->bytes > FRAME_MAX)
		return -1;
	mark = frame_begin(to, MESSAGE_TASK, slot);
	put(to, m->id, 8);
	put(to, m->sequence, 8);
	put(to, m->try, 4);
	put(to, m->flags, 4);
	put(to, (uint64_t)m->timeout, 8);
	put(to, m->argc, 4);
	buf_add(to, m->words, m->bytes);
	return frame_end(to, mark);
}

/* Whether bytes hold exactly argc strings. */
static bool words_are_whole(const char *words, size_t bytes, uint32_t argc)
{
	const char *end = words + bytes;
	uint32_t count = 0;

	if (argc == 0)
		return false;
	while (words < end) {
		const char *nul = memchr(words, '\0', (size_t)(end - words));

		if (!nul)
			return false;
		words = nul + 1;
		count++;
	}
	return count == argc;
}

int message_parse_task(const struct frame *f, struct task_message *m)
{
	struct reader r = reader_of(f);

	m->id = get(&r, 8);
	m->sequence = get(&r, 8);
	m->try = (uint32_t)get(&r, 4);
	m->flags = (uint32_t)get(&r, 4);
	m->timeout = (nsec_t)get(&r, 8);
	m->argc = (uint32_t)get(&r, 4);
	m->words = (const char *)r.next;
	m->bytes = r.left;
	return r.bad || m->timeout < 0 || !words_are_whole(m->words, m->bytes, m->argc) ? -1 : 0;
}

void message_done(struct buf *to, unsigned slot, const struct done_message *m)
{
	size_t mark = frame_begin(to, MESSAGE_DONE, slot);

	put(to, m->id, 8);
	put(to, m->cause, 4);
	put(to, (uint32_t)m->value, 4);
	put(to, (uint64_t)m->start, 8);
	put(to, (uint64_t)m->run_time, 8);
	put(to, (uint64_t)m->user, 8);
	put(to, (uint64_t)m->system, 8);
	put(to, (uint64_t)m->peak_rss, 8);
	frame_end(to, mark);
}

int message_parse_done(const struct frame *f, struct done_message *m)
{
	struct reader r = reader_of(f);

	m->id = get(&r, 8);
	m->cause = (uint32_t)get(&r, 4);
	m->value = (int32_t)(uint32_t)get(&r, 4);
	m->start = (nsec_t)get(&r, 8);
	m->run_time = (nsec_t)get(&r, 8);
	m->user = (nsec_t)get(&r, 8);
	m->system = (nsec_t)get(&r, 8);
	m->peak_rss = (int64_t)get(&r, 8);
	return r.bad || r.left || m->cause < DONE_EXITED || m->cause > DONE_NOT_STARTED ? -1 : 0;
}

void message_numbers(struct buf *to, unsigned slot, enum message_type type, uint64_t a, uint64_t b)
{
	size_t mark = frame_begin(to, type, slot);

	put(to, a, 8);
	put(to, b, 8);
	frame_end(to, mark);
}

int message_parse_numbers(const struct frame *f, uint64_t *a, uint64_t *b)
{
	struct reader r = reader_of(f);

	*a = get(&r, 8);
	*b = get(&r, 8);
	return r.bad || r.left ? -1 : 0;
}

size_t message_begin_data(struct buf *to, unsigned slot, enum message_type type, uint64_t id)
{
	size_t mark = frame_begin(to, type, slot);

	put(to, id, 8);
	return mark;
}

int message_parse_data(const struct frame *f, uint64_t *id, const char **bytes, size_t *length)
{
	struct reader r = reader_of(f);

	*id = get(&r, 8);
	*bytes = (const char *)r.next;
	*length = r.left;
	return r.bad ? -1 : 0;
}
