/*
 * fd.h - descriptors: close-on-exec from birth, never lost to a signal.
 *
 * Functions return -1 with errno set unless said otherwise.
 */
#ifndef OS_FD_H
#define OS_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Makes sure that descriptors 0, 1 and 2 are open: to be called first in main. /dev/null takes the place of a
   closed one, for reading only even on 1 and 2, so that writing to a stream that the caller had closed still fails
   with EBADF. Returns a mask of what was closed (bit n: descriptor n), -1 when /dev/null cannot be opened. */
int fd_sanitize(void);

int fd_pipe(int ends[2]); /* gives a pipe: ends[0] to read, ends[1] to write, both close-on-exec and >= 3 */
int fd_pair(int ends[2]); /* gives a connected pair of stream sockets, both close-on-exec and >= 3 */
int fd_open(const char *path, int flags, mode_t mode); /* gives: open, close-on-exec, >= 3, EINTR repeated */
int fd_copy(int fd);                                   /* gives a duplicate >= 3, close-on-exec */
int fd_set_nonblock(int fd, bool on); /* for our own descriptors only: whoever inherited them shares the flag */
int fd_above(int *fd, int least);     /* moves *fd to a number from least on; returns 0, or -1 with *fd closed */

/* Gives a second, independent opening of a pipe's reading end that does not block, where the system has that. */
int fd_reopen(int fd);

long fd_waiting(int fd); /* bytes that a pipe holds, asked at either end; -1 unknown */
void fd_close(int *fd);  /* closes *fd unless it is -1, and sets it to -1; errno is kept */

void fd_close_others(int kept); /* closes all from 3 on but this one */

/* In a forked child: closes what an exec would close, but for those in kept. */
void fd_close_private(const int *kept, size_t count);

ssize_t fd_read(int fd, void *to, size_t bytes);          /* read, EINTR repeated */
ssize_t fd_write(int fd, const void *from, size_t bytes); /* write, EINTR repeated */
int fd_write_all(int fd, const void *from, size_t bytes); /* 0 when all is written; waits even when fd does not */

bool fd_is_readable(int fd); /* whether a read would not block now (data, end of file or an error) */
bool fd_is_regular(int fd);
bool fd_is_pipe(int fd);
bool fd_is_same_file(int a, int b); /* both open on the same file, pipe or terminal */

/* Whether both names lead to the same regular file. NULL stands for standard input. */
bool fd_names_same_file(const char *a, const char *b);

/* Writes as much as fits without blocking, whatever the flags of the descriptor. They are left alone, since it may
   be shared with other processes. Where the system has no call for that, a pipe gets at most PIPE_BUF bytes once
   poll says that there is room. Regular files take all they can. Returns the number of bytes, 0 when nothing fits
   now, -1 on error. */
ssize_t fd_write_some(int fd, const void *from, size_t bytes);

/* Gives a new file in dir whose name nobody can guess: mode 0600, close-on-exec, >= 3, for reading and writing. *path:
   its name, given; NULL where none was made. Returns -1 with errno. */
int fd_named_file(const char *dir, char **path);

/* Gives an unlinked temporary file in dir: mode 0600, close-on-exec, >= 3, for reading and writing. */
int fd_temporary(const char *dir);

/* A pipe whose write end other processes of this user can open by name. name: room for FD_NAME bytes, filled; it holds
   no white space. Returns 1 when the name is a file, which the caller removes, 0 when it is not, -1 with errno. The
   file has a number: it stands in *number, unless that is NULL, before there is the file, so that another process can
   remove it when this one is killed. */
enum { FD_NAME = 512 };
int fd_named_pipe(int ends[2], char *name, volatile uint64_t *number);
bool fd_pipes_have_files(void);             /* whether such a name is a file here */
void fd_remove_named_pipe(uint64_t number); /* 0, and one that is gone, are no matter */

/* Holds the bytes in a temporary file that other processes of this user can read by name, from its beginning each. dir:
   where it is made; NULL for $TMPDIR, else /tmp. *fd: what keeps it, close-on-exec and >= 3. name: room for FD_NAME
   bytes, filled. Returns 1 when the name is a file, which the caller removes, 0 when it is not, -1 with errno. */
int fd_named_text(int *fd, char *name, const char *dir, const void *bytes, size_t length);

/* Whether fd is a pipe or socket whose reader has gone away: a write would fail with EPIPE. */
bool fd_reader_is_gone(int fd);

#endif
