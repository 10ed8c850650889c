/* The command line: each option by each of its forms, what is refused and in which words. */
#include "tap.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/mem.h"
#include "cli/help.h"
#include "cli/option.h"
#include "cli/options.h"
#include "cli/words.h"

static struct options o;
static struct err e;
static struct strv arguments;

/* Parses a command line that is written as for a shell; what the one before left is released. Returns the status. */
static int parse(const char *line)
{
	options_release(&o);
	strv_clear(&arguments);
	e.text[0] = '\0';
	if (words_split(&arguments, line, &e) != 0)
		return -2;
	return options_parse(&o, (int)arguments.count, arguments.list, &e);
}

static void test_flags(void)
{
	OK(parse("pp") == 0 && o.action == OPTIONS_RUN && o.command.count == 0, "nothing at all");
	OK(o.output == OUTPUT_GROUP && !o.keep_order && o.retries == 1 && o.buffer == OPTIONS_BUFFER, "the defaults");
	OK(o.jobs.kind == JOBS_DEFAULT && o.termseq.count == 4 && o.halt.when == HALT_NEVER && o.retry_on.any,
	   "the default rules");
	OK(parse("pp -k --tag -r --csv --link --shuf --skip-first-line --plus --tty -p -t") == 0, "switches");
	OK(o.keep_order && o.tag && o.items.skip_empty && o.items.csv && o.items.link && o.items.shuffle,
	   "they are set");
	OK(o.items.skip_first_line && o.template.plus && o.tty && o.interactive && o.trace, "all of them");
	OK(parse("pp -k --no-keep-order") == 0 && !o.keep_order, "a later switch undoes an earlier one");
	OK(parse("pp -vv --shellquote -v") == 0 && o.verbose == 3 && o.shellquote == 1, "some are counted");
	OK(parse("pp -u") == 0 && o.output == OUTPUT_NONE, "ungrouped");
	OK(parse("pp -u --lb") == 0 && o.output == OUTPUT_LINES, "lines");
	OK(parse("pp --lb --group") == 0 && o.output == OUTPUT_GROUP, "grouped again");
	OK(parse("pp --will-cite --citation --bibtex --nn --no-notice --plain true") == 0 && o.command.count == 1,
	   "taken in silence");
}

static void test_forms(void)
{
	static const char *const forms[] = {"pp -j3",           "pp -j 3",         "pp -kj3",     "pp -kj 3",
	                                    "pp -P3",           "pp --jobs 3",     "pp --jobs=3", "pp --max-procs=3",
	                                    "pp --max-p 3",     "pp --max-proc=3", "pp -j9 -j3",  "pp --jobs 3 -- x",
	                                    "pp -ukj3 -k x -j4"};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		OK(parse(forms[i]) == 0, "form %s is taken", forms[i]);
		OK(o.jobs.kind == JOBS_COUNT && o.jobs.number == 3, "form %s means three", forms[i]);
	}
	OK(parse("pp -0 -n3 -I{} -C ' +' -E STOP -s 1K -a f x") == 0, "short forms with values");
	OK(o.items.delimiter_length == 1 && o.items.delimiter[0] == '\0' && o.items.max_rows == 3, "-0 and -n3");
	SAME(o.template.braces, "{}", "-I{}");
	SAME(o.items.column_separator, " +", "-C");
	SAME(o.items.end_string, "STOP", "-E");
	OK(o.items.max_bytes == 1024 && o.source_count == 1, "-s and -a");
	OK(parse("pp -i -i% -l -l4 -e -eEND x") == 0, "optional values, attached or not");
	SAME(o.template.braces, "%", "-i with an attached value");
	SAME(o.items.end_string, "END", "-eEND");
	OK(o.items.max_rows == 4 && o.items.batch == ITEMS_LINES && o.command.count == 1, "-l4 takes no further word");
	OK(parse("pp --replace=@ --eof x") == 0 && o.items.end_string == NULL, "long optional values");
	SAME(o.template.braces, "@", "--replace=@");
	OK(parse("pp --tagstring= x") == 0, "an empty value");
	OK(o.tagstring == NULL && o.command.count == 1, "is no tag");
}

static void test_values(void)
{
	OK(parse("pp --timeout 1.5m --delay 0.2 --retry-delay 500ms") == 0, "durations");
	OK(o.timeout == 90 * NSEC_PER_SEC && o.delay == NSEC_PER_SEC / 5 && o.retry_delay == NSEC_PER_SEC / 2,
	   "are nanoseconds");
	OK(parse("pp --timeout 250%") == 0 && o.timeout == 0 && o.timeout_percent > 249, "a percentage of the median");
	OK(parse("pp --timeout 250% --timeout 2") == 0 && o.timeout == 2 * NSEC_PER_SEC && o.timeout_percent < 1,
	   "the later counts");
	OK(parse("pp --buffer 1.5M --max-tasks 7 --retries 3 --nice -5") == 0, "numbers");
	OK(o.buffer == 1536 * 1024 && o.max_tasks == 7 && o.retries == 3 && o.nice == -5, "are what was said");
	OK(parse("pp --halt now,fail=2") == 0 && o.halt.when == HALT_NOW && o.halt.count == 2, "a halt rule");
	OK(parse("pp --halt -1") == 0 && o.halt.when == HALT_SOON && o.halt.why == HALT_SUCCESS,
	   "a value that begins with a dash");
	OK(parse("pp --termseq INT,100,KILL") == 0 && o.termseq.count == 2, "a termination sequence");
	OK(parse("pp --retry-on 5,lost") == 0 && !o.retry_on.any && o.retry_on.lost, "a retry list");
	OK(parse("pp -d '\\r\\n'") == 0 && o.items.delimiter_length == 2 && memcmp(o.items.delimiter, "\r\n", 2) == 0,
	   "a delimiter of two bytes");
	OK(parse("pp -d '\\0'") == 0 && o.items.delimiter_length == 1 && o.items.delimiter[0] == '\0',
	   "a NUL byte as delimiter");
	OK(parse("pp -d '\\x41\\101'") == 0 && memcmp(o.items.delimiter, "AA", 2) == 0, "a delimiter by numbers");
	OK(parse("pp --tagstring 'a\\tb'") == 0, "escapes in a tag string");
	SAME(o.tagstring, "a\tb", "are decoded");
	OK(parse("pp --joblog log") == 0 && !o.joblog_append, "a job log");
	OK(parse("pp --jl +log") == 0 && o.joblog_append, "a job log to append to");
	SAME(o.joblog, "log", "its name is without the plus");
	OK(parse("pp --env A,B --env C") == 0 && o.env.count == 3, "names of variables");
	OK(parse("pp --init 'a=1' --init 'cd /'") == 0 && o.init.count == 2, "several shell lines");
	OK(parse("pp --rpl '{x} s/a//' --rpl '{y} s/b//'") == 0 && o.template.rpl->count == 2,
	   "several replacement strings");
	OK(parse("pp --trim lr") == 0 && o.items.trim == TRIM_BOTH, "trim");
	OK(parse("pp --header :") == 0 && o.items.header, "header");
	OK(parse("pp --wd /tmp --process-slot-var SLOT") == 0, "a directory and a variable");
	SAME(o.directory, "/tmp", "the directory");
	SAME(o.slot_variable, "SLOT", "the variable");
	OK(parse("pp -U E --bnr B --dnr D --bner N --seqreplace S --slotreplace L --parens ,,") == 0,
	   "spellings of replacement strings");
	OK(o.template.no_extension[0] == 'E' && o.template.base[0] == 'B' && o.template.directory[0] == 'D' &&
	           o.template.base_no_extension[0] == 'N' && o.template.sequence[0] == 'S' && o.template.slot[0] == 'L',
	   "each at its place");
}

static void test_batches(void)
{
	static const struct {
		const char *line;
		enum items_batch batch;
		enum template_batch spread;
		size_t rows;
		bool no_value;
	} cases[] = {
		{"pp", ITEMS_SINGLE, BATCH_NONE, 0, false},
		{"pp -n2", ITEMS_ROWS, BATCH_PLAIN, 2, false},
		{"pp -N2", ITEMS_ROWS, BATCH_CONTEXT, 2, false},
		{"pp -L2", ITEMS_LINES, BATCH_CONTEXT, 2, false},
		{"pp -l", ITEMS_LINES, BATCH_PLAIN, 1, false},
		{"pp -X", ITEMS_FILL, BATCH_CONTEXT, 0, false},
		{"pp -m", ITEMS_FILL, BATCH_PLAIN, 0, false},
		{"pp --xargs -n4", ITEMS_FILL, BATCH_PLAIN, 4, false},
		{"pp -N4 -m", ITEMS_FILL, BATCH_CONTEXT, 4, false},
		{"pp -n4 -X", ITEMS_FILL, BATCH_CONTEXT, 4, false},
		{"pp -n0", ITEMS_ROWS, BATCH_PLAIN, 1, true},
		{"pp -N0", ITEMS_ROWS, BATCH_CONTEXT, 1, true},
		{"pp -N0 -n2", ITEMS_ROWS, BATCH_PLAIN, 2, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		OK(parse(cases[i].line) == 0 && o.items.batch == cases[i].batch && o.template.batch == cases[i].spread,
		   "batch: %s", cases[i].line);
		OK(o.items.max_rows == cases[i].rows && o.items.no_value == cases[i].no_value &&
		           o.template.no_value == cases[i].no_value,
		   "rows: %s", cases[i].line);
	}
}

/* The sources as text: i for standard input, f(path), w(words), each with + where it is linked: gives. */
static char *describe_sources(void)
{
	struct buf text = {0};

	for (size_t i = 0; i < o.items.source_count; i++) {
		const struct source_spec *s = &o.items.sources[i];

		buf_add_string(&text, s->linked ? "+" : "");
		if (s->kind == SOURCE_FD)
			buf_add_string(&text, "i");
		else if (s->kind == SOURCE_FILE)
			buf_add_format(&text, "f(%s)", s->path);
		else
			buf_add_string(&text, "w(");
		for (size_t k = 0; k < s->words.count; k++)
			buf_add_format(&text, "%s%s", k > 0 ? " " : "", s->words.list[k]);
		buf_add_string(&text, s->kind == SOURCE_WORDS ? ")" : "");
	}
	return buf_take(&text);
}

static void test_sources(void)
{
	static const struct {
		const char *line, *want;
		size_t words; /* of the command */
		bool input;
	} cases[] = {
		{"pp echo", "i", 1, true},
		{"pp echo ::: a b", "w(a b)", 1, false},
		{"pp ::: a b", "w(a b)", 0, false},
		{"pp -- ::: a", "w(a)", 0, false},
		{"pp echo x ::: a :::+ b ::: c", "w(a)+w(b)w(c)", 2, false},
		{"pp echo :::", "w()", 1, false},
		{"pp echo ::: a ::: b '' ::: ''", "w(a)w(b )w()", 1, false},
		{"pp echo :::: f g", "f(f)f(g)", 1, false},
		{"pp echo :::: f ::::+ g h ::: a", "f(f)+f(g)+f(h)w(a)", 1, false},
		{"pp -a f -a g echo ::: a", "f(f)f(g)w(a)", 1, false},
		{"pp -a f echo :::+ a", "f(f)+w(a)", 1, false},
		{"pp -a - echo", "f(-)", 1, true},
		{"pp echo :::: -", "f(-)", 1, true},
		{"pp --arg-sep ,, echo ,, a ::: ,,+ c", "w(a :::)+w(c)", 1, false},
		{"pp --arg-file-sep %% echo %% f ::: a", "f(f)w(a)", 1, false},
		{"pp --arg-sep -x echo -x a", "w(a)", 1, false},
		{"pp echo -k --jobs -- ::: -k --", "w(-k --)", 4, false},
		{"pp -- -k ::: a", "w(a)", 1, false},
		{"pp -k - ::: a", "w(a)", 1, false},
		{"pp echo ::::: :::++ ::: a", "w(a)", 3, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *got = NULL;

		OK(parse(cases[i].line) == 0 && o.command.count == cases[i].words, "words of: %s", cases[i].line);
		got = describe_sources();
		SAME(got, cases[i].want, "sources of: %s", cases[i].line);
		OK(o.reads_stdin == cases[i].input, "standard input of: %s", cases[i].line);
		free(got);
	}
}

static void test_modes(void)
{
	static const struct {
		const char *line;
		enum template_mode mode;
		const char *first; /* word of the command */
	} cases[] = {
		{"pp echo a", TEMPLATE_EXEC, "echo"},
		{"pp echo 'a b' '|' wc", TEMPLATE_EXEC, "echo"},
		{"pp true", TEMPLATE_EXEC, "true"},
		{"pp 'echo {}'", TEMPLATE_LINE, "echo {}"},
		{"pp", TEMPLATE_LINE, NULL},
		{"pp --no-shell 'a b'", TEMPLATE_EXEC, "a b"},
		{"pp -q 'a b'", TEMPLATE_EXEC, "a b"},
		{"pp --shell bash true", TEMPLATE_LINE, "true"},
		{"pp --shell bash echo a  b", TEMPLATE_LINE, "echo a b"},
		{"pp --gnu echo a", TEMPLATE_GNU, "echo"},
		{"pp --gnu 'echo a'", TEMPLATE_GNU, "echo a"},
		{"parallel echo a", TEMPLATE_GNU, "echo"},
		{"/usr/bin/parallel echo a", TEMPLATE_GNU, "echo"},
		{"/usr/parallel/pp echo a", TEMPLATE_EXEC, "echo"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		OK(parse(cases[i].line) == 0 && o.template.mode == cases[i].mode, "mode of: %s", cases[i].line);
		SAME(o.command.count > 0 ? o.command.list[0] : NULL, cases[i].first, "first word of: %s",
		     cases[i].line);
	}
}

/* What only a shell can execute; the words stay words there. */
static void test_of_the_shell(void)
{
	OK(parse("pp type ::: a") == 0 && o.template.mode == TEMPLATE_GNU && o.template.quote_words && !o.is_function,
	   "a builtin command");
	OK(parse("pp -q type ::: a") == 0 && o.template.mode == TEMPLATE_EXEC, "words that stay as they are need none");
	OK(parse("pp --no-shell type ::: a") == 0 && o.template.mode == TEMPLATE_EXEC && !o.template.quote_words,
	   "nor do those that are to have none");
	OK(parse("pp own ::: a") == 0 && o.template.mode == TEMPLATE_EXEC && !o.is_function,
	   "a name that is no function's");
	setenv("BASH_FUNC_own%%", "() { :; }", 1);
	OK(parse("pp own x ::: a") == 0 && o.template.mode == TEMPLATE_GNU && o.template.quote_words && o.is_function &&
	           o.command.count == 2,
	   "an exported function");
	unsetenv("BASH_FUNC_own%%");
}

static void test_workers(void)
{
	static const char *const names[] = {"line", "mark", "fd", "frame", "json"};
	static const enum dialog_protocol protocols[] = {DIALOG_LINE, DIALOG_MARK, DIALOG_FD, DIALOG_FRAME,
	                                                 DIALOG_JSON};
	char line[64];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(line, sizeof line, "pp --worker=%s ./w", names[i]);
		OK(parse(line) == 0 && o.is_worker && o.worker == protocols[i] && o.command.count == 1, "%s", line);
	}
	OK(parse("pp --worker json") == 0 && o.is_worker && o.worker == DIALOG_LINE && o.command.count == 1,
	   "a worker by lines where nothing else is said");
	OK(parse("pp --end END ./w") == 0 && o.is_worker, "a mark of its own is a worker's");
	OK(parse("pp --init-file a --init-file b x") == 0 && o.init_files.count == 2, "several files of shell lines");
	SAME(o.init_files.list[1], "b", "in their order");
}

static void test_results(void)
{
	static const char *const fails[] = {"job", "run", "ignore"};
	static const enum run_callback_fails fail[] = {CALLBACK_FAILS_JOB, CALLBACK_FAILS_RUN, CALLBACK_FAILS_IGNORE};
	static const char *const marks[] = {"github", "gitlab", "none"};
	static const enum run_marks mark[] = {MARKS_GITHUB, MARKS_GITLAB, MARKS_NONE};
	char line[64];

	for (size_t i = 0; i < 3; i++) {
		snprintf(line, sizeof line, "pp --callback-fails %s", fails[i]);
		OK(parse(line) == 0 && o.callback_fails == fail[i], "%s", line);
		snprintf(line, sizeof line, "pp --group-marks %s", marks[i]);
		OK(parse(line) == 0 && o.marks_given && o.group_marks == mark[i], "%s", line);
	}
	OK(parse("pp") == 0 && !o.resumes && !o.marks_given, "nothing is resumed, no marks are chosen");
	OK(parse("pp --resume") == 0 && o.resumes && o.resume == HISTORY_RESUME, "--resume");
	OK(parse("pp --resume-failed") == 0 && o.resumes && o.resume == HISTORY_RESUME_FAILED, "--resume-failed");
	OK(parse("pp --resume --retry-failed") == 0 && o.resumes && o.resume == HISTORY_RETRY_FAILED,
	   "the last way to resume counts");
}

static void test_actions(void)
{
	static const struct {
		const char *line;
		enum options_action action;
		const char *argument;
	} cases[] = {
		{"pp --help", OPTIONS_HELP, NULL},
		{"pp -h", OPTIONS_HELP, NULL},
		{"pp --help jobs", OPTIONS_HELP, "jobs"},
		{"pp --help=all", OPTIONS_HELP, "all"},
		{"pp --help halt", OPTIONS_HELP, "halt"},
		{"pp --help --halt", OPTIONS_HELP, NULL},
		{"pp -k --help -z", OPTIONS_HELP, NULL},
		{"pp --version", OPTIONS_VERSION, NULL},
		{"pp -kV", OPTIONS_VERSION, NULL},
		{"pp --minversion 1.2", OPTIONS_MINVERSION, "1.2"},
		{"pp --completion zsh", OPTIONS_COMPLETION, "zsh"},
		{"pp --number-of-cpus", OPTIONS_NUMBER_OF_CPUS, NULL},
		{"pp --number-of-cores", OPTIONS_NUMBER_OF_CORES, NULL},
		{"pp --number-of-threads", OPTIONS_NUMBER_OF_THREADS, NULL},
		{"pp --number-of-sockets", OPTIONS_NUMBER_OF_SOCKETS, NULL},
		{"pp echo --help", OPTIONS_RUN, NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		OK(parse(cases[i].line) == 0 && o.action == cases[i].action, "action of: %s", cases[i].line);
		SAME(o.argument, cases[i].argument, "argument of: %s", cases[i].line);
	}
}

static void test_refusals(void)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{"pp --foo", "unknown option: --foo: see 'pp --help'"},
		{"pp --foo=bar", "unknown option: --foo: see 'pp --help'"},
		{"pp --keep-odrer", "unknown option: --keep-odrer (did you mean --keep-order?): see 'pp --help'"},
		{"pp --aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	         "unknown option: --aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: see 'pp "
	         "--help'"},
		{"pp ---", "unknown option: ---: see 'pp --help'"},
		{"pp --=x", "unknown option: --: see 'pp --help'"},
		{"pp -z", "unknown option: -z: see 'pp --help'"},
		{"pp -kz3", "unknown option: -z (in -kz3): see 'pp --help'"},
		{"pp --jo 3", "ambiguous option: --jo: --jobs, --joblog-extra, --joblog: see 'pp --help'"},
		{"pp --number-of", "ambiguous option: --number-of: --number-of-cpus, --number-of-cores, "
	                           "--number-of-threads, --number-of-sockets: see 'pp --help'"},
		{"pp --jobs", "--jobs: needs a value: see 'pp --help'"},
		{"pp -kj", "-j: needs a value: see 'pp --help'"},
		{"pp --null=x", "--null: takes no value: see 'pp --help'"},
		{"pp -j x", "-j: x: must be " RULE_JOBS_ALLOWED},
		{"pp --jobs=-", "--jobs: -: must be " RULE_JOBS_ALLOWED},
		{"pp -j ''", "-j: '': must be " RULE_JOBS_ALLOWED},
		{"pp --max-procs=4x", "--max-procs: 4x: must be " RULE_JOBS_ALLOWED},
		{"pp --halt later", "--halt: later: must be " RULE_HALT_ALLOWED},
		{"pp --termseq NOW", "--termseq: NOW: must be " RULE_TERMSEQ_ALLOWED},
		{"pp --retry-on x", "--retry-on: x: must be " RULE_RETRY_ALLOWED},
		{"pp --retries -1", "--retries: -1: must be a whole number, 0 or more"},
		{"pp --max-tasks 1.5", "--max-tasks: 1.5: must be a whole number, 1 or more"},
		{"pp -n x", "-n: x: must be a whole number, 0 or more"},
		{"pp -N -1", "-N: -1: must be a whole number, 0 or more"},
		{"pp -L 0", "-L: 0: must be a whole number, 1 or more"},
		{"pp -l0", "-l: 0: must be a whole number, 1 or more"},
		{"pp -s 0",
	         "-s: 0: must be a size above 0: bytes, or a number with K, M, G, T (1024) or k, m, g, t (1000)"},
		{"pp --buffer 1X", "--buffer: 1X: must be a size above 0: bytes, or a number with K, M, G, T (1024) or "
	                           "k, m, g, t (1000)"},
		{"pp --delay x", "--delay: x: must be a duration: seconds, or numbers with s, m, h, d, as in 1h30m"},
		{"pp --retry-delay -1",
	         "--retry-delay: -1: must be a duration: seconds, or numbers with s, m, h, d, as in 1h30m"},
		{"pp --timeout 0%", "--timeout: 0%: must be a duration (seconds, or numbers with s, m, h, d, as in "
	                            "1h30m) or a percentage, as in 200%"},
		{"pp --timeout soon", "--timeout: soon: must be a duration (seconds, or numbers with s, m, h, d, as in "
	                              "1h30m) or a percentage, as in 200%"},
		{"pp --nice 20", "--nice: 20: must be a whole number from -20 to 19"},
		{"pp -d ''", "-d: '': must be a text that is not empty, with C escapes, as in \\n, \\0 or \\x1f"},
		{"pp -d '\\xg'", "-d: \\xg: must be a text that is not empty, with C escapes, as in \\n, \\0 or \\x1f"},
		{"pp --tagstring '\\0'", "--tagstring: \\0: must be a text with C escapes, as in \\t or \\x1f"},
		{"pp -C ''", "-C: '': must be a text that is not empty"},
		{"pp -I ''", "-I: '': must be a text that is not empty"},
		{"pp --rpl ''", "--rpl: '': must be a text that is not empty"},
		{"pp --init ''", "--init: '': must be a shell line that is not empty"},
		{"pp --init-file -", "--init-file: -: must be the name of a file, which standard input cannot be"},
		{"pp --init-file ''", "--init-file: '': must be the name of a file, which standard input cannot be"},
		{"pp --worker=lines", "--worker: lines: must be one of line mark fd frame json"},
		{"pp --callback-fails never", "--callback-fails: never: must be one of job run ignore"},
		{"pp --group-marks jenkins", "--group-marks: jenkins: must be one of github gitlab none"},
		{"pp --filter ''", "--filter: '': must be one comparison, as in '{1} < {2}'"},
		{"pp --filter a --filter b", "--filter: b: must be one comparison, as in '{1} < {2}'"},
		{"pp -a ''", "-a: '': must be the name of a file, or - for standard input"},
		{"pp --worker=fd --end X ./w", "--end: is for --worker=mark: other protocols have an end of their own"},
		{"pp --joblog +", "--joblog: +: must be the name of a file, with + in front to append to it"},
		{"pp --wd ''", "--wd: '': must be the name of a directory"},
		{"pp --shell ''", "--shell: '': must be the name of a shell"},
		{"pp --env A,,B", "--env: A,,B: must be names of variables, with commas between them"},
		{"pp --process-slot-var 1x", "--process-slot-var: 1x: must be the name of a variable"},
		{"pp --trim both", "--trim: both: must be one of n l r lr rl"},
		{"pp --header x", "--header: x: must be one of :"},
		{"pp --help nothing", "--help: nothing: must be one of jobs command pool policy output about all"},
		{"pp --completion csh", "--completion: csh: must be one of bash zsh fish"},
		{"pp --minversion new", "--minversion: new: must be a version: digits and points"},
		{"pp -J a/b", "-J: a/b: must be the name of a profile: no slash in it"},
		{"pp --arg-sep '' x", "--arg-sep: '': must be a text that is not empty"},
		{"pp --no-shell ::: a", "--no-shell: needs a command: without one each record is a shell line"},
		{"pp echo ::::", "::::: needs the name of a file: see 'pp --help'"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		OK(parse(cases[i].line) == -1, "refused: %s", cases[i].line);
		SAME(e.text, cases[i].want, "the words for: %s", cases[i].line);
	}
}

/* Writes a profile of this name and text to the directory. */
static void write_profile(const char *directory, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof path, "%s/pp/%s", directory, name);
	file = fopen(path, "w");
	if (file) {
		fputs(text, file);
		fclose(file);
	}
}

/* More than may be read, all of it comments. */
static void write_long_profile(const char *directory, const char *name)
{
	enum { BYTES = 1024 * 1024 + 4096 };
	char *text = mem_alloc(BYTES + 1);

	memset(text, '#', BYTES);
	text[BYTES] = '\0';
	write_profile(directory, name, text);
	free(text);
}

static void remove_profiles(const char *directory)
{
	static const char *const names[] = {"good", "bad", "word", "circle", "long"};
	char path[512];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/pp/%s", directory, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/pp", directory);
	rmdir(path);
	rmdir(directory);
}

static void test_profiles(const char *directory)
{
	setenv("XDG_CONFIG_HOME", directory, 1);
	write_profile(directory, "good", "# mine\n-j 4 --tagstring 'a b'\n-k\n");
	write_profile(directory, "bad", "--jobs x");
	write_profile(directory, "word", "-k echo");
	write_profile(directory, "circle", "-J circle");
	write_long_profile(directory, "long");
	OK(parse("pp -J good echo") == 0 && o.jobs.number == 4 && o.keep_order && o.command.count == 1, "a profile");
	SAME(o.tagstring, "a b", "its quotes");
	OK(parse("pp -J long") == -1 && strstr(e.text, "cannot read profile: long") && e.code == EFBIG,
	   "a profile of more than a mebibyte is refused");
	OK(parse("pp -J good -j 5") == 0 && o.jobs.number == 5, "what stands behind a profile overrides it");
	OK(parse("pp -j 5 --profile=good") == 0 && o.jobs.number == 4, "what stands before does not");
	OK(parse("pp -J bad") == -1, "an error in a profile");
	SAME(e.text, "profile bad: --jobs: x: must be " RULE_JOBS_ALLOWED, "names it");
	OK(parse("pp -J word") == -1, "a command in a profile is refused");
	SAME(e.text, "profile word: echo: is no option; only options may stand here: see 'pp --help'", "and named");
	OK(parse("pp -J circle") == -1 && strstr(e.text, "in a circle"), "profiles that name themselves are refused");
	OK(parse("pp -J absent") == -1 && strstr(e.text, "cannot read profile: absent") && strstr(e.text, directory),
	   "a profile that is missing");
	unsetenv("XDG_CONFIG_HOME");
}

/* Without $XDG_CONFIG_HOME profiles are in .config below the home directory. */
static void test_profiles_at_home(const char *directory)
{
	char config[512], profiles[512], moved[512];

	snprintf(config, sizeof config, "%s/.config", directory);
	snprintf(profiles, sizeof profiles, "%s/pp", directory);
	snprintf(moved, sizeof moved, "%s/.config/pp", directory);
	mkdir(config, 0700);
	rename(profiles, moved);
	setenv("HOME", directory, 1);
	OK(parse("pp -J good echo") == 0 && o.jobs.number == 4, "a profile at home");
	setenv("XDG_CONFIG_HOME", "relative", 1);
	OK(parse("pp -J good echo") == 0 && o.jobs.number == 4, "also where XDG_CONFIG_HOME is no full path");
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", "", 1);
	OK(parse("pp -J good") == -1 && strstr(e.text, "cannot read profile: good (in /etc/pp)"),
	   "without a home there are those of the system alone");
	rename(moved, profiles);
	rmdir(config);
}

static void test_environment(void)
{
	setenv("PP_OPTIONS", "-k -j '4'", 1);
	OK(parse("pp echo") == 0 && o.keep_order && o.jobs.number == 4, "PP_OPTIONS is read");
	OK(parse("pp -j 6 echo") == 0 && o.jobs.number == 6, "the command line overrides it");
	setenv("PP_OPTIONS", "--foo", 1);
	OK(parse("pp echo") == -1, "an unknown option in it");
	SAME(e.text, "PP_OPTIONS: unknown option: --foo: see 'pp --help'", "is named with where it stands");
	setenv("PP_OPTIONS", "-j 'x", 1);
	OK(parse("pp echo") == -1, "a quote that is not closed");
	SAME(e.text, "PP_OPTIONS: a quote is not closed", "is named");
	setenv("PP_OPTIONS", "-k echo", 1);
	OK(parse("pp echo") == -1 && strstr(e.text, "PP_OPTIONS: echo: is no option"), "a command in it is refused");
	setenv("PP_OPTIONS", "-k --", 1);
	OK(parse("pp -u echo") == 0 && o.output == OUTPUT_NONE, "-- ends nothing but PP_OPTIONS itself");
	setenv("PP_OPTIONS", "", 1);
	OK(parse("pp echo") == 0, "it may be empty");
	unsetenv("PP_OPTIONS");
}

static void test_jobs_file(const char *directory)
{
	char line[512];

	snprintf(line, sizeof line, "pp -j '%s' echo", directory);
	OK(parse(line) == 0 && o.jobs.kind == JOBS_FILE, "-j takes a file");
	SAME(o.jobs.path, directory, "by its name");
}

/* Every name of the table is found, whole, and is no other option's. */
static void test_table(void)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		const char *alias = option->aliases;

		OK(option->name[0] || option->shorts[0], "option %zu has a name", i);
		if (option->name[0])
			OK(option_by_name(option->name) == option, "--%s is its own", option->name);
		for (const char *letter = option->shorts; *letter; letter++)
			OK(option_by_letter(*letter) == option, "-%c is its own", *letter);
		for (; *alias; alias += strspn(alias, " ")) {
			size_t length = strcspn(alias, " ");

			OK(option_find(alias, length, &e) == option, "--%.*s is its own", (int)length, alias);
			alias += length;
		}
		OK((option->argument == ARGUMENT_NONE) == (option->metavar[0] == '\0'),
		   "option %zu: a value has a name", i);
		OK(option->text[0] && !strstr(option->text, ". ") && !strchr(option->text, '\n'),
		   "option %zu: a line of text", i);
	}
}

int main(void)
{
	char directory[] = "/tmp/pp-options.XXXXXX", path[64];

	unsetenv("PP_OPTIONS");
	unsetenv("XDG_CONFIG_HOME");
	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof path, "%s/pp", directory);
	mkdir(path, 0700);
	test_flags();
	test_forms();
	test_values();
	test_batches();
	test_sources();
	test_modes();
	test_of_the_shell();
	test_workers();
	test_results();
	test_actions();
	test_refusals();
	test_profiles(directory);
	test_profiles_at_home(directory);
	test_environment();
	test_jobs_file(directory);
	test_table();
	remove_profiles(directory);
	options_release(&o);
	strv_release(&arguments);
	return tap_end();
}
