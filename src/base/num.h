/*
 * num.h - numbers, sizes and durations as users write them.
 *
 * All parsers read the whole text: trailing bytes, an empty text, overflow and a sign where none belongs are refused.
 * They return 0, or -1 with *value untouched.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

typedef int64_t nsec_t; /* a time or a duration in nanoseconds */

#define NSEC_PER_SEC  ((nsec_t)1000000000)
#define NSEC_PER_MSEC ((nsec_t)1000000)
#define NSEC_NEVER    INT64_MAX

int num_parse_int(const char *text, int64_t *value);   /* optional sign, decimal */
int num_parse_uint(const char *text, uint64_t *value); /* decimal, no sign */
int num_parse_double(const char *text, double *value); /* "2", "2.5", ".5": no sign, no exponent */

/* A size in bytes: a number, then nothing or one of K M G T P (powers of 1024) or k m g t p (powers of 1000), for
   example "1.5G". A fraction of a byte is cut off. */
int num_parse_size(const char *text, uint64_t *bytes);

/* A duration: seconds ("2", "0.25"), or numbers with s, m, h, d (also S, M, H, D) or ms, chained ("1d3.5h16.6m4s").
   At most INT64_MAX / 4 nanoseconds, so that sums with the clock do not overflow. */
int num_parse_duration(const char *text, nsec_t *duration);

/* A percentage "N%", N as for num_parse_double: *percent is N. */
int num_parse_percent(const char *text, double *percent);

enum {
	NUM_UINT_ROOM = 21, /* bytes for the longest unsigned number and its NUL */
	NUM_INT_ROOM = 22,  /* the same with a sign */
};

/* Write the number in decimal, with a minus where it is negative, and a NUL to to, which has the room named above.
   Return the number of bytes without the NUL. Async-signal-safe. */
size_t num_format_uint(char *to, uint64_t value);
size_t num_format_int(char *to, int64_t value);

#endif
