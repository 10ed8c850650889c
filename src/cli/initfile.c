#include "cli/initfile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/num.h"

enum { INITFILE_PIECE = 64 * 1024 };

/* The descriptor that the path stands for, -1 when it is another path. */
static int initfile_descriptor(const char *path)
{
	static const char *const directories[] = {"/dev/fd/", "/proc/self/fd/"};
	uint64_t n;

	for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
		size_t length = strlen(directories[i]);

		if (strncmp(path, directories[i], length) == 0 && num_parse_uint(path + length, &n) == 0 && n > 2 &&
		    n <= INT32_MAX)
			return (int)n;
	}
	return -1;
}

static int initfile_add(struct buf *text, const char *path)
{
	int fd = initfile_descriptor(path), failure = 0;
	ssize_t got = -1;

	if (fd < 0)
		fd = fd_open(path, O_RDONLY, 0);
	if (fd < 0)
		return -1;
	do {
		buf_reserve(text, INITFILE_PIECE);
		got = fd_read(fd, text->data + text->length, INITFILE_PIECE);
		text->length += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	failure = got < 0 ? errno : 0;
	fd_close(&fd);
	errno = failure;
	return failure ? -1 : 0;
}

/* The length bytes as a string of their own, NULL where there are none. Gives. */
static char *initfile_word(const char *text, size_t length)
{
	return length > 0 ? mem_string_n(text, length) : NULL;
}

/* #!PROGRAM or #!/usr/bin/env PROGRAM at the beginning of the text. Gives; NULL when it is not there. */
static char *initfile_program(const char *text)
{
	static const char blanks[] = " \t", ends[] = " \t\n";
	char *program, *slash;

	if (strncmp(text, "#!", 2) != 0)
		return NULL;
	text += 2 + strspn(text + 2, blanks);
	program = initfile_word(text, strcspn(text, ends));
	slash = program ? strrchr(program, '/') : NULL;
	if (!slash || strcmp(slash, "/env") != 0)
		return program;
	free(program);
	text += strcspn(text, ends);
	text += strspn(text, blanks);
	return initfile_word(text, strcspn(text, ends));
}

int initfile_read(struct initfile *f, const struct strv *paths, struct err *e)
{
	for (size_t i = 0; i < paths->count; i++) {
		if (initfile_add(&f->text, paths->list[i]) < 0)
			return err_sys(e, errno, "cannot read --init-file: %s", paths->list[i]);
		if (f->text.length > 0 && f->text.data[f->text.length - 1] != '\n')
			buf_add_char(&f->text, '\n');
	}
	f->shell = initfile_program(buf_text(&f->text));
	return 0;
}

int initfile_publish(struct initfile *f, const char *directory, struct err *e)
{
	int kind = fd_named_text(&f->fd, f->name, directory, f->text.data, f->text.length);

	if (kind < 0) {
		f->name[0] = '\0';
		return err_sys(e, errno, "cannot hold the text of the initializer");
	}
	f->is_file = kind == 1;
	buf_clear(&f->text);
	return 0;
}

void initfile_release(struct initfile *f)
{
	if (f->is_file)
		unlink(f->name);
	if (f->name[0])
		fd_close(&f->fd);
	buf_release(&f->text);
	free(f->shell);
}
