#include "base/buf.h"

#include <limits.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/mem.h"
#include "tap.h"

static jmp_buf failed;

static void on_failure(size_t bytes)
{
	longjmp(failed, bytes != 0);
}

static void test_empty(void)
{
	struct buf b;

	buf_init(&b);
	OK(!b.data && b.length == 0 && b.capacity == 0, "a new buffer owns nothing");
	buf_add(&b, NULL, 0);
	buf_add_string(&b, "");
	buf_drop(&b, 0);
	buf_drop(&b, 10);
	buf_reset(&b);
	buf_reserve(&b, 0);
	OK(!b.data, "adding and dropping nothing allocates nothing");
	SAME(buf_text(&b), "", "the text of an empty buffer is empty");
	OK(b.length == 0, "the NUL is not counted");
	buf_clear(&b);
	OK(!b.data && b.capacity == 0, "a cleared buffer owns nothing");
	char *text = buf_take(&b);
	SAME(text, "", "an empty text can be taken");
	free(text);
	buf_release(&b);
}

static void test_add(void)
{
	struct buf b = {0};

	buf_add(&b, "a\0b", 3);
	buf_add_char(&b, 'c');
	buf_add_string(&b, "de");
	OK(b.length == 6 && memcmp(b.data, "a\0bcde", 6) == 0, "bytes, a character and a string are added");
	OK(buf_shed(&b, 2) == 2 && b.length == 6, "a few that are gone are left where they are");
	OK(buf_shed(&b, 3) == 0 && b.length == 3, "half of all are removed");
	SAME(buf_text(&b), "cde", "and what follows is there");
	OK(buf_shed(&b, 3) == 0 && b.length == 0 && buf_shed(&b, 0) == 0, "and all of them, or none");
	buf_add_string(&b, "a-bcde");
	buf_drop(&b, 2);
	SAME(buf_text(&b), "bcde", "bytes are dropped at the front");
	buf_drop(&b, 5);
	OK(b.length == 0, "dropping more than there is drops all");
	buf_add_string(&b, "again");
	char *data = b.data;
	buf_reset(&b);
	OK(b.length == 0 && b.data == data, "a reset keeps the memory");
	buf_add_string(&b, "taken");
	char *text = buf_take(&b);
	SAME(text, "taken", "the text is given away");
	OK(!b.data && b.length == 0 && b.capacity == 0, "the buffer is empty afterwards");
	free(text);
}

static void test_growth(void)
{
	struct buf b = {0};
	size_t moves = 0, capacity = 0;
	bool right = true;

	for (size_t i = 0; i < 100000; i++) {
		buf_add_char(&b, (char)('a' + i % 26));
		moves += b.capacity != capacity;
		capacity = b.capacity;
	}
	for (size_t i = 0; i < b.length; i++)
		right &= b.data[i] == (char)('a' + i % 26);
	OK(right && b.length == 100000, "many bytes are kept");
	OK(moves < 30, "the memory moves seldom");
	buf_reserve(&b, 500000);
	char *data = b.data;
	for (size_t i = 0; i < 500000; i++)
		buf_add_char(&b, 'x');
	OK(b.data == data, "room that was made is used");
	buf_clear(&b);
}

static void test_format(void)
{
	struct buf b = {0};
	char block[1000];

	buf_add_format(&b, "%s", "");
	OK(b.length == 0, "an empty format adds nothing");
	buf_add_format(&b, "%d-%s", 5, "x");
	SAME(buf_text(&b), "5-x", "a format is added");
	memset(block, 'y', sizeof block);
	for (size_t length = 55; length <= 70; length++) {
		buf_clear(&b);
		buf_add_format(&b, "%.*s", (int)length, block);
		OK(b.length == length && b.data[length - 1] == 'y', "a format of %zu bytes is whole", length);
	}
	buf_add_format(&b, "%.*s!", 1000, block);
	OK(b.length == 70 + 1001 && b.data[b.length - 1] == '!', "a long format is whole");
	buf_clear(&b);
}

static void test_uint(void)
{
	struct buf b = {0};

	buf_add_uint(&b, 0);
	buf_add_char(&b, ' ');
	buf_add_uint(&b, 1234567890);
	buf_add_char(&b, ' ');
	buf_add_uint(&b, ULLONG_MAX);
	SAME(buf_text(&b), "0 1234567890 18446744073709551615", "numbers are added");
	buf_clear(&b);
}

static void test_overflow(void)
{
	static struct buf b;

	buf_add_string(&b, "kept");
	mem_on_failure(on_failure);
	if (setjmp(failed) == 0) {
		buf_reserve(&b, SIZE_MAX - 1);
		OK(false, "an overflowing reserve fails");
	} else {
		OK(true, "an overflowing reserve fails");
	}
	mem_on_failure(NULL);
	SAME(buf_text(&b), "kept", "a failed reserve changes nothing");
	buf_clear(&b);
}

int main(void)
{
	test_empty();
	test_add();
	test_growth();
	test_format();
	test_uint();
	test_overflow();
	return tap_end();
}
