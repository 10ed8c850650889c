/*
 * How it works. A stream is a list of pieces; a piece is room for up to 64 KiB, either behind its own head in
 * memory or at some place of the file. The first piece of a stream is as large as what it is made for, later ones
 * as large as what the stream holds: a stream of one short line costs little more than that line, one that grows by
 * short lines does not become a crowd of pieces.
 *
 * The file is cut into blocks of 64 KiB. Room for pieces is taken from the front of the current block, whatever
 * stream they belong to, so that small ones share a block; a piece never crosses the end of its block. A block
 * knows only how many of its bytes are taken. Once these are none, it may become the current block again; once no
 * block has any, the file is emptied.
 */
#include "os/spool.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/fd.h"

enum {
	BLOCK = 64 * 1024,      /* bytes of a block, and the most in a piece */
	SMALL = 128,            /* the least room of a piece that is not the first of its stream */
	SCRAP = 4 * 1024,       /* less than this at the end of a block is not worth a piece */
	READ_AHEAD = 16 * 1024, /* read at least, for the small pieces that follow in the block */
};

#define NO_BLOCK  UINT32_MAX
#define IN_MEMORY UINT64_MAX

struct piece {
	struct piece *next;
	uint64_t offset;   /* place in the file, or IN_MEMORY */
	uint32_t start;    /* bytes before this were dropped */
	uint32_t end;      /* bytes in use, the dropped ones included */
	uint32_t capacity; /* room */
	char data[];       /* capacity bytes when in memory */
};

struct block {
	uint32_t taken; /* room that belongs to pieces */
	uint32_t next;  /* the next free block, when this is free */
};

struct spool {
	size_t budget;
	size_t memory; /* heads and room of the pieces in memory */
	char *directory;
	int fd;               /* the file, -1 until it is needed */
	uint64_t file_bytes;  /* bytes held in the file */
	uint64_t file_taken;  /* room in the file that belongs to pieces */
	struct block *blocks; /* the file from front to end */
	size_t block_count;
	size_t block_capacity;
	uint32_t free;        /* the first free block */
	uint32_t current;     /* the block that is being filled */
	uint32_t filled;      /* how far it is */
	char *read_buffer;    /* BLOCK bytes, NULL until it is needed */
	uint64_t read_offset; /* what part of the file stands in it */
	size_t read_length;
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

struct spool *spool_new(size_t budget, const char *directory)
{
	struct spool *s = mem_zero(1, sizeof *s);

	if (!directory)
		directory = getenv("TMPDIR");
	s->directory = mem_string(directory && *directory ? directory : "/tmp");
	s->budget = budget;
	s->fd = -1;
	s->free = s->current = NO_BLOCK;
	return s;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	fd_close(&s->fd);
	free(s->directory);
	free(s->blocks);
	free(s->read_buffer);
	free(s);
}

const char *spool_directory(const struct spool *s)
{
	return s->directory;
}

size_t spool_memory(const struct spool *s)
{
	return s->memory;
}

uint64_t spool_file_bytes(const struct spool *s)
{
	return s->file_bytes;
}

static size_t memory_cost(size_t capacity)
{
	return offsetof(struct piece, data) + capacity;
}

/* Makes a block with nothing in it the current one. */
static void next_block(struct spool *s)
{
	s->filled = 0;
	s->current = s->free;
	if (s->current != NO_BLOCK) {
		s->free = s->blocks[s->current].next;
		return;
	}
	if (s->block_count == s->block_capacity) {
		s->block_capacity = mem_grow(s->block_capacity, s->block_count + 1);
		s->blocks = mem_resize_array(s->blocks, s->block_capacity, sizeof *s->blocks);
	}
	s->current = (uint32_t)s->block_count++;
	s->blocks[s->current].taken = 0;
}

/* Gives p room in the file: wanted bytes, but possibly less than need when the current block ends. */
static void take_room(struct spool *s, struct piece *p, size_t wanted, size_t need)
{
	size_t left = s->current == NO_BLOCK ? 0 : BLOCK - s->filled;

	if (left < SCRAP && left < need) {
		next_block(s);
		left = BLOCK;
	}
	p->capacity = (uint32_t)smaller(wanted, left);
	p->offset = (uint64_t)s->current * BLOCK + s->filled;
	s->filled += p->capacity;
	s->blocks[s->current].taken += p->capacity;
	s->file_taken += p->capacity;
}

static void empty_file(struct spool *s)
{
	s->block_count = 0;
	s->free = s->current = NO_BLOCK;
	s->read_length = 0;
	/* Should the system refuse, the space is lost to others but not to us. */
	while (s->fd != -1 && ftruncate(s->fd, 0) == -1 && errno == EINTR)
		;
}

static void give_room_back(struct spool *s, const struct piece *p)
{
	uint32_t number = (uint32_t)(p->offset / BLOCK);
	struct block *block = &s->blocks[number];

	block->taken -= p->capacity;
	s->file_taken -= p->capacity;
	if (s->file_taken == 0) {
		empty_file(s);
	} else if (block->taken == 0 && number == s->current) {
		s->filled = 0;
	} else if (block->taken == 0) {
		block->next = s->free;
		s->free = number;
	}
}

/* held: bytes of the stream before this piece; length: bytes that are there to be put into it; budget: which counts. */
static struct piece *piece_new(struct spool *s, uint64_t held, size_t length, size_t budget)
{
	size_t need = smaller(length, BLOCK);
	size_t wanted = held == 0 ? 0 : held < SMALL ? SMALL : held < BLOCK ? (size_t)held : BLOCK;
	size_t left = s->memory < budget ? budget - s->memory : 0;
	bool in_memory = memory_cost(need) <= left;
	struct piece *p;

	if (wanted < need || (in_memory && memory_cost(wanted) > left))
		wanted = need;
	p = mem_alloc(in_memory ? memory_cost(wanted) : sizeof *p);
	p->next = NULL;
	p->start = p->end = 0;
	if (in_memory) {
		p->offset = IN_MEMORY;
		p->capacity = (uint32_t)wanted;
		s->memory += memory_cost(wanted);
	} else {
		take_room(s, p, wanted, need);
	}
	return p;
}

static void piece_free(struct spool *s, struct piece *p)
{
	if (p->offset == IN_MEMORY) {
		s->memory -= memory_cost(p->capacity);
	} else {
		s->file_bytes -= p->end - p->start;
		give_room_back(s, p);
	}
	free(p);
}

/* Frees p and all that follow. */
static void pieces_free(struct spool *s, struct piece *p)
{
	while (p) {
		struct piece *next = p->next;

		piece_free(s, p);
		p = next;
	}
}

static int open_file(struct spool *s, struct err *e)
{
	if (s->fd == -1)
		s->fd = fd_temporary(s->directory);
	return s->fd != -1 ? 0 : err_sys(e, errno, "cannot make a temporary file: %s", s->directory);
}

static int write_file(struct spool *s, uint64_t offset, const char *bytes, size_t length, struct err *e)
{
	if (open_file(s, e) == -1)
		return -1;
	if (offset < s->read_offset + s->read_length && s->read_offset < offset + length)
		s->read_length = 0;
	while (length > 0) {
		ssize_t n = pwrite(s->fd, bytes, length, (off_t)offset);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, n == 0 ? ENOSPC : errno, "cannot write the temporary file: %s", s->directory);
		bytes += n;
		offset += (uint64_t)n;
		length -= (size_t)n;
	}
	return 0;
}

/* Puts bytes behind the end of p, where there is room, but leaves the end where it is. */
static int put(struct spool *s, struct piece *p, const char *bytes, size_t length, struct err *e)
{
	if (p->offset != IN_MEMORY)
		return write_file(s, p->offset + p->end, bytes, length, e);
	memcpy(p->data + p->end, bytes, length);
	return 0;
}

/* Makes the bytes that were put into p part of it. */
static void move_end(struct spool *s, struct piece *p, size_t length)
{
	p->end += (uint32_t)length;
	if (p->offset != IN_MEMORY)
		s->file_bytes += length;
}

/* Adds bytes, the first of them to the old_room that the last piece has: its end is moved only when the others have
   found room too. */
static int add(struct spool *s, struct stream *t, const char *from, size_t length, size_t old_room, size_t budget,
               struct err *e)
{
	struct piece *added = NULL, **link = &added, *last = t->last;
	size_t done = smaller(length, old_room);

	old_room = done;
	if (old_room > 0 && put(s, last, from, old_room, e) == -1)
		return -1;
	while (done < length) {
		struct piece *p = last = *link = piece_new(s, t->length + done, length - done, budget);
		size_t part = smaller(length - done, p->capacity);

		link = &p->next;
		if (put(s, p, from + done, part, e) == -1) {
			pieces_free(s, added);
			return -1;
		}
		move_end(s, p, part);
		done += part;
	}
	if (old_room > 0)
		move_end(s, t->last, old_room);
	*(t->last ? &t->last->next : &t->first) = added;
	t->last = last;
	t->length += length;
	return 0;
}

static size_t room_at_end(const struct stream *t)
{
	return t->last ? t->last->capacity - t->last->end : 0;
}

int stream_add(struct spool *s, struct stream *t, const void *bytes, size_t length, struct err *e)
{
	return add(s, t, bytes, length, room_at_end(t), s->budget, e);
}

int stream_add_memory(struct spool *s, struct stream *t, const void *bytes, size_t length, struct err *e)
{
	bool in_memory = t->last && t->last->offset == IN_MEMORY;

	return add(s, t, bytes, length, in_memory ? room_at_end(t) : 0, SIZE_MAX, e);
}

/* Fills the buffer with the file from offset on. Returns -1 with e filled when not even one byte can be read. */
static int read_file(struct spool *s, uint64_t offset, size_t length, struct err *e)
{
	ssize_t n;

	if (!s->read_buffer)
		s->read_buffer = mem_alloc(BLOCK);
	s->read_length = 0;
	do {
		n = pread(s->fd, s->read_buffer, length, (off_t)offset);
	} while (n == -1 && errno == EINTR);
	if (n <= 0)
		return err_sys(e, n == 0 ? EIO : errno, "cannot read the temporary file: %s", s->directory);
	s->read_offset = offset;
	s->read_length = (size_t)n;
	return 0;
}

static ptrdiff_t front_of_file(struct spool *s, const struct piece *p, const char **bytes, struct err *e)
{
	uint64_t offset = p->offset + p->start;
	size_t length = p->end - p->start;
	size_t in_block = BLOCK - (size_t)(offset % BLOCK);
	size_t before;

	if (offset < s->read_offset || offset >= s->read_offset + s->read_length)
		if (read_file(s, offset, length < READ_AHEAD ? smaller(READ_AHEAD, in_block) : length, e) == -1)
			return -1;
	before = (size_t)(offset - s->read_offset);
	*bytes = s->read_buffer + before;
	return (ptrdiff_t)smaller(length, s->read_length - before);
}

ptrdiff_t stream_front(struct spool *s, struct stream *t, const char **bytes, struct err *e)
{
	struct piece *p = t->first;

	if (!p)
		return 0;
	if (p->offset != IN_MEMORY)
		return front_of_file(s, p, bytes, e);
	*bytes = p->data + p->start;
	return p->end - p->start;
}

void stream_drop(struct spool *s, struct stream *t, size_t length)
{
	struct piece *p;

	while (length > 0 && (p = t->first)) {
		size_t part = smaller(length, p->end - p->start);

		p->start += (uint32_t)part;
		if (p->offset != IN_MEMORY)
			s->file_bytes -= part;
		t->length -= part;
		length -= part;
		if (p->start < p->end)
			return;
		t->first = p->next;
		piece_free(s, p);
	}
	if (!t->first)
		t->last = NULL;
}

void stream_clear(struct spool *s, struct stream *t)
{
	pieces_free(s, t->first);
	*t = (struct stream){0};
}
