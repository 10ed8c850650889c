#include "os/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fd.h"
#include "tap.h"

static char root[PATH_MAX];

/* Makes a file below the root, and the directories that it needs. */
static void put(const char *name, const char *text)
{
	char path[2 * PATH_MAX];
	int fd;

	snprintf(path, sizeof path, "%s/%s", root, name);
	for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		mkdir(path, 0700);
	}
	fd = fd_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	fd_write_all(fd, text, strlen(text));
	fd_close(&fd);
}

/* A group with its list of processes, which every group has. */
static void put_group(const char *dir)
{
	char name[PATH_MAX];

	snprintf(name, sizeof name, "%s/cgroup.procs", dir);
	put(name, "");
}

static void tree_begin(void)
{
	const char *dir = getenv("TMPDIR");

	snprintf(root, sizeof root, "%s/pp-test-XXXXXX", dir && *dir ? dir : "/tmp");
	if (!mkdtemp(root))
		exit(1);
}

static void tree_end(void)
{
	pid_t child = fork();

	if (child == 0) {
		execlp("rm", "rm", "-rf", root, (char *)NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
}

static int usable(int affinity)
{
	return host_usable_processors_at(root, affinity);
}

static void test_no_groups(void)
{
	tree_begin();
	OK(usable(4) == 4, "without control groups the affinity counts");
	OK(usable(0) == 1, "there is always one processor");
	put("proc/self/cgroup", "");
	OK(usable(4) == 4, "an empty list of groups is no limit");
	put("proc/self/cgroup", "nonsense\n:\n::\n0:x\n0::/lost\n");
	OK(usable(4) == 4, "a strange list of groups is no limit");
	put("proc/self/mountinfo", "nonsense\n1 2 3 - cgroup2\n - \n");
	OK(usable(4) == 4, "a strange list of mounts is no limit");
	tree_end();
}

static void test_v2(void)
{
	tree_begin();
	put("proc/self/cgroup", "0::/a.slice/b.scope\n");
	put_group("sys/fs/cgroup");
	put_group("sys/fs/cgroup/a.slice");
	put_group("sys/fs/cgroup/a.slice/b.scope");
	OK(usable(8) == 8, "v2: no quota, no limit");
	put("sys/fs/cgroup/a.slice/b.scope/cpu.max", "max 100000\n");
	OK(usable(8) == 8, "v2: max is no limit");
	put("sys/fs/cgroup/a.slice/cpu.max", "300000 100000\n");
	OK(usable(8) == 3, "v2: a group above limits");
	put("sys/fs/cgroup/a.slice/b.scope/cpu.max", "500000 100000\n");
	OK(usable(8) == 3, "v2: the smallest limits, above");
	put("sys/fs/cgroup/a.slice/b.scope/cpu.max", "100000 50000\n");
	OK(usable(8) == 2, "v2: the smallest limits, below");
	OK(usable(1) == 1, "v2: the affinity limits too");
	put("sys/fs/cgroup/a.slice/b.scope/cpu.max", "150000 100000\n");
	OK(usable(8) == 2, "v2: a part of a processor counts as one");
	put("sys/fs/cgroup/a.slice/b.scope/cpu.max", "1000 100000\n");
	OK(usable(8) == 1, "v2: at least one");
	put("sys/fs/cgroup/a.slice/b.scope/cpu.max", "200000\n");
	OK(usable(8) == 2, "v2: without a period it is the usual one");
	put("sys/fs/cgroup/a.slice/b.scope/cpu.max", "200000 0\n");
	OK(usable(8) == 3, "v2: a period of nothing is no limit");
	put("sys/fs/cgroup/a.slice/b.scope/cpu.max", "");
	OK(usable(8) == 3, "v2: an empty file is no limit");
	tree_end();
}

static void test_private_name_space(void)
{
	tree_begin();
	put("proc/self/cgroup", "0::/\n");
	put_group("sys/fs/cgroup");
	OK(usable(8) == 8, "private name space: no quota, no limit");
	put("sys/fs/cgroup/cpu.max", "200000 100000\n");
	OK(usable(8) == 2, "private name space: the mounted group limits");
	put("proc/self/cgroup", "0::/../other\n");
	OK(usable(8) == 2, "private name space: so it does when the own group is outside");
	tree_end();
}

static void test_v1(void)
{
	tree_begin();
	put("proc/self/cgroup", "4:memory:/m\n3:cpuset:/s\n2:cpu,cpuacct:/a/b\n1:name=systemd:/x\n0::/y\n");
	put_group("sys/fs/cgroup/cpu,cpuacct");
	put_group("sys/fs/cgroup/cpu,cpuacct/a/b");
	put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
	put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
	put("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
	put("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
	OK(usable(8) == 8, "v1: -1 is no limit");
	put("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "250000\n");
	OK(usable(8) == 3, "v1: the quota limits, rounded up");
	put("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "20000\n");
	put("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "10000\n");
	OK(usable(8) == 2, "v1: a group above limits");
	put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
	OK(usable(8) == 1, "v1: the topmost group limits");
	tree_end();

	tree_begin();
	put("proc/self/cgroup", "2:cpuacct:/wrong\n1:cpu:/\n0::/\n");
	put_group("sys/fs/cgroup/cpu");
	put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "400000\n");
	OK(usable(8) == 8, "v1: without a period there is no limit");
	put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
	OK(usable(8) == 4, "v1: the cpu controller may stand alone");
	tree_end();
}

static void test_hybrid(void)
{
	tree_begin();
	put("proc/self/cgroup", "2:memory:/m\n1:name=systemd:/s\n0::/a\n");
	put_group("sys/fs/cgroup/unified/a");
	put("sys/fs/cgroup/unified/a/cpu.max", "200000 100000\n");
	OK(usable(8) == 2, "hybrid: the unified tree limits when it has the controller");
	put("proc/self/cgroup", "2:cpu,cpuacct:/a\n1:name=systemd:/s\n0::/a\n");
	put_group("sys/fs/cgroup/cpu/a");
	put("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "300000\n");
	put("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
	OK(usable(8) == 3, "hybrid: else the old one does");
	tree_end();
}

static void test_mounts(void)
{
	tree_begin();
	put("proc/self/cgroup", "2:cpu,cpuacct:/docker/1234/sub\n");
	put("proc/self/mountinfo",
	    "20 1 0:5 / /proc rw - proc proc rw\n"
	    "31 20 0:28 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs rw,mode=755\n"
	    "32 31 0:29 /docker/1234 /sys/fs/cgroup/cpuset ro master:4 - cgroup cgroup rw,cpuset\n"
	    "33 31 0:30 /docker/1234 /sys/fs/cgroup/cpu,cpuacct ro master:5 shared:6 - cgroup cgroup rw,cpu,cpuacct\n");
	put_group("sys/fs/cgroup/cpu,cpuacct/sub");
	put("sys/fs/cgroup/cpu,cpuacct/sub/cpu.cfs_quota_us", "-1\n");
	put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "600000\n");
	put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
	OK(usable(8) == 6, "container: the group that is mounted limits");
	put("sys/fs/cgroup/cpu,cpuacct/sub/cpu.cfs_quota_us", "200000\n");
	put("sys/fs/cgroup/cpu,cpuacct/sub/cpu.cfs_period_us", "100000\n");
	OK(usable(8) == 2, "container: a group below it limits");
	put("proc/self/cgroup", "2:cpu,cpuacct:/docker/12345\n");
	OK(usable(8) == 6, "container: a group with a similar name is not below it");
	tree_end();

	tree_begin();
	put("proc/self/cgroup", "0::/a\\x2db/c\n");
	put("proc/self/mountinfo", "32 31 0:29 /a\\134x2db /some\\040where rw - cgroup2 none rw\n");
	put("some where/c/cpu.max", "200000 100000\n");
	OK(usable(8) == 2, "unusual mount: found, strange names included");
	put("proc/self/mountinfo", "32 31 0:29 / /elsewhere rw - cgroup2 none rw\n");
	put("elsewhere/a\\x2db/cpu.max", "300000 100000\n");
	OK(usable(8) == 3, "unusual mount: the whole tree");
	tree_end();
}

static void test_this_machine(void)
{
	struct rlimit limit;

	OK(host_threads() >= 1, "this machine has threads: %d", host_threads());
	OK(host_cores() >= 1 && host_cores() <= host_threads(), "no more cores than threads: %d", host_cores());
	OK(host_sockets() >= 1 && host_sockets() <= host_cores(), "no more sockets than cores: %d", host_sockets());
	OK(host_usable_processors() >= 1, "some processors are usable: %d", host_usable_processors());
	OK(host_load() >= 0 || host_load() == -1, "the load is a number or unknown");
	OK(host_memory_free() > 0 || host_memory_free() == -1, "free memory is a number or unknown");
	OK(host_process_limit() > 0 || host_process_limit() == -1, "the limit of processes is a number or none");
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 123;
	setrlimit(RLIMIT_NOFILE, &limit);
	OK(host_open_limit() == 123, "the limit of descriptors is the soft one");
	OK(host_argument_space() >= _POSIX_ARG_MAX, "there is space for arguments: %zu", host_argument_space());
	OK(host_longest_argument() <= host_argument_space(), "one argument fits into it: %zu", host_longest_argument());
}

/* Whether a program can be started with one argument of so many bytes, its NUL included. */
static bool can_start(size_t bytes)
{
	char *argument = malloc(bytes);
	int status = -1;
	pid_t child;

	memset(argument, 'x', bytes - 1);
	argument[bytes - 1] = '\0';
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", ":", argument, (char *)NULL);
		_exit(errno == E2BIG ? 1 : 2);
	}
	waitpid(child, &status, 0);
	free(argument);
	return status == 0;
}

static void test_longest_argument(void)
{
	size_t longest = host_longest_argument();

	if (longest == host_argument_space())
		return;
	OK(can_start(longest), "the longest argument can be used");
	OK(!can_start(longest + 1), "one byte more cannot");
}

/* The child's parent is this program. */
static void test_parent(const char *self)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		const char *slash = strrchr(self, '/');
		char *path = NULL, *name = host_program((long)getppid(), &path);
		char *again = host_program((long)getppid(), NULL);
		bool known = name && strcmp(name, slash ? slash + 1 : self) == 0;

		known = known && again && strcmp(again, name) == 0 && path && path[0] == '/' && access(path, X_OK) == 0;
		known = known || (access("/proc/self/exe", F_OK) == -1 && !name && !path && !again);
		free(again);
		free(name);
		free(path);
		_exit(known ? 0 : 1);
	}
	waitpid(child, &status, 0);
	OK(status == 0, "the parent's program is known, or the system does not tell");
}

int main(int argc, char **argv)
{
	test_parent(argv[0]);
	test_no_groups();
	test_v2();
	test_private_name_space();
	test_v1();
	test_hybrid();
	test_mounts();
	test_longest_argument();
	test_this_machine();
	return tap_end();
}
