/*
 * Linux tells both in /proc: "syscall" holds the number of the system call that a process sleeps in and its arguments
 * in hexadecimal, or "running"; "statm" the pages of its memory, the resident ones second (proc(5)).
 */
#include "os/process.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "os/fd.h"

/* Reads the beginning of /proc/PID/NAME as a string. Returns 0, or -1. */
static int process_file(pid_t pid, const char *name, char *text, size_t room)
{
	char path[128];
	ssize_t length;
	int fd;

	snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
	fd = fd_open(path, O_RDONLY, 0);
	if (fd < 0)
		return -1;
	length = fd_read(fd, text, room - 1);
	fd_close(&fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	return 0;
}

/* A field of /proc/PID/stat, from the 3rd: what is behind the name, which stands in parentheses (proc(5)). NULL when it
   cannot be read. */
static const char *process_stat(pid_t pid, int wanted, char *text, size_t room)
{
	const char *at;

	if (process_file(pid, "stat", text, room) < 0 || !(at = strrchr(text, ')')))
		return NULL;
	for (int field = 2; *at && field < wanted; at++)
		field += *at == ' ';
	return at;
}

#ifdef SYS_read

enum { PROCESS_DEPTH = 4 }; /* children of children that are looked at */

/* The number of read in programs of 32 and of 64 bits, for a kernel that executes both. */
#if defined __x86_64__ || defined __i386__
enum { READ_32 = 3, READ_64 = 0 };
#elif defined __aarch64__ || defined __arm__
enum { READ_32 = 3, READ_64 = 63 };
#else
enum { READ_32 = SYS_read, READ_64 = SYS_read };
#endif

/* The threads are the 20th field (proc(5)). */
static long process_threads(pid_t pid)
{
	char text[1024];
	const char *at = process_stat(pid, 20, text, sizeof text);

	return at ? strtol(at, NULL, 10) : -1;
}

/* The only child of a process, 0 when it has none, -1 when it has more. */
static pid_t process_child(pid_t pid)
{
	char text[256], path[64], *end;
	long child;

	snprintf(path, sizeof path, "task/%ld/children", (long)pid);
	if (process_file(pid, path, text, sizeof text) < 0)
		return 0;
	child = strtol(text, &end, 10);
	return *end == ' ' && end[1] == '\0' ? (pid_t)child : -1;
}

/* "0 0x0 ...": the number of the call, its six arguments, its stack and its place in the program. The stack of a
   program of 64 bits stands higher than another can. */
static bool process_sleeps_in_read(pid_t pid, int fd)
{
	unsigned long long numbers[8] = {0}; /* the arguments begin at 1 */
	char text[256], *at = text, *end;

	if (process_file(pid, "syscall", text, sizeof text) < 0)
		return false;
	for (int i = 0; i < 8; i++, at = end) {
		numbers[i] = strtoull(at, &end, i == 0 ? 10 : 16);
		if (end == at)
			return false;
	}
	return numbers[0] == (numbers[7] > UINT32_MAX ? READ_64 : READ_32) && numbers[1] == (unsigned)fd;
}

/* A shell that waits for its only child does what that does. */
static bool process_reads(pid_t pid, int fd, int depth)
{
	pid_t child = process_child(pid);

	if (child > 0)
		return depth > 0 && process_reads(child, fd, depth - 1);
	return child == 0 && process_threads(pid) == 1 && process_sleeps_in_read(pid, fd);
}

#endif

bool process_is_reading(pid_t pid, int fd)
{
#ifdef SYS_read
	return process_reads(pid, fd, PROCESS_DEPTH);
#else
	(void)pid;
	(void)fd;
	return false;
#endif
}

bool process_is_running(pid_t pid)
{
	char text[1024];
	const char *state = process_stat(pid, 3, text, sizeof text);

	return state && *state == 'R';
}

long long process_memory(pid_t pid)
{
	char text[256], *end;
	long long pages;
	long page = sysconf(_SC_PAGESIZE);

	if (page <= 0 || process_file(pid, "statm", text, sizeof text) < 0)
		return -1;
	strtoll(text, &end, 10);
	pages = strtoll(end, &end, 10);
	return pages > 0 ? pages * page : -1;
}

void process_rename(const char *name)
{
#ifdef PR_SET_NAME
	prctl(PR_SET_NAME, name, 0, 0, 0);
#else
	(void)name;
#endif
}
