#include "output/results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/fd.h"
#include "tap.h"

static char dir[4000];
static struct err e;

/* -- Paths -- */

/* An item of rows of so many columns. */
static void fill(struct item *item, const char *const values[], size_t count, size_t columns)
{
	item_reset(item);
	for (size_t i = 0; i < count; i++) {
		item_add(item, values[i], strlen(values[i]));
		if ((i + 1) % columns == 0 || i + 1 == count)
			item_end_row(item);
	}
}

static void check_path(const char *directory, const char *const values[], size_t count, size_t columns,
                       const struct strv *names, const char *want)
{
	struct item item = {0};
	struct buf b = {0};

	fill(&item, values, count, columns);
	results_path(&b, directory, &item, names);
	SAME(buf_text(&b), want, "a path: %s", want);
	buf_release(&b);
	item_release(&item);
}

static void test_paths(void)
{
	check_path("r", (const char *const[]){"a", "b c"}, 2, 2, NULL, "r/1/a/2/b c/");
	check_path("r/", (const char *const[]){"a"}, 1, 1, NULL, "r/1/a/");
	check_path("r", (const char *const[]){"1", "2", "3"}, 3, 1, NULL, "r/1/1/1/2/1/3/");
	check_path("r", (const char *const[]){"1", "2", "3"}, 3, 2, NULL, "r/1/1/2/2/1/3/");
	check_path("r", (const char *const[]){"a/b", "e\\f", "x\ty", "", "%\xC3\xA9"}, 5, 5, NULL,
	           "r/1/a\\_b/2/e\\\\f/3/x\\ty/4//5/%\xC3\xA9/");
	check_path("r", (const char *const[]){".", "..", "...", "../../x", "\\.."}, 5, 5, NULL,
	           "r/1/\\./2/\\../3/.../4/..\\_..\\_x/5/\\\\../");
	check_path("r", NULL, 0, 1, NULL, "r/1/\\0noarg/");
}

static void test_names(void)
{
	static const char *const values[] = {"1", "2", "3", "4"};
	struct strv names = {0};

	strv_add(&names, "b");
	strv_add(&names, "..");
	strv_add(&names, "a/b");
	check_path("r", values, 3, 3, &names, "r/\\../2/a\\_b/3/b/1/");
	check_path("r", values, 4, 4, &names, "r/\\../2/a\\_b/3/b/1/4/4/");
	strv_reset(&names);
	strv_add(&names, "11a");
	strv_add(&names, "1b");
	strv_add(&names, "1a");
	check_path("r", values, 3, 3, &names, "r/1a/3/1b/2/11a/1/");
	check_path("r", values, 4, 3, &names, "r/1a/3/1b/2/11a/1/11a/4/");
	strv_release(&names);
}

/* Names that are too long are cut, stay valid and differ. */
static void test_long_names(void)
{
	char one[301], other[301], accents[401];
	struct item item = {0};
	struct buf a = {0}, b = {0};

	memset(one, 'x', 300);
	memset(other, 'x', 300);
	one[300] = other[300] = accents[400] = '\0';
	other[299] = 'y';
	for (int i = 0; i < 400; i += 2)
		memcpy(accents + i, "\xC3\xA9", 2);
	fill(&item, (const char *const[]){one}, 1, 1);
	results_path(&a, "r", &item, NULL);
	fill(&item, (const char *const[]){other}, 1, 1);
	results_path(&b, "r", &item, NULL);
	OK(a.length == 4 + 255 + 1 && b.length == a.length, "long values are cut to what a name may have");
	OK(memcmp(a.data, b.data, a.length) != 0, "and still differ");
	buf_reset(&a);
	fill(&item, (const char *const[]){accents}, 1, 1);
	results_path(&a, "r", &item, NULL);
	OK(a.length <= 4 + 255 + 1 && a.data[a.length - 19] == '\xA9', "no character is cut in two");
	buf_reset(&a);
	one[255] = '\0';
	fill(&item, (const char *const[]){one}, 1, 1);
	results_path(&a, "r", &item, NULL);
	OK(a.length == 4 + 255 + 1 && a.data[a.length - 2] == 'x', "what is just short enough stays");
	buf_release(&a);
	buf_release(&b);
	item_release(&item);
}

static void test_strays(void)
{
	OK(!results_strays("out/a/b", "out/{}"), "a path may have a slash more");
	OK(!results_strays("../out/a..b/...", "../out/{}"), "and what the template has");
	OK(results_strays("out/../x", "out/{}"), "but not lead upwards");
	OK(results_strays("../out/../x", "../out/{}"), "not once more");
	OK(results_strays("..", "{}"), "not at all");
	OK(results_strays("/etc/x", "{}") && !results_strays("/etc/x", "/etc/{}"), "nor to the root");
}

/* -- Files -- */

static const char *path(const char *name)
{
	static char text[2][8192];
	static int turn;

	turn = !turn;
	snprintf(text[turn], sizeof text[turn], "%s/%s", dir, name);
	return text[turn];
}

/* What stands in a file; NULL where there is none. */
static const char *content(const char *name)
{
	static char text[100];
	int fd = fd_open(path(name), O_RDONLY, 0);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = fd_read(fd, text, sizeof text - 1);
	fd_close(&fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void write_both(struct results *r)
{
	OK(results_write(r, 1, "out", 3, &e) == 0 && results_write(r, 2, "err", 3, &e) == 0, "output is written");
}

static void test_directory(void)
{
	struct results r;

	OK(!results_are_whole(path("a/b/")), "there are no results");
	OK(results_begin(&r, path("a/b/"), 12, &e) == 0, "files are opened");
	write_both(&r);
	OK(!results_are_whole(path("a/b/")) && !content("a/b/stdout"), "while the job runs there are none either");
	SAME(content("a/b/stdout~12"), "out", "but for what came so far");
	results_restart(&r);
	OK(results_write(&r, 1, "more", 4, &e) == 0, "and writes");
	OK(results_finish(&r, &e) == 0 && !r.base, "the job is done");
	OK(results_are_whole(path("a/b/")), "its results are whole");
	SAME(content("a/b/stdout"), "more", "standard output of the last try");
	SAME(content("a/b/stderr"), "", "standard error, which is empty");
	SAME(content("a/b/seq"), "12", "the number");
	OK(!content("a/b/stdout~12") && !content("a/b/stderr~12") && !content("a/b/seq~12"), "and nothing else");
}

/* Two runs have jobs of the same number and values: no file has the output of both, and one of them knows. */
static void test_two(void)
{
	struct results first, second;

	OK(results_begin(&first, path("two/"), 5, &e) == 0, "a run begins a job");
	write_both(&first);
	OK(results_begin(&second, path("two/"), 5, &e) == 0, "another run takes its place");
	OK(results_write(&second, 1, "mine", 4, &e) == 0 && results_write(&second, 2, "mine", 4, &e) == 0,
	   "and writes");
	OK(results_write(&first, 1, "out", 3, &e) < 0 && strstr(e.text, "/stdout: another run writes there"),
	   "which the first one is told when it writes");
	OK(results_finish(&first, &e) < 0 && strstr(e.text, "/stdout: another run writes there"),
	   "and when its job is done");
	OK(!results_are_whole(path("two/")), "it has put nothing in place");
	OK(results_finish(&second, &e) == 0, "and has taken nothing from the second one");
	SAME(content("two/stdout"), "mine", "whose standard output is whole");
	SAME(content("two/stderr"), "mine", "and its standard error");
	OK(results_begin(&first, path("two/"), 6, &e) == 0, "a file goes away while its job runs");
	remove(path("two/stdout~6"));
	OK(results_write(&first, 1, "rest", 4, &e) < 0 && e.code == ENOENT, "which is told, too");
	results_drop(&first);
	unlink(path("two/stdout"));
	unlink(path("two/stderr"));
	unlink(path("two/seq"));
	rmdir(path("two"));
}

/* Earlier results stay until the new ones are whole. */
static void test_again(void)
{
	struct results r;

	OK(results_begin(&r, path("a/b/"), 3, &e) == 0, "a job is done again");
	write_both(&r);
	SAME(content("a/b/stdout"), "more", "the results of before stay");
	results_drop(&r);
	OK(results_are_whole(path("a/b/")) && !content("a/b/stdout~3"), "also when it does not end");
	results_begin(&r, path("a/b/"), 3, &e);
	write_both(&r);
	results_finish(&r, &e);
	SAME(content("a/b/stdout"), "out", "when it does they are replaced");
	SAME(content("a/b/seq"), "3", "the number too");
	unlink(path("a/b/seq"));
	OK(!results_are_whole(path("a/b/")), "without the number they are not whole");
	unlink(path("a/b/stdout"));
	unlink(path("a/b/stderr"));
	rmdir(path("a/b"));
	rmdir(path("a"));
}

static void test_template(void)
{
	struct results r;

	OK(results_begin(&r, path("x_1"), 1, &e) == 0, "files are opened beside one another");
	write_both(&r);
	OK(results_finish(&r, &e) == 0 && results_are_whole(path("x_1")), "and are whole");
	SAME(content("x_1"), "out", "standard output");
	SAME(content("x_1.err"), "err", "standard error");
	SAME(content("x_1.seq"), "1", "the number");
	unlink(path("x_1"));
	unlink(path("x_1.err"));
	unlink(path("x_1.seq"));
}

static void test_file(void)
{
	struct results r, other;
	char *name, *other_name;
	struct stat info;

	OK(results_begin_file(&r, dir, 5, &e) == 0, "a file is opened");
	OK(results_begin_file(&other, dir, 5, &e) == 0 && strcmp(r.base, other.base) != 0,
	   "another one has another name");
	name = strdup(r.base);
	other_name = strdup(other.base);
	results_write(&r, 1, "out", 3, &e);
	OK(results_finish(&r, &e) == 0 && stat(name, &info) == 0 && info.st_size == 3, "it stays under its name");
	OK((info.st_mode & 0777) == 0600, "for its owner only");
	results_drop(&other);
	OK(stat(other_name, &info) < 0, "one that is dropped does not");
	unlink(name);
	free(name);
	free(other_name);
}

static void test_errors(void)
{
	struct results r;
	char want[8300];
	int fd = fd_open(path("file"), O_WRONLY | O_CREAT, 0666);

	fd_close(&fd);
	OK(results_begin(&r, path("file/x/"), 1, &e) == -1 && e.code == ENOTDIR, "no directory can be made in a file");
	snprintf(want, sizeof want, "cannot make directory for results: %s: Not a directory", path("file/x"));
	SAME(e.text, want, "what is said of it");
	mkdir(path("d"), 0777);
	mkdir(path("d/stdout"), 0777);
	OK(results_begin(&r, path("d/"), 1, &e) == 0, "where a directory is in the way of a result");
	OK(results_finish(&r, &e) == -1 && !r.base, "it is told of");
	snprintf(want, sizeof want, "cannot write results: %s: Is a directory", path("d/stdout"));
	SAME(e.text, want, "by name");
	OK(!content("d/stdout~1") && !content("d/stderr~1"), "and nothing stays");
	OK(results_begin_file(&r, path("none"), 1, &e) == -1 && e.code == ENOENT && !r.base,
	   "a directory that is not there");
	unlink(path("file"));
	rmdir(path("d/stdout"));
	rmdir(path("d"));
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof dir, "%s/pp-results-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 99;
	test_paths();
	test_names();
	test_long_names();
	test_strays();
	test_directory();
	test_again();
	test_two();
	test_template();
	test_file();
	test_errors();
	OK(rmdir(dir) == 0, "nothing is left behind");
	return tap_end();
}
