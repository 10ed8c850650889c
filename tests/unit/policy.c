#include "run/policy.h"

#include <signal.h>
#include <stdlib.h>
#include "tap.h"

/* The outcome that a letter stands for. */
static struct outcome outcome_of(char letter)
{
	struct outcome o = {.cause = OUTCOME_EXITED, .tries = 1};

	switch (letter) {
	case '.':
		break;
	case 'k':
		o.cause = OUTCOME_SIGNALLED;
		o.signal = SIGKILL;
		break;
	case 't':
		o.cause = OUTCOME_TIMEOUT;
		o.status = -1;
		o.signal = SIGTERM;
		break;
	case 'T':
		o.cause = OUTCOME_TIMEOUT;
		o.status = -1;
		break;
	case 'c':
		o.cause = OUTCOME_CANCELLED;
		o.signal = SIGTERM;
		break;
	case 'n':
		o.cause = OUTCOME_NOT_STARTED;
		o.status = 127;
		break;
	case 'l':
		o.cause = OUTCOME_LOST;
		o.status = -1;
		break;
	default:
		o.status = letter - '0';
	}
	return o;
}

struct halt_case {
	const char *halt, *outcomes; /* one letter for each job, in the order of their ends */
	uint64_t total;
	const char *verdicts; /* one letter for each: go on, stop soon, stop now */
	int status;
};

/* Returns a letter for what the policy says after each outcome. */
static const char *verdicts_of(const struct halt_case *c, int *status)
{
	static char said[64];
	struct policy_config config = {.tries = 1};
	struct policy p;
	size_t i;

	if (rule_parse_halt(c->halt, &config.halt) < 0)
		exit(99);
	policy_init(&p, &config);
	p.total = c->total;
	for (i = 0; c->outcomes[i]; i++) {
		struct outcome o = outcome_of(c->outcomes[i]);

		said[i] = "gsn"[policy_count(&p, &o)];
	}
	said[i] = '\0';
	*status = policy_exit_status(&p);
	return said;
}

static void test_halt(void)
{
	static const struct halt_case cases[] = {
		/* no halt: the status counts the failures */
		{"never", "....", 0, "gggg", 0},
		{"never", "1.k.", 0, "gggg", 2},
		{"never", "tTnlk", 0, "ggggg", 5},
		{"0", "123", 0, "ggg", 3},
		/* failures */
		{"soon,fail=1", "..3.", 0, "ggss", 3},
		{"now,fail=1", ".k.", 0, "gnn", 128 + SIGKILL},
		{"now,fail=1", "n", 0, "n", 127},
		{"now,fail=1", "t", 0, "n", 128 + SIGTERM},
		{"now,fail=1", "T", 0, "n", 255},
		{"now,fail=1", "l", 0, "n", 255},
		{"now,fail=2", "1.2", 0, "ggn", 2},
		{"soon,fail=3", "1.2.3.4", 0, "ggggsss", 3},
		{"now,fail=2", "1...", 0, "gggg", 1},
		{"1", "5.", 0, "ss", 5},
		{"2", "6.", 0, "nn", 6},
		/* successes */
		{"now,success=1", "12.", 0, "ggn", 0},
		{"soon,success=2", ".1..", 0, "ggss", 0},
		{"now,success=2", "1.2", 0, "ggg", 2},
		{"-1", "1.", 0, "gs", 0},
		{"-2", "1.", 0, "gn", 0},
		/* ends */
		{"now,done=1", "4", 0, "n", 4},
		{"soon,done=1", ".", 0, "s", 0},
		{"now,done=3", "1.2.", 0, "ggnn", 2},
		{"soon,done=2", "..", 0, "gs", 0},
		/* percentages: at least so many of a hundred, counted in whole jobs */
		{"now,fail=50%", "1.2.", 4, "ggnn", 50},
		{"now,fail=30%", "111.", 10, "ggnn", 30},
		{"soon,fail=25%", "1..2", 8, "gggs", 25},
		{"soon,fail=34%", "1.2", 3, "ggs", 67},
		{"20%", "11....", 10, "gsssss", 20},
		{"now,fail=100%", "123", 3, "ggn", 100},
		{"now,fail=100%", "12.", 3, "ggg", 2},
		{"now,fail=1%", "7", 10, "n", 7},
		{"now,success=50%", "1..2", 4, "ggnn", 0},
		{"now,done=50%", ".1..", 4, "gnnn", 25},
		{"soon,done=75%", "...", 4, "ggs", 0},
		/* what pp ended for the halt does not count, what it ended before does */
		{"now,fail=1", "3cc", 0, "nnn", 3},
		{"now,fail=2", "c2", 0, "gn", 2},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct halt_case *c = &cases[i];
		int status;
		const char *said = verdicts_of(c, &status);

		SAME(said, c->verdicts, "halt %s: after %s", c->halt, c->outcomes);
		if (!OK(status == c->status, "then the exit status is %d", c->status))
			printf("#  got: %d\n", status);
	}
}

static void test_count(void)
{
	static const struct {
		uint64_t failed;
		int status;
	} cases[] = {{0, 0}, {1, 1}, {100, 100}, {101, 101}, {102, 101}, {5000, 101}};
	struct policy_config config = {.tries = 1};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct outcome o = outcome_of('1');
		struct policy p;

		policy_init(&p, &config);
		for (uint64_t n = 0; n < cases[i].failed; n++)
			policy_count(&p, &o);
		OK(policy_exit_status(&p) == cases[i].status, "%d failed jobs: exit status %d", (int)cases[i].failed,
		   cases[i].status);
	}
}

static void test_retry(void)
{
	static const struct {
		const char *rule; /* NULL for every failure */
		const char *again, *no_more;
	} cases[] = {
		{NULL, "19ktTnl", ".c"},
		{"1,5-7", "1567", ".248cktTnl"},
		{"timeout", "tT", ".1cknl"},
		{"lost", "l", ".1cktTn"},
		{"KILL", "k", ".19ctTnl"},
		{"127", "n", ".19ckltT"},
		{"3,KILL,timeout,lost", "3ktTl", ".4cn"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct policy_config config = {.tries = 2, .retry_on.any = cases[i].rule == NULL};
		struct policy p;
		bool right = true;

		if (cases[i].rule && rule_parse_retry(cases[i].rule, &config.retry_on) < 0)
			exit(99);
		policy_init(&p, &config);
		for (const char *c = cases[i].again; *c; c++) {
			struct outcome o = outcome_of(*c);

			right = right && policy_tries_again(&p, &o);
		}
		OK(right, "retry on %s: %s are tried again", cases[i].rule ? cases[i].rule : "anything",
		   cases[i].again);
		right = true;
		for (const char *c = cases[i].no_more; *c; c++) {
			struct outcome o = outcome_of(*c);

			right = right && !policy_tries_again(&p, &o);
		}
		OK(right, "%s are not", cases[i].no_more);
	}
}

static void test_tries(void)
{
	struct policy_config config = {.tries = 3, .retry_on.any = true, .halt = {HALT_SOON, HALT_FAIL, 1, 0}};
	struct outcome o = outcome_of('1');
	struct policy p;

	policy_init(&p, &config);
	o.tries = 2;
	OK(policy_tries_again(&p, &o), "the second of three tries is not the last");
	o.tries = 3;
	OK(!policy_tries_again(&p, &o), "the third one is");
	o.tries = 1;
	policy_count(&p, &o);
	OK(!policy_tries_again(&p, &o), "after a halt nothing is tried again");
}

static void test_delay(void)
{
	struct policy_config config = {.tries = 100, .retry_delay = 4 * NSEC_PER_SEC};
	struct policy p;
	bool within = true;

	policy_init(&p, &config);
	OK(policy_retry_delay(&p, 1, 0) == 4 * NSEC_PER_SEC, "the first delay is as it was asked for");
	OK(policy_retry_delay(&p, 2, 0) == 8 * NSEC_PER_SEC && policy_retry_delay(&p, 4, 0) == 32 * NSEC_PER_SEC,
	   "it doubles with each try");
	for (uint32_t dice = 0; dice < 100000; dice += 7) {
		nsec_t delay = policy_retry_delay(&p, 1, dice * 40503u);

		within = within && delay >= 4 * NSEC_PER_SEC && delay <= 5 * NSEC_PER_SEC;
	}
	OK(within, "it is spread by up to a quarter");
	OK(policy_retry_delay(&p, 1, 1) != policy_retry_delay(&p, 1, 513), "with the dice");
	OK(policy_retry_delay(&p, 99, 0) == policy_retry_delay(&p, 98, 0) && policy_retry_delay(&p, 99, 0) > 0,
	   "there is a longest one");
	config.retry_delay = 0;
	OK(policy_retry_delay(&p, 50, 12345) == 0, "no delay stays none");
}

static void test_prefetch(void)
{
	struct policy_config config = {.tries = 1};

	OK(policy_allows_prefetch(&config), "without a halt tasks may be handed out ahead");
	config.halt.when = HALT_SOON;
	OK(!policy_allows_prefetch(&config), "with one they may not");
}

int main(void)
{
	test_halt();
	test_count();
	test_retry();
	test_tries();
	test_delay();
	test_prefetch();
	return tap_end();
}
