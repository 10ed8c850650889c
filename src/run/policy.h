/*
 * policy.h - the rules of a run: when to halt, what to try again and when, which exit status. Pure decisions.
 */
#ifndef RUN_POLICY_H
#define RUN_POLICY_H

#include <stdbool.h>
#include <stdint.h>
#include "base/num.h"
#include "base/rule.h"
#include "output/outcome.h"

enum policy_verdict {
	POLICY_GO,   /* go on */
	POLICY_SOON, /* start no more jobs */
	POLICY_NOW,  /* and end those that run */
};

/* Lent for the life of the policy. */
struct policy_config {
	struct halt_rule halt;
	uint64_t tries;     /* tries in all, at least 1 */
	nsec_t retry_delay; /* before the second try; doubled with each further one */
	struct retry_rule retry_on;
};

struct policy {
	const struct policy_config *config;
	uint64_t total; /* jobs in all, for percentages; 0 when not known */
	uint64_t done;  /* jobs that ended, those that pp ended for the halt not counted */
	uint64_t failed;
	enum policy_verdict verdict; /* once it is not POLICY_GO it stays */
	int halt_status;             /* exit status when the halt rule fired */
};

void policy_init(struct policy *p, const struct policy_config *config);

/* Counts a finished job. Returns what is to be done from now on. */
enum policy_verdict policy_count(struct policy *p, const struct outcome *o);

/* Whether a job with this outcome is worth another try. */
bool policy_tries_again(const struct policy *p, const struct outcome *o);

/* How long to wait before that try. dice: any number; the delay is spread by up to a quarter with it. */
nsec_t policy_retry_delay(const struct policy *p, unsigned tries, uint32_t dice);

/* Whether a task may be handed out before the one in front of it is known to have ended: not where its end may forbid
   the next. */
bool policy_allows_prefetch(const struct policy_config *config);

/* The exit status of a run that was neither interrupted nor failed itself. */
int policy_exit_status(const struct policy *p);

#endif
