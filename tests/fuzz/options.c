/*
 * Fuzz target: all that a user may write on the command line. The first byte chooses what is read from the rest: a
 * rule, a number, escapes, or a whole command line with a NUL byte or newline between its words.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rule.h"
#include "cli/options.h"
#include "cli/shell.h"
#include "cli/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value that was read must be within what is promised of it. */
static void require(bool holds)
{
	if (!holds)
		abort();
}

static void try_jobs(const char *text)
{
	struct jobs_rule rule;

	if (rule_parse_jobs(text, &rule) == 0) {
		unsigned n = rule_jobs(&rule, 8, 1000);

		require(n >= 1 && n <= 1000);
	}
}

static void try_halt(const char *text)
{
	struct halt_rule rule;

	if (rule_parse_halt(text, &rule) == 0 && rule.when != HALT_NEVER)
		require((rule.count > 0) != (rule.percent > 0 && rule.percent <= 100));
}

static void try_termseq(const char *text)
{
	struct termseq rule;

	if (rule_parse_termseq(text, &rule) != 0)
		return;
	require(rule.count >= 1 && rule.count <= TERMSEQ_MAX);
	for (size_t i = 0; i < rule.count; i++)
		require(rule.steps[i].signal > 0 && rule.steps[i].wait >= 0);
}

static void try_retry(const char *text)
{
	struct retry_rule rule;

	if (rule_parse_retry(text, &rule) == 0)
		require(!rule.any && !rule_retries_status(&rule, 0));
}

static void try_numbers(const char *text)
{
	uint64_t bytes;
	nsec_t duration;
	double percent;

	num_parse_size(text, &bytes);
	if (num_parse_duration(text, &duration) == 0)
		require(duration >= 0 && duration <= INT64_MAX / 4);
	if (num_parse_percent(text, &percent) == 0)
		require(percent >= 0);
}

static void try_escapes(const char *text)
{
	struct buf decoded = {0};

	words_unescape(&decoded, text);
	require(decoded.length <= strlen(text));
	buf_release(&decoded);
}

static void try_words(const char *text)
{
	struct strv words = {0};
	struct err e;

	if (words_split(&words, text, &e) == 0) {
		for (size_t i = 0; i < words.count; i++)
			shell_is_line(words.list[i]);
	}
	strv_release(&words);
}

/* The words of a command line stand in data with a NUL byte or newline between them. */
static void try_command_line(const char *data, size_t size)
{
	struct strv arguments = {0};
	struct options o;
	struct err e = {0, ""};

	strv_add(&arguments, "pp");
	while (size > 0) {
		size_t length = 0;

		while (length < size && data[length] != '\0' && data[length] != '\n')
			length++;
		strv_add_n(&arguments, data, length);
		length += length < size;
		data += length;
		size -= length;
	}
	if (options_parse(&o, (int)arguments.count, arguments.list, &e) == 0)
		require(o.action != OPTIONS_RUN || (o.items.source_count > 0 && o.retries > 0 && o.buffer > 0));
	else
		require(e.text[0] != '\0' && !strchr(e.text, '\n'));
	options_release(&o);
	strv_release(&arguments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(const char *) = {try_jobs,    try_halt,    try_termseq, try_retry,
	                                              try_numbers, try_escapes, try_words};
	enum { TRIES = sizeof tries / sizeof tries[0] };
	char *text;

	if (size == 0)
		return 0;
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1); /* where profiles are looked for */
	unsetenv("PP_OPTIONS");
	text = mem_string_n((const char *)data + 1, size - 1);
	if (data[0] >= '0' && data[0] < '0' + TRIES)
		tries[data[0] - '0'](text);
	else
		try_command_line((const char *)data + 1, size - 1);
	free(text);
	return 0;
}
