#include "output/failed.h"

#include "tap.h"

static struct failed_format format = {.delimiter = "\n", .delimiter_length = 1, .separator = "\t"};

static void check(const char *const values[], size_t count, size_t columns, const char *want, size_t length,
                  const char *name)
{
	struct item item = {0};
	struct buf b = {0};

	item_reset(&item);
	for (size_t i = 0; i < count; i++) {
		item_add(&item, values[i], strlen(values[i]));
		if ((i + 1) % columns == 0 || i + 1 == count)
			item_end_row(&item);
	}
	failed_records(&format, &item, &b);
	OK(b.length == length && memcmp(b.data, want, length) == 0, "%s", name);
	buf_release(&b);
	item_release(&item);
}

static void test_separators(void)
{
	SAME(failed_separator(NULL, false), "\t", "values of several sources have a tab between them");
	SAME(failed_separator(NULL, true), ",", "those of CSV a comma");
	SAME(failed_separator(",", false), ",", "plain text separates as it has separated");
	SAME(failed_separator("::", false), "::", "also longer text");
	SAME(failed_separator("\\t", false), "\t", "the escape of a tab is a tab");
	SAME(failed_separator("\\t", true), "\t", "in CSV too");
	SAME(failed_separator("|", true), "|", "where the separator is no expression");
	SAME(failed_separator(" +", false), "\t", "for an expression a tab stands");
	SAME(failed_separator("", false), "\t", "and for nothing");
}

static void test_records(void)
{
	check((const char *const[]){"a"}, 1, 1, "a\n", 2, "a value is a record");
	check((const char *const[]){"a", "b"}, 2, 1, "a\nb\n", 4, "each row is one");
	check((const char *const[]){"a", "b"}, 2, 2, "a\tb\n", 4, "columns have the separator between them");
	format.delimiter = "\0";
	check((const char *const[]){"a\nb"}, 1, 1, "a\nb\0", 4, "records that end with NUL");
	format.delimiter = "--";
	format.delimiter_length = 2;
	check((const char *const[]){"a", "b"}, 2, 1, "a--b--", 6, "or with a longer text");
}

static void test_csv(void)
{
	format = (struct failed_format){.delimiter = "\n", .delimiter_length = 1, .separator = ",", .csv = true};
	check((const char *const[]){"a b", "c,d", "e\"f", "g\nh", ""}, 5, 5, "a b,\"c,d\",\"e\"\"f\",\"g\nh\",\n", 24,
	      "values of CSV are quoted where they need it");
	format.delimiter = "\0";
	check((const char *const[]){"a", "b"}, 2, 2, "a,b\0", 4, "and only there");
}

static void test_names(void)
{
	struct strv names = {0};
	struct buf b = {0};

	format = (struct failed_format){.delimiter = "\n", .delimiter_length = 1, .separator = ","};
	failed_names(&format, &b);
	OK(b.length == 0, "no names, no record of them");
	strv_add(&names, "x");
	strv_add(&names, "y");
	format.names = &names;
	failed_names(&format, &b);
	SAME(buf_text(&b), "x,y\n", "names are a record");
	buf_release(&b);
	strv_release(&names);
}

int main(void)
{
	test_separators();
	test_records();
	test_csv();
	test_names();
	return tap_end();
}
