#include "base/span.h"

/* Seconds, cut to as many decimals. */
static void add_seconds(struct buf *to, nsec_t time, int decimals)
{
	nsec_t unit = NSEC_PER_SEC;

	buf_add_uint(to, (unsigned long long)(time / unit));
	buf_add_char(to, '.');
	for (; decimals > 0; decimals--) {
		time %= unit;
		unit /= 10;
		buf_add_char(to, (char)('0' + time / unit));
	}
	buf_add_char(to, 's');
}

static void add_two(struct buf *to, nsec_t large, char large_unit, nsec_t small, char small_unit)
{
	buf_add_format(to, "%lld%c%02lld%c", (long long)large, large_unit, (long long)small, small_unit);
}

void span_add(struct buf *to, nsec_t time)
{
	nsec_t seconds;

	if (time < 0)
		time = 0;
	seconds = time / NSEC_PER_SEC;
	if (seconds < 60)
		add_seconds(to, time, seconds >= 10 ? 1 : time >= NSEC_PER_SEC / 10 ? 2 : 3);
	else if (seconds < 3600)
		add_two(to, seconds / 60, 'm', seconds % 60, 's');
	else if (seconds < 86400)
		add_two(to, seconds / 3600, 'h', seconds / 60 % 60, 'm');
	else
		add_two(to, seconds / 86400, 'd', seconds / 3600 % 24, 'h');
}
