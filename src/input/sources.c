#include "input/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/num.h"
#include "os/fd.h"

/* The descriptor that a name of the form /dev/fd/N stands for, -1 for another name. */
static int named_fd(const char *path)
{
	static const char prefix[] = "/dev/fd/";
	uint64_t fd;

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0)
		return STDIN_FILENO;
	if (strncmp(path, prefix, sizeof prefix - 1) != 0 || num_parse_uint(path + sizeof prefix - 1, &fd) < 0)
		return -1;
	return fd > INT_MAX ? -1 : (int)fd;
}

static const char *source_name(const struct source_spec *spec)
{
	int fd = spec->kind == SOURCE_FD ? spec->fd : named_fd(spec->path);

	return fd == STDIN_FILENO || spec->kind == SOURCE_FD ? "standard input" : spec->path;
}

/* A file of one's own never blocks: a fifo opens at once, and is read when a writer has come. Standard input is lent
   as it is. Sockets cannot be opened by a name in /dev/fd, only duplicated. */
static int open_source(const struct source_spec *spec, bool *owned, struct err *e)
{
	int named = spec->kind == SOURCE_FD ? spec->fd : named_fd(spec->path);
	int fd;

	*owned = false;
	if (spec->kind == SOURCE_FD || named == STDIN_FILENO)
		return named;
	*owned = true;
	fd = fd_open(spec->path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 && named >= 0 && errno == ENXIO)
		fd = fd_copy(named);
	if (fd < 0)
		err_sys(e, errno, "cannot open argument file: %s", spec->path);
	return fd;
}

static int check_kind(int fd, const struct source_spec *spec, struct err *e)
{
	struct stat st;
	int code = fstat(fd, &st) < 0 ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;

	if (code == 0)
		return 0;
	if (spec->kind == SOURCE_FD || fd == STDIN_FILENO)
		return err_sys(e, code, "cannot read %s", source_name(spec));
	return err_sys(e, code, "cannot read argument file: %s", spec->path);
}

/* The reader of an earlier source of the same lent descriptor, NULL for none. */
static struct record_reader *find_reader(const struct source *sources, size_t count, int fd)
{
	for (size_t n = 0; n < count; n++)
		if (sources[n].reader && sources[n].reader->fd == fd && !sources[n].reader->owned)
			return sources[n].reader;
	return NULL;
}

static int open_one(struct source *sources, size_t index, const struct source_spec *spec,
                    const struct source_rules *rules, struct err *e)
{
	struct record_reader *reader;
	bool owned;
	int fd = open_source(spec, &owned, e);

	if (fd < 0)
		return -1;
	if (check_kind(fd, spec, e) < 0) {
		if (owned)
			fd_close(&fd);
		return -1;
	}
	reader = owned ? NULL : find_reader(sources, index, fd);
	if (reader) {
		source_init_reader(&sources[index], rules, reader, true);
		return 0;
	}
	reader = mem_alloc(sizeof *reader);
	record_init(reader, fd, owned, rules->csv, &rules->format, source_name(spec));
	source_init_reader(&sources[index], rules, reader, false);
	return 0;
}

struct source *sources_open(const struct source_spec *specs, size_t count, const struct source_rules *rules,
                            struct err *e)
{
	struct source *sources = mem_zero(count ? count : 1, sizeof *sources);

	for (size_t n = 0; n < count; n++) {
		if (specs[n].kind == SOURCE_WORDS) {
			source_init_words(&sources[n], rules, &specs[n].words);
		} else if (open_one(sources, n, &specs[n], rules, e) < 0) {
			while (n-- > 0)
				source_release(&sources[n]);
			free(sources);
			return NULL;
		}
	}
	return sources;
}
