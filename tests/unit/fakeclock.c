#include "fakepool.h"
#include "os/clock.h"

nsec_t fake_clock = 1000 * NSEC_PER_SEC;

nsec_t clock_now(void)
{
	return fake_clock;
}

nsec_t clock_real(void)
{
	return fake_clock;
}
