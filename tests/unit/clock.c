#include "os/clock.h"

#include <time.h>
#include "tap.h"

int main(void)
{
	nsec_t before = clock_now();
	bool forward = true;

	for (int i = 0; i < 1000; i++) {
		nsec_t now = clock_now();
		forward &= now >= before;
		before = now;
	}
	OK(forward, "the clock never moves back");
	OK(before > 0 && before < INT64_MAX / 4, "the clock leaves room for sums");

	time_t early = time(NULL);
	nsec_t real = clock_real();
	OK(real / NSEC_PER_SEC >= early - 1, "the wall clock counts from the Epoch");
	OK(real < INT64_MAX / 4 * 3, "the wall clock is in nanoseconds");
	return tap_end();
}
