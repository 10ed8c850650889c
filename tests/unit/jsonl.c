#include "output/jsonl.h"

#include "tap.h"

static struct outcome exited(void)
{
	return (struct outcome){
		.sequence = 18446744073709551615u,
		.slot = 2,
		.cause = OUTCOME_EXITED,
		.tries = 1,
		.start = 1700000000 * NSEC_PER_SEC + 45678901,
		.run_time = 1234567,
		.user = 500000,
		.system = 1500,
		.peak_rss = 1048576,
		.command = "echo \"a\"",
	};
}

#define HEAD "{\"seq\":18446744073709551615,\"slot\":2,\"host\":\":\",\"values\":[],\"command\":\"echo \\\"a\\\"\","
#define FACTS                                                                                                     \
	"\"start\":1700000000.045678,\"seconds\":0.001234,\"user\":0.000500,\"system\":0.000001,\"peak_memory\":" \
	"1048576,\"tries\":1,"
#define EXITED HEAD "\"status\":0,\"signal\":null,\"cause\":\"exited\"," FACTS

static void test_line(void)
{
	struct outcome o = exited();
	struct json_text text = {0};
	struct buf b = {0};

	jsonl_begin(&b, &o);
	json_text_add(&text, &b, "a\n\xC3", 3);
	json_text_add(&text, &b, "\xA9\xE2", 2);
	jsonl_turn(&text, &b);
	json_text_add(&text, &b, "\xff", 1);
	jsonl_end(&text, &b);
	SAME(buf_text(&b), EXITED "\"stdout\":\"a\\n\xC3\xA9\\udce2\",\"stderr\":\"\\udcff\"}\n", "a job is one line");
	buf_reset(&b);
	jsonl_begin(&b, &o);
	jsonl_turn(&text, &b);
	jsonl_end(&text, &b);
	SAME(buf_text(&b), EXITED "\"stdout\":\"\",\"stderr\":\"\"}\n", "also one with no output");
	buf_release(&b);
}

static void test_values(void)
{
	struct outcome o = exited();
	struct item item = {0};
	struct buf b = {0};

	item_add(&item, "a b", 3);
	item_add(&item, "", 0);
	item_add(&item, "\xE9\"", 2);
	item_end_row(&item);
	o.item = &item;
	o.host = "there";
	buf_add_char(&b, '{');
	jsonl_facts(&b, &o);
	OK(strstr(buf_text(&b), ",\"values\":[\"a b\",\"\",\"\\udce9\\\"\"],"), "the values are an array of strings");
	OK(strstr(buf_text(&b), "\"host\":\"there\""), "a host is named");
	buf_release(&b);
	item_release(&item);
}

static void check_end(enum outcome_cause cause, int status, int signal, const char *want)
{
	struct outcome o = exited();
	struct buf b = {0};

	o.cause = cause;
	o.status = status;
	o.signal = signal;
	o.peak_rss = -1;
	buf_add_char(&b, '{');
	jsonl_facts(&b, &o);
	OK(strstr(buf_text(&b), want), "the end: %s", want);
	OK(strstr(buf_text(&b), "\"peak_memory\":null"), "and unknown memory");
	buf_release(&b);
}

static void test_ends(void)
{
	check_end(OUTCOME_EXITED, 3, 0, "\"status\":3,\"signal\":null,\"cause\":\"exited\"");
	check_end(OUTCOME_SIGNALLED, 0, 9, "\"status\":null,\"signal\":9,\"cause\":\"signalled\"");
	check_end(OUTCOME_TIMEOUT, -1, 15, "\"status\":null,\"signal\":15,\"cause\":\"timeout\"");
	check_end(OUTCOME_CANCELLED, 0, 0, "\"status\":0,\"signal\":null,\"cause\":\"cancelled\"");
	check_end(OUTCOME_NOT_STARTED, 127, 0, "\"status\":127,\"signal\":null,\"cause\":\"not_started\"");
	check_end(OUTCOME_LOST, -1, 0, "\"status\":null,\"signal\":null,\"cause\":\"lost\"");
}

int main(void)
{
	test_line();
	test_values();
	test_ends();
	return tap_end();
}
