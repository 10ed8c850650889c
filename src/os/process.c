/*
 * Linux tells both in /proc: "syscall" holds the number of the system call that a process sleeps in and its arguments in
 * hexadecimal, or "running"; "statm" the pages of its memory, the resident ones second (proc(5)).
 */
#include "os/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
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

#ifdef SYS_read

/* One thread, and no children: the threads are the 18th number behind the name, which stands in parentheses (proc(5)). */
static bool process_is_alone(pid_t pid)
{
	char text[1024], path[64], *at;
	long threads = 0;

	if (process_file(pid, "stat", text, sizeof text) < 0 || !(at = strrchr(text, ')')))
		return false;
	for (int field = 2; *at && field < 20; at++)
		field += *at == ' ';
	threads = strtol(at, NULL, 10);
	snprintf(path, sizeof path, "task/%ld/children", (long)pid);
	return threads == 1 && process_file(pid, path, text, sizeof text) < 0;
}

#endif

bool process_is_reading(pid_t pid, int fd)
{
#ifdef SYS_read
	char text[256], *end;
	long call;

	if (process_file(pid, "syscall", text, sizeof text) < 0)
		return false;
	call = strtol(text, &end, 10);
	if (end == text || call != SYS_read || strtol(end, NULL, 16) != fd)
		return false;
	return process_is_alone(pid);
#else
	(void)pid;
	(void)fd;
	return false;
#endif
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
