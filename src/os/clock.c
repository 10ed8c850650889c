#include "os/clock.h"

#include <time.h>

static nsec_t read_clock(clockid_t id)
{
	struct timespec t = {0};

	clock_gettime(id, &t); /* fails only for a clock that does not exist */
	return (nsec_t)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

nsec_t clock_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

nsec_t clock_real(void)
{
	return read_clock(CLOCK_REALTIME);
}
