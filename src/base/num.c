#include "base/num.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A decimal number as it stands in a text: digits, optionally a point and digits; one digit at least. */
struct decimal {
	const char *whole;    /* digits in front of the point */
	size_t whole_length;  /* 0 in ".5" */
	const char *fraction; /* digits behind it */
	size_t fraction_length;
	const char *end; /* the first byte that is not part of it */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text)
{
	size_t n = 0;

	while (is_digit(text[n]))
		n++;
	return n;
}

static int scan_decimal(const char *text, struct decimal *d)
{
	*d = (struct decimal){.whole = text, .whole_length = count_digits(text)};
	d->end = text + d->whole_length;
	if (*d->end == '.') {
		d->fraction = d->end + 1;
		d->fraction_length = count_digits(d->fraction);
		d->end = d->fraction + d->fraction_length;
	}
	return d->whole_length + d->fraction_length ? 0 : -1;
}

static int digits_value(const char *digits, size_t length, uint64_t limit, uint64_t *value)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned digit = (unsigned)(digits[i] - '0');
		if (sum > (limit - digit) / 10)
			return -1;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return 0;
}

/*
 * The number times unit (at most UINT64_MAX / 10), cut to an integer. Working from the last digit of the fraction to
 * the first keeps this exact for any number of digits: cutting after each step gives the same as cutting once at the
 * end.
 */
static int decimal_times(const struct decimal *d, uint64_t unit, uint64_t limit, uint64_t *product)
{
	uint64_t part = 0, whole;

	for (size_t i = d->fraction_length; i > 0; i--)
		part = ((uint64_t)(d->fraction[i - 1] - '0') * unit + part) / 10;
	if (digits_value(d->whole, d->whole_length, UINT64_MAX, &whole) < 0)
		return -1;
	if (part > limit || whole > (limit - part) / unit)
		return -1;
	*product = whole * unit + part;
	return 0;
}

/* The locale of numbers is always "C" in this program, so that strtod reads a point. */
static int decimal_double(const struct decimal *d, double *value)
{
	char *end;
	double number = strtod(d->whole, &end);

	if (end != d->end || !isfinite(number))
		return -1;
	*value = number;
	return 0;
}

int num_parse_uint(const char *text, uint64_t *value)
{
	size_t length = count_digits(text);

	if (length == 0 || text[length])
		return -1;
	return digits_value(text, length, UINT64_MAX, value);
}

int num_parse_int(const char *text, int64_t *value)
{
	bool negative = *text == '-';
	const char *digits = text + (negative || *text == '+');
	size_t length = count_digits(digits);
	uint64_t size;

	if (length == 0 || digits[length])
		return -1;
	if (digits_value(digits, length, (uint64_t)INT64_MAX + negative, &size) < 0)
		return -1;
	if (negative && size > INT64_MAX)
		*value = INT64_MIN;
	else
		*value = negative ? -(int64_t)size : (int64_t)size;
	return 0;
}

int num_parse_double(const char *text, double *value)
{
	struct decimal d;

	if (scan_decimal(text, &d) < 0 || *d.end)
		return -1;
	return decimal_double(&d, value);
}

int num_parse_percent(const char *text, double *percent)
{
	struct decimal d;

	if (scan_decimal(text, &d) < 0 || strcmp(d.end, "%") != 0)
		return -1;
	return decimal_double(&d, percent);
}

/* The factor of a size's ending, 0 for an ending that there is not. */
static uint64_t size_unit(const char *ending)
{
	static const char large[] = "KMGTP", small[] = "kmgtp";
	const char *at;
	uint64_t unit = 1, base = 1024;

	if (!*ending)
		return 1;
	if (ending[1])
		return 0;
	at = strchr(large, *ending);
	if (!at && (at = strchr(small, *ending)))
		base = 1000;
	if (!at)
		return 0;
	for (ptrdiff_t power = at - (base == 1024 ? large : small); power >= 0; power--)
		unit *= base;
	return unit;
}

int num_parse_size(const char *text, uint64_t *bytes)
{
	struct decimal d;

	if (scan_decimal(text, &d) < 0)
		return -1;
	uint64_t unit = size_unit(d.end);
	return unit ? decimal_times(&d, unit, UINT64_MAX, bytes) : -1;
}

/* The nanoseconds of the unit at *text, which is moved behind it; 0 where there is none. */
static uint64_t duration_unit(const char **text)
{
	static const struct {
		const char *names; /* either letter */
		uint64_t seconds;
	} units[] = {{"sS", 1}, {"mM", 60}, {"hH", 60 * 60}, {"dD", 24 * 60 * 60}};

	if (strncmp(*text, "ms", 2) == 0) {
		*text += 2;
		return NSEC_PER_MSEC;
	}
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (**text && strchr(units[i].names, **text)) {
			++*text;
			return units[i].seconds * NSEC_PER_SEC;
		}
	}
	return 0;
}

int num_parse_duration(const char *text, nsec_t *duration)
{
	const uint64_t limit = INT64_MAX / 4;
	const char *start = text;
	uint64_t sum = 0, part, unit;
	struct decimal d;

	do {
		if (scan_decimal(text, &d) < 0)
			return -1;
		text = d.end;
		unit = duration_unit(&text);
		if (unit == 0 && (*text || d.whole != start))
			return -1;
		if (decimal_times(&d, unit ? unit : NSEC_PER_SEC, limit - sum, &part) < 0)
			return -1;
		sum += part;
	} while (*text);
	*duration = (nsec_t)sum;
	return 0;
}

size_t num_format_uint(char *to, uint64_t value)
{
	char digits[NUM_UINT_ROOM];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	memcpy(to, digits + at, sizeof digits - at);
	to[sizeof digits - at] = '\0';
	return sizeof digits - at;
}

size_t num_format_int(char *to, int64_t value)
{
	if (value >= 0)
		return num_format_uint(to, (uint64_t)value);
	*to = '-';
	return 1 + num_format_uint(to + 1, 0 - (uint64_t)value);
}
