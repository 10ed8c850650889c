#include "os/shared.h"

#include <sys/wait.h>
#include <unistd.h>

#include "os/wait.h"
#include "tap.h"

int main(void)
{
	enum { BYTES = 100000 };
	unsigned char *memory = shared_new(BYTES);
	bool zero = memory != NULL;
	pid_t child;

	for (size_t i = 0; zero && i < BYTES; i++)
		zero = memory[i] == 0;
	OK(zero, "shared memory is zero bytes at first");
	child = fork();
	if (child == 0) {
		memory[0] = 1;
		memory[BYTES - 1] = 2;
		_exit(0);
	}
	wait_for(child);
	OK(memory[0] == 1 && memory[BYTES - 1] == 2, "what a child writes is seen");
	shared_free(memory, BYTES);
	shared_free(NULL, BYTES);
	OK(true, "nothing may be freed");
	return tap_end();
}
