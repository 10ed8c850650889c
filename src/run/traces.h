/*
 * traces.h - what the sinks keep for a job while it is under way.
 */
#ifndef RUN_TRACES_H
#define RUN_TRACES_H

#include "base/json.h"
#include "output/results.h"
#include "output/summary.h"

struct traces {
	struct results results;       /* its files */
	struct json_text carry[2];    /* characters that were cut, of events */
	struct summary_tail tails[2]; /* ends of standard output, and error, for the list of failed jobs */
};

#endif
