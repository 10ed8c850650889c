#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include "tap.h"

/* -- Writing -- */

static void check_string(const char *bytes, size_t length, const char *want)
{
	struct buf b = {0};

	json_add_string(&b, bytes, length);
	SAME(buf_text(&b), want, "%s is written", want);
	buf_release(&b);
}

static void test_strings_written(void)
{
	check_string("", 0, "\"\"");
	check_string("plain text", 10, "\"plain text\"");
	check_string("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
	check_string("\n\t\r\b\f", 5, "\"\\n\\t\\r\\b\\f\"");
	check_string("\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\x7f\"");
	check_string("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", 11, "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"");
	check_string("\xff"
	             "a\x80",
	             3, "\"\\udcffa\\udc80\"");
	check_string("\xC3", 1, "\"\\udcc3\"");
	check_string("\xC0\xAF", 2, "\"\\udcc0\\udcaf\"");
	check_string("\xED\xB2\x80", 3, "\"\\udced\\udcb2\\udc80\"");
	check_string("\xF4\x90\x80\x80", 4, "\"\\udcf4\\udc90\\udc80\\udc80\"");
}

static void test_object_written(void)
{
	struct buf b = {0};

	buf_add_char(&b, '{');
	json_add_name(&b, "id");
	buf_add_uint(&b, 7);
	json_add_name(&b, "task");
	json_add_string(&b, "{", 1);
	json_add_name(&b, "more");
	buf_add_string(&b, "{");
	json_add_name(&b, "x");
	buf_add_string(&b, "0}}");
	SAME(buf_text(&b), "{\"id\":7,\"task\":\"{\",\"more\":{\"x\":0}}", "members have commas between them");
	buf_release(&b);
}

static void test_numbers_written(void)
{
	struct buf b = {0};

	json_add_integer(&b, INT64_MIN);
	buf_add_char(&b, ' ');
	json_add_integer(&b, 0);
	SAME(buf_text(&b), "-9223372036854775808 0", "integers are written");
	buf_reset(&b);
	json_add_seconds(&b, 1700000000 * NSEC_PER_SEC + 45678901);
	buf_add_char(&b, ' ');
	json_add_seconds(&b, 0);
	buf_add_char(&b, ' ');
	json_add_seconds(&b, -5);
	SAME(buf_text(&b), "1700000000.045678 0.000000 0.000000", "seconds are written");
	buf_release(&b);
}

/* Strings that come byte by byte, and cut in two anywhere, are written as when they come whole. */
static void check_parts(const char *bytes, size_t length)
{
	struct buf whole = {0}, parts = {0};
	bool same = true;

	json_add_part(&whole, bytes, length);
	for (size_t step = 1; step <= length; step++) {
		struct json_text t = {0};

		buf_reset(&parts);
		for (size_t i = 0; i < length; i += step)
			json_text_add(&t, &parts, bytes + i, length - i < step ? length - i : step);
		json_text_end(&t, &parts);
		same &= strcmp(buf_text(&parts), buf_text(&whole)) == 0;
	}
	OK(same, "in parts: %s", buf_text(&whole));
	buf_release(&whole);
	buf_release(&parts);
}

static void test_parts(void)
{
	check_parts("ab\n\xC3\xA9", 5);
	check_parts("\xE2\x82\xAC\xF0\x9F\x98\x80", 7);
	check_parts("\xE2\xE2\x82\xAC\xE2\x82", 6);
	check_parts("\xF0\x9F\x98\xF0\x9F\x98\x80\xF0", 8);
	check_parts("\xED\xA0\x80\xC3", 4);
	check_parts("\xF4\x90\x80\x80", 4);
	check_parts("\xC3\xC3\xC3(\x80\x80", 6);
}

/* -- Reading -- */

static void check_read(const char *text, const char *want, size_t length)
{
	struct buf b = {0};
	struct json j;

	json_init(&j, text, strlen(text));
	OK(json_string(&j, &b) == 0 && json_end(&j) == 0, "%s is a string", text);
	OK(b.length == length && memcmp(buf_text(&b), want, length) == 0, "%s is read", text);
	buf_release(&b);
}

static void test_strings_read(void)
{
	check_read("\"\"", "", 0);
	check_read("\t \"a b\" ", "a b", 3);
	check_read("\"\\\"\\\\\\/\\n\\t\\r\\b\\f\"", "\"\\/\n\t\r\b\f", 8);
	check_read("\"\\u0041\\u00e9\\u20AC\\u0000\"", "A\xC3\xA9\xE2\x82\xAC\0", 7);
	check_read("\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80", 4);
	check_read("\"\\udbff\\udfff\"", "\xF4\x8F\xBF\xBF", 4);
	check_read("\"\\udcff\\udc80\"", "\xff\x80", 2);
	check_read("\"\\udcc3\\udca9\"", "\xC3\xA9", 2);
	check_read("\"\\udc7f\\udd00\\ud800\"", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 9);
	check_read("\"\\ud800\\u0041\"",
	           "\xEF\xBF\xBD"
	           "A",
	           4);
	check_read("\"\\ud800\\ud83d\\ude00\"", "\xEF\xBF\xBD\xF0\x9F\x98\x80", 7);
	check_read("\"\\ud800\\n\"", "\xEF\xBF\xBD\n", 4);
	check_read("\"\x7F\xC3\xA9\"", "\x7F\xC3\xA9", 3);
}

/* All pairs of bytes, and three with each first one, come back as they went. */
static void test_round_trip(void)
{
	bool same = true;
	struct buf text = {0}, again = {0};

	for (unsigned n = 0; n < 65536; n++) {
		char bytes[3] = {(char)(n >> 8), (char)n, (char)(n * 7)};
		struct json j;

		buf_reset(&text);
		buf_reset(&again);
		json_add_string(&text, bytes, sizeof bytes);
		json_init(&j, text.data, text.length);
		same &= json_string(&j, &again) == 0 && json_end(&j) == 0;
		same &= again.length == 3 && memcmp(again.data, bytes, 3) == 0;
	}
	OK(same, "bytes of any kind come back as they were");
	buf_release(&text);
	buf_release(&again);
}

static void check_integer(const char *text, int64_t want)
{
	int64_t value = 4711;
	struct json j;

	json_init(&j, text, strlen(text));
	OK(json_integer(&j, &value) == 0 && json_end(&j) == 0 && value == want, "%s is an integer", text);
}

static void check_no_integer(const char *text)
{
	int64_t value = 4711;
	struct json j;

	json_init(&j, text, strlen(text));
	OK(json_integer(&j, &value) == -1 && value == 4711, "%s is no integer", text);
}

static void test_integers(void)
{
	check_integer("0", 0);
	check_integer("-0", 0);
	check_integer(" 42 ", 42);
	check_integer("9223372036854775807", INT64_MAX);
	check_integer("-9223372036854775808", INT64_MIN);
	check_no_integer("9223372036854775808");
	check_no_integer("-9223372036854775809");
	check_no_integer("99999999999999999999999");
	check_no_integer("01");
	check_no_integer("+1");
	check_no_integer("-");
	check_no_integer("1.0");
	check_no_integer("1e3");
	check_no_integer("\"1\"");
	check_no_integer("null");
	check_no_integer("");
}

static bool is_json(const char *text)
{
	struct json j;

	json_init(&j, text, strlen(text));
	return json_skip(&j, NULL, NULL) == 0 && json_end(&j) == 0;
}

static void test_values(void)
{
	static const char *const right[] = {
		"null",
		"true",
		"false",
		"0",
		"-0.5e-7",
		"1E+9",
		"\"\"",
		"[]",
		"{}",
		" [ ] ",
		"{ }",
		"[1,[2,{\"a\":[]}] , null]",
		"{\"a\":1,\"a\":2}",
		"{ \"a\" : 1 , \"\" : { } }",
		"\"\\ud800\"",
	};
	static const char *const wrong[] = {
		"",
		" ",
		"nul",
		"True",
		"truefalse",
		"01",
		"1.",
		".5",
		"1e",
		"1e+",
		"-",
		"--1",
		"+1",
		"0x10",
		"1 2",
		"NaN",
		"\"",
		"\"a",
		"\"\n\"",
		"\"\\",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\\",
		"\"\xC3\"",
		"\"\xED\xA0\x80\"",
		"'a'",
		"[",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[1 2]",
		"]",
		"[}",
		"{",
		"{\"a\"",
		"{\"a\":",
		"{\"a\":1",
		"{\"a\":1,",
		"{\"a\":1,}",
		"{a:1}",
		"{\"a\" 1}",
		"{1:1}",
		"{\"a\":1 \"b\":2}",
		"{\"a\":1]",
		"[1]x",
		"/**/1",
		"\xEF\xBB\xBF[]",
	};

	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		OK(is_json(right[i]), "JSON: %s", right[i]);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		OK(!is_json(wrong[i]), "no JSON: wrong text %zu", i);
	OK(is_json(" \t\r\n1 \t\r\n"), "white space of all kinds");
	OK(!is_json("\v1") && !is_json("1\f"), "no space of other kinds");
}

static void test_nul(void)
{
	struct json j;

	json_init(&j, "1\0", 2);
	OK(json_skip(&j, NULL, NULL) == 0 && json_end(&j) == -1, "a NUL behind a value is refused");
	json_init(&j, "\"\0\"", 3);
	OK(json_skip(&j, NULL, NULL) == -1, "a NUL in a string is refused");
	json_init(&j, "[\0]", 3);
	OK(json_skip(&j, NULL, NULL) == -1, "a NUL in an array is refused");
}

static char *nested(size_t depth)
{
	struct buf b = {0};

	for (size_t i = 0; i < depth; i++)
		buf_add_char(&b, '[');
	for (size_t i = 0; i < depth; i++)
		buf_add_char(&b, ']');
	return buf_take(&b);
}

static void test_depth(void)
{
	static const size_t depths[] = {1, JSON_DEPTH, JSON_DEPTH + 1, 1000000};

	for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
		char *text = nested(depths[i]);

		OK(is_json(text) == (depths[i] <= JSON_DEPTH), "%zu arrays within one another", depths[i]);
		free(text);
	}
}

static void test_kinds(void)
{
	static const struct {
		const char *text;
		enum json_kind kind;
	} rows[] = {
		{" null", JSON_NULL}, {"true", JSON_BOOL},   {"false", JSON_BOOL}, {"-1", JSON_NUMBER},
		{"7", JSON_NUMBER},   {"\"\"", JSON_STRING}, {"[]", JSON_ARRAY},   {"{}", JSON_OBJECT},
		{"", JSON_NOTHING},   {"x", JSON_NOTHING},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json j;

		json_init(&j, rows[i].text, strlen(rows[i].text));
		OK(json_kind(&j) == rows[i].kind, "the kind of '%s'", rows[i].text);
	}
}

/* An answer as a worker gives it. */
static void test_object(void)
{
	static const char text[] =
		" { \"id\" : 12 , \"status\":0,\"output\": [1, {\"x\":2}] ,\"m\\u0061x\":{\"y\":\"z\"}, \"e\":\"\" } ";
	struct buf name = {0}, value = {0};
	struct json j;
	int64_t number;
	const char *raw;
	size_t length;

	json_init(&j, text, sizeof text - 1);
	OK(json_open_object(&j) == 0, "an object is opened");
	OK(json_next_member(&j, &name) == 1, "its first member");
	SAME(buf_text(&name), "id", "the member's name");
	OK(json_integer(&j, &number) == 0 && number == 12, "its number");
	OK(json_next_member(&j, &name) == 1 && json_skip(&j, NULL, NULL) == 0, "a member is skipped");
	OK(json_next_member(&j, &name) == 1 && json_kind(&j) == JSON_ARRAY, "an array is seen");
	OK(json_skip(&j, &raw, &length) == 0, "and taken as it stands");
	OK(length == 12 && memcmp(raw, "[1, {\"x\":2}]", 12) == 0, "without the space around it");
	OK(json_next_member(&j, &name) == 1, "a name with an escape");
	SAME(buf_text(&name), "max", "is decoded");
	OK(json_open_object(&j) == 0 && json_next_member(&j, &name) == 1, "an object within the object");
	OK(json_string(&j, &value) == 0 && json_next_member(&j, &name) == 0, "is read to its end");
	SAME(buf_text(&value), "z", "with its string");
	OK(json_next_member(&j, &name) == 1 && json_string(&j, &value) == 0, "the outer one goes on");
	OK(json_end(&j) == -1, "it is not at its end");
	OK(json_next_member(&j, &name) == 0 && json_end(&j) == 0, "now it is");
	buf_release(&name);
	buf_release(&value);
}

static void test_bad_objects(void)
{
	static const char *const texts[] = {
		"{",         "{\"a\":1", "{\"a\":1,}", "{,\"a\":1}",         "{\"a\":1 \"b\":2}",
		"{\"a\" 1}", "{a:1}",    "{\"a\":}",   "{\"a\":1,,\"b\":2}", "[]",
		"\"a\"",     ""};
	struct buf name = {0};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct json j;
		int more;

		json_init(&j, texts[i], strlen(texts[i]));
		more = json_open_object(&j) < 0 ? -1 : 1;
		while (more == 1 && (more = json_next_member(&j, &name)) == 1)
			more = json_skip(&j, NULL, NULL) < 0 ? -1 : 1;
		OK(more == -1, "refused: %s", texts[i]);
	}
	buf_release(&name);
}

int main(void)
{
	test_strings_written();
	test_object_written();
	test_numbers_written();
	test_parts();
	test_strings_read();
	test_round_trip();
	test_integers();
	test_values();
	test_nul();
	test_depth();
	test_kinds();
	test_object();
	test_bad_objects();
	return tap_end();
}
