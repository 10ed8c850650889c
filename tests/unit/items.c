#include "input/items.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "os/fd.h"
#include "os/host.h"
#include "tap.h"

enum { MOST = 4 };

static struct source_spec specs[MOST];
static struct items_config config;
static struct template_config spellings;
static char *command[8];
static char echo[] = "echo", all_values[] = "{}", first_value[] = "{1}", second_value[] = "{2}";
static int writer;

/* Starts a new set of options: the command is "echo". */
static void begin(void)
{
	for (size_t n = 0; n < MOST; n++)
		strv_release(&specs[n].words);
	memset(specs, 0, sizeof specs);
	memset(command, 0, sizeof command);
	command[0] = echo;
	config = (struct items_config){.sources = specs};
	spellings = (struct template_config){.mode = TEMPLATE_EXEC};
}

static struct source_spec *add_source(enum source_kind kind)
{
	specs[config.source_count].kind = kind;
	return &specs[config.source_count++];
}

/* A source of the words in text, which blanks separate. */
static void add_words(const char *text)
{
	struct source_spec *s = add_source(SOURCE_WORDS);

	while (*text) {
		size_t length = strcspn(text, " ");

		strv_add_n(&s->words, text, length);
		text += length + (text[length] == ' ');
	}
}

static void add_numbers(unsigned most)
{
	struct source_spec *s = add_source(SOURCE_WORDS);
	char text[16];

	for (unsigned n = 1; n <= most; n++) {
		snprintf(text, sizeof text, "%u", n);
		strv_add(&s->words, text);
	}
}

/* A source that reads what put writes to a pipe. */
static void add_pipe(void)
{
	int ends[2];

	if (fd_pipe(ends) < 0)
		exit(99);
	writer = ends[1];
	add_source(SOURCE_FD)->fd = ends[0];
}

static void put(const char *text)
{
	if (fd_write_all(writer, text, strlen(text)) < 0)
		exit(99);
}

static void add_input(const char *text)
{
	add_pipe();
	put(text);
	fd_close(&writer);
}

static const char *close_pipe(const char *text)
{
	for (size_t n = 0; n < config.source_count; n++)
		if (specs[n].kind == SOURCE_FD)
			fd_close(&specs[n].fd);
	return text;
}

static struct template *compile(void)
{
	struct err e;
	size_t words = 0;

	while (command[words])
		words++;
	return template_compile(&spellings, words, command, &e);
}

/* Values joined by spaces, each row behind the first by ";", items by "|", and how it ended where that is not the
   end. */
static const char *take(struct items *s, size_t most)
{
	static struct buf shown;
	struct item i = {0};
	struct err e = {0};
	enum items_answer answer = ITEMS_HAVE;

	buf_reset(&shown);
	while (most-- && (answer = items_next(s, &i, &e)) == ITEMS_HAVE) {
		for (size_t n = 0; n < i.count; n++)
			buf_add_format(&shown, "%s%s", n ? " " : "", item_value(&i, n).text);
		buf_add_char(&shown, '|');
	}
	if (answer == ITEMS_WAIT)
		buf_add_string(&shown, "wait");
	else if (answer == ITEMS_FAIL)
		buf_add_string(&shown, e.text);
	item_release(&i);
	return buf_text(&shown);
}

static const char *all(void)
{
	struct err e;
	struct items *s = items_new(&config, &e);
	static char failure[ERR_TEXT];
	struct template *t = compile();
	const char *shown = failure;

	if (s) {
		items_set_template(s, t, &spellings);
		shown = take(s, SIZE_MAX);
	} else {
		memcpy(failure, e.text, sizeof failure);
	}
	items_free(s);
	template_free(t);
	return close_pipe(shown);
}

static void test_single(void)
{
	begin();
	add_input("a\n\nb");
	SAME(all(), "a||b|", "a line is an item, an empty one too");
	begin();
	add_words("");
	SAME(all(), "", "no words make no item");
	begin();
	config.skip_empty = true;
	add_input("a\n\n \t\nb\n");
	SAME(all(), "a|b|", "blank records are passed over if that is asked for");
	begin();
	config.end_string = "STOP";
	add_input("a\nSTOPx\nSTOP\nb\n");
	SAME(all(), "a|STOPx|", "the end string ends the input");
	begin();
	config.delimiter = "\r\n";
	config.delimiter_length = 2;
	add_input("a\r\nb\nc\r\n");
	SAME(all(), "a|b\nc|", "records may end otherwise");
	begin();
	config.skip_first_line = true;
	add_input("x\na\nb\n");
	SAME(all(), "a|b|", "the first line can be passed over");
	begin();
	add_words("a\nb");
	SAME(all(), "a\nb|", "a word is never cut");
}

static void test_nul_bytes(void)
{
	struct err e;
	struct items *s;

	begin();
	add_pipe();
	if (fd_write_all(writer, "a\0b\nc\n", 6) < 0)
		exit(99);
	fd_close(&writer);
	s = items_new(&config, &e);
	SAME(take(s, 9), "a|c|", "a record is cut at a NUL byte");
	OK(items_nul_records(s) == 1, "and counted");
	items_free(s);
	close_pipe(NULL);
}

static void test_trim(void)
{
	static const struct {
		enum items_trim trim;
		const char *want;
	} cases[] = {
		{TRIM_NONE, " \ta b \r|"},
		{TRIM_LEFT, "a b \r|"},
		{TRIM_RIGHT, " \ta b|"},
		{TRIM_BOTH, "a b|"},
	};

	for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
		begin();
		config.trim = cases[n].trim;
		add_input(" \ta b \r\n");
		SAME(all(), cases[n].want, "trimming, way %zu", n);
	}
}

static void test_columns(void)
{
	begin();
	config.column_separator = ",";
	add_input("a,b,c\nd\n,\n");
	SAME(all(), "a b c|d| |", "records are split into columns");
	begin();
	config.column_separator = "-";
	add_words("a-b c-d");
	add_words("e-f");
	SAME(all(), "a b e f|c d e f|", "those of all sources follow one another");
	begin();
	config.csv = true;
	add_input("a,\"b\nc\"\r\n\"d \"\"e\"\"\",f\r\n");
	SAME(all(), "a b\nc|d \"e\" f|", "CSV records keep quoted newlines");
	begin();
	config.csv = true;
	config.column_separator = "\\t";
	add_input("a\t\"b\tc\"\n");
	SAME(all(), "a b\tc|", "CSV with another separator");
	begin();
	config.csv = true;
	config.column_separator = "[;]";
	add_input("a[;]b;c\n");
	SAME(all(), "a b;c|", "where an expression would be, its bytes");
	begin();
	config.csv = true;
	add_input("a\n\"b\n");
	SAME(all(), "a|bad CSV: standard input: record 2: a quoted field has no closing quote",
	     "an unclosed quote is told");
	begin();
	config.column_separator = "(";
	add_words("a");
	OK(strncmp(all(), "bad regular expression: (", 25) == 0, "a bad expression is told at once");
}

static void test_header(void)
{
	const struct strv *names;
	struct err e;
	struct items *s;

	begin();
	config.header = true;
	config.column_separator = ",";
	add_input("name,size\nbox,3\nbag\n");
	add_words("k v");
	s = items_new(&config, &e);
	OK(items_header(s, &names, &e) == ITEMS_HAVE && names->count == 3, "names of all columns are read");
	SAME(names->list[1], "size", "the second column");
	SAME(names->list[2], "k", "the second source");
	SAME(take(s, 9), "box 3 v|bag  v|", "short rows are filled up, so that names hold");
	items_free(s);
	close_pipe(NULL);
	begin();
	config.header = true;
	config.shuffle = true;
	add_pipe();
	s = items_new(&config, &e);
	OK(items_header(s, &names, &e) == ITEMS_WAIT, "a header may have to be waited for");
	put("name\na\n");
	OK(items_header(s, &names, &e) == ITEMS_HAVE, "until it is there");
	SAME(take(s, 9), "wait", "with --shuf all rows have to be waited for");
	fd_close(&writer);
	SAME(take(s, 9), "a|", "until the end");
	items_free(s);
	close_pipe(NULL);
	begin();
	config.header = true;
	add_input("name size\tk\n");
	s = items_new(&config, &e);
	OK(items_header(s, &names, &e) == ITEMS_HAVE && names->count == 2, "a tab separates columns under a header");
	items_free(s);
	close_pipe(NULL);
}

static void test_lines_and_rows(void)
{
	begin();
	config.batch = ITEMS_ROWS;
	config.max_rows = 3;
	add_numbers(7);
	SAME(all(), "1 2 3|4 5 6|7|", "three rows a job");
	begin();
	config.batch = ITEMS_ROWS;
	config.max_rows = 4;
	config.max_bytes = 10;
	add_numbers(12);
	SAME(all(), "1 2|3 4|5 6|7 8|9 10|11|12|", "fewer where the command would be too long");
	begin();
	config.batch = ITEMS_LINES;
	config.max_rows = 2;
	add_input("a \nb\nc\nd \n");
	SAME(all(), "a b c|d |", "a line that ends in a blank goes on");
	begin();
	config.batch = ITEMS_ROWS;
	config.max_rows = 2;
	add_words("1 2");
	add_words("a b");
	SAME(all(), "1 a 1 b|2 a 2 b|", "rows of several sources");
}

static void test_fill(void)
{
	begin();
	config.batch = ITEMS_FILL;
	config.max_bytes = 9;
	add_numbers(12);
	SAME(all(), "1 2|3 4|5 6|7 8|9|10|11|12|", "as many as fit");
	begin();
	config.batch = ITEMS_FILL;
	config.max_bytes = 16;
	command[1] = command[2] = all_values;
	add_numbers(6);
	SAME(all(), "1 2|3 4|5 6|", "where the values stand twice too");
	begin();
	config.batch = ITEMS_FILL;
	config.max_bytes = 7;
	add_words("a bbbbbbbb c");
	SAME(all(), "a|command too long: 14 bytes for bbbbbbbb: -s allows 7", "what is too long by itself is an error");
	begin();
	config.max_bytes = 7;
	add_words("a bbbbbbbb c");
	SAME(all(), "a|command too long: 14 bytes for bbbbbbbb: -s allows 7", "without batches too");
	begin();
	config.batch = ITEMS_FILL;
	spellings.batch = BATCH_CONTEXT;
	command[1] = first_value;
	command[2] = second_value;
	add_words("1 2 3");
	add_words("a b");
	SAME(all(), "1 a|1 b|2 a|2 b|3 a|3 b|", "no value is lost when the template names only some");
	begin();
	config.batch = ITEMS_FILL;
	command[1] = second_value;
	command[2] = all_values;
	add_words("1 2 3");
	SAME(all(), "1 2 3|", "nor are they parted when it takes all");
}

/* A first value that is long makes the command look as if each byte of values cost little; the others cost 40 each. */
static void test_fill_uneven(void)
{
	static char word[] = "{}0123456789012345678901234567890123456789";
	struct template_facts facts = {.sequence = 1, .slot = 1};
	struct item i = {0};
	struct err e;
	struct template *t;
	struct items *s;
	size_t length[2] = {0}, last = 0, count = 0, jobs = 0;

	begin();
	config.batch = ITEMS_FILL;
	config.max_bytes = 2000;
	spellings.batch = BATCH_CONTEXT;
	command[1] = word;
	strv_add_n(&add_source(SOURCE_WORDS)->words, word + 2, 40);
	for (int n = 1; n < 200; n++)
		strv_add(&specs[0].words, "x");
	t = compile();
	s = items_new(&config, &e);
	items_set_template(s, t, &spellings);
	for (; items_next(s, &i, &e) == ITEMS_HAVE; jobs++, count += i.count) {
		last = template_length(t, &i, &facts);
		if (jobs < 2)
			length[jobs] = last;
	}
	/* "echo" is 5 bytes, an "x" 42 with what it stands in. */
	OK(length[0] <= 2000 && length[0] + 42 > 2000, "the first of uneven commands is full: %zu bytes", length[0]);
	OK(length[1] == 5 + 47 * 42, "so is the second: %zu bytes", length[1]);
	OK(count == 200 && last <= 2000, "and no value is lost");
	items_free(s);
	template_free(t);
	item_release(&i);
}

static void test_no_template(void)
{
	struct err e;
	struct items *s;

	begin();
	config.batch = ITEMS_FILL;
	config.max_bytes = 10;
	add_numbers(20);
	s = items_new(&config, &e);
	SAME(take(s, 9), "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20|", "without a template all fits");
	items_free(s);
}

static const char *shared(unsigned values, unsigned share, size_t max_rows)
{
	begin();
	config.batch = ITEMS_FILL;
	config.share = share;
	config.max_rows = max_rows;
	add_numbers(values);
	return all();
}

static void test_sharing(void)
{
	SAME(shared(7, 3, 0), "1 2 3|4 5 6|7|", "the values are shared out evenly");
	SAME(shared(2, 4, 0), "1|2|", "fewer values than jobs");
	SAME(shared(9, 4, 0), "1 2 3|4 5 6|7 8 9|", "each share is rounded up");
	SAME(shared(9, 1, 0), "1 2 3 4 5 6 7 8 9|", "one job takes all");
	SAME(shared(10, 3, 5), "1 2 3 4 5|6 7|8 9|10|", "what the last job would get is shared");
	SAME(shared(8, 2, 4), "1 2 3 4|5 6|7 8|", "also when that job is full");
	begin();
	config.batch = ITEMS_FILL;
	config.share = 2;
	config.max_bytes = 13;
	add_numbers(10);
	SAME(all(), "1 2 3 4|5 6 7 8|9|10|", "also under a limit of bytes");
}

/* The lengths of all commands of very many values: no value is lost, no command too long, and only the last is short.
   */
static void test_system_limit(enum template_mode mode, size_t limit, const char *name)
{
	enum { VALUES = 500000 };
	struct template_facts facts = {.sequence = 1, .slot = 1};
	struct item i = {0};
	struct err e;
	struct template *t;
	struct items *s;
	size_t count = 0, last = 0;
	bool right = true;

	begin();
	config.batch = ITEMS_FILL;
	spellings.mode = mode;
	add_numbers(VALUES);
	t = compile();
	s = items_new(&config, &e);
	items_set_template(s, t, &spellings);
	while (items_next(s, &i, &e) == ITEMS_HAVE) {
		right = right && (last == 0 || (last <= limit && last > limit / 8));
		last = template_length(t, &i, &facts);
		count += i.count;
	}
	OK(right && last <= limit && count == VALUES, "%s", name);
	items_free(s);
	template_free(t);
	item_release(&i);
}

static void test_total_of_bad_filter(void)
{
	struct err e = {0};
	uint64_t total = 0;
	struct item i = {0};
	struct template *t = compile();
	struct items *s = items_new(&config, &e);

	items_set_template(s, t, &spellings);
	OK(items_total(s, &total, &e) == ITEMS_FAIL && strncmp(e.text, "bad filter: ", 12) == 0 && total == 0,
	   "so it is by the total");
	OK(items_total(s, &total, &e) == ITEMS_END && items_next(s, &i, &e) == ITEMS_END, "once");
	items_free(s);
	template_free(t);
}

static void test_filter(void)
{
	begin();
	config.filter = "{1} < {2}";
	add_words("1 2 3");
	add_words("1 2 3");
	SAME(all(), "1 2|1 3|2 3|", "only items that pass are given");
	begin();
	config.filter = "{1} <";
	add_words("1");
	OK(strncmp(all(), "bad filter: ", 12) == 0, "a bad filter is told");
	test_total_of_bad_filter();
	begin();
	config.filter = "1/{}";
	add_words("1 0 1");
	SAME(all(), "1|bad filter: division by zero", "a filter that fails ends the input");
}

static void test_total(void)
{
	struct err e;
	uint64_t total = 0;
	struct items *s;
	struct template *t;

	begin();
	add_pipe();
	add_words("a b");
	put("1\n2\n");
	s = items_new(&config, &e);
	SAME(take(s, 1), "1 a|", "an item may be given before the total is asked for");
	OK(items_total(s, &total, &e) == ITEMS_WAIT && items_fd(s) == specs[0].fd, "the total needs all input");
	fd_close(&writer);
	OK(items_total(s, &total, &e) == ITEMS_HAVE && total == 4, "the total counts what was given");
	SAME(take(s, 9), "1 b|2 a|2 b|", "the rest is given afterwards");
	items_free(s);
	close_pipe(NULL);
	begin();
	config.batch = ITEMS_FILL;
	config.share = 3;
	config.filter = "{1} != 6";
	add_numbers(10);
	t = compile();
	s = items_new(&config, &e);
	items_set_template(s, t, &spellings);
	OK(items_total(s, &total, &e) == ITEMS_HAVE && total == 3, "batches are counted as they will be");
	SAME(take(s, 9), "1 2 3 4|5 6 7 8|9 10|", "and are the same afterwards");
	items_free(s);
	template_free(t);
	begin();
	for (size_t n = 0; n < MOST; n++)
		add_numbers(1000);
	s = items_new(&config, &e);
	OK(items_total(s, &total, &e) == ITEMS_HAVE && total == UINT64_C(1000000000000),
	   "a huge product is counted at once");
	SAME(take(s, 2), "1 1 1 1|1 1 1 2|", "and begins at once");
	items_free(s);
}

static void test_waiting(void)
{
	struct err e;
	struct items *s;
	struct template *t;

	begin();
	config.batch = ITEMS_ROWS;
	config.max_rows = 2;
	add_pipe();
	put("a\n");
	t = compile();
	s = items_new(&config, &e);
	items_set_template(s, t, &spellings);
	SAME(take(s, 9), "wait", "half a batch waits for the other");
	OK(items_fd(s) == specs[0].fd, "at the descriptor of the source");
	put("b\n");
	SAME(take(s, 9), "a b|wait", "a whole one does not wait for what follows");
	fd_close(&writer);
	SAME(take(s, 9), "", "the end is the end");
	items_free(s);
	template_free(t);
	close_pipe(NULL);
}

static int compare(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

static void test_shuffle(void)
{
	struct err e;
	uint64_t total = 0;
	struct items *s;
	struct buf seen = {0};
	struct item i = {0};

	begin();
	config.shuffle = true;
	add_words("a b c d e f g h");
	s = items_new(&config, &e);
	OK(items_total(s, &total, &e) == ITEMS_HAVE && total == 8, "shuffled items are counted");
	while (items_next(s, &i, &e) == ITEMS_HAVE)
		buf_add_string(&seen, item_value(&i, 0).text);
	qsort(seen.data, seen.length, 1, compare);
	SAME(buf_text(&seen), "abcdefgh", "each is given once");
	buf_release(&seen);
	item_release(&i);
	items_free(s);
}

static void test_files(void)
{
	char directory[] = "/tmp/pp-items-XXXXXX", path[64], fifo[64];
	struct err e;
	struct items *s;
	int fd;

	if (!mkdtemp(directory))
		exit(99);
	snprintf(path, sizeof path, "%s/file", directory);
	snprintf(fifo, sizeof fifo, "%s/fifo", directory);
	fd = fd_open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || fd_write_all(fd, "1\n2\n", 4) < 0 || mkfifo(fifo, 0600) < 0)
		exit(99);
	fd_close(&fd);
	begin();
	add_source(SOURCE_FILE)->path = path;
	add_source(SOURCE_FILE)->path = fifo;
	s = items_new(&config, &e);
	SAME(take(s, 9), "wait", "a fifo that nobody has opened is waited for");
	fd = fd_open(fifo, O_WRONLY | O_NONBLOCK, 0);
	SAME(take(s, 9), "wait", "one that somebody has opened is, too");
	if (fd < 0 || fd_write_all(fd, "a\n", 2) < 0)
		exit(99);
	SAME(take(s, 9), "1 a|wait", "its records are given as they come");
	fd_close(&fd);
	SAME(take(s, 9), "2 a|", "it ends when its writer has gone");
	items_free(s);
	begin();
	add_source(SOURCE_FILE)->path = path;
	add_source(SOURCE_FILE)->path = directory;
	OK(strncmp(all(), "cannot read argument file: /tmp/pp-items-", 41) == 0, "a directory is refused");
	unlink(path);
	unlink(fifo);
	OK(strncmp(all(), "cannot open argument file: /tmp/pp-items-", 41) == 0, "a missing file is told at once");
	rmdir(directory);
}

static void test_shared_descriptor(void)
{
	begin();
	add_input("1\n2\n3\n");
	add_source(SOURCE_FD)->fd = specs[0].fd;
	SAME(all(), "1 2|1 3|", "two sources of one descriptor share what is read");
}

/* Moves fd to standard input for as long as all items are read. */
static const char *all_of_input(int fd)
{
	int before = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	const char *shown;

	if (dup2(fd, STDIN_FILENO) < 0)
		exit(99);
	shown = all();
	if (before < 0)
		close(STDIN_FILENO);
	else if (dup2(before, STDIN_FILENO) < 0)
		exit(99);
	fd_close(&before);
	return shown;
}

static void test_standard_input(void)
{
	static const char *const names[] = {"-", "/dev/stdin"};
	int fd = fd_open("/", O_RDONLY, 0);

	for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
		int ends[2];

		begin();
		add_source(SOURCE_FILE)->path = names[n];
		add_source(SOURCE_FILE)->path = names[n];
		if (fd_pipe(ends) < 0 || fd_write_all(ends[1], "1\n2\n", 4) < 0)
			exit(99);
		fd_close(&ends[1]);
		SAME(all_of_input(ends[0]), "1 2|", "%s is standard input, which is read once", names[n]);
		fd_close(&ends[0]);
		OK(strncmp(all_of_input(fd), "cannot read standard input: ", 28) == 0, "%s may be none to read",
		   names[n]);
	}
	fd_close(&fd);
}

/* A socket cannot be opened by its name. */
static void test_named_descriptor(void)
{
	char name[64];
	int ends[2];

	begin();
	if (access("/dev/fd", X_OK) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) {
		OK(true, "a descriptor by its name # SKIP no /dev/fd");
		return;
	}
	if (fd_write_all(ends[1], "a\nb\n", 4) < 0)
		exit(99);
	fd_close(&ends[1]);
	snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
	add_source(SOURCE_FILE)->path = name;
	SAME(all(), "a|b|", "a socket can be read by its name in /dev/fd");
	OK(fcntl(ends[0], F_GETFD) >= 0, "and is still the caller's");
	fd_close(&ends[0]);
	begin();
	add_source(SOURCE_FILE)->path = "/dev/fd/99999999999";
	OK(strncmp(all(), "cannot open argument file: /dev/fd/99999999999: ", 48) == 0,
	   "a number that is no descriptor's is a name like others");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_single();
	test_nul_bytes();
	test_trim();
	test_columns();
	test_header();
	test_lines_and_rows();
	test_fill();
	test_fill_uneven();
	test_no_template();
	test_sharing();
	test_system_limit(TEMPLATE_EXEC, host_argument_space(), "commands fit the system's argument space");
	test_system_limit(TEMPLATE_GNU, host_longest_argument(), "a shell line is no longer than the longest argument");
	test_filter();
	test_total();
	test_waiting();
	test_shuffle();
	test_files();
	test_shared_descriptor();
	test_standard_input();
	test_named_descriptor();
	begin();
	return tap_end();
}
