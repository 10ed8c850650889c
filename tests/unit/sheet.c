#include "output/sheet.h"

#include "tap.h"

static struct outcome job(const struct item *item)
{
	return (struct outcome){
		.sequence = 1,
		.cause = OUTCOME_EXITED,
		.status = 3,
		.start = 1700000000 * NSEC_PER_SEC + 45999999,
		.run_time = 3999999,
		.output_bytes = 4,
		.command = "echo \"a\" b",
		.item = item,
	};
}

/* Adds the text in pieces of step bytes. */
static void add(struct sheet *s, struct buf *to, const char *text, size_t length, size_t step)
{
	for (size_t i = 0; i < length; i += step)
		sheet_text(s, to, text + i, length - i < step ? length - i : step);
}

static void check(enum sheet_format format, size_t columns, const struct item *item, const char *want)
{
	static const char out[] = "a \"\xC3\xA9\"\n\xff\xC3\n", errors[] = "none";
	struct outcome o = job(item);
	struct sheet s;
	struct buf b = {0};

	sheet_init(&s, format, columns);
	for (size_t step = 1; step < 20; step += 9) {
		buf_reset(&b);
		sheet_begin(&s, &b, &o);
		add(&s, &b, out, sizeof out - 1, step);
		sheet_turn(&s, &b);
		add(&s, &b, errors, sizeof errors - 1, step);
		sheet_end(&s, &b);
		SAME(buf_text(&b), want, "a row, its output coming %zu bytes at a time", step);
	}
	sheet_release(&s);
	buf_release(&b);
}

static void test_rows(void)
{
	struct item item = {0};

	item_add(&item, "a", 1);
	item_add(&item, "b,\t\"", 4);
	item_end_row(&item);
	check(SHEET_CSV, 2, &item,
	      "1,:,1700000000.045,0.003,0,4,3,0,\"echo \"\"a\"\" b\",a,\"b,\t\"\"\",\"a "
	      "\"\"\xC3\xA9\"\"\n\xff\xC3\n\",none\n");
	check(SHEET_TSV, 2, &item,
	      "1\t:\t1700000000.045\t0.003\t0\t4\t3\t0\t\"echo \"\"a\"\" b\"\ta\t\"b,\t\"\"\"\t\"a "
	      "\"\"\xC3\xA9\"\"\n\xff\xC3\n\"\tnone\n");
	check(SHEET_CSV, 3, &item,
	      "1,:,1700000000.045,0.003,0,4,3,0,\"echo \"\"a\"\" b\",a,\"b,\t\"\"\",,\"a "
	      "\"\"\xC3\xA9\"\"\n\xff\xC3\n\",none\n");
	check(SHEET_CSV, 1, &item,
	      "1,:,1700000000.045,0.003,0,4,3,0,\"echo \"\"a\"\" b\",\"a b,\t\"\"\",\"a "
	      "\"\"\xC3\xA9\"\"\n\xff\xC3\n\",none\n");
	check(SHEET_CSV, 0, NULL,
	      "1,:,1700000000.045,0.003,0,4,3,0,\"echo \"\"a\"\" b\",\"a \"\"\xC3\xA9\"\"\n\xff\xC3\n\",none\n");
	check(SHEET_JSON, 2, &item,
	      "{ \"Seq\": 1, \"Host\": \":\", \"Starttime\": 1700000000.045, \"JobRuntime\": 0.003, \"Send\": 0, "
	      "\"Receive\": 4, "
	      "\"Exitval\": 3, \"Signal\": 0, \"Command\": \"echo \\\"a\\\" b\", \"V\": [ \"a\",\"b,\\u0009\\\"\" ], "
	      "\"Stdout\": \"a \\\"\xC3\xA9\\\"\\u000a\\udcff\\udcc3\\u000a\", \"Stderr\": \"none\" }\n");
	check(SHEET_JSONL, 2, &item,
	      "{\"seq\":1,\"slot\":0,\"host\":\":\",\"values\":[\"a\",\"b,\\t\\\"\"],\"command\":\"echo \\\"a\\\" "
	      "b\",\"status\":3,"
	      "\"signal\":null,\"cause\":\"exited\",\"start\":1700000000.045999,\"seconds\":0.003999,\"user\":0.000000,"
	      "\"system\":0.000000,\"peak_memory\":0,\"tries\":0,\"stdout\":\"a \\\"\xC3\xA9\\\"\\n\\udcff\\udcc3\\n\","
	      "\"stderr\":\"none\"}\n");
	item_release(&item);
}

static void check_head(enum sheet_format format, const struct strv *names, const char *want)
{
	struct sheet s;
	struct buf b = {0};

	sheet_init(&s, format, 2);
	sheet_head(&s, &b, names);
	SAME(buf_text(&b), want, "names: %.40s", want);
	sheet_release(&s);
	buf_release(&b);
}

static void test_heads(void)
{
	struct strv names = {0};

	check_head(SHEET_CSV, NULL,
	           "Seq,Host,Starttime,JobRuntime,Send,Receive,Exitval,Signal,Command,V1,V2,Stdout,Stderr\n");
	strv_add(&names, "a b");
	check_head(SHEET_CSV, &names,
	           "Seq,Host,Starttime,JobRuntime,Send,Receive,Exitval,Signal,Command,\"a b\",V2,Stdout,Stderr\n");
	check_head(SHEET_TSV, &names,
	           "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\t\"a "
	           "b\"\tV2\tStdout\tStderr\n");
	check_head(SHEET_JSON, &names, "");
	check_head(SHEET_JSONL, &names, "");
	strv_release(&names);
}

/* What stands in the column of standard output. */
static void check_column(const char *bytes, size_t length, const char *want, size_t want_length)
{
	struct outcome o = job(NULL);
	struct sheet s;
	struct buf b = {0};
	size_t mark;

	sheet_init(&s, SHEET_CSV, 0);
	sheet_begin(&s, &b, &o);
	mark = b.length;
	add(&s, &b, bytes, length, length ? length : 1);
	sheet_turn(&s, &b);
	sheet_end(&s, &b);
	OK(b.length == mark + want_length + 2 && memcmp(b.data + mark, want, want_length) == 0, "a column: %.20s",
	   want);
	sheet_release(&s);
	buf_release(&b);
}

static void test_quotes(void)
{
	char plain[1000], quoted[1003];

	check_column("", 0, "", 0);
	check_column("a;'#\\-\xC3\xA9", 8, "a;'#\\-\xC3\xA9", 8);
	check_column(" ", 1, "\" \"", 3);
	check_column("a\v", 2, "\"a\v\"", 4);
	check_column("a\0", 2, "\"a\0\"", 4);
	check_column(",", 1, "\",\"", 3);
	check_column("\"\"", 2, "\"\"\"\"\"\"", 6);
	memset(plain, 'x', sizeof plain);
	memset(quoted, 'x', sizeof quoted);
	quoted[0] = quoted[1001] = '"';
	check_column(plain, sizeof plain, quoted, sizeof quoted - 1);
}

static void test_formats(void)
{
	OK(sheet_format("a.csv") == SHEET_CSV && sheet_format("-.csv") == SHEET_CSV, "a name that ends in .csv");
	OK(sheet_format("a.b.tsv") == SHEET_TSV, "one in .tsv");
	OK(sheet_format("dir.x/a.json") == SHEET_JSON, "one in .json");
	OK(sheet_format("dir.csv/a") == SHEET_NONE && sheet_format("csv") == SHEET_NONE, "all others are directories");
}

int main(void)
{
	test_rows();
	test_heads();
	test_quotes();
	test_formats();
	return tap_end();
}
