#include "base/num.h"

#include <inttypes.h>
#include <stdlib.h>
#include "tap.h"

enum { UNTOUCHED = 4711 };

static void check_int(const char *text, int64_t want)
{
	int64_t value = UNTOUCHED;

	OK(num_parse_int(text, &value) == 0 && value == want, "\"%s\" is the integer %" PRId64, text, want);
}

static void check_uint(const char *text, uint64_t want)
{
	uint64_t value = UNTOUCHED;

	OK(num_parse_uint(text, &value) == 0 && value == want, "\"%s\" is the number %" PRIu64, text, want);
}

static void check_double(const char *text, double want)
{
	double value = UNTOUCHED;

	OK(num_parse_double(text, &value) == 0 && value >= want && value <= want, "\"%s\" is %g", text, want);
}

static void check_size(const char *text, uint64_t want)
{
	uint64_t value = UNTOUCHED;

	OK(num_parse_size(text, &value) == 0 && value == want, "\"%s\" is %" PRIu64 " bytes", text, want);
}

static void check_duration(const char *text, nsec_t want)
{
	nsec_t value = UNTOUCHED;

	OK(num_parse_duration(text, &value) == 0 && value == want, "\"%s\" is %" PRId64 " ns", text, want);
}

static void check_percent(const char *text, double want)
{
	double value = UNTOUCHED;

	OK(num_parse_percent(text, &value) == 0 && value >= want && value <= want, "\"%s\" is %g percent", text, want);
}

#define REFUSES(parser, type, text)                                                                         \
	do {                                                                                                \
		type value = UNTOUCHED;                                                                     \
		int got = parser(text, &value);                                                             \
		OK(got == -1 && value >= UNTOUCHED && value <= UNTOUCHED, #parser " refuses \"%s\"", text); \
	} while (0)

static const char *const garbage[] = {"",    " ",    " 1",   "1 ",    "x",   "1x",    "0x10",    "--1",
                                      "+-1", "-",    "+",    ".",     "1e3", "1_000", "1,5",     "inf",
                                      "nan", "-1.5", "1..2", "1.2.3", "\t",  "1\t",   "\xD9\xA1"};

static void test_garbage(void)
{
	for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
		REFUSES(num_parse_int, int64_t, garbage[i]);
		REFUSES(num_parse_uint, uint64_t, garbage[i]);
		REFUSES(num_parse_double, double, garbage[i]);
		REFUSES(num_parse_size, uint64_t, garbage[i]);
		REFUSES(num_parse_duration, nsec_t, garbage[i]);
		REFUSES(num_parse_percent, double, garbage[i]);
	}
}

static void test_integers(void)
{
	check_int("0", 0);
	check_int("-0", 0);
	check_int("+7", 7);
	check_int("-7", -7);
	check_int("00000000000000000000000000012", 12);
	check_int("9223372036854775807", INT64_MAX);
	check_int("-9223372036854775808", INT64_MIN);
	REFUSES(num_parse_int, int64_t, "9223372036854775808");
	REFUSES(num_parse_int, int64_t, "-9223372036854775809");
	REFUSES(num_parse_int, int64_t, "99999999999999999999999");
	REFUSES(num_parse_int, int64_t, "1.0");
	check_uint("0", 0);
	check_uint("18446744073709551615", UINT64_MAX);
	REFUSES(num_parse_uint, uint64_t, "18446744073709551616");
	REFUSES(num_parse_uint, uint64_t, "28446744073709551615");
	REFUSES(num_parse_uint, uint64_t, "-1");
	REFUSES(num_parse_uint, uint64_t, "+1");

	int64_t value;
	OK(num_parse_int("1\n", &value) == -1, "a newline behind a number is refused");
}

static void test_doubles(void)
{
	static char digits[500];

	check_double("0", 0);
	check_double("0.1", 0.1);
	check_double("2", 2);
	check_double("2.", 2);
	check_double(".5", 0.5);
	check_double("123456789.25", 123456789.25);
	REFUSES(num_parse_double, double, "-1");
	REFUSES(num_parse_double, double, "+1");
	memset(digits, '9', sizeof digits - 1);
	double value = UNTOUCHED;
	OK(num_parse_double(digits, &value) == -1, "a number beyond the range is refused");
	digits[1] = '.';
	OK(num_parse_double(digits, &value) == 0, "a number of many digits is read");
}

static void test_sizes(void)
{
	check_size("0", 0);
	check_size("17", 17);
	check_size("1K", 1024);
	check_size("1k", 1000);
	check_size("1M", 1024 * 1024);
	check_size("1m", 1000000);
	check_size("1G", 1ULL << 30);
	check_size("1g", 1000000000);
	check_size("1T", 1ULL << 40);
	check_size("1t", 1000000000000);
	check_size("1P", 1ULL << 50);
	check_size("1p", 1000000000000000);
	check_size("1.5G", 3ULL << 29);
	check_size(".5K", 512);
	check_size("1.9", 1);
	check_size("0.0009k", 0);
	check_size("0.001k", 1);
	check_size("0.999999999999999999999999999999k", 999);
	check_size("18446744073709551615", UINT64_MAX);
	check_size("18446744073709551615.9", UINT64_MAX);
	check_size("16383P", 16383ULL << 50);
	check_size("16383.9999999999999999999999P", UINT64_MAX);
	REFUSES(num_parse_size, uint64_t, "16384P");
	REFUSES(num_parse_size, uint64_t, "18446744073709551616");
	REFUSES(num_parse_size, uint64_t, "18446744073709551615K");
	REFUSES(num_parse_size, uint64_t, "-1");
	REFUSES(num_parse_size, uint64_t, "-1K");
	REFUSES(num_parse_size, uint64_t, "+1");
	REFUSES(num_parse_size, uint64_t, "K");
	REFUSES(num_parse_size, uint64_t, "1KB");
	REFUSES(num_parse_size, uint64_t, "1 K");
	REFUSES(num_parse_size, uint64_t, "1K1");
}

static void test_durations(void)
{
	const nsec_t minute = 60 * NSEC_PER_SEC, hour = 60 * minute, day = 24 * hour;

	check_duration("0", 0);
	check_duration("2", 2 * NSEC_PER_SEC);
	check_duration("0.25", NSEC_PER_SEC / 4);
	check_duration(".5", NSEC_PER_SEC / 2);
	check_duration("3s", 3 * NSEC_PER_SEC);
	check_duration("3S", 3 * NSEC_PER_SEC);
	check_duration("1.5m", 90 * NSEC_PER_SEC);
	check_duration("2M", 2 * minute);
	check_duration("2h", 2 * hour);
	check_duration("2d", 2 * day);
	check_duration("250ms", 250 * NSEC_PER_MSEC);
	check_duration("1m5ms", minute + 5 * NSEC_PER_MSEC);
	check_duration("1d3.5h16.6m4s", day + 3 * hour + 46 * minute + 40 * NSEC_PER_SEC);
	check_duration("0.000000001", 1);
	check_duration("0.0000000019", 1);
	check_duration("2305843009.213693951", INT64_MAX / 4);
	check_duration("2305843009s213.693951999ms", INT64_MAX / 4);
	REFUSES(num_parse_duration, nsec_t, "2305843009.213693952");
	REFUSES(num_parse_duration, nsec_t, "2305843009s213.693952ms");
	REFUSES(num_parse_duration, nsec_t, "2305843010");
	REFUSES(num_parse_duration, nsec_t, "1000000d");
	REFUSES(num_parse_duration, nsec_t, "99999999999999999999999d");
	REFUSES(num_parse_duration, nsec_t, "26000d26000d");
	REFUSES(num_parse_duration, nsec_t, "-1");
	REFUSES(num_parse_duration, nsec_t, "-1s");
	REFUSES(num_parse_duration, nsec_t, "+1");
	REFUSES(num_parse_duration, nsec_t, "1m30");
	REFUSES(num_parse_duration, nsec_t, "30 1m");
	REFUSES(num_parse_duration, nsec_t, "1m30.5");
	REFUSES(num_parse_duration, nsec_t, "s");
	REFUSES(num_parse_duration, nsec_t, "1ss");
	REFUSES(num_parse_duration, nsec_t, "1s ");
	REFUSES(num_parse_duration, nsec_t, "5%");
}

static void test_percents(void)
{
	check_percent("50%", 50);
	check_percent("0%", 0);
	check_percent("12.5%", 12.5);
	check_percent("1000%", 1000);
	REFUSES(num_parse_percent, double, "50");
	REFUSES(num_parse_percent, double, "%");
	REFUSES(num_parse_percent, double, "50%%");
	REFUSES(num_parse_percent, double, "50% ");
	REFUSES(num_parse_percent, double, "-5%");
	REFUSES(num_parse_percent, double, "+5%");
	REFUSES(num_parse_percent, double, "1e1%");
}

static void check_format_uint(uint64_t value)
{
	char got[NUM_UINT_ROOM], want[40];
	size_t length = num_format_uint(got, value);

	snprintf(want, sizeof want, "%" PRIu64, value);
	SAME(got, want, "%s is written", want);
	OK(length == strlen(want), "%s has its length", want);
}

static void check_format_int(int64_t value)
{
	char got[NUM_INT_ROOM], want[40];
	size_t length = num_format_int(got, value);

	snprintf(want, sizeof want, "%" PRId64, value);
	SAME(got, want, "%s is written with its sign", want);
	OK(length == strlen(want), "%s has its length with its sign", want);
}

static void test_formats(void)
{
	static const uint64_t numbers[] = {0, 1, 9, 10, 99, 100, 1234567890, UINT64_MAX};
	static const int64_t integers[] = {0, 1, -1, -10, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		check_format_uint(numbers[i]);
	for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
		check_format_int(integers[i]);
}

int main(void)
{
	test_garbage();
	test_integers();
	test_doubles();
	test_sizes();
	test_durations();
	test_percents();
	test_formats();
	return tap_end();
}
