#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEM_FIRST_CAPACITY = 64 };

static void (*failure_handler)(size_t bytes);

void mem_on_failure(void (*handler)(size_t bytes))
{
	failure_handler = handler;
}

__attribute__((noreturn)) static void fail(size_t bytes)
{
	static const char line[] = "pp: out of memory\n";

	if (failure_handler)
		failure_handler(bytes);
	(void)!write(STDERR_FILENO, line, sizeof line - 1);
	_exit(255);
}

/* Sizes that no object can have are refused here, for some allocators end the program on their own account. */
static bool is_possible(size_t bytes)
{
	return bytes <= PTRDIFF_MAX;
}

static size_t product(size_t count, size_t bytes)
{
	if (bytes && count > SIZE_MAX / bytes)
		fail(SIZE_MAX);
	return count * bytes;
}

void *mem_alloc(size_t bytes)
{
	void *block = is_possible(bytes) ? malloc(bytes ? bytes : 1) : NULL;

	if (!block)
		fail(bytes);
	return block;
}

void *mem_zero(size_t count, size_t bytes)
{
	size_t total = product(count, bytes);
	void *block = is_possible(total) ? calloc(1, total ? total : 1) : NULL;

	if (!block)
		fail(total);
	return block;
}

void *mem_resize(void *block, size_t bytes)
{
	void *successor = is_possible(bytes) ? realloc(block, bytes ? bytes : 1) : NULL;

	if (!successor)
		fail(bytes);
	return successor;
}

void *mem_resize_array(void *block, size_t count, size_t bytes)
{
	return mem_resize(block, product(count, bytes));
}

void *mem_copy(const void *from, size_t bytes)
{
	void *copy = mem_alloc(bytes);

	if (bytes)
		memcpy(copy, from, bytes);
	return copy;
}

char *mem_string(const char *text)
{
	return mem_copy(text, strlen(text) + 1);
}

char *mem_string_n(const char *text, size_t length)
{
	if (length == SIZE_MAX)
		fail(length);
	char *copy = mem_alloc(length + 1);
	if (length)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

size_t mem_grow(size_t capacity, size_t need)
{
	size_t half = capacity / 2;
	size_t next = capacity > SIZE_MAX - half ? SIZE_MAX : capacity + half;

	if (next < MEM_FIRST_CAPACITY)
		next = MEM_FIRST_CAPACITY;
	return next < need || !is_possible(next) ? need : next;
}
