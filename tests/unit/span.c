#include "base/span.h"

#include "tap.h"

static void check(nsec_t time, const char *want)
{
	struct buf b = {0};

	span_add(&b, time);
	SAME(buf_text(&b), want, "%s", want);
	buf_release(&b);
}

int main(void)
{
	const nsec_t second = NSEC_PER_SEC, hour = 3600 * second;

	check(0, "0.000s");
	check(-1, "0.000s");
	check(4999999, "0.004s");
	check(99999999, "0.099s");
	check(second / 10, "0.10s");
	check(second, "1.00s");
	check(1239999999, "1.23s");
	check(10 * second - 1, "9.99s");
	check(10 * second, "10.0s");
	check(60 * second - 1, "59.9s");
	check(60 * second, "1m00s");
	check(125 * second, "2m05s");
	check(hour - 1, "59m59s");
	check(hour, "1h00m");
	check(24 * hour - 1, "23h59m");
	check(76 * hour, "3d04h");
	check(INT64_MAX, "106751d23h");
	return tap_end();
}
