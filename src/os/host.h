/*
 * host.h - what this machine is and may be used for: processors, load, memory, limits, control groups.
 *
 * Read anew at each call. A number that the system does not tell is -1 (or the documented default).
 */
#ifndef OS_HOST_H
#define OS_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* Processors that this process may really use: the affinity mask, cut to the CPU quota of its control group (v1
   cfs_quota/cfs_period or v2 cpu.max, the smallest of the group and all groups above it, rounded up). At least 1. */
int host_usable_processors(void);

int host_threads(void); /* online logical processors, at least 1 */
int host_cores(void);   /* physical cores as far as the system tells, else threads */
int host_sockets(void); /* packages as far as the system tells, else 1 */

/* The same as host_usable_processors, from a given root instead of "/" (where proc/self/cgroup, proc/self/mountinfo
   and sys/fs/cgroup are looked for) and with a given number of processors in the affinity mask: for tests. */
int host_usable_processors_at(const char *root, int affinity);

double host_load(void);             /* 1 minute load average, -1 */
long long host_memory_free(void);   /* bytes that could be used without swapping (MemAvailable), -1 */
long long host_process_limit(void); /* most processes of this user (RLIMIT_NPROC), -1 for no limit */
long long host_open_limit(void);    /* most open descriptors of this process (soft RLIMIT_NOFILE), -1 for no limit */
size_t host_argument_space(void);   /* bytes for arguments and environment of an exec (sysconf ARG_MAX) */

/* Bytes of the longest single argument with its NUL: 32 pages on Linux, else the argument space. */
size_t host_longest_argument(void);

/* Gives the base name of a process's program, for example "bash", NULL when the system does not tell; a login shell's
   leading "-" is removed. When path is not NULL, *path (gives) becomes the path of the same program, NULL when it is
   unknown or serves many names (busybox). */
char *host_program(long pid, char **path);

/* Whether the parent process has the same file, pipe or terminal at that descriptor; false where the system does not
   tell. */
bool host_parent_shares(int fd);

long host_parent(long pid); /* the parent of a process, 0 when there is none or the system does not tell */

#endif
