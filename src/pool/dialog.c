#include "pool/dialog.h"

#include <limits.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"

void dialog_init(struct dialog *d, const struct dialog_config *config)
{
	memset(d, 0, sizeof *d);
	d->config = *config;
	d->mark_length = config->mark ? strlen(config->mark) : 0;
}

void dialog_release(struct dialog *d)
{
	buf_release(&d->text[0]);
	buf_release(&d->text[1]);
}

/* -- Tasks -- */

static int dialog_add_line(const struct dialog *d, struct buf *to, const char *task, size_t length)
{
	if (memchr(task, d->config.separator, length))
		return -1;
	buf_add(to, task, length);
	buf_add_char(to, d->config.separator);
	return 0;
}

int dialog_add_task(const struct dialog *d, struct buf *to, uint64_t sequence, uint32_t try, const char *task,
                    size_t length)
{
	switch (d->config.protocol) {
	case DIALOG_FRAME:
		buf_add_format(to, "T %llu %zu %lu\n", (unsigned long long)sequence, length, (unsigned long)try);
		buf_add(to, task, length);
		return 0;
	case DIALOG_JSON:
		buf_add_format(to, "{\"id\":%llu,\"task\":", (unsigned long long)sequence);
		json_add_string(to, task, length);
		buf_add_string(to, "}\n");
		return 0;
	default:
		return dialog_add_line(d, to, task, length);
	}
}

bool dialog_can_cancel(const struct dialog *d)
{
	return d->config.protocol == DIALOG_FRAME;
}

void dialog_add_cancel(const struct dialog *d, struct buf *to, uint64_t sequence)
{
	if (dialog_can_cancel(d))
		buf_add_format(to, "X %llu\n", (unsigned long long)sequence);
}

/* -- Parts of answers -- */

static void dialog_bad(struct dialog_event *e, const char *reason)
{
	e->what = DIALOG_BAD;
	e->reason = reason;
}

/* The end of the line that begins at bytes, its newline not counted; NULL when it is not there yet. */
static const char *dialog_line_end(const char *bytes, size_t length, bool ended)
{
	const char *newline = length ? memchr(bytes, '\n', length) : NULL;

	return newline ? newline : ended ? bytes + length : NULL;
}

/* Takes a decimal number at *at, behind blanks. Returns 0, or -1 when there is none. */
static int dialog_number(const char **at, const char *end, uint64_t *number)
{
	char digits[NUM_UINT_ROOM];
	size_t count = 0;

	while (*at < end && **at == ' ')
		++*at;
	while (*at + count < end && count + 1 < sizeof digits && (*at)[count] >= '0' && (*at)[count] <= '9') {
		digits[count] = (*at)[count];
		count++;
	}
	digits[count] = '\0';
	if ((*at + count < end && (*at)[count] != ' ') || num_parse_uint(digits, number) != 0)
		return -1;
	*at += count;
	return 0;
}

static void dialog_message(struct dialog_event *e, const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	e->message = at;
	e->message_length = (size_t)(end - at);
	if (e->message_length >= 3 && memcmp(at, "bye", 3) == 0 && (e->message_length == 3 || at[3] == ' ')) {
		e->replace = true;
		dialog_message(e, at + 3, end);
	}
}

/* Whether a status must stand at the end of an answer. */
enum dialog_need { STATUS_IS_TEXT, STATUS_OR_NOTHING, STATUS_NEEDED };

/* "[STATUS [bye] [message]]" */
static void dialog_end(struct dialog_event *e, const char *at, const char *end, enum dialog_need need)
{
	uint64_t status = 0;

	e->what = DIALOG_DONE;
	while (at < end && (*at == ' ' || end[-1] == '\r')) {
		if (*at == ' ')
			at++;
		else
			end--;
	}
	if ((at < end || need == STATUS_NEEDED) && dialog_number(&at, end, &status) < 0 && need != STATUS_IS_TEXT) {
		dialog_bad(e, "no status where one is due");
		return;
	}
	if (status > 255) {
		dialog_bad(e, "a status above 255");
		return;
	}
	e->status = (int)status;
	dialog_message(e, at, end);
}

/* -- line -- */

/* The answer is given as a whole: of a worker that dies in the midst of it nothing is printed. */
static void dialog_next_line(struct dialog *d, const char *bytes, size_t length, bool ended, struct dialog_event *e)
{
	const char *end = memchr(bytes + d->seen, d->config.separator, length - d->seen);

	if (!end && length > DIALOG_LINE_MAX) {
		dialog_bad(e, "a line above 64 MiB");
		return;
	}
	if (!end && !ended) {
		d->seen = length;
		return;
	}
	e->what = DIALOG_DONE;
	e->bytes = bytes;
	e->length = e->used = end ? (size_t)(end - bytes) + 1 : length;
	e->newline = !end || d->config.separator != '\n';
	e->length -= end && e->newline;
}

/* -- mark -- */

static const char *dialog_find_mark(const struct dialog *d, const char *bytes, size_t length)
{
	const char *at = bytes, *end = bytes + length;

	while ((size_t)(end - at) >= d->mark_length) {
		at = memchr(at, d->config.mark[0], (size_t)(end - at) - d->mark_length + 1);
		if (!at)
			return NULL;
		if (memcmp(at, d->config.mark, d->mark_length) == 0)
			return at;
		at++;
	}
	return NULL;
}

/* How many bytes at the end may be the beginning of the mark. */
static size_t dialog_mark_begun(const struct dialog *d, const char *bytes, size_t length)
{
	size_t most = length < d->mark_length - 1 ? length : d->mark_length - 1;

	while (most > 0 && memcmp(bytes + length - most, d->config.mark, most) != 0)
		most--;
	return most;
}

static void dialog_next_mark(const struct dialog *d, const char *bytes, size_t length, bool ended,
                             struct dialog_event *e)
{
	const char *mark = dialog_find_mark(d, bytes, length), *behind, *end;

	e->bytes = bytes;
	e->length = mark ? (size_t)(mark - bytes) : length - (ended ? 0 : dialog_mark_begun(d, bytes, length));
	behind = mark ? mark + d->mark_length : NULL;
	end = mark ? dialog_line_end(behind, (size_t)(bytes + length - behind), ended) : NULL;
	if (end) {
		e->used = (size_t)(end - bytes) + (end < bytes + length);
		dialog_end(e, behind, end, d->config.own_mark ? STATUS_IS_TEXT : STATUS_OR_NOTHING);
	} else if (e->length > 0) {
		e->what = DIALOG_OUTPUT;
		e->used = e->length;
	} else if (mark && length > DIALOG_TEXT_MAX) {
		dialog_bad(e, "a line above 64 KiB behind the mark");
	}
}

/* -- frame -- */

/* Jobs are numbered from 1. */
static int dialog_job(const char **at, const char *end, uint64_t *sequence)
{
	return dialog_number(at, end, sequence) < 0 || *sequence == 0 ? -1 : 0;
}

static void dialog_next_payload(const struct dialog *d, const char *bytes, size_t length, struct dialog_event *e)
{
	e->what = d->payload_errors ? DIALOG_ERRORS : DIALOG_OUTPUT;
	e->sequence = d->payload_of;
	e->bytes = bytes;
	e->length = e->used = length < d->payload ? length : (size_t)d->payload;
	e->left = d->payload - e->length;
	e->left_errors = d->payload_errors;
}

static void dialog_begin_payload(struct dialog_event *e, bool errors, const char *at, const char *end)
{
	uint64_t size;

	if (dialog_job(&at, end, &e->sequence) < 0 || dialog_number(&at, end, &size) < 0 || at != end) {
		dialog_bad(e, "O and E want a job's number and a length");
		return;
	}
	e->what = errors ? DIALOG_ERRORS : DIALOG_OUTPUT;
	e->left = size;
	e->left_errors = errors;
}

static void dialog_hello(struct dialog_event *e, const char *at, const char *end)
{
	uint64_t version;

	e->what = DIALOG_READY;
	if (dialog_number(&at, end, &version) < 0 || version != 1)
		dialog_bad(e, "H wants the version 1");
}

static void dialog_frame_line(struct dialog_event *e, const char *at, const char *end)
{
	char type = end - at >= 1 && (at + 1 == end || at[1] == ' ') ? *at : '\0';

	at += type != '\0';
	switch (type) {
	case 'O':
	case 'E':
		dialog_begin_payload(e, type == 'E', at, end);
		break;
	case 'D':
		if (dialog_job(&at, end, &e->sequence) < 0)
			dialog_bad(e, "D wants a job's number and a status");
		else
			dialog_end(e, at, end, STATUS_NEEDED);
		break;
	case 'H':
		dialog_hello(e, at, end);
		break;
	case 'P':
		e->what = DIALOG_SIGN;
		break;
	case 'Q':
		e->what = DIALOG_REPLACE;
		break;
	default:
		dialog_bad(e, "no line of this protocol");
	}
}

static void dialog_next_frame(const struct dialog *d, const char *bytes, size_t length, bool ended,
                              struct dialog_event *e)
{
	const char *end;

	if (d->payload > 0) {
		dialog_next_payload(d, bytes, length, e);
		return;
	}
	end = dialog_line_end(bytes, length, ended);
	if (!end) {
		if (length > DIALOG_TEXT_MAX)
			dialog_bad(e, "a line above 64 KiB");
		return;
	}
	e->bytes = bytes;
	e->used = (size_t)(end - bytes) + (end < bytes + length);
	dialog_frame_line(e, bytes, end);
}

/* -- json -- */

/* A string is given as its text, with a newline where it has none; any other value as it stands. */
static int dialog_json_text(struct json *j, struct buf *to)
{
	const char *raw;
	size_t length;

	buf_reset(to);
	if (json_kind(j) == JSON_STRING) {
		if (json_string(j, to) < 0)
			return -1;
	} else if (json_skip(j, &raw, &length) < 0) {
		return -1;
	} else if (length != 4 || memcmp(raw, "null", 4) != 0) {
		buf_add(to, raw, length);
	}
	if (to->length > 0 && to->data[to->length - 1] != '\n')
		buf_add_char(to, '\n');
	return 0;
}

static int dialog_json_member(struct dialog *d, struct json *j, const char *name, struct dialog_event *e)
{
	const char *raw;
	size_t length;
	int64_t number;

	if (strcmp(name, "output") == 0)
		return dialog_json_text(j, &d->text[0]);
	if (strcmp(name, "error") == 0)
		return dialog_json_text(j, &d->text[1]);
	if (strcmp(name, "id") == 0 || strcmp(name, "status") == 0) {
		if (json_integer(j, &number) < 0 || number < (name[0] == 'i') || (name[0] == 's' && number > 255))
			return -1;
		if (name[0] == 's')
			e->status = (int)number;
		else
			e->sequence = (uint64_t)number;
		return 0;
	}
	return json_skip(j, &raw, &length);
}

static void dialog_json_line(struct dialog *d, struct dialog_event *e, const char *bytes, size_t length)
{
	struct buf name = {0};
	struct json j;
	int more = -1;

	buf_reset(&d->text[0]);
	buf_reset(&d->text[1]);
	json_init(&j, bytes, length);
	if (json_open_object(&j) == 0) {
		while ((more = json_next_member(&j, &name)) == 1) {
			if (dialog_json_member(d, &j, buf_text(&name), e) < 0)
				break;
		}
	}
	buf_release(&name);
	if (more != 0 || json_end(&j) < 0) {
		dialog_bad(e, "no JSON object with id, status, output and error");
		return;
	}
	e->what = DIALOG_DONE;
	e->bytes = d->text[0].data;
	e->length = d->text[0].length;
	e->message = d->text[1].data;
	e->message_length = d->text[1].length - (d->text[1].length > 0);
}

static void dialog_next_json(struct dialog *d, const char *bytes, size_t length, bool ended, struct dialog_event *e)
{
	const char *end = dialog_line_end(bytes + d->seen, length - d->seen, ended);

	if (!end) {
		d->seen = length;
		if (length > DIALOG_LINE_MAX)
			dialog_bad(e, "a line above 64 MiB");
		return;
	}
	e->bytes = bytes;
	e->used = (size_t)(end - bytes) + (end < bytes + length);
	dialog_json_line(d, e, bytes, (size_t)(end - bytes));
}

/* -- All -- */

void dialog_next(struct dialog *d, const char *bytes, size_t length, bool ended, struct dialog_event *e)
{
	memset(e, 0, sizeof *e);
	if (length == 0)
		return;
	switch (d->config.protocol) {
	case DIALOG_LINE:
		dialog_next_line(d, bytes, length, ended, e);
		break;
	case DIALOG_MARK:
		dialog_next_mark(d, bytes, length, ended, e);
		break;
	case DIALOG_FD:
		e->what = DIALOG_OUTPUT;
		e->bytes = bytes;
		e->length = e->used = length;
		break;
	case DIALOG_FRAME:
		dialog_next_frame(d, bytes, length, ended, e);
		break;
	case DIALOG_JSON:
		dialog_next_json(d, bytes, length, ended, e);
		break;
	}
}

void dialog_take(struct dialog *d, const struct dialog_event *e)
{
	d->seen = 0;
	if (d->config.protocol == DIALOG_FRAME) {
		d->payload = e->left;
		d->payload_of = e->sequence;
		d->payload_errors = e->left_errors;
	}
}

void dialog_next_status(const struct dialog *d, const char *bytes, size_t length, bool ended, struct dialog_event *e)
{
	const char *end = dialog_line_end(bytes, length, ended);

	(void)d;
	memset(e, 0, sizeof *e);
	e->bytes = bytes;
	if (!end) {
		if (length > DIALOG_TEXT_MAX)
			dialog_bad(e, "a status line above 64 KiB");
		return;
	}
	e->used = (size_t)(end - bytes) + (end < bytes + length);
	dialog_end(e, bytes, end, STATUS_NEEDED);
}
