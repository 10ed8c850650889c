#include "output/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/fd.h"

enum {
	HISTORY_CHUNK = 256 * 1024, /* bytes of the log that are read at once */
	HISTORY_COLUMNS = 9,
};

static const char history_header[] = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand";

/* -- Lines -- */

/* What a line of the log says. */
struct line {
	uint64_t sequence;
	bool succeeded;
	const char *command;
	size_t command_length;
};

/* A newline in a command is a NUL in the log; the two count as the same. */
static uint64_t hash_command(const char *command, size_t length)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)(command[i] == '\n' ? '\0' : command[i])) * 1099511628211u;
	return hash ^ hash >> 32;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A column that is a number: blanks, a minus, digits with at most one point. */
static bool is_number(const char *text, const char *end)
{
	unsigned digits = 0, points = 0;

	while (text < end && *text == ' ')
		text++;
	if (text < end && *text == '-')
		text++;
	for (; text < end; text++) {
		if (is_digit(*text))
			digits++;
		else if (*text != '.' || points++)
			return false;
	}
	return digits > 0;
}

static bool parse_sequence(const char *text, const char *end, uint64_t *sequence)
{
	uint64_t sum = 0;

	if (text == end)
		return false;
	for (; text < end; text++) {
		if (!is_digit(*text) || sum > (UINT64_MAX - (unsigned)(*text - '0')) / 10)
			return false;
		sum = sum * 10 + (unsigned)(*text - '0');
	}
	*sequence = sum;
	return sum > 0;
}

/* Takes the columns behind the command away. Returns false where there are not as many. */
static bool cut_extra(struct line *l, unsigned extra)
{
	for (; extra > 0; extra--) {
		while (l->command_length > 0 && l->command[l->command_length - 1] != '\t')
			l->command_length--;
		if (l->command_length == 0)
			return false;
		l->command_length--;
	}
	return true;
}

/* Returns whether the line, without its newline, is a whole record. */
static bool parse_record(const char *text, const char *end, unsigned extra, struct line *l)
{
	bool zero[HISTORY_COLUMNS];

	for (int column = 0; column < HISTORY_COLUMNS - 1; column++) {
		const char *tab = memchr(text, '\t', (size_t)(end - text));

		if (!tab)
			return false;
		if (column == 0 ? !parse_sequence(text, tab, &l->sequence) : column > 1 && !is_number(text, tab))
			return false;
		zero[column] = tab == text + 1 && *text == '0';
		text = tab + 1;
	}
	l->succeeded = zero[6] && zero[7];
	l->command = text;
	l->command_length = (size_t)(end - text);
	return cut_extra(l, extra);
}

/* The line of column names, which a log has more than once when logs were put together. */
static bool parse_header(struct history *h, const char *text, const char *end)
{
	const size_t length = sizeof history_header - 1;

	if ((size_t)(end - text) < length || memcmp(text, history_header, length) != 0)
		return false;
	h->extra = 0;
	for (text += length; text < end; text++)
		h->extra += *text == '\t';
	return true;
}

/* Whether a line that is neither may be one of them that was torn. */
static bool is_torn(const char *text, const char *end)
{
	const char *start = text;
	size_t length = (size_t)(end - text);

	while (text < end && is_digit(*text))
		text++;
	if (text > start)
		return text == end || *text == '\t' || *text == '\0';
	while (text < end && *text == '\0')
		text++;
	return text == end || (length < sizeof history_header && memcmp(start, history_header, length) == 0);
}

/* -- Reading -- */

static void add_row(struct history *h, const struct line *l, uint64_t place)
{
	uint64_t value = hash_command(l->command, l->command_length);

	if (h->mode == HISTORY_RETRY_FAILED && !l->succeeded)
		value = place << 1;
	if (h->count == h->capacity) {
		h->capacity = mem_grow(h->capacity, h->count + 1);
		h->rows = mem_resize_array(h->rows, h->capacity, sizeof *h->rows);
	}
	h->rows[h->count++] = (struct history_row){l->sequence, (value & ~(uint64_t)1) | l->succeeded};
}

/* Reads one line; at: where it begins in the log. */
static int read_line(struct history *h, const char *text, const char *end, uint64_t at)
{
	struct line l = {0};

	if (parse_record(text, end, h->extra, &l))
		add_row(h, &l, at + (uint64_t)(l.command - text));
	else if (!parse_header(h, text, end) && !is_torn(text, end))
		return -1;
	return 0;
}

/* Reads the whole lines of the text in hand and drops them. */
static int read_lines(struct history *h, struct buf *b, uint64_t *line)
{
	const char *text = b->data, *end = b->data + b->length, *newline;

	while (text < end && (newline = memchr(text, '\n', (size_t)(end - text)))) {
		++*line;
		if (read_line(h, text, newline, h->whole) < 0)
			return -1;
		h->whole += (uint64_t)(newline + 1 - text);
		text = newline + 1;
	}
	buf_drop(b, (size_t)(text - b->data));
	return 0;
}

/* What follows the last newline. */
static bool read_end(const struct buf *b, uint64_t *line)
{
	++*line;
	return b->length == 0 || is_torn(b->data, b->data + b->length);
}

static int by_sequence(const void *a, const void *b)
{
	const struct history_row *x = a, *y = b;

	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* One row a job is left, of the records in the order of the log. */
static void settle_rows(struct history *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->count; i++) {
		struct history_row *last = kept ? &h->rows[kept - 1] : NULL;

		if (!last || last->sequence != h->rows[i].sequence)
			h->rows[kept++] = h->rows[i];
		else if ((h->rows[i].value & 1) || !(last->value & 1))
			*last = h->rows[i];
	}
	h->count = kept;
	h->done = 0;
	for (size_t i = 0; i < kept; i++)
		h->done += h->mode == HISTORY_RESUME || (h->rows[i].value & 1);
}

/* Merges the halves of rows, each in order, through a copy of the first. */
static void merge(struct history_row *rows, size_t half, size_t count, struct history_row *copy)
{
	size_t i = 0, j = half, to = 0;

	memcpy(copy, rows, half * sizeof *rows);
	while (i < half)
		rows[to++] = j < count && by_sequence(&rows[j], &copy[i]) < 0 ? rows[j++] : copy[i++];
}

/* Records of one job stay in the order of the log, which is nearly in order: where two halves meet in order nothing is
   done. */
static void sort_rows(struct history_row *rows, size_t count, struct history_row *copy)
{
	size_t half = count / 2;

	if (count < 2)
		return;
	sort_rows(rows, half, copy);
	sort_rows(rows + half, count - half, copy);
	if (by_sequence(&rows[half - 1], &rows[half]) > 0)
		merge(rows, half, count, copy);
}

static void history_order(struct history *h)
{
	struct history_row *copy = mem_alloc((h->count / 2 + 1) * sizeof *copy);

	sort_rows(h->rows, h->count, copy);
	free(copy);
	settle_rows(h);
}

/* Reads all of fd. */
static int history_load(struct history *h, int fd, const char *path, struct err *e)
{
	struct buf b = {0};
	uint64_t line = 0;
	ssize_t n;
	int result = 0;

	do {
		buf_reserve(&b, HISTORY_CHUNK);
		n = fd_read(fd, b.data + b.length, HISTORY_CHUNK);
		if (n < 0)
			result = err_sys(e, errno, "cannot read job log: %s", path);
		b.length += n > 0 ? (size_t)n : 0;
		if (n > 0 ? read_lines(h, &b, &line) < 0 : n == 0 && !read_end(&b, &line))
			result = err_set(e, "no job log: %s: line %llu is no record of a job", path,
			                 (unsigned long long)line);
	} while (n > 0 && result == 0);
	h->torn = b.length > 0;
	buf_release(&b);
	return result;
}

int history_read(struct history *h, const char *path, enum history_mode mode, struct err *e)
{
	int fd = fd_open(path, O_RDONLY, 0), result;

	*h = (struct history){.mode = mode, .fd = -1};
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, errno, "cannot read job log: %s", path);
	result = history_load(h, fd, path, e);
	if (result == 0)
		history_order(h);
	if (result == 0 && mode == HISTORY_RETRY_FAILED)
		h->fd = fd;
	else
		fd_close(&fd);
	if (result < 0)
		history_release(h);
	return result;
}

void history_release(struct history *h)
{
	free(h->rows);
	fd_close(&h->fd);
	*h = (struct history){.fd = -1};
}

int history_repair(const struct history *h, const char *path, struct err *e)
{
	if (!h->torn || truncate(path, (off_t)h->whole) == 0)
		return 0;
	return err_sys(e, errno, "cannot cut the torn end off job log: %s", path);
}

/* -- Asking -- */

static const struct history_row *find_row(const struct history *h, uint64_t sequence)
{
	struct history_row key = {.sequence = sequence};

	return h->count ? bsearch(&key, h->rows, h->count, sizeof key, by_sequence) : NULL;
}

enum history_answer history_ask(const struct history *h, uint64_t sequence, const char *command)
{
	const struct history_row *row = find_row(h, sequence);

	if (!row || (h->mode != HISTORY_RESUME && !(row->value & 1)))
		return HISTORY_RUN;
	if (!command || (hash_command(command, strlen(command)) | 1) == (row->value | 1))
		return HISTORY_SKIP;
	return HISTORY_CHANGED;
}

/* Reads the command that begins at place into to. */
static int read_command(struct history *h, off_t place, struct buf *to)
{
	ssize_t n;
	char *newline = NULL;

	buf_reset(to);
	while (!newline) {
		buf_reserve(to, 4096);
		n = pread(h->fd, to->data + to->length, 4096, place + (off_t)to->length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 0;
		newline = memchr(to->data + to->length, '\n', (size_t)n);
		to->length += (size_t)n;
	}
	to->length = (size_t)(newline - to->data);
	return 0;
}

int history_next_failed(struct history *h, uint64_t *sequence, struct buf *command, struct err *e)
{
	const struct history_row *row;
	struct line l;

	while (h->next_failed < h->count && (h->rows[h->next_failed].value & 1))
		h->next_failed++;
	if (h->mode != HISTORY_RETRY_FAILED || h->next_failed == h->count)
		return 0;
	row = &h->rows[h->next_failed++];
	if (read_command(h, (off_t)(row->value >> 1), command) < 0)
		return err_sys(e, errno, "cannot read job log");
	l = (struct line){.command = command->data, .command_length = command->length};
	cut_extra(&l, h->extra);
	command->length = l.command_length;
	for (size_t i = 0; i < command->length; i++)
		if (command->data[i] == '\0')
			command->data[i] = '\n';
	*sequence = row->sequence;
	return 1;
}
