/*
 * known - jobs of which it is known what they do, and a check of what became of them.
 *
 *     known job N        does what is fixed for job number N: prints so many bytes between marks, then ends well, with a status, by a
 *                        signal, not at all (a time limit is to end it), or badly at the first try and well at the second
 *     known family N     the same, slowly, while a child of it rests
 *     known rogue N      the same with bad manners, another one for each number: descendants that keep the outputs and speak late, outputs that
 *                        are closed, do not block or are filled, signals that are ignored or sent to its group, and the like; some have to be
 *                        ended by a time limit. KNOWN_BEHIND names the seconds that descendants rest (2)
 *     known check COUNT OUT ERRORS LOG
 *                        reads standard output, standard error and job log of a run of the jobs 1 to COUNT: each is to be there once, whole,
 *                        with its own end, or to be told of as lost. The last line has the numbers; the status is 1 if anything is wrong.
 *     known rogues COUNT OUT ERRORS LOG
 *                        the same of a run of rogues. KNOWN_INIT: jobs ran behind an initializer of bash, which makes a status of SIGPIPE
 *                        and leads the group whose end is told
 *     known part COUNT OUT LOG
 *                        the same of a run that was killed: no job is in the log that is not whole in the output, and nothing but the
 *                        end of the output is cut
 *     known ended COUNT OUT LOG
 *                        the same of a run that was interrupted, and perhaps resumed: the outputs of all that were running may be cut
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 64, MOST_SHOWN = 20 };

enum end { END_WELL, END_STATUS, END_SIGNAL, END_NEVER, END_SECOND_TRY };

/* Bad manners. The last three end by a time limit alone, and are rare. */
enum manner {
	MANNER_NONE,
	MANNER_CHILD,       /* leaves a child in its group with its outputs, which speaks late */
	MANNER_DAEMON,      /* leaves one in a session of its own */
	MANNER_CLOSES,      /* closes its outputs and runs on */
	MANNER_FILLS,       /* fills its error pipe before it prints */
	MANNER_NOT_BLOCK,   /* puts its outputs into non-blocking mode */
	MANNER_HALVES,      /* writes in odd pieces, with rests */
	MANNER_GROUP,       /* goes into its parent's process group */
	MANNER_DEAF,        /* blocks and ignores all signals */
	MANNER_ZOMBIES,     /* does not reap its children */
	MANNER_TO_ALL,      /* sends TERM to its group, and ends by it */
	MANNER_DESCRIPTORS, /* has all descriptors there may be */
	MANNER_COUNT,
	MANNER_STOPS = MANNER_COUNT, /* stops itself */
	MANNER_IGNORES,              /* ignores TERM, as a child of it does */
	MANNER_LEAVES,               /* goes into its parent's group and stays */
};

enum { FILLED_LINES = 3000 };

static bool rogues; /* it is them that are run, or checked */

struct plan {
	enum end end;
	int value; /* exit status or signal */
	size_t size;
	bool complains;  /* a line on standard error */
	unsigned filled; /* further lines on it */
};

static uint64_t mixed(uint64_t n)
{
	n += 0x9e3779b97f4a7c15U;
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9U;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebU;
	return n ^ (n >> 31);
}

static size_t size_of(unsigned of_thousand, uint64_t random)
{
	if (of_thousand < 300)
		return 0;
	if (of_thousand < 700)
		return random % 100;
	if (of_thousand < 900)
		return random % 4096;
	if (of_thousand < 990)
		return random % 65536;
	return random % (1024 * 1024 + 1);
}

static enum manner manner_of(unsigned long n)
{
	uint64_t random = mixed(n ^ 0x5555555555555555U);

	if (!rogues)
		return MANNER_NONE;
	if (random % 400 < 3)
		return MANNER_STOPS + (enum manner)(random % 400);
	return (enum manner)((random >> 32) % MANNER_COUNT);
}

static struct plan plan_of(unsigned long n)
{
	static const int signals[] = {SIGTERM, SIGKILL, SIGSEGV, SIGABRT, SIGHUP, SIGUSR1, SIGPIPE};
	uint64_t a = mixed(n), b = mixed(a), c = mixed(b);
	unsigned kind = a % 1000;
	enum manner manner = manner_of(n);
	struct plan p = {.size = size_of(b % 1000, c), .complains = (c >> 32) % 7 == 0};

	if (kind < 700) {
		p.end = END_WELL;
	} else if (kind < 800) {
		p.end = END_STATUS;
		p.value = 1 + (int)(b >> 40) % 100;
	} else if (kind < 850) {
		p.end = END_SIGNAL;
		p.value = signals[(b >> 40) % (sizeof signals / sizeof *signals)];
	} else if (kind < 851) {
		p.end = END_NEVER;
		p.value = SIGTERM;
	} else {
		p.end = END_SECOND_TRY;
	}
	if (manner == MANNER_TO_ALL) {
		p.end = END_SIGNAL;
		p.value = SIGTERM;
	} else if (manner >= MANNER_STOPS) {
		p.end = END_NEVER;
		p.value = manner == MANNER_IGNORES ? SIGKILL : SIGTERM;
	} else if (manner != MANNER_NONE && p.end == END_NEVER) {
		p.end = END_WELL;
	}
	p.filled = manner == MANNER_FILLS ? FILLED_LINES : 0;
	return p;
}

static char byte_of(unsigned long n, size_t at)
{
	return at % WIDTH == WIDTH - 1 ? '\n' : (char)('a' + (n + at / WIDTH + at) % 26);
}

/* -- The job -- */

static void rest(long milliseconds)
{
	struct timespec t = {.tv_nsec = milliseconds * 1000000};

	nanosleep(&t, NULL);
}

static pid_t start_child(void)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
}

static void end_as_planned(const struct plan *p)
{
	const char *tries = getenv("PP_RETRY");
	struct rlimit none = {0, 0};

	switch (p->end) {
	case END_STATUS:
		exit(p->value);
	case END_SIGNAL:
		setrlimit(RLIMIT_CORE, &none);
		signal(p->value, SIG_DFL);
		raise(p->value);
		exit(99);
	case END_NEVER:
		for (;;)
			pause();
	case END_SECOND_TRY:
		exit(tries && atoi(tries) > 0 ? 0 : 98);
	default:
		exit(0);
	}
}

/* -- Bad manners -- */

/* Rests for a while, or for ever, with the outputs, and speaks when nobody listens any more. */
static void leave_behind(bool daemon, bool for_ever)
{
	const char *seconds = getenv("KNOWN_BEHIND");

	if (fork() != 0)
		return;
	if (daemon)
		setsid();
	signal(SIGTERM, for_ever ? SIG_IGN : SIG_DFL);
	do
		sleep(seconds ? (unsigned)atoi(seconds) : 2);
	while (for_ever);
	if (write(1, "late\n", 5) < 0 || write(2, "late\n", 5) < 0)
		_exit(1);
	_exit(0);
}

static void fill_errors(unsigned long n, unsigned lines)
{
	for (unsigned i = 0; i < lines; i++)
		fprintf(stderr, "~%lu is a line of many on standard error\n", n);
}

static void take_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd < 4096);
}

static void go_deaf(void)
{
	sigset_t all;

	for (int signo = 1; signo < 32; signo++)
		signal(signo, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

static void misbehave_at_first(unsigned long n, const struct plan *p)
{
	fill_errors(n, p->filled);
	switch (manner_of(n)) {
	case MANNER_CHILD:
	case MANNER_DAEMON:
		leave_behind(manner_of(n) == MANNER_DAEMON, false);
		break;
	case MANNER_NOT_BLOCK:
		for (int fd = 0; fd < 3; fd++)
			fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		break;
	case MANNER_GROUP:
	case MANNER_LEAVES:
		setpgid(0, getpgid(getppid()));
		break;
	case MANNER_DEAF:
		go_deaf();
		break;
	case MANNER_ZOMBIES:
		for (int i = 0; i < 10; i++)
			if (fork() == 0)
				_exit(0);
		break;
	case MANNER_DESCRIPTORS:
		take_descriptors();
		break;
	case MANNER_IGNORES:
		signal(SIGTERM, SIG_IGN);
		leave_behind(false, true);
		break;
	default:
		break;
	}
}

static void misbehave_at_last(unsigned long n)
{
	sigset_t none;

	switch (manner_of(n)) {
	case MANNER_CLOSES:
		close(1);
		close(2);
		rest(20);
		break;
	case MANNER_TO_ALL:
		kill(0, SIGTERM);
		break;
	case MANNER_DEAF:
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		break;
	case MANNER_STOPS:
		raise(SIGSTOP);
		break;
	default:
		break;
	}
}

/* Whole whatever the mode of standard output; in pieces, with rests, where that is the manner. */
static void put(unsigned long n, const char *bytes, size_t length)
{
	size_t most = manner_of(n) == MANNER_HALVES ? 1 + length / 7 : length;

	while (length > 0) {
		ssize_t got = write(1, bytes, length < most ? length : most);

		if (got < 0 && errno == EAGAIN) {
			struct pollfd room = {.fd = 1, .events = POLLOUT};

			poll(&room, 1, -1);
			continue;
		}
		if (got < 0)
			exit(97);
		bytes += got;
		length -= (size_t)got;
		if (most < length)
			rest(1);
	}
}

static int rogue(unsigned long n)
{
	struct plan p = plan_of(n);
	char *text = malloc(p.size + 64);
	int length;

	if (!text)
		return 97;
	misbehave_at_first(n, &p);
	length = snprintf(text, 64, "<%lu %zu\n", n, p.size);
	put(n, text, (size_t)length);
	for (size_t i = 0; i < p.size; i++)
		text[i] = byte_of(n, i);
	length = snprintf(text + p.size, 64, ">%lu\n", n);
	put(n, text, p.size + (size_t)length);
	free(text);
	if (p.complains)
		fprintf(stderr, "!%lu\n", n);
	misbehave_at_last(n);
	end_as_planned(&p);
	return 0;
}

static int job(unsigned long n, bool family)
{
	struct plan p = plan_of(n);
	pid_t child = family ? start_child() : 0;

	printf("<%lu %zu\n", n, p.size);
	for (size_t i = 0; i < p.size; i++) {
		putchar(byte_of(n, i));
		if (family && i == p.size / 2) {
			fflush(stdout);
			rest((long)(n % 7));
		}
	}
	printf(">%lu\n", n);
	if (fflush(stdout) == EOF)
		return 97;
	if (p.complains)
		fprintf(stderr, "!%lu\n", n);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	end_as_planned(&p);
	return 0;
}

/* -- The check -- */

struct seen {
	unsigned char whole, cut, logged, complained, lost;
	unsigned filled;
};

static struct seen *seen;
static unsigned long count, wrongs, cut_heads;
static bool behind_init;

static void wrong(unsigned long n, const char *what)
{
	if (wrongs++ < MOST_SHOWN)
		printf("job %lu: %s\n", n, what);
}

static FILE *open_file(const char *name)
{
	FILE *f = fopen(name, "r");

	if (!f) {
		perror(name);
		exit(2);
	}
	return f;
}

static bool is_job(unsigned long n)
{
	if (n >= 1 && n <= count)
		return true;
	wrong(n, "there is no such job");
	return false;
}

/* Whether a newline where none is expected ends a line that was cut. Sets *c to what follows then. */
static bool is_cut(FILE *f, int *c)
{
	int next;

	if (*c == EOF || *c == '<')
		return true;
	if (*c != '\n')
		return false;
	next = getc(f);
	if (next == EOF || next == '<') {
		*c = next;
		return true;
	}
	ungetc(next, f);
	return false;
}

/* Reads the first line of a block. Returns false when it is cut, or none. */
static bool read_head(FILE *f, unsigned long *n, size_t *size)
{
	char line[64];
	int used = 0, c;

	while ((c = getc(f)) != EOF && c != '<' && c != '\n' && used < (int)sizeof line - 1)
		line[used++] = (char)c;
	line[used] = '\0';
	if (c == '\n' && sscanf(line, "%lu %zu", n, size) == 2 && *n >= 1 && *n <= count && *size == plan_of(*n).size)
		return true;
	*n = 0;
	if (c != EOF)
		ungetc(c, f);
	return false;
}

/* Reads behind a '<'. Returns what ended it: '<' or EOF for a block that is cut, 0 for one that is whole, '?' for one
   that is neither. *n is 0 where the first line is not whole. */
static int read_block(FILE *f, unsigned long *n)
{
	char expected[32];
	size_t size;
	int c;

	if (!read_head(f, n, &size))
		return '?';
	for (size_t i = 0; i < size; i++) {
		c = getc(f);
		if (c != byte_of(*n, i))
			return is_cut(f, &c) ? c : '?';
	}
	snprintf(expected, sizeof expected, ">%lu\n", *n);
	for (size_t i = 0; expected[i]; i++) {
		c = getc(f);
		if (c != expected[i])
			return is_cut(f, &c) ? c : '?';
	}
	return 0;
}

static void read_output(const char *name)
{
	FILE *f = open_file(name);
	unsigned long n;
	int c = getc(f);

	while (c != EOF) {
		if (c != '<') {
			wrong(0, "bytes between the outputs of two jobs");
			while (c != EOF && c != '<')
				c = getc(f);
			continue;
		}
		c = read_block(f, &n);
		if (c == 0) {
			seen[n].whole++;
			c = getc(f);
		} else if (c == '?' && n == 0) {
			cut_heads++;
			while ((c = getc(f)) != EOF && c != '<')
				;
		} else if (c == '?') {
			wrong(n, "its output is not what it printed");
			while ((c = getc(f)) != EOF && c != '<')
				;
		} else {
			seen[n].cut++;
		}
	}
	fclose(f);
}

static void read_errors(const char *name)
{
	FILE *f = open_file(name);
	char line[512];
	unsigned long n;

	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "!%lu", &n) == 1 && is_job(n))
			seen[n].complained++;
		else if (sscanf(line, "~%lu is a line of many on standard error", &n) == 1 && strlen(line) > 36 &&
		         is_job(n))
			seen[n].filled++;
		else if (sscanf(line, "pp: job %lu lost with its worker:", &n) == 1 &&
		         strstr(line, " lost with its worker:") && is_job(n))
			seen[n].lost++;
		else if (strncmp(line, "pp: ", 4) != 0)
			wrong(0, line);
	}
	fclose(f);
}

static void check_end(unsigned long n, int status, int signo)
{
	struct plan p = plan_of(n);
	bool by_signal = p.end == END_SIGNAL || p.end == END_NEVER;

	if (seen[n].lost)
		return;
	if (behind_init && p.end == END_SIGNAL && p.value == SIGPIPE && status == 128 + SIGPIPE)
		return;
	if (behind_init && p.end == END_NEVER && signo == SIGTERM)
		return;
	if (signo != (by_signal ? p.value : 0) || (!by_signal && status != (p.end == END_STATUS ? p.value : 0)))
		wrong(n, "its end in the log is not the one it had");
}

static void read_log(const char *name)
{
	FILE *f = open_file(name);
	char line[1024];
	unsigned long n;
	int status, signo;

	if (!fgets(line, sizeof line, f))
		line[0] = '\0';
	while (fgets(line, sizeof line, f)) {
		if (!strchr(line, '\n') ||
		    sscanf(line, "%lu\t%*s\t%*f\t%*f\t%*u\t%*u\t%d\t%d\t", &n, &status, &signo) != 3) {
			wrong(0, "a record of the log is not whole");
		} else if (is_job(n)) {
			seen[n].logged++;
			check_end(n, status, signo);
		}
	}
	fclose(f);
}

static void check_job(unsigned long n, unsigned long ends[END_SECOND_TRY + 1])
{
	const struct seen *s = &seen[n];
	struct plan p = plan_of(n);

	ends[p.end]++;
	if (s->logged != 1)
		wrong(n, s->logged ? "it is in the log more than once" : "it is not in the log");
	if (s->whole > 1 || s->lost > 1)
		wrong(n, "it is there more than once");
	if (s->lost)
		return;
	if (s->whole != 1 || s->cut)
		wrong(n, s->cut ? "its output is cut" : "its output is missing");
	if (s->complained != p.complains || s->filled != p.filled)
		wrong(n, "its standard error is not what it printed");
}

static int check(char **files)
{
	unsigned long ends[END_SECOND_TRY + 1] = {0}, lost = 0, cut = 0;

	read_output(files[0]);
	read_errors(files[1]);
	read_log(files[2]);
	for (unsigned long n = 1; n <= count; n++) {
		check_job(n, ends);
		lost += seen[n].lost;
		cut += seen[n].cut;
	}
	if (cut_heads > lost)
		wrong(0, "more outputs are cut than jobs were lost");
	printf("known: %lu jobs, %lu well, %lu failed, %lu by signal, %lu timed out, %lu at the second try, %lu lost "
	       "(%lu cut), %lu wrong\n",
	       count, ends[END_WELL], ends[END_STATUS], ends[END_SIGNAL], ends[END_NEVER], ends[END_SECOND_TRY], lost,
	       cut + cut_heads, wrongs);
	return wrongs ? 1 : 0;
}

/* again: what was printed whole and is not in the log may have been run again. */
static int part(char **files, bool again)
{
	unsigned long whole = 0, logged = 0, cut;

	read_output(files[0]);
	read_log(files[1]);
	cut = cut_heads;
	for (unsigned long n = 1; n <= count; n++) {
		whole += seen[n].whole > 0;
		logged += seen[n].logged;
		cut += seen[n].cut;
		if (seen[n].whole > 1 + again || seen[n].logged > 1)
			wrong(n, "it is there more than once");
		if (seen[n].logged && !seen[n].whole)
			wrong(n, "it is in the log, but not in the output");
	}
	if (cut > (again ? count : 1))
		wrong(0, "more than the end of the output is cut");
	printf("known: %lu jobs whole in the output, %lu in the log, %lu wrong\n", whole, logged, wrongs);
	return wrongs ? 1 : 0;
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (argc == 3 && strcmp(argv[1], "job") == 0)
		return job(n, false);
	if (argc == 3 && strcmp(argv[1], "family") == 0)
		return job(n, true);
	rogues = strncmp(argc > 1 ? argv[1] : "", "rogue", 5) == 0;
	if (argc == 3 && rogues)
		return rogue(n);
	count = n;
	behind_init = getenv("KNOWN_INIT") != NULL;
	seen = calloc(count + 1, sizeof *seen);
	if (!seen)
		return 2;
	if (argc == 6 && (rogues || strcmp(argv[1], "check") == 0))
		return check(argv + 3);
	if (argc == 5 && strcmp(argv[1], "part") == 0)
		return part(argv + 3, false);
	if (argc == 5 && strcmp(argv[1], "ended") == 0)
		return part(argv + 3, true);
	return 2;
}
