#include "os/directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

static int make_one(const char *path)
{
	struct stat info;

	if (mkdir(path, 0777) == 0)
		return 0;
	if (errno != EEXIST || stat(path, &info) < 0)
		return -1;
	errno = ENOTDIR;
	return S_ISDIR(info.st_mode) ? 0 : -1;
}

int directory_make(const char *path)
{
	char *copy;
	int result = make_one(path), reason = 0;

	if (result == 0 || errno != ENOENT)
		return result;
	copy = mem_string(path);
	for (char *slash = *copy ? strchr(copy + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_one(copy) < 0 && !reason)
			reason = errno;
		*slash = '/';
	}
	free(copy);
	result = make_one(path);
	/* What is missing could not be made: for this reason. */
	if (result < 0 && errno == ENOENT && reason)
		errno = reason;
	return result;
}
