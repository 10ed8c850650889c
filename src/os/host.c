#include "os/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_SCHED_GETAFFINITY
#include <sched.h>
#endif

#include "base/buf.h"
#include "base/mem.h"
#include "os/fd.h"

enum { CHUNK = 4096 };

/* Reads a whole file into text (reset before). Returns false when it cannot be read. */
static bool read_text(const char *path, struct buf *text)
{
	int fd = fd_open(path, O_RDONLY, 0);
	ssize_t n;

	buf_reset(text);
	if (fd == -1)
		return false;
	do {
		buf_reserve(text, CHUNK);
		n = fd_read(fd, text->data + text->length, CHUNK);
		if (n > 0)
			text->length += (size_t)n;
	} while (n > 0);
	fd_close(&fd);
	buf_text(text);
	return n == 0;
}

/* Cuts the line at its newline. Returns the start of the next, NULL after the last. */
static char *cut_line(char *line)
{
	char *newline = strchr(line, '\n');

	if (!newline)
		return NULL;
	*newline = '\0';
	return newline[1] ? newline + 1 : NULL;
}

/* Whether name is one of the words of a list with commas. */
static bool is_listed(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += length)
		if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
			return true;
	return false;
}

/*
 * Control groups. /proc/self/cgroup names the group of this process in each hierarchy, as a path from the
 * hierarchy's root. Where the hierarchy is mounted, and from what group downwards, stands in /proc/self/mountinfo:
 * long on some machines, so the usual places are tried first. In a container often only the own group is mounted,
 * or all paths are relative to a private name space; walking up from a path that is not there ends at the mount
 * point, which then is that group.
 */

struct cgroup {
	const char *root; /* "" or a tree for tests; lent */
	bool v1;
	char *controllers; /* v1: as listed in /proc/self/cgroup; lent */
	char *path;        /* of the group; lent */
	struct buf dir;    /* where its files are, mount point included */
	size_t top;        /* length of the mount point in dir */
	struct buf text;   /* for files being read */
};

/* Finds the hierarchy with the cpu controller: that of v1 where there is one, else v2. Cuts the text up. */
static bool find_cpu_group(struct cgroup *g, char *text)
{
	for (char *line = text, *next; line; line = next) {
		next = cut_line(line);

		char *list = strchr(line, ':');
		char *path = list ? strchr(list + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		list++;
		g->v1 = is_listed(list, "cpu");
		if (g->v1 || *list == '\0') {
			g->controllers = list;
			g->path = path;
		}
		if (g->v1)
			return true;
	}
	return g->path != NULL;
}

static void set_dir(struct cgroup *g, const char *root, const char *mount, const char *path)
{
	buf_reset(&g->dir);
	buf_add_string(&g->dir, root);
	buf_add_string(&g->dir, mount);
	g->top = g->dir.length;
	if (strncmp(path, "/..", 3) != 0) /* a group outside of our name space cannot be seen */
		buf_add_string(&g->dir, path);
	while (g->dir.length > g->top && g->dir.data[g->dir.length - 1] == '/')
		g->dir.length--;
}

/* Lends the path of a file of the group, valid until the next call. */
static const char *file_of_group(struct cgroup *g, const char *name)
{
	size_t length = g->dir.length;
	const char *path;

	buf_add_char(&g->dir, '/');
	buf_add_string(&g->dir, name);
	path = buf_text(&g->dir);
	g->dir.length = length;
	return path;
}

static bool is_at(struct cgroup *g, const char *mount)
{
	set_dir(g, g->root, mount, g->path);
	return access(file_of_group(g, "cgroup.procs"), F_OK) == 0;
}

static bool is_at_usual_place(struct cgroup *g)
{
	char mount[256];

	if (!g->v1)
		return is_at(g, "/sys/fs/cgroup") || is_at(g, "/sys/fs/cgroup/unified");
	if (is_at(g, "/sys/fs/cgroup/cpu"))
		return true;
	snprintf(mount, sizeof mount, "/sys/fs/cgroup/%s", g->controllers);
	return is_at(g, mount);
}

/* Turns the \ooo of mountinfo back into bytes. */
static void unescape_octal(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] && from[3]) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* The path of the group below the group that is mounted; "" when it is that one or is not below it. */
static const char *path_below(const char *path, const char *mounted)
{
	size_t length = strcmp(mounted, "/") == 0 ? 0 : strlen(mounted);

	if (strncmp(path, mounted, length) != 0 || (path[length] != '/' && path[length] != '\0'))
		return "";
	return path + length;
}

/* A line reads: ID PARENT DEVICE ROOT MOUNTPOINT OPTIONS [TAG...] - TYPE SOURCE SUPEROPTIONS */
static bool is_mounted_by(struct cgroup *g, char *line)
{
	char *dash = strstr(line, " - ");
	char *field[5], *type[3];
	char *rest = NULL;

	if (!dash)
		return false;
	*dash = '\0';
	for (int i = 0; i < 5; i++)
		if (!(field[i] = strtok_r(i ? NULL : line, " ", &rest)))
			return false;
	for (int i = 0; i < 3; i++)
		if (!(type[i] = strtok_r(i ? NULL : dash + 3, " ", &rest)))
			return false;
	if (strcmp(type[0], g->v1 ? "cgroup" : "cgroup2") != 0 || (g->v1 && !is_listed(type[2], "cpu")))
		return false;
	unescape_octal(field[3]);
	unescape_octal(field[4]);
	set_dir(g, g->root, field[4], path_below(g->path, field[3]));
	return true;
}

static bool is_mounted(struct cgroup *g)
{
	struct buf path = {0};
	bool found = false;

	buf_add_string(&path, g->root);
	buf_add_string(&path, "/proc/self/mountinfo");
	if (read_text(buf_text(&path), &g->text))
		for (char *line = g->text.data, *next; line && !found; line = next) {
			next = cut_line(line);
			found = is_mounted_by(g, line);
		}
	buf_release(&path);
	return found;
}

/* A file that begins with a number above 0: gives it, else 0 ("max", -1, no such file). */
static double number_in(struct cgroup *g, const char *name)
{
	double value;

	if (!read_text(file_of_group(g, name), &g->text))
		return 0;
	value = strtod(g->text.data, NULL);
	return value > 0 ? value : 0;
}

/* The quota of the group at g->dir in processors, 0 when it has none. */
static double quota_of_group(struct cgroup *g)
{
	double quota = number_in(g, g->v1 ? "cpu.cfs_quota_us" : "cpu.max");
	double period = 100000;
	const char *space;

	if (quota == 0)
		return 0;
	if (g->v1)
		period = number_in(g, "cpu.cfs_period_us");
	else if ((space = strchr(g->text.data, ' ')))
		period = strtod(space, NULL);
	return period > 0 ? quota / period : 0;
}

/* Goes one group up. Returns false when this was the top. */
static bool go_up(struct cgroup *g)
{
	if (g->dir.length <= g->top)
		return false;
	while (g->dir.length > g->top && g->dir.data[--g->dir.length] != '/')
		;
	return true;
}

static double smallest_quota(struct cgroup *g)
{
	double smallest = 0;

	do {
		double quota = quota_of_group(g);

		if (quota > 0 && (smallest == 0 || quota < smallest))
			smallest = quota;
	} while (go_up(g));
	return smallest;
}

/* Processors, 0 for no limit. */
static double cpu_quota(const char *root)
{
	struct cgroup g = {.root = root};
	struct buf text = {0};
	double quota = 0;

	buf_add_string(&g.dir, root);
	buf_add_string(&g.dir, "/proc/self/cgroup");
	if (read_text(buf_text(&g.dir), &text) && find_cpu_group(&g, text.data))
		if (is_at_usual_place(&g) || is_mounted(&g))
			quota = smallest_quota(&g);
	buf_release(&text);
	buf_release(&g.text);
	buf_release(&g.dir);
	return quota;
}

int host_usable_processors_at(const char *root, int affinity)
{
	double quota = cpu_quota(strcmp(root, "/") == 0 ? "" : root);
	int usable = affinity;

	if (quota > 0 && quota < affinity) {
		usable = (int)quota;
		usable += usable < quota;
	}
	return usable < 1 ? 1 : usable;
}

#if defined HAVE_SCHED_GETAFFINITY && defined CPU_ALLOC

static int affinity(void)
{
	for (int most = CPU_SETSIZE; most <= 1 << 20; most *= 8) {
		cpu_set_t *set = CPU_ALLOC((size_t)most);
		size_t bytes = CPU_ALLOC_SIZE((size_t)most);
		int result = set ? sched_getaffinity(0, bytes, set) : -1;
		bool larger = result == -1 && errno == EINVAL;
		int count = result == 0 ? CPU_COUNT_S(bytes, set) : 0;

		CPU_FREE(set);
		if (!larger)
			return count > 0 ? count : host_threads();
	}
	return host_threads();
}

#else

static int affinity(void)
{
	return host_threads();
}

#endif

int host_usable_processors(void)
{
	return host_usable_processors_at("/", affinity());
}

int host_threads(void)
{
	long threads = -1;

#ifdef _SC_NPROCESSORS_ONLN
	threads = sysconf(_SC_NPROCESSORS_ONLN);
#endif
	return threads < 1 ? 1 : threads > INT_MAX ? INT_MAX : (int)threads;
}

/* Whether the processor is the first in its own list of those that share something with it. */
static bool is_first_sharing(long processor, const char *list, struct buf *text)
{
	char path[128];

	snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%ld/topology/%s", processor, list);
	return read_text(path, text) && strtol(text->data, NULL, 10) == processor;
}

/* The number of groups of online processors that share something, by the name of the kernel's list. 0 when unknown. */
static int count_sharing(const char *list)
{
	struct buf online = {0}, text = {0};
	int count = 0;

	if (read_text("/sys/devices/system/cpu/online", &online))
		for (char *at = online.data; *at >= '0' && *at <= '9'; at += *at == ',') { /* "0-3,6,8-11" */
			long first = strtol(at, &at, 10);
			long last = *at == '-' ? strtol(at + 1, &at, 10) : first;

			for (long processor = first; processor <= last; processor++)
				count += is_first_sharing(processor, list, &text);
		}
	buf_release(&text);
	buf_release(&online);
	return count;
}

int host_cores(void)
{
	int cores = count_sharing("thread_siblings_list");

	return cores > 0 ? cores : host_threads();
}

int host_sockets(void)
{
	int sockets = count_sharing("core_siblings_list");

	return sockets > 0 ? sockets : 1;
}

double host_load(void)
{
	double load = -1;

#ifdef HAVE_GETLOADAVG
	if (getloadavg(&load, 1) != 1)
		load = -1;
#endif
	return load;
}

static long long memory_by_pages(void)
{
#if defined _SC_AVPHYS_PAGES
	long pages = sysconf(_SC_AVPHYS_PAGES);

	return pages < 0 ? -1 : (long long)pages * sysconf(_SC_PAGESIZE);
#else
	return -1;
#endif
}

long long host_memory_free(void)
{
	static const char name[] = "MemAvailable:";
	struct buf text = {0};
	char *at = read_text("/proc/meminfo", &text) ? strstr(text.data, name) : NULL;
	long long bytes = at ? strtoll(at + strlen(name), NULL, 10) * 1024 : memory_by_pages();

	buf_release(&text);
	return bytes;
}

static long long soft_limit(int resource)
{
	struct rlimit limit;
	unsigned long long most;

	if (getrlimit(resource, &limit) == -1 || limit.rlim_cur == RLIM_INFINITY)
		return -1;
	most = limit.rlim_cur;
	return most <= LLONG_MAX ? (long long)most : -1;
}

long long host_process_limit(void)
{
#ifdef RLIMIT_NPROC
	return soft_limit(RLIMIT_NPROC);
#else
	return -1;
#endif
}

long long host_open_limit(void)
{
	return soft_limit(RLIMIT_NOFILE);
}

size_t host_argument_space(void)
{
	long space = sysconf(_SC_ARG_MAX);

	if (space < _POSIX_ARG_MAX)
		return _POSIX_ARG_MAX;
#ifdef __linux__
	/* A quarter of the stack limit, as sysconf says, but the kernel never takes more than this. */
	if (space > 6 * 1024 * 1024)
		space = 6 * 1024 * 1024;
#endif
	return (size_t)space;
}

size_t host_longest_argument(void)
{
#ifdef __linux__
	long page = sysconf(_SC_PAGESIZE);

	return 32 * (size_t)(page > 0 ? page : 4096);
#else
	return host_argument_space();
#endif
}

/* Gives the target of a symbolic link, NULL when it cannot be read. */
static char *link_target(const char *path)
{
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof target);

	return length > 0 && (size_t)length < sizeof target ? mem_string_n(target, (size_t)length) : NULL;
}

/* Gives the path of the program that a process runs, NULL when unknown. */
static char *program_path(long pid)
{
	static const char deleted[] = " (deleted)";
	char name[64];
	char *path, *end;

	snprintf(name, sizeof name, "/proc/%ld/exe", pid);
	path = link_target(name);
	if (!path)
		return NULL;
	/* An upgrade has replaced the program: the new one stands at the same place. */
	end = strlen(path) > strlen(deleted) ? path + strlen(path) - strlen(deleted) : path;
	if (strcmp(end, deleted) == 0)
		*end = '\0';
	return path;
}

/* Gives the name that the system shows for a process, NULL when unknown. */
static char *shown_name(long pid)
{
	char path[64];
	struct buf text = {0};
	char *name = NULL;

	snprintf(path, sizeof path, "/proc/%ld/comm", pid);
	if (read_text(path, &text)) {
		cut_line(text.data);
		if (text.data[0])
			name = mem_string(text.data + (text.data[0] == '-'));
	}
	buf_release(&text);
	return name;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

long host_parent(long pid)
{
	char path[64];
	struct buf text = {0};
	char *at;
	long parent = 0;

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	/* "pid (name) state parent ...", and a name may hold anything. */
	if (read_text(path, &text) && (at = strrchr(buf_text(&text), ')')) && strlen(at) > 4)
		parent = strtol(at + 4, NULL, 10);
	buf_release(&text);
	return parent > 0 ? parent : 0;
}

char *host_program(long pid, char **path)
{
	char *program = program_path(pid);
	char *name;

	/* One program, many commands: only the name says which. */
	if (program && (strcmp(base_name(program), "busybox") == 0 || strcmp(base_name(program), "toybox") == 0)) {
		free(program);
		program = NULL;
	}
	name = program ? mem_string(base_name(program)) : shown_name(pid);
	if (path)
		*path = program;
	else
		free(program);
	return name;
}

bool host_parent_shares(int fd)
{
	struct stat ours, theirs;
	char name[64];

	snprintf(name, sizeof name, "/proc/%ld/fd/%d", (long)getppid(), fd);
	return fstat(fd, &ours) == 0 && stat(name, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	       ours.st_ino == theirs.st_ino;
}
