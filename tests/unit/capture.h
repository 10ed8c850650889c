/*
 * capture.h - what the program under test writes to its standard output and error, as text.
 *
 * Both go to unlinked temporary files between capture_begin and capture_end; the harness prints nothing meanwhile.
 */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/buf.h"
#include "os/fd.h"

static int capture_saved[3], capture_files[3];
static struct buf capture_text[3];

static inline void capture_begin(void)
{
	const char *tmp = getenv("TMPDIR");

	fflush(stdout);
	for (int fd = 1; fd <= 2; fd++) {
		capture_saved[fd] = fd_copy(fd);
		capture_files[fd] = fd_temporary(tmp ? tmp : "/tmp");
		if (capture_saved[fd] < 0 || capture_files[fd] < 0 || dup2(capture_files[fd], fd) < 0)
			exit(99);
	}
}

static inline void capture_end(void)
{
	for (int fd = 1; fd <= 2; fd++) {
		struct buf *b = &capture_text[fd];
		ssize_t n;

		dup2(capture_saved[fd], fd);
		fd_close(&capture_saved[fd]);
		lseek(capture_files[fd], 0, SEEK_SET);
		buf_reset(b);
		do {
			buf_reserve(b, 65536);
			n = fd_read(capture_files[fd], b->data + b->length, 65536);
			b->length += n > 0 ? (size_t)n : 0;
		} while (n > 0);
		fd_close(&capture_files[fd]);
	}
}

/* What was written to descriptor 1 or 2; lent until the next capture. */
static inline const char *captured(int fd)
{
	return buf_text(&capture_text[fd]);
}

/* Reads what a descriptor that does not block has at hand, and throws it away. Returns how many bytes that were. */
static inline size_t capture_drain(int fd)
{
	char bytes[65536];
	size_t total = 0;
	ssize_t n;

	while ((n = fd_read(fd, bytes, sizeof bytes)) > 0)
		total += (size_t)n;
	return total;
}

static inline void capture_release(void)
{
	buf_release(&capture_text[1]);
	buf_release(&capture_text[2]);
}

#endif
