/*
 * span.h - how long something took, for people.
 *
 * About three digits: "0.004s", "1.23s", "12.3s", "2m05s", "1h02m", "3d04h". Cut, not rounded.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include "base/buf.h"
#include "base/num.h"

void span_add(struct buf *to, nsec_t time); /* below 0 counts as 0 */

#endif
