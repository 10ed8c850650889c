#include "wire/message.h"

#include <stdlib.h>
#include "tap.h"

static struct buf b;

static const struct task_message task = {
	.id = UINT64_C(0x0102030405060708),
	.sequence = UINT64_MAX,
	.try = 3,
	.flags = TASK_SHELL,
	.timeout = 90 * NSEC_PER_SEC,
	.argc = 3,
	.words = "echo\0\0a b",
	.bytes = 10,
};

static const struct done_message done = {
	.id = UINT64_C(1) << 63,
	.cause = DONE_CANCELLED,
	.value = -15,
	.start = 1,
	.run_time = 2,
	.user = 3,
	.system = INT64_MAX,
	.peak_rss = -1,
};

/* The one frame in b. */
static struct frame decoded(void)
{
	struct frame f = {.type = 0};

	if (frame_decode(b.data, b.length, &f) != 1 || FRAME_HEADER + f.length != b.length)
		f.type = 9999;
	return f;
}

static void test_task(void)
{
	struct task_message m;
	struct frame f;

	OK(message_task(&b, 12, &task) == 0, "a task is encoded");
	f = decoded();
	OK(f.type == MESSAGE_TASK && f.slot == 12, "its frame says so, and names the slot");
	OK(message_parse_task(&f, &m) == 0, "a task is decoded");
	OK(m.id == task.id && m.sequence == task.sequence && m.try == task.try && m.flags == task.flags &&
	           m.timeout == task.timeout && m.argc == task.argc,
	   "all its numbers come back");
	OK(m.bytes == task.bytes && memcmp(m.words, task.words, m.bytes) == 0, "its words come back, an empty one too");
	buf_reset(&b);
}

/* Decodes the frame in b with another payload length, in memory of exactly that size. */
static int parse_task_cut(size_t length)
{
	unsigned char *payload = malloc(length ? length : 1);
	struct frame f = {.type = MESSAGE_TASK, .payload = payload, .length = length};
	struct task_message m;
	int result;

	memcpy(payload, b.data + FRAME_HEADER, length);
	result = message_parse_task(&f, &m);
	free(payload);
	return result;
}

static void test_bad_task(void)
{
	size_t length;
	bool refused = true;

	message_task(&b, 1, &task);
	length = b.length - FRAME_HEADER;
	for (size_t part = 0; part < length; part++)
		refused = refused && parse_task_cut(part) == -1;
	OK(refused, "a task cut at any byte is refused");
	OK(parse_task_cut(length) == 0, "the whole one is not");
	b.data[b.length - 1] = 'x';
	OK(parse_task_cut(length) == -1, "words without a NUL at the end are refused");
	buf_reset(&b);
}

static int parse_words(uint32_t argc, const char *words, size_t bytes, nsec_t timeout)
{
	struct task_message m = {.argc = argc, .words = words, .bytes = bytes, .timeout = timeout};
	struct frame f;
	int result;

	message_task(&b, 1, &m);
	f = decoded();
	result = message_parse_task(&f, &m);
	buf_reset(&b);
	return result;
}

static void test_bad_words(void)
{
	OK(parse_words(2, "a\0b", 4, 0) == 0, "as many words as were promised");
	OK(parse_words(3, "a\0b", 4, 0) == -1, "fewer words than promised are refused");
	OK(parse_words(1, "a\0b", 4, 0) == -1, "more words than promised are refused");
	OK(parse_words(UINT32_MAX, "a\0b", 4, 0) == -1, "a huge number of words is refused");
	OK(parse_words(0, "", 0, 0) == -1, "a task without words is refused");
	OK(parse_words(1, "", 1, 0) == 0, "one empty word is a word");
	OK(parse_words(1, "a", 2, -1) == -1, "a time limit below zero is refused");
}

static void test_long_task(void)
{
	struct task_message m = {.argc = 1, .words = "a", .bytes = (size_t)FRAME_MAX + 1};
	char *words;

	OK(message_task(&b, 1, &m) == -1 && b.length == 0, "words that are too long for a frame are not even copied");
	words = calloc(1, FRAME_MAX);
	m.words = words;
	m.bytes = FRAME_MAX;
	OK(message_task(&b, 1, &m) == -1 && b.length == 0, "neither are those that leave no room for the numbers");
	free(words);
	buf_clear(&b);
}

static bool done_comes_back(const struct done_message *want)
{
	struct done_message m;
	struct frame f;
	bool same;

	message_done(&b, 7, want);
	f = decoded();
	same = f.type == MESSAGE_DONE && f.slot == 7 && message_parse_done(&f, &m) == 0 && m.id == want->id &&
	       m.cause == want->cause && m.value == want->value && m.start == want->start &&
	       m.run_time == want->run_time && m.user == want->user && m.system == want->system &&
	       m.peak_rss == want->peak_rss;
	buf_reset(&b);
	return same;
}

static int parse_cause(uint32_t cause)
{
	struct done_message m = {.cause = cause};
	struct frame f;
	int result;

	message_done(&b, 1, &m);
	f = decoded();
	result = message_parse_done(&f, &m);
	buf_reset(&b);
	return result;
}

static void test_done(void)
{
	struct done_message m;
	struct frame f;
	bool refused = true;

	OK(done_comes_back(&done), "a result comes back, negative numbers too");
	OK(done_comes_back(&(struct done_message){.cause = DONE_EXITED, .value = 255}), "an exit status comes back");
	OK(parse_cause(0) == -1 && parse_cause(DONE_NOT_STARTED + 1) == -1 && parse_cause(UINT32_MAX) == -1,
	   "unknown causes are refused");
	OK(parse_cause(DONE_EXITED) == 0 && parse_cause(DONE_NOT_STARTED) == 0, "the first and the last are known");
	message_done(&b, 1, &done);
	buf_add_char(&b, 0);
	f = (struct frame){.payload = (unsigned char *)b.data + FRAME_HEADER, .length = b.length - FRAME_HEADER};
	OK(message_parse_done(&f, &m) == -1, "a byte too many is refused");
	for (size_t length = 0; length + 1 < b.length - FRAME_HEADER; length++) {
		f.length = length;
		refused = refused && message_parse_done(&f, &m) == -1;
	}
	OK(refused, "a result cut at any byte is refused");
	buf_reset(&b);
}

static void test_numbers(void)
{
	uint64_t x, y;
	struct frame f;

	message_numbers(&b, 65535, MESSAGE_BACK, UINT64_MAX, 0);
	f = decoded();
	OK(f.type == MESSAGE_BACK && f.slot == 65535 && message_parse_numbers(&f, &x, &y) == 0 && x == UINT64_MAX &&
	           y == 0,
	   "two numbers come back");
	f.length--;
	OK(message_parse_numbers(&f, &x, &y) == -1, "a byte too few is refused");
	f.length = 0;
	OK(message_parse_numbers(&f, &x, &y) == -1, "so is nothing");
	buf_add_char(&b, 0);
	f = (struct frame){.payload = (unsigned char *)b.data + FRAME_HEADER, .length = b.length - FRAME_HEADER};
	OK(message_parse_numbers(&f, &x, &y) == -1, "so is a byte too many");
	buf_reset(&b);
}

static void test_data(void)
{
	const char *bytes;
	size_t length, mark = message_begin_data(&b, 2, MESSAGE_ERRORS, 5);
	uint64_t id;
	struct frame f;

	buf_add(&b, "a\0b\n", 4);
	frame_end(&b, mark);
	f = decoded();
	OK(f.type == MESSAGE_ERRORS && f.slot == 2 && message_parse_data(&f, &id, &bytes, &length) == 0 && id == 5 &&
	           length == 4 && memcmp(bytes, "a\0b\n", 4) == 0,
	   "output comes back with its task");
	f.length = 8;
	OK(message_parse_data(&f, &id, &bytes, &length) == 0 && length == 0, "output may be empty");
	f.length = 7;
	OK(message_parse_data(&f, &id, &bytes, &length) == -1, "output without its task is refused");
	buf_reset(&b);
}

int main(void)
{
	test_task();
	test_bad_task();
	test_bad_words();
	test_long_task();
	test_done();
	test_numbers();
	test_data();
	buf_release(&b);
	return tap_end();
}
