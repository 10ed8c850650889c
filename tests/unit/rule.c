/* The rules of a run: each form that is known, and what is refused. */
#include "tap.h"
#include <signal.h>
#include <stdint.h>
#include "base/rule.h"

static void test_jobs(void)
{
	static const struct {
		const char *text;
		enum jobs_kind kind;
		uint64_t number;
		double percent;
		unsigned on_8; /* jobs on 8 processors with a limit of 100 */
	} cases[] = {
		{"1", JOBS_COUNT, 1, 0, 1},         {"16", JOBS_COUNT, 16, 0, 16},   {"200", JOBS_COUNT, 200, 0, 100},
		{"0", JOBS_MAX, 0, 0, 100},         {"+0", JOBS_PLUS, 0, 0, 8},      {"+2", JOBS_PLUS, 2, 0, 10},
		{"-1", JOBS_MINUS, 1, 0, 7},        {"-8", JOBS_MINUS, 8, 0, 1},     {"-99", JOBS_MINUS, 99, 0, 1},
		{"100%", JOBS_PERCENT, 0, 100, 8},  {"50%", JOBS_PERCENT, 0, 50, 4}, {"1%", JOBS_PERCENT, 0, 1, 1},
		{"250%", JOBS_PERCENT, 0, 250, 20}, {" 3\n", JOBS_COUNT, 3, 0, 3},   {"\t+1 \n\n", JOBS_PLUS, 1, 0, 9},
	};
	static const char *const refused[] = {
		"", " ", "x", "1x", "%", "0%", "-5%", "+", "-", "++1", "1 2", "1.5", "99999999999999999999", "0x4"};
	struct jobs_rule kept = {.kind = JOBS_COUNT, .number = 7};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct jobs_rule r = {0};
		int status = rule_parse_jobs(cases[i].text, &r);

		OK(status == 0 && r.kind == cases[i].kind && r.number == cases[i].number, "jobs %zu: form and number",
		   i);
		OK(r.percent >= cases[i].percent && r.percent <= cases[i].percent, "jobs %zu: percentage", i);
		OK(rule_jobs(&r, 8, 100) == cases[i].on_8, "jobs %zu: %u on eight processors", i, cases[i].on_8);
	}
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		OK(rule_parse_jobs(refused[i], &kept) == -1 && kept.number == 7, "jobs %zu is refused", i);
	OK(rule_jobs(&(struct jobs_rule){.kind = JOBS_DEFAULT}, 4, 100) == 4,
	   "the default is the number of processors");
	OK(rule_jobs(&(struct jobs_rule){.kind = JOBS_DEFAULT}, 4, 2) == 2, "the limit holds for the default");
}

static void test_halt(void)
{
	static const struct {
		const char *text;
		struct halt_rule rule;
	} cases[] = {
		{"never", {HALT_NEVER, HALT_FAIL, 0, 0}},
		{"0", {HALT_NEVER, HALT_FAIL, 0, 0}},
		{"1", {HALT_SOON, HALT_FAIL, 1, 0}},
		{"2", {HALT_NOW, HALT_FAIL, 1, 0}},
		{"-1", {HALT_SOON, HALT_SUCCESS, 1, 0}},
		{"-2", {HALT_NOW, HALT_SUCCESS, 1, 0}},
		{"20%", {HALT_SOON, HALT_FAIL, 0, 20}},
		{"now,fail=1", {HALT_NOW, HALT_FAIL, 1, 0}},
		{"soon,success=30%", {HALT_SOON, HALT_SUCCESS, 0, 30}},
		{"soon,done=12", {HALT_SOON, HALT_DONE, 12, 0}},
		{"now,done=0.5%", {HALT_NOW, HALT_DONE, 0, 0.5}},
		{"now,fail=100%", {HALT_NOW, HALT_FAIL, 0, 100}},
	};
	static const char *const refused[] = {
		"",
		"3",
		"-3",
		"now",
		"now,",
		"now,fail",
		"now,fail=",
		"now,fail=0",
		"now,fail=0%",
		"now,fail=101%",
		"now,fail=-1",
		"later,fail=1",
		"now,bad=1",
		"never,fail=1",
		"now=fail,1",
		"now,fail=1,",
		"now,fail=1x",
		"nownownownownownownownownownownownownownownownownownownownownownownow,fail=1",
		"NOW,fail=1",
		" now,fail=1",
		"5",
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct halt_rule *want = &cases[i].rule;
		struct halt_rule r = {HALT_NOW, HALT_DONE, 99, 99};
		int status = rule_parse_halt(cases[i].text, &r);

		OK(status == 0 && r.when == want->when && r.why == want->why && r.count == want->count &&
		           r.percent >= want->percent && r.percent <= want->percent,
		   "halt %s", cases[i].text);
	}
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct halt_rule r = {HALT_SOON, HALT_DONE, 4, 0};

		OK(rule_parse_halt(refused[i], &r) == -1 && r.count == 4, "halt '%s' is refused", refused[i]);
	}
}

static void test_termseq(void)
{
	static const char *const refused[] = {
		"",
		",",
		"200",
		"TERM,",
		"TERM,x",
		"TERM,-1",
		"TERM,200,",
		"TERM,200,NOSUCH",
		"TERM KILL",
		"TERM,99999999",
		"TERM,,KILL",
		"0",
		"0,200",
		("TERM,1,TERM,1,TERM,1,TERM,1,TERM,1,TERM,1,TERM,1,TERM,1,TERM,1,TERM,1,TERM,1,TERM,1,TERM,1,TERM,1,"
	         "TERM,1,TERM,1,KILL"),
	};
	struct termseq r = {.count = 0};

	OK(rule_parse_termseq("TERM,200,KILL", &r) == 0 && r.count == 2, "two steps");
	OK(r.steps[0].signal == SIGTERM && r.steps[0].wait == 200 * NSEC_PER_MSEC, "TERM and 200 ms");
	OK(r.steps[1].signal == SIGKILL && r.steps[1].wait == 0, "KILL with no time after it");
	OK(rule_parse_termseq("sigint,100,9,50", &r) == 0 && r.count == 2, "any spelling of signals");
	OK(r.steps[0].signal == SIGINT && r.steps[1].signal == SIGKILL && r.steps[1].wait == 50 * NSEC_PER_MSEC,
	   "a time at the end");
	OK(rule_parse_termseq("KILL", &r) == 0 && r.count == 1, "one step");
	OK(rule_parse_termseq(RULE_TERMSEQ_DEFAULT, &r) == 0 && r.count == 4, "the default can be parsed");
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		OK(rule_parse_termseq(refused[i], &r) == -1 && r.count == 4, "termination sequence %zu is refused", i);
}

static void test_retry(void)
{
	static const char *const refused[] = {"",      ",",  "0",  "256",     "5-",      "-5",  "9-5",
	                                      "1-256", "1,", ",1", "nothing", "TIMEOUT", "1;2", "1--2"};
	struct retry_rule r = {.any = true};

	OK(rule_retries_status(&r, 1) && rule_retries_signal(&r, SIGTERM),
	   "without a list every failure is worth another try");
	OK(rule_parse_retry("7,75-77,TERM,timeout", &r) == 0, "a list of all kinds");
	OK(!r.any && r.timeout && !r.lost, "timeout is in it, lost is not");
	OK(rule_retries_status(&r, 7) && rule_retries_status(&r, 75) && rule_retries_status(&r, 77), "its statuses");
	OK(!rule_retries_status(&r, 6) && !rule_retries_status(&r, 78) && !rule_retries_status(&r, -1) &&
	           !rule_retries_status(&r, 999),
	   "no other status");
	OK(rule_retries_signal(&r, SIGTERM) && !rule_retries_signal(&r, SIGKILL) && !rule_retries_signal(&r, 999),
	   "its signal and no other");
	OK(rule_parse_retry("1-255,lost", &r) == 0 && rule_retries_status(&r, 255) && r.lost && !r.timeout,
	   "all statuses, and lost");
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		OK(rule_parse_retry(refused[i], &r) == -1 && r.lost, "retry list '%s' is refused", refused[i]);
}

static void test_signals(void)
{
	OK(rule_signal_number("TERM") == SIGTERM && rule_signal_number("SIGTERM") == SIGTERM, "with and without SIG");
	OK(rule_signal_number("usr1") == SIGUSR1 && rule_signal_number("15") == 15, "small letters and numbers");
	OK(rule_signal_number("") == -1 && rule_signal_number("SIG") == -1 && rule_signal_number("0") == -1,
	   "nothing is no signal");
	OK(rule_signal_number("4096") == -1 && rule_signal_number("-9") == -1 && rule_signal_number("KILLX") == -1,
	   "nor is anything else");
	SAME(rule_signal_name(SIGKILL), "KILL", "a name");
	SAME(rule_signal_name(4096), NULL, "no name");
}

int main(void)
{
	test_jobs();
	test_halt();
	test_termseq();
	test_retry();
	test_signals();
	return tap_end();
}
