#include "output/results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "os/directory.h"
#include "os/fd.h"

enum {
	RESULTS_NAME = 255, /* bytes of a name that all file systems take */
	RESULTS_HASH = 17,  /* bytes that tell apart names which were cut */
};

/* -- Paths -- */

static uint64_t hash(const char *bytes, size_t length)
{
	uint64_t sum = 14695981039346656037u;

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ (unsigned char)bytes[i]) * 1099511628211u;
	return sum;
}

static void cut_name(struct buf *b, size_t start)
{
	size_t end = start + RESULTS_NAME - RESULTS_HASH;
	uint64_t sum = hash(b->data + start, b->length - start);

	while (end > start && ((unsigned char)b->data[end] & 0xC0) == 0x80)
		end--;
	b->length = end;
	buf_add_format(b, "~%016llx", (unsigned long long)sum);
}

/* Adds a level of the path. */
static void add_level(struct buf *to, const char *text, size_t length)
{
	size_t start = to->length;

	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		buf_add_char(to, '\\');
	for (size_t i = 0; i < length; i++) {
		static const char special[] = "\\/\t", letters[] = "\\_t";
		const char *found = strchr(special, text[i]);

		if (found && *found) {
			buf_add_char(to, '\\');
			buf_add_char(to, letters[found - special]);
		} else {
			buf_add_char(to, text[i]);
		}
	}
	if (to->length - start > RESULTS_NAME)
		cut_name(to, start);
	buf_add_char(to, '/');
}

static const char *column_name(const struct strv *names, size_t column, char number[NUM_UINT_ROOM])
{
	if (names && column < names->count)
		return names->list[column];
	num_format_uint(number, column + 1);
	return number;
}

/* As GNU parallel orders names: by the number in front, then by their bytes. */
static bool comes_before(const struct strv *names, size_t a, size_t b)
{
	char number_a[NUM_UINT_ROOM], number_b[NUM_UINT_ROOM];
	const char *name_a = column_name(names, a, number_a), *name_b = column_name(names, b, number_b);
	double x = strtod(name_a, NULL), y = strtod(name_b, NULL);

	return x < y || (x == y && strcmp(name_a, name_b) < 0);
}

/* Gives the order of the columns. */
static size_t *order_columns(const struct strv *names, size_t count)
{
	size_t *order = mem_resize_array(NULL, count + 1, sizeof *order);

	for (size_t i = 0; i < count; i++) {
		size_t place = i;

		for (; names && place > 0 && comes_before(names, i, order[place - 1]); place--)
			order[place] = order[place - 1];
		order[place] = i;
	}
	return order;
}

static void add_value(struct buf *to, const struct item *item, const struct strv *names, size_t row, size_t column)
{
	char number[NUM_UINT_ROOM];
	const char *name = column_name(names, column, number);
	struct value v = item_value(item, row * item->columns + column);

	if (!v.text)
		return;
	add_level(to, name, strlen(name));
	add_level(to, v.text, v.length);
}

void results_path(struct buf *to, const char *directory, const struct item *item, const struct strv *names)
{
	size_t columns = item->columns, *order;

	buf_add_string(to, directory);
	if (*directory && directory[strlen(directory) - 1] != '/')
		buf_add_char(to, '/');
	if (item->count == 0) {
		buf_add_string(to, "1/\\0noarg/");
		return;
	}
	order = order_columns(names, columns);
	for (size_t row = 0; row * columns < item->count; row++)
		for (size_t i = 0; i < columns; i++)
			add_value(to, item, names, row, order[i]);
	free(order);
}

/* How many levels of a path are "..". */
static size_t count_up(const char *path)
{
	size_t up = 0;

	while (*path) {
		size_t length = strcspn(path, "/");

		up += length == 2 && path[0] == '.' && path[1] == '.';
		path += length + (path[length] == '/');
	}
	return up;
}

bool results_strays(const char *path, const char *template)
{
	return count_up(path) > count_up(template) || (path[0] == '/' && template[0] != '/');
}

void results_name(struct buf *to, const char *base, int which)
{
	bool directory = *base && base[strlen(base) - 1] == '/';

	buf_add_string(to, base);
	if (directory)
		buf_add_string(to, which == 1 ? "stdout" : which == 2 ? "stderr" : "seq");
	else
		buf_add_string(to, which == 1 ? "" : which == 2 ? ".err" : ".seq");
}

/* -- Files -- */

enum {
	RESULTS_SEQ = RESULTS_PARTS, /* the third file, as results_name counts them */
	RESULTS_TAKEN = -1,          /* in place of an errno: the file is that of another run */
};

/* Gives the name of a file; the one that it has while the job runs, or the last. */
static char *file_name(const struct results *r, int which, bool final)
{
	struct buf b = {0};

	results_name(&b, r->base, which);
	if (!final)
		buf_add_format(&b, "~%llu", (unsigned long long)r->sequence);
	return buf_take(&b);
}

static int tell(struct err *e, int code, const char *name)
{
	if (code == RESULTS_TAKEN)
		return err_set(e, "cannot write results: %s: another run writes there", name);
	return err_sys(e, code, "cannot write results: %s", name);
}

static void results_forget(struct results *r)
{
	free(r->base);
	r->base = NULL;
}

/* Names the file as it will be called. */
static void tell_of_file(const struct results *r, int which, int code, struct err *e)
{
	char *name = file_name(r, which, true);

	tell(e, code, name);
	free(name);
}

static void note_file(struct results *r, int which, const struct stat *info)
{
	r->files[which - 1] = (struct results_file){.device = info->st_dev, .number = info->st_ino};
}

static bool is_file_of(const struct results *r, int which, const struct stat *info)
{
	const struct results_file *file = &r->files[which - 1];

	return r->final || (file->device == info->st_dev && file->number == info->st_ino);
}

static int open_anew(const char *name)
{
	return fd_open(name, O_WRONLY | O_CREAT | O_EXCL, 0666);
}

/* Takes the place of a file that is there. It is not removed before, for then the new one could have its number. */
static int open_instead(const char *name)
{
	struct buf b = {0};
	int fd;

	buf_add_format(&b, "%s~%ld", name, (long)getpid());
	unlink(buf_text(&b));
	fd = open_anew(buf_text(&b));
	if (fd >= 0 && rename(buf_text(&b), name) < 0) {
		int code = errno;

		unlink(buf_text(&b));
		fd_close(&fd);
		errno = code;
	}
	buf_release(&b);
	return fd;
}

/* Opens a new file, whatever is there. Gives the descriptor, or -1 with errno. */
static int open_new(const char *name)
{
	int fd = open_anew(name);

	return fd < 0 && errno == EEXIST ? open_instead(name) : fd;
}

/* The file of --files is in a directory that is not pp's own: what is not that file any more is not written to. */
static int open_file(const struct results *r, const char *name, bool begun)
{
	if (!begun && !r->final)
		return open_new(name);
	return fd_open(name, O_WRONLY | (r->final ? O_NOFOLLOW : 0) | (begun ? O_APPEND : O_TRUNC), 0);
}

/* Notes a new file, and knows one that was made before. Returns 0, an errno or RESULTS_TAKEN. */
static int know_file(struct results *r, int which, bool begun, int fd)
{
	struct stat info;

	if (fd < 0 || fstat(fd, &info) < 0)
		return errno;
	if (begun)
		return is_file_of(r, which, &info) ? 0 : RESULTS_TAKEN;
	note_file(r, which, &info);
	return 0;
}

/* Adds bytes to a file, which is made anew before that unless begun. The last bytes may be refused only when it is
   closed. */
static int add_to_file(struct results *r, int which, bool begun, const char *bytes, size_t length, struct err *e)
{
	char *name = file_name(r, which, r->final);
	int fd = open_file(r, name, begun);
	int code = know_file(r, which, begun, fd);

	if (!code && fd_write_all(fd, bytes, length) < 0)
		code = errno;
	if (fd >= 0 && close(fd) < 0 && !code)
		code = errno;
	if (code)
		tell_of_file(r, which, code, e);
	free(name);
	return code ? -1 : 0;
}

/* Makes the directory in which the files of the base are to be. */
static int make_directory(const char *base, struct err *e)
{
	const char *slash = strrchr(base, '/');
	char *directory;
	int result = 0;

	if (!slash || slash == base)
		return 0;
	directory = mem_string_n(base, (size_t)(slash - base));
	if (directory_make(directory) < 0)
		result = err_sys(e, errno, "cannot make directory for results: %s", directory);
	free(directory);
	return result;
}

int results_begin(struct results *r, const char *base, uint64_t sequence, struct err *e)
{
	*r = (struct results){.sequence = sequence};
	if (make_directory(base, e) < 0)
		return -1;
	r->base = mem_string(base);
	r->begun[0] = true;
	if (add_to_file(r, 1, false, "", 0, e) == 0)
		return 0;
	results_forget(r);
	return -1;
}

int results_begin_file(struct results *r, const char *directory, uint64_t sequence, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	*r = (struct results){.sequence = sequence, .final = true};
	if (!directory)
		directory = tmp && *tmp ? tmp : "/tmp";
	fd = fd_named_file(directory, &r->base);
	if (fd >= 0) {
		fd_close(&fd);
		return 0;
	}
	tell(e, errno, directory);
	return -1;
}

int results_write(struct results *r, int which, const char *bytes, size_t length, struct err *e)
{
	bool begun = r->begun[which - 1];

	if (which == 2 && r->final)
		return 0;
	r->begun[which - 1] = true;
	r->filled[which - 1] = r->filled[which - 1] || length > 0;
	return add_to_file(r, which, begun, bytes, length, e);
}

void results_restart(struct results *r)
{
	r->begun[0] = r->begun[1] = false;
	r->filled[0] = r->filled[1] = false;
}

/* -- Packing -- */

static char *packed_name(const struct results *r, int which)
{
	char *name = file_name(r, which, r->final);
	struct buf b = {0};

	buf_add_format(&b, "%s~z", name);
	free(name);
	return buf_take(&b);
}

static int open_output(const struct results *r, int which, struct err *e)
{
	char *name = packed_name(r, which);
	int fd = r->final ? fd_open(name, O_WRONLY | O_CREAT | O_EXCL, 0600) : open_new(name);

	if (fd < 0)
		tell(e, errno, name);
	free(name);
	return fd;
}

int results_pack(struct results *r, int which, int *input, int *output, struct err *e)
{
	char *name = file_name(r, which, r->final);
	int code;

	*output = -1;
	/* Nor is it read, and nobody waits for the other end of a fifo that stands there instead. */
	*input = fd_open(name, O_RDONLY | (r->final ? O_NOFOLLOW | O_NONBLOCK : 0), 0);
	code = know_file(r, which, true, *input);
	if (code)
		tell_of_file(r, which, code, e);
	else
		*output = open_output(r, which, e);
	if (*output < 0)
		fd_close(input);
	free(name);
	return *output < 0 ? -1 : 0;
}

int results_packed(struct results *r, int which, int *output, struct err *e)
{
	char *from = packed_name(r, which), *to = file_name(r, which, r->final);
	struct stat info;
	int code = fstat(*output, &info) < 0 ? errno : 0;
	bool empty = !code && info.st_size == 0;

	if (close(*output) < 0 && !code)
		code = errno;
	*output = -1;
	if (!code && !empty && rename(from, to) < 0)
		code = errno;
	if (!code && !empty)
		note_file(r, which, &info);
	if (code || empty)
		results_unpack(r, which, output);
	if (code)
		tell_of_file(r, which, code, e);
	free(from);
	free(to);
	return code ? -1 : !empty;
}

void results_unpack(struct results *r, int which, int *output)
{
	char *name = packed_name(r, which);

	fd_close(output);
	unlink(name);
	free(name);
}

/* -- The end -- */

/* Whether another file has the name that this one had. */
static bool name_is_taken(const struct results *r, int which, const char *name)
{
	struct stat info;

	return lstat(name, &info) == 0 && !is_file_of(r, which, &info);
}

/* Gives a file its last name. */
static int put_in_place(struct results *r, int which, struct err *e)
{
	char *from = file_name(r, which, false), *to = file_name(r, which, true);
	int code = name_is_taken(r, which, from) ? RESULTS_TAKEN : rename(from, to) < 0 ? errno : 0;
	int result = code ? tell(e, code, to) : 0;

	free(from);
	free(to);
	return result;
}

static int write_sequence(struct results *r, struct err *e)
{
	char number[NUM_UINT_ROOM];
	size_t length = num_format_uint(number, r->sequence);

	if (add_to_file(r, RESULTS_SEQ, false, number, length, e) < 0)
		return -1;
	return put_in_place(r, RESULTS_SEQ, e);
}

static void remove_file(struct results *r, int which, bool final)
{
	char *name = file_name(r, which, final);

	if (final || !name_is_taken(r, which, name))
		unlink(name);
	free(name);
}

/* A file that nothing was written to is there all the same, and empty. */
static int finish_file(struct results *r, int which, struct err *e)
{
	return r->begun[which - 1] ? 0 : add_to_file(r, which, false, "", 0, e);
}

int results_finish(struct results *r, struct err *e)
{
	int result = finish_file(r, 1, e);

	if (result == 0 && !r->final) {
		remove_file(r, RESULTS_SEQ, true);
		if (finish_file(r, 2, e) < 0 || put_in_place(r, 1, e) < 0 || put_in_place(r, 2, e) < 0 ||
		    write_sequence(r, e) < 0)
			result = -1;
	}
	if (result < 0)
		results_drop(r);
	else
		results_forget(r);
	return result;
}

void results_drop(struct results *r)
{
	if (!r->base)
		return;
	for (int which = 1; which <= RESULTS_SEQ; which++)
		if (which == 1 || !r->final)
			remove_file(r, which, r->final);
	results_forget(r);
}

static bool is_file(const char *base, int which)
{
	struct buf b = {0};
	struct stat info;
	bool result;

	results_name(&b, base, which);
	result = stat(buf_text(&b), &info) == 0 && S_ISREG(info.st_mode);
	buf_release(&b);
	return result;
}

bool results_are_whole(const char *base)
{
	return is_file(base, RESULTS_SEQ) && is_file(base, 1);
}
