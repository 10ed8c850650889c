/*
 * pp - a process pool for the shell.
 *
 * The map, from the ground up (src/FLOORS has the exact order):
 *
 *     base/    C only
 *         mem buf strv list heap   memory and containers      num rule   numbers, durations, rules as users write them
 *         quote json utf8 width    text for shells, programs, terminals
 *         err msg                  errors as values; what the user is told
 *     os/      POSIX and its extensions, the only home of #ifdef
 *         loop fd clock sig        events                     spawn wait process shared   processes
 *         spool                    held output                host term           the machine, the terminal
 *     input/   from sources to items and commands: items.h and template.h are its two doors
 *     wire/    frame message link board                       bytes between the manager and a worker
 *     worker/  worker runner jobenv initshell                 what runs inside a command worker
 *     pool/    pool roster slot                               the manager's view of workers
 *         command_crew transport   command workers            guard           the end of a manager that was killed
 *         line_crew line_talk line_life program dialog        line workers
 *     output/  printer writer callback each                   who prints, and who is called
 *         joblog history results pack sheet jsonl events      results for programs
 *         status progress summary  for people
 *     run/     feed result sinks control policy job run       the conductor
 *     cli/     options help completion shell setup            the command line
 *         program results          what --worker and the options of results ask for
 *         shellinit initfile       the state of the calling shell
 *
 * The way of a job: items_next reads its item, feed renders the task, pool hands it to a slot, the task travels as a
 * frame to the worker, whose runner starts the program; output and result come back as frames, result makes an outcome
 * of them, and printer and the other sinks are told. With --worker there is no worker of ours between: the task is
 * written to the user's program, in the words of dialog.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/msg.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/setup.h"
#include "cli/shellinit.h"
#include "os/fd.h"
#include "os/host.h"
#include "os/sig.h"
#include "run/run.h"

/* Prints a text that pp was asked for, to the last byte. */
static int print(const char *text, size_t length)
{
	if (fd_write_all(1, text, length) == 0)
		return 0;
	msg_error("cannot write standard output: %s", strerror(errno));
	return RUN_FAILED;
}

static int print_number(int number)
{
	char text[32];

	return print(text, (size_t)snprintf(text, sizeof text, "%d\n", number));
}

static int print_version(void)
{
	static const char text[] = "pp " PACKAGE_VERSION "\n";

	return print(text, sizeof text - 1);
}

/* GNU parallel's versions are dates; scripts ask for the one that brought what they use. This one's ways are
   followed. */
static const char followed_version[] = "20221122";

/* Whether this version is at least the one asked for: numbers with points between them. */
static bool is_at_least(const char *wanted)
{
	bool is_date = strlen(wanted) == strlen(followed_version) && strspn(wanted, "0123456789") == strlen(wanted);
	const char *have = is_date ? followed_version : PACKAGE_VERSION;

	while (*wanted || *have) {
		unsigned long a = 0, b = 0;

		for (; *have >= '0' && *have <= '9'; have++)
			a = a * 10 + (unsigned long)(*have - '0');
		for (; *wanted >= '0' && *wanted <= '9'; wanted++)
			b = b * 10 + (unsigned long)(*wanted - '0');
		if (a != b)
			return a > b;
		have += *have != '\0';
		wanted += *wanted != '\0';
	}
	return true;
}

static int print_completion(const char *shell)
{
	struct buf script = {0};
	int status = RUN_FAILED;

	if (completion_script(&script, shell) == 0)
		status = print(script.data, script.length);
	else
		msg_error("unknown shell: %s: --completion takes bash, zsh or fish", shell);
	buf_release(&script);
	return status;
}

static int print_help(const char *topic)
{
	if (help_print(1, topic) == 0)
		return 0;
	msg_error("cannot write standard output: %s", strerror(errno));
	return RUN_FAILED;
}

static int act(const struct options *o)
{
	switch (o->action) {
	case OPTIONS_HELP:
		return print_help(o->argument);
	case OPTIONS_VERSION:
		return print_version();
	case OPTIONS_MINVERSION:
		print_version();
		return is_at_least(o->argument) ? 0 : RUN_FAILED;
	case OPTIONS_COMPLETION:
		return print_completion(o->argument);
	case OPTIONS_SHELL_INIT:
		return print(shellinit_text(o->argument), strlen(shellinit_text(o->argument)));
	case OPTIONS_NUMBER_OF_CPUS:
		return print_number(host_usable_processors());
	case OPTIONS_NUMBER_OF_CORES:
		return print_number(host_cores());
	case OPTIONS_NUMBER_OF_THREADS:
		return print_number(host_threads());
	case OPTIONS_NUMBER_OF_SOCKETS:
		return print_number(host_sockets());
	case OPTIONS_MAX_LINE:
		return print_number((int)(host_longest_argument() - 1));
	case OPTIONS_RUN:
		break;
	}
	return setup_run(o);
}

int main(int argc, char **argv)
{
	struct options options;
	struct err e;
	int status = RUN_FAILED;

	if (fd_sanitize() < 0) {
		msg_error("cannot open /dev/null: %s", strerror(errno));
		return RUN_FAILED;
	}
	sig_catch(SIGXFSZ, true); /* a file at its limit is an error of the write, from the first one on */
	if (options_parse(&options, argc, argv, &e) == 0)
		status = act(&options);
	else
		msg_error("%s", e.text);
	options_release(&options);
	return status;
}
