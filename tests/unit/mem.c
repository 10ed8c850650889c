#include "base/mem.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tap.h"

static jmp_buf failed;
static size_t asked;

static void on_failure(size_t bytes)
{
	asked = bytes;
	longjmp(failed, 1);
}

/* An allocation that must end in the handler. */
#define FAILS(expression, bytes, ...)                      \
	do {                                               \
		asked = 0;                                 \
		if (setjmp(failed) == 0) {                 \
			void *block = (expression);        \
			free(block);                       \
			OK(false, __VA_ARGS__);            \
		} else {                                   \
			OK(asked == (bytes), __VA_ARGS__); \
		}                                          \
	} while (0)

static void test_blocks(void)
{
	char *block = mem_alloc(0);

	OK(block != NULL, "an allocation of nothing is a block");
	block = mem_resize(block, 10);
	memcpy(block, "123456789", 10);
	block = mem_resize(block, 1000);
	SAME(block, "123456789", "a resized block keeps its bytes");
	block = mem_resize(block, 0);
	OK(block != NULL, "a block resized to nothing is a block");
	free(block);
	block = mem_resize(NULL, 4);
	OK(block != NULL, "resizing NULL allocates");
	block = mem_resize_array(block, 100, 8);
	memset(block, 1, 800);
	OK(block[799] == 1, "an array has room for count times bytes");
	free(block);
}

static void test_zero(void)
{
	unsigned char *block = mem_zero(7, 11), sum = 0;

	for (size_t i = 0; i < 77; i++)
		sum |= block[i];
	OK(sum == 0, "a zero block is zero");
	free(block);
	block = mem_zero(0, 5);
	OK(block != NULL, "a zero block of no elements is a block");
	free(block);
	block = mem_zero(5, 0);
	OK(block != NULL, "a zero block of empty elements is a block");
	free(block);
}

static void test_copies(void)
{
	char *copy = mem_copy("a\0b", 4);

	OK(memcmp(copy, "a\0b", 4) == 0, "a copy has the same bytes, NUL among them");
	free(copy);
	copy = mem_copy(NULL, 0);
	OK(copy != NULL, "a copy of nothing is a block");
	free(copy);
	copy = mem_string("text");
	SAME(copy, "text", "a string is copied");
	free(copy);
	copy = mem_string("");
	SAME(copy, "", "an empty string is copied");
	free(copy);
	copy = mem_string_n("text and more", 4);
	SAME(copy, "text", "the front of a string is copied and ended");
	free(copy);
	copy = mem_string_n(NULL, 0);
	SAME(copy, "", "no bytes give an empty string");
	free(copy);
}

static void test_grow(void)
{
	OK(mem_grow(0, 1) == 64, "the first capacity is 64");
	OK(mem_grow(0, 1000) == 1000, "a larger need is met");
	OK(mem_grow(64, 65) == 96, "capacity grows by half");
	OK(mem_grow(64, 200) == 200, "capacity grows to the need when half more is too little");
	OK(mem_grow(SIZE_MAX - 1, SIZE_MAX) == SIZE_MAX, "the largest capacity does not overflow");
	OK(mem_grow(PTRDIFF_MAX - 10, PTRDIFF_MAX) == PTRDIFF_MAX, "near the limit no more than the need is asked for");
}

static void test_failures(void)
{
	mem_on_failure(on_failure);
	FAILS(mem_alloc(SIZE_MAX), SIZE_MAX, "an impossible allocation fails");
	FAILS(mem_zero(SIZE_MAX / 2, 3), SIZE_MAX, "an overflowing zero block fails");
	FAILS(mem_zero(1, SIZE_MAX), SIZE_MAX, "an impossible zero block fails");
	FAILS(mem_resize(NULL, SIZE_MAX - 1), SIZE_MAX - 1, "an impossible size fails and is told");
	FAILS(mem_resize_array(NULL, SIZE_MAX / 4, 5), SIZE_MAX, "an overflowing array fails");
	FAILS(mem_string_n("", SIZE_MAX), SIZE_MAX, "a string without room for its NUL fails");
	mem_on_failure(NULL);
}

/* Runs out of memory in a child whose standard error is a pipe, with the handler given. */
static void run_out(void (*handler)(size_t bytes), const char *case_name)
{
	char told[100] = "";
	int ends[2], status = 0;

	if (pipe(ends) < 0) {
		OK(false, "%s: a pipe", case_name);
		return;
	}
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		mem_on_failure(handler);
		free(mem_alloc(SIZE_MAX));
		_exit(0);
	}
	close(ends[1]);
	ssize_t length = read(ends[0], told, sizeof told - 1);
	close(ends[0]);
	waitpid(child, &status, 0);
	OK(length > 0, "%s: something is said", case_name);
	SAME(told, "pp: out of memory\n", "%s: one line is said", case_name);
	OK(WIFEXITED(status) && WEXITSTATUS(status) == 255, "%s: the status is 255", case_name);
}

static void returns(size_t bytes)
{
	asked = bytes;
}

int main(void)
{
	test_blocks();
	test_zero();
	test_copies();
	test_grow();
	test_failures();
	run_out(NULL, "without a handler");
	run_out(returns, "with a handler that returns");
	return tap_end();
}
