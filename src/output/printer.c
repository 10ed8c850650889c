/*
 * All entries stand in one list in the order of their creation. Those with bytes to print now stand in the queue too;
 * at its head is the owner, the only one that is written from. Which bytes of an entry are ready:
 *
 *     done                           all
 *     live (owner, job still runs)   all; standard error only where it goes elsewhere than standard output
 *     mixed (live, the disk is full) up to the last newline, also of standard error
 *     PRINT_LINES                    up to the last newline
 *
 * Under PRINT_KEEP only the first of all entries is in the queue. An entry leaves it when its ready bytes are written,
 * unless it is live: a live entry stays the owner until its job is done, so that nothing comes between its bytes.
 *
 * Everything goes through a stream of the spool, but for the short way: nothing held, room in the writer, no tag.
 */
#include "output/printer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "os/fd.h"
#include "os/spool.h"
#include "output/writer.h"

enum {
	PRINTER_WAITING = 16 * 1024, /* done entries that wait for an earlier one, at most */
	PRINTER_KEPT = 4096,         /* entries that are kept for new ones, at most */
	PRINTER_PIECE = 8 * 1024,    /* bytes of output that become a piece of a row */
	PRINTER_LIVE = 256 * 1024, /* bytes of a live entry that are held whatever the budget says, or a little more */
};

/* One of a job's two outputs. */
struct side {
	struct stream held;
	uint64_t whole_lines; /* bytes of held up to the last newline, where lines are counted */
	bool in_line;         /* the last byte written was not a newline */
	bool cut;             /* the rest of the line under way is lost, and its end is still to be written */
	size_t tag_written;   /* bytes of the tag that stand already in front of the line to come */
};

/* Where an entry that is printed as a row of a sheet stands. */
enum row_part { ROW_NONE, ROW_OUTPUT, ROW_ERRORS, ROW_WRITTEN };

/* What is to be told once so many bytes are written. */
struct receipt {
	struct list node;
	uint64_t at;
	size_t length;
	char bytes[];
};

struct entry {
	struct list all;   /* place among all entries */
	struct list queue; /* place in the queue, or alone */
	struct side side[2];
	struct buf header; /* not tagged, in front of everything */
	size_t header_written;
	struct buf footer;       /* not tagged, behind everything */
	struct receipt *receipt; /* owned, NULL for none */
	enum row_part part;      /* where the row stands; ROW_NONE when it is none */
	char *tag;               /* owned, with its tab; NULL for none */
	size_t tag_length;
	bool done;
	bool live;       /* streams while its job runs */
	bool taken;      /* its output was taken: what comes now may be printed at once */
	bool ends_lines; /* a line that it leaves open is ended */
	/* Live, both outputs are one file, and standard error does not wait for the end of standard output. */
	bool mixed;
};

struct printer {
	struct printer_config config;
	struct loop *loop;
	struct writer writer;
	struct spool *spool;
	struct list all;      /* entries in order of creation */
	struct list queue;    /* entries with ready bytes; the first is the owner */
	struct list receipts; /* of entries that are gone, in the order of printing */
	void (*on_receipt)(void *arg, const char *bytes, size_t length);
	void *receipt_arg;
	struct list kept; /* entries that are free */
	size_t kept_count;
	size_t waiting; /* done entries that are not written yet */
	bool in_order;  /* only the first of all entries is printed */
	bool same_file; /* standard output and error are the same */
	bool refused;   /* some output was refused: call room when there is some */
	bool pumping;
	void (*room)(void *arg);
	void *arg;
	struct err spool_error; /* the first one that is no full disk */
	bool has_spool_error;
	bool lost;          /* held output could not be read back */
	struct sheet sheet; /* how rows are written */
	struct buf row;     /* of the row under way, written up to row_written */
	size_t row_written;
	bool forced; /* all is held in memory, whatever the budget says */
};

static void printer_pump(struct printer *p);

/* -- Receipts -- */

void printer_on_receipt(struct printer *p, void (*receipt)(void *arg, const char *bytes, size_t length), void *arg)
{
	p->on_receipt = receipt;
	p->receipt_arg = arg;
}

void printer_receipt(struct entry *e, const char *bytes, size_t length)
{
	struct receipt *r = mem_alloc(sizeof *r + length);

	r->length = length;
	memcpy(r->bytes, bytes, length);
	free(e->receipt);
	e->receipt = r;
}

static void printer_keep_receipt(struct printer *p, struct entry *e)
{
	if (!e->receipt)
		return;
	e->receipt->at = p->writer.taken;
	list_append(&p->receipts, &e->receipt->node);
	e->receipt = NULL;
}

/* Tells of what is written by now. */
static void printer_settle(struct printer *p)
{
	uint64_t settled = writer_settled(&p->writer);

	LIST_EACH (node, following, &p->receipts) {
		struct receipt *r = LIST_ENTRY(node, struct receipt, node);

		if (r->at > settled)
			return;
		list_remove(node);
		if (p->on_receipt && p->writer.error[1] == 0)
			p->on_receipt(p->receipt_arg, r->bytes, r->length);
		free(r);
	}
}

static void printer_on_writer(void *arg)
{
	struct printer *p = arg;

	printer_settle(p);
	printer_pump(p);
	if (!p->writer.blocked)
		p->room(p->arg);
}

struct printer *printer_new(struct loop *loop, const struct printer_config *config, void (*room)(void *arg), void *arg)
{
	struct printer *p = mem_zero(1, sizeof *p);

	p->config = *config;
	p->loop = loop;
	p->room = room;
	p->arg = arg;
	p->in_order = config->mode == PRINT_KEEP || config->keep_order;
	p->same_file = fd_is_same_file(1, 2);
	p->spool = spool_new(config->budget, config->directory);
	list_init(&p->all);
	list_init(&p->queue);
	list_init(&p->kept);
	list_init(&p->receipts);
	writer_init(&p->writer, loop, printer_on_writer, p);
	return p;
}

void printer_on_write(struct printer *p, void (*before)(void *arg), void *arg)
{
	p->writer.before = before;
	p->writer.before_arg = arg;
}

bool printer_is_in_line(const struct printer *p)
{
	return p->writer.in_line[p->same_file ? 0 : 2];
}

bool printer_is_amid_line(const struct printer *p)
{
	return printer_is_in_line(p) && (!list_empty(&p->queue) || !writer_is_empty(&p->writer));
}

/* -- Entries -- */

/* Entries come and go by the million: a few are kept for the next ones. */
static struct entry *printer_new_entry(struct printer *p)
{
	struct list *kept = list_first(&p->kept);
	struct entry *e;

	if (!kept)
		return mem_zero(1, sizeof *e);
	list_remove(kept);
	p->kept_count--;
	e = LIST_ENTRY(kept, struct entry, all);
	memset(e, 0, sizeof *e);
	return e;
}

struct entry *printer_open(struct printer *p)
{
	struct entry *e = printer_new_entry(p);

	list_init(&e->queue);
	list_append(&p->all, &e->all);
	e->part = p->sheet.format == SHEET_NONE ? ROW_NONE : ROW_OUTPUT;
	return e;
}

void printer_tag(struct entry *e, const char *tag, size_t length)
{
	free(e->tag);
	e->tag = mem_alloc(length + 1);
	memcpy(e->tag, tag, length);
	e->tag[length] = '\t';
	e->tag_length = length + 1;
}

static void entry_free(struct printer *p, struct entry *e)
{
	list_remove(&e->all);
	list_remove(&e->queue);
	for (int i = 0; i < 2; i++)
		stream_clear(p->spool, &e->side[i].held);
	buf_release(&e->header);
	buf_release(&e->footer);
	free(e->receipt);
	free(e->tag);
	if (p->kept_count == PRINTER_KEPT) {
		free(e);
		return;
	}
	list_prepend(&p->kept, &e->all);
	p->kept_count++;
}

void printer_free(struct printer *p)
{
	LIST_EACH (node, following, &p->all)
		entry_free(p, LIST_ENTRY(node, struct entry, all));
	LIST_EACH (node, following, &p->kept)
		free(LIST_ENTRY(node, struct entry, all));
	LIST_EACH (node, following, &p->receipts)
		free(LIST_ENTRY(node, struct receipt, node));
	spool_free(p->spool);
	sheet_release(&p->sheet);
	buf_release(&p->row);
	writer_release(&p->writer);
	free(p);
}

static bool entry_is_queued(const struct entry *e)
{
	return e->queue.next != &e->queue;
}

static struct entry *printer_owner(const struct printer *p)
{
	struct list *first = list_first((struct list *)&p->queue);

	return first ? LIST_ENTRY(first, struct entry, queue) : NULL;
}

static struct entry *printer_first(const struct printer *p)
{
	struct list *first = list_first((struct list *)&p->all);

	return first ? LIST_ENTRY(first, struct entry, all) : NULL;
}

/* -- Writing -- */

/* Whether this side is printed to its last byte, and not up to a newline only. */
static bool entry_is_open(const struct printer *p, const struct entry *e, int i)
{
	/* The first of all is there when it is asked for. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	return e->done || (e->live && (!p->same_file || (i == 0 && !e->mixed)));
}

/* The outputs take turns at the ends of their lines, but for a line that is too long to be held. */
static uint64_t side_mixed_ready(const struct entry *e, int i)
{
	const struct side *s = &e->side[i];

	bool full = s->held.length >= PRINTER_LIVE;

	if (full && s->whole_lines == 0)
		return s->held.length;
	return i == 1 && e->side[0].in_line && !full ? 0 : s->whole_lines;
}

static uint64_t side_ready(const struct printer *p, const struct entry *e, int i)
{
	const struct side *s = &e->side[i];

	if (entry_is_open(p, e, i))
		return s->held.length;
	if (e->mixed)
		return side_mixed_ready(e, i);
	return p->config.mode == PRINT_LINES ? s->whole_lines : 0;
}

static bool entry_has_ready(const struct printer *p, const struct entry *e)
{
	return e->done || e->live || side_ready(p, e, 0) || side_ready(p, e, 1);
}

/* Writes the rest of the tag. Returns true when it stands there whole. */
static bool side_tag(struct printer *p, struct entry *e, int i)
{
	struct side *s = &e->side[i];
	size_t left = e->tag_length - s->tag_written;
	size_t put = writer_put(&p->writer, i + 1, e->tag + s->tag_written, left);

	s->tag_written += put;
	if (put < left)
		return false;
	s->in_line = true;
	return true;
}

/* Writes bytes with the tag in front of each line. Returns how many went. */
static size_t side_write_tagged(struct printer *p, struct entry *e, int i, const char *bytes, size_t length)
{
	struct side *s = &e->side[i];
	size_t done = 0;

	while (done < length) {
		const char *newline = memchr(bytes + done, '\n', length - done);
		size_t part = newline ? (size_t)(newline - bytes) + 1 - done : length - done;
		size_t put;

		if (!s->in_line && !side_tag(p, e, i))
			return done;
		put = writer_put(&p->writer, i + 1, bytes + done, part);
		done += put;
		if (put < part)
			return done;
		if (newline) {
			s->in_line = false;
			s->tag_written = 0;
		}
	}
	return done;
}

static size_t side_write(struct printer *p, struct entry *e, int i, const char *bytes, size_t length)
{
	size_t put;

	if (e->tag)
		return side_write_tagged(p, e, i, bytes, length);
	put = writer_put(&p->writer, i + 1, bytes, length);
	if (put > 0)
		e->side[i].in_line = bytes[put - 1] != '\n';
	return put;
}

static void printer_spool_failed(struct printer *p, const struct err *error)
{
	if (!p->has_spool_error)
		p->spool_error = *error;
	p->has_spool_error = true;
}

/* What is held cannot be read back. */
static void side_lose(struct printer *p, struct side *s, const struct err *error)
{
	printer_tell_lost(p, error);
	stream_clear(p->spool, &s->held);
	s->whole_lines = 0;
	s->cut = s->in_line || s->tag_written > 0;
}

/* What follows, of whatever job, is no part of a line that was cut. Returns false while that waits for room. */
static bool side_end_cut_line(struct printer *p, struct side *s, int i)
{
	if (!s->cut)
		return true;
	if (writer_put(&p->writer, i + 1, "\n", 1) == 0)
		return false;
	s->cut = s->in_line = false;
	s->tag_written = 0;
	return true;
}

/* Writes the ready bytes of one side. Returns true when none is left. */
static bool side_print(struct printer *p, struct entry *e, int i)
{
	struct side *s = &e->side[i];
	uint64_t ready;

	while (side_end_cut_line(p, s, i) && (ready = side_ready(p, e, i)) > 0) {
		const char *bytes;
		struct err error;
		ptrdiff_t length = stream_front(p->spool, &s->held, &bytes, &error);
		size_t part, put;

		if (length <= 0) {
			side_lose(p, s, &error);
			continue;
		}
		part = (uint64_t)length < ready ? (size_t)length : (size_t)ready;
		put = side_write(p, e, i, bytes, part);
		stream_drop(p->spool, &s->held, put);
		s->whole_lines -= put < s->whole_lines ? put : s->whole_lines;
		if (put < part)
			return false;
	}
	s->cut = s->cut || (e->done && e->ends_lines && s->in_line);
	return side_end_cut_line(p, s, i);
}

static bool entry_print_header(struct printer *p, struct entry *e)
{
	size_t left = e->header.length - e->header_written;

	if (left > 0)
		e->header_written += writer_put(&p->writer, 1, e->header.data + e->header_written, left);
	return e->header_written == e->header.length;
}

static bool printer_row_is_written(struct printer *p)
{
	size_t left = p->row.length - p->row_written;

	if (left > 0)
		p->row_written += writer_put(&p->writer, 1, p->row.data + p->row_written, left);
	if (p->row_written < p->row.length)
		return false;
	buf_reset(&p->row);
	p->row_written = 0;
	return true;
}

/* Makes the next bytes of the row. */
static void entry_add_to_row(struct printer *p, struct entry *e)
{
	struct side *s = &e->side[e->part == ROW_ERRORS];
	const char *bytes;
	struct err error;
	ptrdiff_t length = stream_front(p->spool, &s->held, &bytes, &error);

	if (length > 0) {
		length = length < PRINTER_PIECE ? length : PRINTER_PIECE;
		sheet_text(&p->sheet, &p->row, bytes, (size_t)length);
		stream_drop(p->spool, &s->held, (size_t)length);
		return;
	}
	if (length < 0) {
		printer_tell_lost(p, &error);
		stream_clear(p->spool, &s->held);
	}
	if (e->part == ROW_OUTPUT)
		sheet_turn(&p->sheet, &p->row);
	else
		sheet_end(&p->sheet, &p->row);
	e->part++;
}

static bool entry_print_row(struct printer *p, struct entry *e)
{
	while (printer_row_is_written(p)) {
		if (e->part == ROW_WRITTEN)
			return true;
		entry_add_to_row(p, e);
	}
	return false;
}

static bool entry_print_footer(struct printer *p, struct entry *e)
{
	size_t put;

	if (!e->done || e->footer.length == 0)
		return true;
	if (e->side[0].in_line) {
		if (writer_put(&p->writer, 1, "\n", 1) == 0)
			return false;
		e->side[0].in_line = false;
	}
	put = writer_put(&p->writer, 1, e->footer.data, e->footer.length);
	memmove(e->footer.data, e->footer.data + put, e->footer.length - put);
	e->footer.length -= put;
	return e->footer.length == 0;
}

static bool entry_print(struct printer *p, struct entry *e)
{
	bool in_errors = p->same_file && (e->side[1].in_line || e->side[1].tag_written > 0);

	if (!entry_print_header(p, e))
		return false;
	if (e->part != ROW_NONE)
		return !e->done || entry_print_row(p, e);
	/* More standard output may have come while a line of standard error waited for room. */
	if (in_errors && !side_print(p, e, 1))
		return false;
	return side_print(p, e, 0) && side_print(p, e, 1) && entry_print_footer(p, e);
}

/* Puts the first of all entries in the queue where that is the one to be printed. */
static void printer_queue_first(struct printer *p)
{
	struct entry *first = printer_first(p);

	if (!p->in_order || !first || entry_is_queued(first))
		return;
	if (p->config.mode == PRINT_KEEP && p->config.live)
		first->live = true;
	if (entry_has_ready(p, first))
		list_append(&p->queue, &first->queue);
}

/* The owner's ready bytes are written. Returns false when it stays the owner and waits for more. */
static bool printer_next(struct printer *p, struct entry *owner)
{
	if (owner->done) {
		p->waiting--;
		printer_keep_receipt(p, owner);
		entry_free(p, owner);
		return true;
	}
	if (owner->live)
		return false;
	list_remove(&owner->queue);
	return true;
}

static bool printer_can_take(const struct printer *p)
{
	return !p->writer.blocked || spool_memory(p->spool) < p->config.budget / 2;
}

static void printer_pump(struct printer *p)
{
	if (p->pumping)
		return;
	p->pumping = true;
	for (;;) {
		struct entry *owner;

		printer_queue_first(p);
		owner = printer_owner(p);
		if (!owner || !entry_print(p, owner) || !printer_next(p, owner))
			break;
	}
	p->pumping = false;
	if (p->refused && printer_can_take(p)) {
		p->refused = false;
		p->room(p->arg);
	}
}

/* -- From the jobs -- */

void printer_rows(struct printer *p, enum sheet_format format)
{
	sheet_init(&p->sheet, format, 0);
}

void printer_end_lines(struct entry *e)
{
	e->ends_lines = true;
}

void printer_footer(struct entry *e, const char *bytes, size_t length)
{
	buf_add(&e->footer, bytes, length);
}

void printer_header(struct printer *p, struct entry *e, const char *bytes, size_t length)
{
	if (e->header_written > 0)
		return;
	buf_add(&e->header, bytes, length);
	printer_queue_first(p);
	if (entry_is_queued(e))
		printer_pump(p);
}

static bool printer_refuse(struct printer *p)
{
	p->refused = true;
	return false;
}

/* The short way: to the writer without being held. Returns false where it is not open. */
static bool printer_pass(struct printer *p, struct entry *e, int i, const char *bytes, size_t length)
{
	struct entry *owner = printer_owner(p);
	bool mine = owner && owner == e && e->live && entry_is_open(p, e, i);

	if (!mine || e->tag || e->side[i].held.length || e->side[i].cut || !entry_print_header(p, e))
		return false;
	if (writer_room(&p->writer, i + 1) < length)
		return false;
	side_write(p, e, i, bytes, length);
	return true;
}

static int printer_hold(struct printer *p, struct entry *e, int i, const char *bytes, size_t length)
{
	struct side *s = &e->side[i];
	struct err error;

	if (p->forced || ((e->mixed || entry_is_open(p, e, i)) && s->held.length < PRINTER_LIVE))
		return stream_add_memory(p->spool, &s->held, bytes, length, &error);
	if (p->writer.blocked && spool_memory(p->spool) >= p->config.budget)
		return -1;
	if (stream_add(p->spool, &s->held, bytes, length, &error) == 0)
		return 0;
	if (error.code != ENOSPC && error.code != EDQUOT && error.code != EFBIG)
		printer_spool_failed(p, &error);
	return -1;
}

/* Nothing more can be held. Where nobody is being printed, this entry is from now on, so that the run gets on; and so
   is standard error, where it waits for the end of a standard output that is being printed. Returns whether that
   changed anything. */
static bool printer_elect(struct printer *p, struct entry *e, int i)
{
	bool free;

	if (e->part != ROW_NONE || (p->config.whole && !e->taken))
		return false;
	free = p->in_order ? printer_first(p) == e : list_empty(&p->queue);
	if (!(free || printer_owner(p) == e) || entry_is_open(p, e, i) || e->mixed)
		return false;
	e->mixed = p->same_file && (e->live || i == 1);
	e->live = true;
	if (!entry_is_queued(e))
		list_append(&p->queue, &e->queue);
	printer_pump(p);
	return true;
}

static void printer_count_lines(struct side *s, const char *bytes, size_t length)
{
	for (size_t i = length; i > 0; i--) {
		if (bytes[i - 1] == '\n') {
			s->whole_lines = s->held.length - (length - i);
			return;
		}
	}
}

bool printer_output(struct printer *p, struct entry *e, int which, const char *bytes, size_t length)
{
	int i = which - 1;

	printer_queue_first(p);
	if (printer_pass(p, e, i, bytes, length))
		return true;
	while (printer_hold(p, e, i, bytes, length) < 0) {
		if (p->writer.blocked || !printer_elect(p, e, i))
			return printer_refuse(p);
	}
	if (p->config.mode == PRINT_LINES || p->same_file)
		printer_count_lines(&e->side[i], bytes, length);
	if (!p->in_order && !entry_is_queued(e) && side_ready(p, e, i) > 0)
		list_append(&p->queue, &e->queue);
	printer_queue_first(p);
	if (entry_is_queued(e))
		printer_pump(p);
	return true;
}

void printer_reset(struct printer *p, struct entry *e)
{
	for (int i = 0; i < 2; i++) {
		stream_clear(p->spool, &e->side[i].held);
		e->side[i].whole_lines = 0;
	}
	if (e->header_written == 0)
		buf_reset(&e->header);
}

void printer_pause(struct printer *p, struct entry *e)
{
	if (p->in_order || !e->live)
		return;
	e->live = e->mixed = false;
	list_remove(&e->queue);
	printer_pump(p);
}

void printer_done(struct printer *p, struct entry *e)
{
	e->done = true;
	p->waiting++;
	if (!p->in_order && !entry_is_queued(e))
		list_append(&p->queue, &e->queue);
	printer_pump(p);
}

void printer_drop(struct printer *p, struct entry *e)
{
	if (e->header_written > 0) {
		/* What was begun is a whole line in the end. */
		printer_done(p, e);
		return;
	}
	printer_keep_receipt(p, e);
	entry_free(p, e);
	printer_pump(p);
}

void printer_take_output(struct printer *p, struct entry *e, struct stream *output, struct stream *errors)
{
	struct stream *to[2] = {output, errors};

	(void)p;
	e->taken = true;
	for (int i = 0; i < 2; i++) {
		if (!to[i])
			continue;
		*to[i] = e->side[i].held;
		memset(&e->side[i].held, 0, sizeof e->side[i].held);
		e->side[i].whole_lines = 0;
	}
}

void printer_return_output(struct printer *p, struct entry *e, struct stream *output, struct stream *errors)
{
	struct stream *from[2] = {output, errors};

	(void)p;
	for (int i = 0; i < 2; i++) {
		if (!from[i])
			continue;
		e->side[i].held = *from[i];
		*from[i] = (struct stream){.length = 0};
	}
}

void printer_tell_lost(struct printer *p, const struct err *e)
{
	printer_spool_failed(p, e);
	p->lost = true;
}

/* -- State -- */

bool printer_is_next(const struct printer *p, const struct entry *e)
{
	return !p->in_order || printer_first(p) == e;
}

struct spool *printer_spool(struct printer *p)
{
	return p->spool;
}

bool printer_has_room(const struct printer *p)
{
	return p->waiting < PRINTER_WAITING;
}

bool printer_is_idle(const struct printer *p)
{
	return p->waiting == 0 && writer_is_empty(&p->writer);
}

void printer_flush(struct printer *p)
{
	bool blocked = p->writer.blocked;

	writer_flush(&p->writer);
	printer_settle(p);
	if (blocked && !p->writer.blocked)
		printer_on_writer(p);
}

int printer_error(const struct printer *p, int which)
{
	return p->writer.error[which];
}

bool printer_is_blocked(const struct printer *p)
{
	return p->writer.blocked;
}

const struct err *printer_spool_error(const struct printer *p, bool *lost)
{
	*lost = p->lost;
	return p->has_spool_error ? &p->spool_error : NULL;
}

void printer_force(struct printer *p)
{
	p->forced = true;
	if (p->refused) {
		p->refused = false;
		p->room(p->arg);
	}
}

void printer_give_up(struct printer *p)
{
	while (p->writer.blocked) {
		writer_give_up(&p->writer);
		printer_on_writer(p);
	}
}

int printer_close(struct printer *p)
{
	int error = writer_close(&p->writer);

	printer_settle(p);
	return error;
}
