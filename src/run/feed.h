/*
 * feed.h - reads items, renders commands, hands out tasks.
 */
#ifndef RUN_FEED_H
#define RUN_FEED_H

#include "run/state.h"

void feed_init(struct run *r);
void feed_tasks(struct run *r); /* starts what can be started now */

#endif
