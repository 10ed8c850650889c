#include "os/process.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/wait.h"
#include "tap.h"

/* A child that reads from the descriptor until there is an end. */
static pid_t start_reader(int fd, int other)
{
	char byte;
	pid_t pid = fork();

	if (pid == 0) {
		fd_close(&other);
		while (fd_read(fd, &byte, 1) > 0)
			;
		_exit(0);
	}
	return pid;
}

/* It takes a while until it gets there. */
static bool comes_to_read(pid_t pid, int fd)
{
	for (int i = 0; i < 10000; i++) {
		if (process_is_reading(pid, fd))
			return true;
		usleep(1000);
	}
	return false;
}

static void test_reading(void)
{
	int ends[2];
	pid_t pid;

	if (access("/proc/self/syscall", R_OK) < 0 || fd_pipe(ends) < 0) {
		OK(!process_is_reading(getpid(), 0), "where the system does not tell, nobody is known to read");
		return;
	}
	pid = start_reader(ends[0], ends[1]);
	OK(comes_to_read(pid, ends[0]), "who sleeps in a read is seen");
	OK(!process_is_reading(pid, ends[0] + 100), "but not at another descriptor");
	OK(!process_is_running(pid) && process_is_running(getpid()), "and does not run, as this one does");
	OK(process_is_reading(getpid(), ends[0]), "of a process with a single child that counts");
	fd_close(&ends[1]);
	wait_for(pid);
	OK(!process_is_reading(pid, ends[0]), "nor who is gone");
	OK(!process_is_reading(getpid(), ends[0]), "nor who runs");
	fd_close(&ends[0]);
}

static void test_memory(void)
{
	long long before = process_memory(getpid()), after;
	size_t bytes = (size_t)64 * 1024 * 1024;
	volatile char *memory;

	if (before < 0) {
		OK(true, "the system does not tell how much memory a process has");
		return;
	}
	memory = malloc(bytes);
	for (size_t i = 0; i < bytes; i += 1024)
		memory[i] = 1;
	after = process_memory(getpid());
	OK(before > 0 && memory[0] == 1, "a process has memory");
	OK(after - before > (long long)bytes / 2, "and more of it when it needs more");
	free((void *)memory);
	OK(process_memory(1 << 30) == -1, "who is not there has none");
}

int main(void)
{
	alarm(60);
	test_reading();
	test_memory();
	return tap_end();
}
