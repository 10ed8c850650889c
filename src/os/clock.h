/*
 * clock.h - the two clocks: one that only moves forward, for deadlines; the wall clock, for logs.
 */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include "base/num.h"

nsec_t clock_now(void);  /* monotonic; not affected by changes of the date */
nsec_t clock_real(void); /* since the Epoch */

#endif
