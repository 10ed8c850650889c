/*
 * The proof of the quoting: random strings in every place of a shell line, run under each shell that is here. The
 * program at the end of the line must get exactly the bytes of the string, and a command whose name is spread all
 * over the strings must never run.
 *
 * The number of strings can be given as the first argument, a seed as the second.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/quote.h"
#include "input/item.h"
#include "input/template.h"
#include "tap.h"

enum { DEFAULT_STRINGS = 3000, STRINGS_A_SCRIPT = 500, LONGEST = 24 };

/* In what is wanted V is the string and | a NUL. */
struct line {
	const char *text, *want;
	const char *not_under; /* shells that read it in another way, each with a space behind */
};

static const struct line lines[] = {
	{"printf '%s\\0' {}", "V|", ""},
	{"printf '%s\\0' \"{}\"", "V|", ""},
	{"printf '%s\\0' '{}'", "V|", ""},
	{"printf '%s\\0' a{}b", "aVb|", ""},
	{"printf '%s\\0' {}{} \"{}{}\" '{}{}'", "VV|VV|VV|", ""},
	{"printf '%s\\0' \"a {}\"' {} '\"b\"{}", "a V V bV|", ""},
	{"printf '%s\\0' \"it's {}\"", "it's V|", ""},
	{"printf '%s\\0' 'say \"{}\"'", "say \"V\"|", ""},
	{"printf '%s\\0' \"say \\\"{}\\\"\"", "say \"V\"|", ""},
	{"printf '%s\\0' \"$(printf %s. {})\"", "V.|", ""},
	{"printf '%s\\0' \"$(printf %s. \"{}\")\"", "V.|", ""},
	{"printf '%s\\0' \"$(printf %s. '{}')\"", "V.|", ""},
	{"printf '%s\\0' \"$(printf %s. \"$(printf %s. \"{}\" {})\")\"", "V.V..|", ""},
	{"x=$(printf %s. {}); printf '%s\\0' \"$x\"", "V.|", ""},
	{"x=$(printf %s. \"{}\" '{}'); printf '%s\\0' \"$x\"", "V.V.|", ""},
	{"printf '%s\\0' \"`printf %s. {}`\"", "V.|", ""},
	{"printf '%s\\0' \"`printf %s. '{}'`\"", "V.|", ""},
	{"printf '%s\\0' \"`printf %s. \"{}\"`\"", "V.|", ""},
	{"x=`printf %s. {}`; printf '%s\\0' \"$x\"", "V.|", ""},
	{"x=`printf %s. \"{}\" '{}'`; printf '%s\\0' \"$x\"", "V.V.|", ""},
	{"x=`printf %s. \"\\`printf %s. {}\\`\"`; printf '%s\\0' \"$x\"", "V..|", ""},
	{"x=`printf %s. \"\\`printf %s. '{}'\\`\" {}`; printf '%s\\0' \"$x\"", "V..V.|", ""},
	{"x=`y=\\`printf %s. {}\\`; printf %s. \"$y\" {}`; printf '%s\\0' \"$x\"", "V..V.|", ""},
	{"x=$(y=`printf %s. {}`; printf %s. \"$y\"); printf '%s\\0' \"$x\"", "V..|", ""},
	{"u=; printf '%s\\0' ${u:-{}}", "V|", ""},
	{"u=; printf '%s\\0' ${u:-\"{}\"}", "V|", ""},
	{"u=; printf '%s\\0' ${u:-'{}'}", "V|", ""},
	{"u=; printf '%s\\0' \"${u:-{}}\"", "V|", ""},
	{"u=; printf '%s\\0' \"${u:-a{}b}{}\"", "aVbV|", ""},
	{"u=; printf '%s\\0' \"$(printf %s. \"${u:-{}}\")\"", "V.|", ""},
	{"u=; printf '%s\\0' \"${u:-$(printf %s. {})}\"", "V.|", ""},
	{"u=; printf '%s\\0' \"${u:-<{}}\"", "<V|", ""},
	{"x={}; printf '%s\\0' \"${x%{}}\"", "|", ""},
	{"x=\"{}+\"; printf '%s\\0' \"${x#{}}\"", "+|", ""},
	{"x=+'{}'; printf '%s\\0' ${x%{}}", "+|", ""},
	{"x=\"+${y-{}}\"; printf '%s\\0' \"$x\"", "+V|", ""},
	{"printf '%s\\0' $'a{}b'", "aVb|", "dash sh "},
	{"printf '%s\\0' $'it\\ns {}'{}", "it\ns VV|", "dash sh "},
	{"v={}; printf '%s\\0' \"$v\"", "V|", ""},
	{"v=a{}; w=\"$v\"; printf '%s\\0' \"$w\"", "aV|", ""},
	{"case {} in {}) printf '%s\\0' {};; *) echo bad;; esac", "V|", ""},
	{"printf '%s\\0' \"$(case x in x) printf %s. \"{}\";; esac)\" {}", "V.|V|", ""},
	{"printf '%s\\0' \"$(case x in (x) printf %s. '{}';; y) ;; esac)\"", "V.|", ""},
	{"printf '%s\\0' {} # it's {} \"{}\nprintf '%s\\0' {}", "V|V|", ""},
	{"printf '%s\\0' \"$(: # it's {} )\n printf %s. {})\"", "V.|", ""},
	{"x=1; printf '%s\\0' $x{} \"$x{}\" \"$x:{}\"", "1V|1V|1:V|", ""},
	{"printf '%s\\0' \\{} \"\\{}\" a\\ {}", "V|\\V|a V|", ""},
	{"printf '%s\\0' \"${}\" ${} a#{}", "$V|$V|a#V|", ""},
	{"(printf '%s\\0' {}); { printf '%s\\0' \"{}\"; }", "V|V|", ""},
	{"f() { printf '%s\\0' \"$1\" '{}'; }; f {}", "V|V|", ""},
	{"if test {} = \"{}\"; then printf '%s\\0' '{}'; fi", "V|", ""},
	{"for x in {} \"{}\"; do printf '%s\\0' \"$x\"; done", "V|V|", ""},
	{"cat > /dev/null <<E\nit's \" not\nE\nprintf '%s\\0' {}", "V|", ""},
	{"cat > /dev/null <<-'E x'; printf '%s\\0' \"{}\"\n\t$(it's \"\n\tE x\nprintf '%s\\0' '{}'", "V|V|", ""},
	{"set -- {} \"{}\"; printf '%s\\0' $# \"$1\" \"$2\"", "2|V|V|", ""},
	{"set -- {}>/dev/null; printf '%s\\0' $# \"$1\"", "1|V|", ""},
	{"( : $(( {} )) ) > /dev/null 2>&1; printf '%s\\0' {}", "V|", ""},
	{"( : $(( 1 + ( {} ) * 2 )) ) > /dev/null 2>&1; printf '%s\\0' {}", "V|", ""},
	{"( test {} -eq 1 ) > /dev/null 2>&1; ( [ 0 -lt \"{}\" ] ) > /dev/null 2>&1; printf '%s\\0' {}", "V|", ""},
	{"( (( {} > 1 )) ) > /dev/null 2>&1; ( [[ '{}' -ge 7 ]] ) > /dev/null 2>&1; printf '%s\\0' {}", "V|",
         "dash sh "},
};

enum { LINES = sizeof lines / sizeof *lines };

static const char *const shells[] = {"sh", "bash", "dash", "zsh", "ksh", "mksh", "yash", "busybox"};

/* What is likely to break out of one quoting or another. "canary" is the command that must not run. */
static const char *const pieces[] = {
	"$(canary)",
	"`canary`",
	";canary;",
	"\ncanary\n",
	"|canary",
	"&canary&",
	"a[$(canary)]",
	"<(canary)",
	">(canary",
	"${x:-$(canary)}",
	"'",
	"\"",
	"\\",
	"$",
	"`",
	"''",
	"\"\"",
	"\\\\",
	"'\"'",
	"\n",
	"\t",
	" ",
	"  ",
	"{",
	"}",
	"{}",
	"(",
	")",
	"-",
	"--",
	"-n",
	"*",
	"?",
	"[a-z]",
	"~",
	"#",
	"!",
	"=",
	"%",
	"$'",
	"$\"",
	"\\'",
	"\\n",
	"\\0",
	"a",
	"b",
	"abc",
	"0",
	"12",
	".",
	"/",
	",",
	"<",
	">",
	">&2",
	"&",
	"|",
	";",
	"esac",
	"done",
	"fi",
	"EOF",
	"E",
	"\377",
	"\300\257",
	"\303\251",
	"\201",
	"\210",
	"\001",
	"\177",
	"\r",
	"\\\n",
	"'\\''",
	"$((canary))",
	"))",
	"]]",
	"`)\"'",
	"\"`",
	"\\`",
	"\\$(canary)",
};

static uint64_t state;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static size_t below(size_t limit)
{
	return (size_t)(next_random() % limit);
}

static void random_string(struct buf *to)
{
	size_t count = below(8);

	buf_reset(to);
	while (count-- > 0 && to->length < LONGEST) {
		if (below(5) == 0)
			buf_add_char(to, (char)(1 + below(255)));
		else
			buf_add_string(to, pieces[below(sizeof pieces / sizeof *pieces)]);
	}
}

/* What is under test in one script: which line, with which string. */
struct probe {
	const struct line *line;
	char *text;
	size_t length;
};

static bool is_excluded(const struct line *line, const char *shell)
{
	char with_space[16];

	snprintf(with_space, sizeof with_space, "%s ", shell);
	return strstr(line->not_under, with_space) != NULL;
}

static void add_wanted(struct buf *to, const struct probe *probe)
{
	for (const char *c = probe->line->want; *c; c++) {
		if (*c == 'V')
			buf_add(to, probe->text, probe->length);
		else
			buf_add_char(to, *c == '|' ? '\0' : *c);
	}
	buf_add_char(to, '\n');
}

static void write_all(int fd, const struct buf *b)
{
	for (size_t done = 0; done < b->length;) {
		ssize_t n = write(fd, b->data + done, b->length - done);
		if (n < 0 && errno != EINTR)
			exit(99);
		done += n > 0 ? (size_t)n : 0;
	}
}

static void read_all(const char *path, struct buf *to)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	buf_reset(to);
	do {
		buf_reserve(to, 65536);
		n = read(fd, to->data + to->length, 65536);
		to->length += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	close(fd);
}

static char directory[256], script_path[300], output_path[300], canary_path[300];

static void run_shell(const char *shell)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR), out = open(output_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (chdir(directory) < 0)
			_exit(98);
		dup2(null, 0);
		dup2(out, 1);
		dup2(null, 2);
		if (strcmp(shell, "busybox") == 0)
			execlp("busybox", "busybox", "sh", script_path, (char *)NULL);
		else
			execlp(shell, shell, script_path, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

static bool is_installed(const char *shell)
{
	const char *at = getenv("PATH");
	char path[1024];

	for (; at && *at; at += *at == ':') {
		size_t length = strcspn(at, ":");
		snprintf(path, sizeof path, "%.*s/%s", (int)length, at, shell);
		if (access(path, X_OK) == 0)
			return true;
		at += length;
	}
	return false;
}

static struct template *templates[LINES];

static void compile_lines(void)
{
	struct template_config config = {.mode = TEMPLATE_LINE};
	struct err e;

	for (size_t i = 0; i < LINES; i++) {
		char *words[] = {(char *)(uintptr_t)lines[i].text, NULL};
		templates[i] = template_compile(&config, 1, words, &e);
		if (!templates[i]) {
			printf("Bail out! %s: %s\n", lines[i].text, e.text);
			exit(1);
		}
	}
}

static void add_rendered(struct buf *script, const struct probe *probe)
{
	struct template_facts facts = {.sequence = 1, .slot = 1};
	struct item item;

	item_init(&item);
	item_add(&item, probe->text, probe->length);
	item_end_row(&item);
	template_render(templates[probe->line - lines], &item, &facts, script);
	script->data[script->length - 1] = '\n';
	buf_add_string(script, "echo\n");
	item_release(&item);
}

/* Says which string broke first. */
static void report(const struct probe *probes, size_t count, const char *shell, const struct buf *got)
{
	struct buf want = {0}, shown = {0};

	for (size_t i = 0; i < count; i++) {
		if (is_excluded(probes[i].line, shell))
			continue;
		add_wanted(&want, &probes[i]);
		if (want.length <= got->length && memcmp(want.data, got->data, want.length) == 0)
			continue;
		quote_for_message(&shown, probes[i].text, probes[i].length, 400);
		printf("# %s: %s\n#  with: %s\n", shell, probes[i].line->text, buf_text(&shown));
		break;
	}
	buf_release(&want);
	buf_release(&shown);
}

static bool try_script(const struct probe *probes, size_t count, const char *shell)
{
	struct buf script = {0}, want = {0}, got = {0};
	int fd = open(script_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool same;

	for (size_t i = 0; i < count; i++) {
		if (is_excluded(probes[i].line, shell))
			continue;
		add_rendered(&script, &probes[i]);
		add_wanted(&want, &probes[i]);
	}
	write_all(fd, &script);
	close(fd);
	run_shell(shell);
	read_all(output_path, &got);
	same = got.length == want.length && memcmp(got.data, want.data, want.length) == 0;
	if (!same)
		report(probes, count, shell, &got);
	buf_release(&script);
	buf_release(&want);
	buf_release(&got);
	return same;
}

static void make_directory(void)
{
	const char *parent = getenv("TMPDIR"), *old = getenv("PATH");
	struct buf text = {0};
	char path[300];
	int fd;

	snprintf(directory, sizeof directory, "%s/pp-quoting-XXXXXX", parent && *parent ? parent : "/tmp");
	if (!mkdtemp(directory))
		exit(99);
	snprintf(script_path, sizeof script_path, "%s/script", directory);
	snprintf(output_path, sizeof output_path, "%s/output", directory);
	snprintf(canary_path, sizeof canary_path, "%s/sang", directory);
	snprintf(path, sizeof path, "%s/canary", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	buf_add_format(&text, "#!/bin/sh\n: > '%s'\n", canary_path);
	write_all(fd, &text);
	close(fd);
	buf_reset(&text);
	buf_add_format(&text, "%s:%s", directory, old ? old : "/usr/bin:/bin");
	setenv("PATH", buf_text(&text), 1);
	setenv("LC_ALL", "C", 1);
	buf_release(&text);
}

static void remove_directory(void)
{
	char path[300];

	snprintf(path, sizeof path, "%s/canary", directory);
	unlink(path);
	unlink(script_path);
	unlink(output_path);
	unlink(canary_path);
	rmdir(directory);
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : DEFAULT_STRINGS;
	struct probe *probes = calloc(count, sizeof *probes);
	struct buf text = {0};

	state = argc > 2 ? strtoull(argv[2], NULL, 10) : UINT64_C(0x9E3779B97F4A7C15);
	make_directory();
	compile_lines();
	for (size_t i = 0; i < count; i++) {
		random_string(&text);
		probes[i] = (struct probe){&lines[i % LINES], NULL, text.length};
		probes[i].text = strdup(buf_text(&text));
	}
	for (size_t k = 0; k < sizeof shells / sizeof *shells; k++) {
		bool good = true;
		if (!is_installed(shells[k]))
			continue;
		for (size_t i = 0; i < count; i += STRINGS_A_SCRIPT)
			good = try_script(probes + i, count - i < STRINGS_A_SCRIPT ? count - i : STRINGS_A_SCRIPT,
			                  shells[k]) &&
			       good;
		OK(good, "%s hands on %zu strings from %d places byte by byte", shells[k], count, (int)LINES);
		OK(access(canary_path, F_OK) != 0, "%s runs nothing of what the strings say", shells[k]);
	}
	remove_directory();
	for (size_t i = 0; i < LINES; i++)
		template_free(templates[i]);
	for (size_t i = 0; i < count; i++)
		free(probes[i].text);
	free(probes);
	buf_release(&text);
	return tap_end();
}
