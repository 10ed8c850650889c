#include "run/policy.h"

#include <string.h>

/* A year: however often a delay is doubled, sums with the clock do not overflow. */
static const nsec_t POLICY_LONGEST_DELAY = 365 * 86400 * NSEC_PER_SEC;

void policy_init(struct policy *p, const struct policy_config *config)
{
	memset(p, 0, sizeof *p);
	p->config = config;
}

static int policy_count_status(uint64_t failed)
{
	return failed < 101 ? (int)failed : 101;
}

static int policy_job_status(const struct outcome *o)
{
	if (o->signal)
		return 128 + o->signal;
	return o->status >= 0 ? o->status : 255;
}

static uint64_t policy_limit(const struct policy *p)
{
	const struct halt_rule *halt = &p->config->halt;
	double limit;

	if (halt->count)
		return halt->count;
	/* A little less, for 8.8 % of 375 are 33 and not 33.000000000000004. */
	limit = (double)p->total * halt->percent / 100 - 1e-9;
	return (double)(uint64_t)limit < limit ? (uint64_t)limit + 1 : (uint64_t)limit;
}

static bool policy_fires(const struct policy *p, const struct outcome *o)
{
	bool failed = outcome_failed(o);

	switch (p->config->halt.why) {
	case HALT_FAIL:
		return failed && p->failed >= policy_limit(p);
	case HALT_SUCCESS:
		return !failed && p->done - p->failed >= policy_limit(p);
	default:
		return p->done >= policy_limit(p);
	}
}

/* With a limit of one job it is that job's own status that tells most. */
static int policy_halt_status(const struct policy *p, const struct outcome *o)
{
	const struct halt_rule *halt = &p->config->halt;

	if (halt->why == HALT_SUCCESS)
		return 0;
	if (policy_limit(p) == 1)
		return policy_job_status(o);
	if (halt->count)
		return policy_count_status(p->failed);
	return (int)((p->failed * 100 + p->total - 1) / p->total);
}

enum policy_verdict policy_count(struct policy *p, const struct outcome *o)
{
	if (p->verdict != POLICY_GO && o->cause == OUTCOME_CANCELLED)
		return p->verdict;
	p->done++;
	p->failed += outcome_failed(o);
	if (p->verdict == POLICY_GO && p->config->halt.when != HALT_NEVER && policy_fires(p, o)) {
		p->verdict = p->config->halt.when == HALT_SOON ? POLICY_SOON : POLICY_NOW;
		p->halt_status = policy_halt_status(p, o);
	}
	return p->verdict;
}

bool policy_tries_again(const struct policy *p, const struct outcome *o)
{
	const struct retry_rule *rule = &p->config->retry_on;

	if (!outcome_failed(o) || o->tries >= p->config->tries || p->verdict != POLICY_GO)
		return false;
	switch (o->cause) {
	case OUTCOME_CANCELLED:
		return false;
	case OUTCOME_TIMEOUT:
		return rule->any || rule->timeout;
	case OUTCOME_LOST:
		return rule->any || rule->lost;
	case OUTCOME_SIGNALLED:
		return rule->any || rule_retries_signal(rule, o->signal);
	default:
		return rule->any || rule_retries_status(rule, o->status);
	}
}

nsec_t policy_retry_delay(const struct policy *p, unsigned tries, uint32_t dice)
{
	nsec_t delay = p->config->retry_delay;

	for (unsigned i = 1; i < tries && delay < POLICY_LONGEST_DELAY; i++)
		delay *= 2;
	if (delay > POLICY_LONGEST_DELAY)
		delay = POLICY_LONGEST_DELAY;
	return delay + delay / 4096 * (nsec_t)(dice % 1024);
}

bool policy_allows_prefetch(const struct policy_config *config)
{
	return config->halt.when == HALT_NEVER;
}

int policy_exit_status(const struct policy *p)
{
	return p->verdict != POLICY_GO ? p->halt_status : policy_count_status(p->failed);
}
