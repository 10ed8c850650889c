#include "os/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

enum { KIB = 1024, MIB = 1024 * 1024, STREAMS = 40, STEPS = 6000, LARGEST = 200000, LAST_FD = 64 };

static const char *directory;
static char pattern[2 * LARGEST];

/* The spool's file is the one open file without a name. Gives its size, -1 when there is none. */
static long long file_size(void)
{
	struct stat st;

	for (int fd = 3; fd < LAST_FD; fd++)
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0)
			return (long long)st.st_size;
	return -1;
}

static int files(void)
{
	struct stat st;
	int count = 0;

	for (int fd = 3; fd < LAST_FD; fd++)
		count += fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0;
	return count;
}

/* Takes all out of t and compares it. */
static bool gives(struct spool *s, struct stream *t, const char *want, size_t length)
{
	const char *bytes;
	struct err e;
	size_t seen = 0;
	ptrdiff_t n;

	if (t->length != length)
		return false;
	while ((n = stream_front(s, t, &bytes, &e)) > 0) {
		if (n > 64 * KIB || (size_t)n > length - seen || memcmp(bytes, want + seen, (size_t)n) != 0)
			return false;
		seen += (size_t)n;
		stream_drop(s, t, (size_t)n);
	}
	return n == 0 && seen == length && t->length == 0;
}

static void test_empty(void)
{
	struct spool *s = spool_new(MIB, directory);
	struct stream t = {0};
	const char *bytes;
	struct err e;

	OK(stream_front(s, &t, &bytes, &e) == 0, "an empty stream has no front");
	stream_drop(s, &t, 10);
	OK(t.length == 0, "dropping from it has no effect");
	stream_clear(s, &t);
	OK(stream_add(s, &t, "", 0, &e) == 0 && t.length == 0 && spool_memory(s) == 0, "adding nothing takes nothing");
	spool_free(s);
	spool_free(NULL);
}

static void test_memory(void)
{
	struct spool *s = spool_new(MIB, directory);
	struct stream t = {0}, u = {0}, moved;
	const char *bytes;
	struct err e;

	OK(stream_add(s, &t, "one\n", 4, &e) == 0 && t.length == 4, "a line is held");
	OK(spool_memory(s) >= 4 && spool_memory(s) <= 100, "it costs its size and a little: %zu", spool_memory(s));
	stream_add(s, &u, "other\n", 6, &e);
	stream_add(s, &t, "two\n", 4, &e);
	moved = t;
	t = (struct stream){0};
	OK(stream_front(s, &moved, &bytes, &e) > 0 && bytes[0] == 'o', "a stream may be moved");
	stream_drop(s, &moved, 2);
	OK(stream_front(s, &moved, &bytes, &e) > 0 && bytes[0] == 'e', "some bytes are dropped");
	OK(gives(s, &moved, "e\ntwo\n", 6), "the others come in order");
	OK(gives(s, &u, "other\n", 6), "streams do not mix");
	OK(spool_memory(s) == 0, "nothing is kept");
	stream_add(s, &t, "three", 5, &e);
	stream_drop(s, &t, 100);
	OK(t.length == 0 && spool_memory(s) == 0, "dropping too much drops all");
	OK(file_size() == -1 && spool_file_bytes(s) == 0, "no file was made");
	spool_free(s);
}

/* A stream that grows by short lines must not cost a piece for each. */
static void test_growth(size_t budget)
{
	struct spool *s = spool_new(budget, directory);
	struct stream t = {0};
	size_t length = 0;
	struct err e;

	for (; length < LARGEST; length += 10)
		stream_add(s, &t, pattern + length, 10, &e);
	OK(spool_memory(s) < 2 * LARGEST, "short lines become one long stream, budget %zu", budget);
	OK(gives(s, &t, pattern, length), "it comes out as it went in");
	stream_clear(s, &t);
	OK(spool_memory(s) == 0 && spool_file_bytes(s) == 0, "nothing of it is left");
	spool_free(s);
}

static void test_file(void)
{
	struct spool *s = spool_new(10 * KIB, directory);
	struct stream t = {0}, u = {0};
	const char *bytes;
	struct err e;

	OK(stream_add(s, &t, pattern, LARGEST, &e) == 0 && t.length == LARGEST, "more than the budget is held");
	OK(spool_memory(s) <= 10 * KIB, "memory keeps to the budget");
	OK(spool_file_bytes(s) >= LARGEST - 10 * KIB && files() == 1, "the file has the others");
	OK(file_size() >= (long long)spool_file_bytes(s), "the file is there");
	stream_add(s, &u, pattern + 1, LARGEST, &e);
	OK(files() == 1, "two streams share the file");
	OK(gives(s, &t, pattern, LARGEST), "the first comes out as it went in");
	OK(file_size() > 0, "the file stays while it is needed");
	OK(stream_front(s, &u, &bytes, &e) > 0 && bytes[0] == pattern[1], "the second is untouched");
	stream_drop(s, &u, 70000);
	OK(gives(s, &u, pattern + 70001, LARGEST - 70000), "the second comes out from where it was");
	OK(file_size() == 0 && spool_file_bytes(s) == 0, "the disk space is given back");
	stream_add(s, &u, pattern, LARGEST, &e);
	stream_clear(s, &u);
	OK(file_size() == 0 && u.length == 0 && spool_memory(s) == 0, "so it is when a stream is cleared");
	spool_free(s);
	OK(files() == 0, "the file is closed");
}

/* A file that is never wholly unused, but never holds much at a time, must not grow. */
static void test_reuse(void)
{
	struct spool *s = spool_new(0, directory);
	struct stream kept = {0}, passing[3] = {{0}};
	bool same = true;
	struct err e;

	stream_add(s, &kept, "kept", 4, &e);
	for (int i = 0; i < 300; i++) {
		struct stream *t = &passing[i % 3];

		if (i >= 3)
			same &= gives(s, t, pattern + i - 3, 50000);
		stream_add(s, t, pattern + i, 50000, &e);
	}
	OK(same, "streams pass through the file unharmed");
	OK(file_size() <= 8 * 64 * KIB, "room is used again: %lld bytes", file_size());
	for (int i = 0; i < 3; i++)
		stream_clear(s, &passing[i]);
	OK(gives(s, &kept, "kept", 4) && file_size() == 0, "the one that was kept is unharmed");
	spool_free(s);
}

static void test_small_in_file(void)
{
	enum { COUNT = 20000 };
	struct spool *s = spool_new(0, directory);
	struct stream *all = calloc(COUNT, sizeof *all);
	bool same = true;
	struct err e;

	for (int i = 0; i < COUNT; i++)
		stream_add(s, &all[i], pattern + i, 10, &e);
	OK(spool_file_bytes(s) == 10 * COUNT && file_size() <= 12 * COUNT, "small streams share blocks: %lld",
	   file_size());
	for (int i = 0; i < COUNT; i++)
		same &= gives(s, &all[i], pattern + i, 10);
	OK(same && file_size() == 0, "each comes out as it went in");
	free(all);
	spool_free(s);
}

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

/* What a stream should hold: a part of the pattern. */
struct model {
	struct stream stream;
	size_t from;
	size_t length;
};

static size_t random_length(void)
{
	switch (random_below(4)) {
	case 0:
		return random_below(20);
	case 1:
		return random_below(1000);
	case 2:
		return random_below(5000);
	default:
		return random_below(100) == 0 ? random_below(LARGEST / 2) : random_below(10000);
	}
}

static bool add_random(struct spool *s, struct model *m)
{
	size_t length = random_length();
	struct err e;

	if (m->length == 0)
		m->from = random_below(1000);
	if (m->from + m->length + length > sizeof pattern)
		return true;
	if (stream_add(s, &m->stream, pattern + m->from + m->length, length, &e) == -1)
		return false;
	m->length += length;
	return true;
}

static bool take_random(struct spool *s, struct model *m)
{
	size_t length = random_below(3) ? random_length() : m->length;
	const char *bytes;
	struct err e;
	ptrdiff_t n;

	for (; length > 0; length -= (size_t)n) {
		n = stream_front(s, &m->stream, &bytes, &e);
		if (n < 0 || (size_t)n > m->length || (n == 0) != (m->length == 0))
			return false;
		if (n == 0)
			return true;
		if (memcmp(bytes, pattern + m->from, (size_t)n) != 0)
			return false;
		if ((size_t)n > length)
			n = (ptrdiff_t)length;
		stream_drop(s, &m->stream, (size_t)n);
		m->from += (size_t)n;
		m->length -= (size_t)n;
	}
	return true;
}

static bool step(struct spool *s, struct model *m)
{
	uint32_t what = random_below(100);

	if (what < 55)
		return add_random(s, m);
	if (what < 97)
		return take_random(s, m);
	stream_clear(s, &m->stream);
	m->length = 0;
	return true;
}

static uint64_t held(const struct model *models)
{
	uint64_t sum = 0;

	for (int i = 0; i < STREAMS; i++)
		sum += models[i].length;
	return sum;
}

static void test_at_random(size_t budget)
{
	struct spool *s = spool_new(budget, directory);
	struct model *models = calloc(STREAMS, sizeof *models);
	bool same = true, within = true, used = false;

	for (int i = 0; i < STEPS && same; i++) {
		struct model *m = &models[random_below(STREAMS)];

		same = step(s, m) && m->stream.length == m->length;
		within &= spool_memory(s) <= budget && spool_file_bytes(s) <= held(models);
		within &= spool_file_bytes(s) + spool_memory(s) >= held(models);
		used |= spool_file_bytes(s) > 0;
	}
	OK(same, "random adding and taking agrees with the model, budget %zu", budget);
	OK(within, "memory keeps to the budget and the counts are right");
	OK(used == (budget < MIB), "the file is used when it is needed");
	for (int i = 0; i < STREAMS; i++)
		same &= gives(s, &models[i].stream, pattern + models[i].from, models[i].length);
	OK(same, "what is left comes out in order");
	OK(spool_memory(s) == 0 && spool_file_bytes(s) == 0 && file_size() <= 0, "nothing is left");
	free(models);
	spool_free(s);
}

/* stream_add while no file may grow beyond a size. The limit must be gone before the result is printed. */
static int add_limited(struct spool *s, struct stream *t, const char *bytes, size_t length, rlim_t largest,
                       struct err *e)
{
	struct rlimit old, limit;
	int result;

	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = largest;
	setrlimit(RLIMIT_FSIZE, &limit);
	result = stream_add(s, t, bytes, length, e);
	setrlimit(RLIMIT_FSIZE, &old);
	return result;
}

static void test_full(void)
{
	struct spool *s = spool_new(1000, directory);
	struct stream t = {0}, u = {0};
	struct err e = {0};
	uint64_t in_file;
	size_t memory;
	int result;

	stream_add(s, &u, pattern, 150, &e);
	stream_add(s, &t, pattern, 700, &e);
	stream_add(s, &t, pattern + 700, 50000, &e);
	memory = spool_memory(s);
	in_file = spool_file_bytes(s);
	result = add_limited(s, &t, pattern + 50700, LARGEST, 100000, &e);
	OK(result == -1 && e.code == EFBIG, "the file cannot grow: %s", e.text);
	OK(t.length == 50700, "nothing was taken");
	OK(spool_memory(s) == memory && spool_file_bytes(s) == in_file, "all room was given back");
	OK(add_limited(s, &t, pattern + 50700, LARGEST, 100000, &e) == -1 && t.length == 50700, "it fails again");
	OK(add_limited(s, &u, pattern + 150, LARGEST, 100000, &e) == -1 && u.length == 150, "for another stream too");
	OK(add_limited(s, &t, pattern + 50700, 20000, 100000, &e) == 0 && t.length == 70700, "less finds room");
	OK(stream_add(s, &t, pattern + 70700, LARGEST, &e) == 0, "it may be tried again");
	OK(gives(s, &t, pattern, 70700 + LARGEST), "the stream is whole");
	OK(gives(s, &u, pattern, 150), "the other stream is whole");
	OK(add_limited(s, &t, pattern, 5000, 0, &e) == -1 && t.length == 0, "an empty stream stays empty");
	OK(spool_memory(s) == 0 && spool_file_bytes(s) == 0 && file_size() == 0, "and costs nothing");
	spool_free(s);
}

static void test_beyond_budget(void)
{
	struct spool *s = spool_new(1000, directory);
	struct stream t = {0};
	uint64_t in_file;
	struct err e;

	stream_add(s, &t, pattern, 5000, &e);
	stream_add(s, &t, pattern + 5000, 10, &e);
	in_file = spool_file_bytes(s);
	OK(stream_add_memory(s, &t, pattern + 5010, LARGEST, &e) == 0, "what must be taken is taken");
	OK(spool_file_bytes(s) == in_file && spool_memory(s) > LARGEST, "it stays in memory, whatever the budget");
	OK(stream_add_memory(s, &t, pattern + 5010 + LARGEST, 10, &e) == 0, "some more");
	OK(stream_add(s, &t, pattern + 5020 + LARGEST, LARGEST / 2, &e) == 0, "the file is used again afterwards");
	OK(spool_file_bytes(s) > in_file, "it holds what came later");
	OK(gives(s, &t, pattern, 5020 + LARGEST + LARGEST / 2), "all comes out as it went in");
	OK(spool_memory(s) == 0 && spool_file_bytes(s) == 0, "and nothing is kept");
	spool_free(s);
}

static void test_no_directory(void)
{
	struct spool *s = spool_new(100, "/dev/null/none");
	struct stream t = {0};
	struct err e = {0};

	OK(stream_add(s, &t, "a", 1, &e) == 0, "no directory is needed for memory");
	OK(stream_add(s, &t, pattern, 1000, &e) == -1 && e.code == ENOTDIR && t.length == 1, "it is for the file");
	OK(strstr(e.text, "/dev/null/none: ") != NULL, "the message names it: %s", e.text);
	stream_clear(s, &t);
	spool_free(s);
	setenv("TMPDIR", "/dev/null/none", 1);
	s = spool_new(0, NULL);
	OK(stream_add(s, &t, "a", 1, &e) == -1 && strstr(e.text, "/dev/null/none: "), "TMPDIR is the default");
	spool_free(s);
	setenv("TMPDIR", "", 1);
	s = spool_new(0, NULL);
	OK(stream_add(s, &t, "a", 1, &e) == 0 && gives(s, &t, "a", 1), "then /tmp");
	spool_free(s);
}

/* The file loses its bytes behind the spool's back. */
static void test_damage(void)
{
	struct spool *s = spool_new(0, directory);
	struct stream t = {0};
	const char *bytes;
	struct err e = {0};
	struct stat st;

	stream_add(s, &t, "lost", 4, &e);
	for (int fd = 3; fd < LAST_FD; fd++)
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0 && ftruncate(fd, 0) == -1)
			return;
	OK(stream_front(s, &t, &bytes, &e) == -1 && e.code == EIO, "a damaged file is told: %s", e.text);
	stream_clear(s, &t);
	spool_free(s);
}

int main(void)
{
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = (char)(i * 31 + i / 256 * 17 + i / 65536);
	directory = getenv("TMPDIR");
	if (!directory || !*directory)
		directory = "/tmp";
	test_empty();
	test_memory();
	test_growth(MIB);
	test_growth(0);
	test_file();
	test_reuse();
	test_small_in_file();
	test_at_random(0);
	test_at_random(3000);
	test_at_random(100 * KIB);
	test_at_random((size_t)1 << 30);
	test_full();
	test_beyond_budget();
	test_damage();
	test_no_directory();
	return tap_end();
}
