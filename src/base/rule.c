#include "base/rule.h"
#include <signal.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 64 }; /* longer than any word of a rule */

/* Copies the text up to one of the bytes of ends (or its end) to word. Returns what follows: at the byte found.
   NULL when it is too long. */
static const char *cut_word(const char *text, const char *ends, char word[WORD_MAX])
{
	size_t length = strcspn(text, ends);

	if (length >= WORD_MAX)
		return NULL;
	memcpy(word, text, length);
	word[length] = '\0';
	return text + length;
}

/* -- Jobs at a time -- */

static int parse_jobs_word(const char *word, struct jobs_rule *rule)
{
	struct jobs_rule r = {.kind = JOBS_COUNT};
	uint64_t number;
	double percent;

	if (num_parse_percent(word, &percent) == 0 && percent > 0) {
		r.kind = JOBS_PERCENT;
		r.percent = percent;
	} else if (*word == '+' || *word == '-') {
		if (num_parse_uint(word + 1, &number) != 0)
			return -1;
		r.kind = *word == '+' ? JOBS_PLUS : JOBS_MINUS;
		r.number = number;
	} else {
		if (num_parse_uint(word, &number) != 0)
			return -1;
		r.kind = number == 0 ? JOBS_MAX : JOBS_COUNT;
		r.number = number;
	}
	*rule = r;
	return 0;
}

int rule_parse_jobs(const char *text, struct jobs_rule *rule)
{
	static const char blanks[] = " \t\r\n";
	char word[WORD_MAX];
	const char *rest = cut_word(text + strspn(text, blanks), blanks, word);

	if (!rest || rest[strspn(rest, blanks)] != '\0')
		return -1;
	return parse_jobs_word(word, rule);
}

static double wanted_jobs(const struct jobs_rule *rule, unsigned processors)
{
	switch (rule->kind) {
	case JOBS_COUNT:
		return (double)rule->number;
	case JOBS_PERCENT:
		return processors * rule->percent / 100;
	case JOBS_PLUS:
		return processors + (double)rule->number;
	case JOBS_MINUS:
		return processors - (double)rule->number;
	case JOBS_MAX:
	case JOBS_DEFAULT:
	case JOBS_FILE:
		break;
	}
	return processors;
}

unsigned rule_jobs(const struct jobs_rule *rule, unsigned processors, unsigned limit)
{
	double wanted = wanted_jobs(rule, processors);

	if (rule->kind == JOBS_MAX || wanted > limit)
		return limit;
	return wanted < 1 ? 1 : (unsigned)wanted;
}

/* -- Halt -- */

static const struct {
	const char *text;
	struct halt_rule rule;
} old_halts[] = {
	{"never", {HALT_NEVER, HALT_FAIL, 0, 0}}, {"0", {HALT_NEVER, HALT_FAIL, 0, 0}},
	{"1", {HALT_SOON, HALT_FAIL, 1, 0}},      {"2", {HALT_NOW, HALT_FAIL, 1, 0}},
	{"-1", {HALT_SOON, HALT_SUCCESS, 1, 0}},  {"-2", {HALT_NOW, HALT_SUCCESS, 1, 0}},
};

/* A number above 0 or a percentage above 0 and at most 100. */
static int parse_halt_amount(const char *text, struct halt_rule *rule)
{
	if (num_parse_percent(text, &rule->percent) == 0)
		return rule->percent > 0 && rule->percent <= 100 ? 0 : -1;
	if (num_parse_uint(text, &rule->count) != 0 || rule->count == 0)
		return -1;
	return 0;
}

static int parse_halt_when(const char *word, struct halt_rule *rule)
{
	if (strcmp(word, "soon") == 0)
		rule->when = HALT_SOON;
	else if (strcmp(word, "now") == 0)
		rule->when = HALT_NOW;
	else
		return -1;
	return 0;
}

static int parse_halt_why(const char *word, struct halt_rule *rule)
{
	if (strcmp(word, "fail") == 0)
		rule->why = HALT_FAIL;
	else if (strcmp(word, "success") == 0)
		rule->why = HALT_SUCCESS;
	else if (strcmp(word, "done") == 0)
		rule->why = HALT_DONE;
	else
		return -1;
	return 0;
}

/* WHEN,WHY=AMOUNT, or AMOUNT alone for a percentage of failures. */
static int parse_new_halt(const char *text, struct halt_rule *rule)
{
	char word[WORD_MAX];

	if (text[0] >= '0' && text[0] <= '9') {
		rule->when = HALT_SOON;
		rule->why = HALT_FAIL;
		return strchr(text, '%') ? parse_halt_amount(text, rule) : -1;
	}
	text = cut_word(text, ",", word);
	if (!text || *text != ',' || parse_halt_when(word, rule) != 0)
		return -1;
	text = cut_word(text + 1, "=", word);
	if (!text || *text != '=' || parse_halt_why(word, rule) != 0)
		return -1;
	return parse_halt_amount(text + 1, rule);
}

int rule_parse_halt(const char *text, struct halt_rule *rule)
{
	struct halt_rule r = {HALT_NEVER, HALT_FAIL, 0, 0};

	for (size_t i = 0; i < sizeof old_halts / sizeof old_halts[0]; i++) {
		if (strcmp(text, old_halts[i].text) == 0) {
			*rule = old_halts[i].rule;
			return 0;
		}
	}
	if (parse_new_halt(text, &r) != 0)
		return -1;
	*rule = r;
	return 0;
}

/* -- Termination sequence -- */

/* Milliseconds, at most an hour. */
static int parse_wait(const char *word, nsec_t *wait)
{
	uint64_t msec;

	if (num_parse_uint(word, &msec) != 0 || msec > 3600 * 1000)
		return -1;
	*wait = (nsec_t)msec * NSEC_PER_MSEC;
	return 0;
}

/* Reads one "SIGNAL" or "SIGNAL,MSEC" at *text and moves *text behind it, and behind the comma that follows. */
static int parse_step(const char **text, struct termseq_step *step)
{
	char word[WORD_MAX];
	const char *rest = cut_word(*text, ",", word);

	if (!rest || (step->signal = rule_signal_number(word)) <= 0)
		return -1;
	step->wait = 0;
	if (*rest == ',') {
		rest = cut_word(rest + 1, ",", word);
		if (!rest || parse_wait(word, &step->wait) != 0)
			return -1;
		if (*rest == ',' && *++rest == '\0')
			return -1;
	}
	*text = rest;
	return 0;
}

int rule_parse_termseq(const char *text, struct termseq *rule)
{
	struct termseq r = {.count = 0};

	do {
		if (r.count == TERMSEQ_MAX || parse_step(&text, &r.steps[r.count]) != 0)
			return -1;
		r.count++;
	} while (*text);
	*rule = r;
	return 0;
}

/* -- Retries -- */

static void add_statuses(struct retry_rule *rule, uint64_t first, uint64_t last)
{
	for (uint64_t status = first; status <= last; status++)
		rule->statuses[status / 32] |= (uint32_t)1 << (status % 32);
}

/* "N" or "N-M", from 1 to 255. */
static int parse_statuses(const char *word, struct retry_rule *rule)
{
	char number[WORD_MAX];
	const char *rest = cut_word(word, "-", number);
	uint64_t first, last;

	if (!rest || num_parse_uint(number, &first) != 0)
		return -1;
	last = first;
	if (*rest == '-' && num_parse_uint(rest + 1, &last) != 0)
		return -1;
	if (first < 1 || last > 255 || first > last)
		return -1;
	add_statuses(rule, first, last);
	return 0;
}

static int parse_retry_word(const char *word, struct retry_rule *rule)
{
	int signal;

	if (*word >= '0' && *word <= '9')
		return parse_statuses(word, rule);
	if (strcmp(word, "timeout") == 0) {
		rule->timeout = true;
	} else if (strcmp(word, "lost") == 0) {
		rule->lost = true;
	} else {
		signal = rule_signal_number(word);
		if (signal <= 0 || signal >= 64)
			return -1;
		rule->signals |= (uint64_t)1 << signal;
	}
	return 0;
}

int rule_parse_retry(const char *text, struct retry_rule *rule)
{
	struct retry_rule r = {.any = false};
	char word[WORD_MAX];

	for (;; text++) {
		text = cut_word(text, ",", word);
		if (!text || parse_retry_word(word, &r) != 0)
			return -1;
		if (*text == '\0')
			break;
	}
	*rule = r;
	return 0;
}

bool rule_retries_status(const struct retry_rule *rule, int status)
{
	if (status < 0 || status > 255)
		return false;
	return rule->any || (rule->statuses[status / 32] >> (status % 32) & 1);
}

bool rule_retries_signal(const struct retry_rule *rule, int signal)
{
	if (signal < 0 || signal >= 64)
		return rule->any;
	return rule->any || (rule->signals >> signal & 1);
}

/* -- Signals -- */

static const struct {
	const char *name;
	int number;
} signals[] = {
	{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ILL", SIGILL},   {"TRAP", SIGTRAP},
	{"ABRT", SIGABRT}, {"BUS", SIGBUS},   {"FPE", SIGFPE},   {"KILL", SIGKILL}, {"USR1", SIGUSR1},
	{"SEGV", SIGSEGV}, {"USR2", SIGUSR2}, {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM},
	{"CHLD", SIGCHLD}, {"CONT", SIGCONT}, {"STOP", SIGSTOP}, {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN},
	{"TTOU", SIGTTOU}, {"URG", SIGURG},   {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ}, {"VTALRM", SIGVTALRM},
	{"PROF", SIGPROF}, {"SYS", SIGSYS},
};

enum { SIGNAL_LIMIT = 65 }; /* no system of today numbers its signals higher */

int rule_signal_number(const char *text)
{
	uint64_t number;

	if (num_parse_uint(text, &number) == 0)
		return number >= 1 && number < SIGNAL_LIMIT ? (int)number : -1;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		if (strcasecmp(text, signals[i].name) == 0)
			return signals[i].number;
	}
	return -1;
}

const char *rule_signal_name(int number)
{
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		if (signals[i].number == number)
			return signals[i].name;
	}
	return NULL;
}
