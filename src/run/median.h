/*
 * median.h - the median of the last run times, for a time limit in percent of it.
 */
#ifndef RUN_MEDIAN_H
#define RUN_MEDIAN_H

#include <stddef.h>
#include "base/num.h"

enum { MEDIAN_KEPT = 255, MEDIAN_LEAST = 3 };

struct median {
	nsec_t sorted[MEDIAN_KEPT]; /* the kept values in order */
	nsec_t recent[MEDIAN_KEPT]; /* the same as they came, a ring */
	size_t count;               /* kept values */
	size_t next;                /* place in the ring of the next one */
};

void median_init(struct median *m);
void median_add(struct median *m, nsec_t value);

/* The median, or -1 while fewer than MEDIAN_LEAST values are known. */
nsec_t median_value(const struct median *m);

#endif
