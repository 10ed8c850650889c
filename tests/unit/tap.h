/*
 * tap.h - the smallest harness that unit tests need: each check is a line of TAP.
 *
 * A test program is `int main(void) { ...checks...; return tap_end(); }`. A failing check prints where it stands and
 * what was compared; the others still run.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

/* One test point: passed or not, with its formatted name. Returns passed. */
__attribute__((format(printf, 4, 5))) static inline bool tap_point(bool passed, const char *file, int line,
                                                                   const char *format, ...)
{
	va_list args;

	printf("%sok %d - ", passed ? "" : "not ", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	if (!passed) {
		tap_failed++;
		printf("# at %s:%d\n", file, line);
	}
	fflush(stdout);
	return passed;
}

/* got and want are lent; NULL equals only NULL. */
__attribute__((format(printf, 5, 6))) static inline bool tap_same(const char *got, const char *want, const char *file,
                                                                  int line, const char *format, ...)
{
	bool same = got && want ? strcmp(got, want) == 0 : got == want;
	char name[256];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof name, format, args);
	va_end(args);
	tap_point(same, file, line, "%s", name);
	if (!same)
		printf("#  got: %s\n# want: %s\n", got ? got : "(null)", want ? want : "(null)");
	return same;
}

/* Prints the plan. Returns the exit status of the program. */
static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#define OK(condition, ...)   tap_point((condition), __FILE__, __LINE__, __VA_ARGS__)
#define SAME(got, want, ...) tap_same((got), (want), __FILE__, __LINE__, __VA_ARGS__)

#endif
