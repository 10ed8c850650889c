/*
 * Runs a fuzz target over files, each argument being one or a directory of them, and tells of each in TAP. A target
 * that finds a fault aborts.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned tests, failed;

static unsigned char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	unsigned char *data = NULL;
	size_t got = 1;

	*size = 0;
	while (file && got > 0) {
		unsigned char *larger = realloc(data, *size + 65536);

		if (!larger)
			break;
		data = larger;
		got = fread(data + *size, 1, 65536, file);
		*size += got;
	}
	if (file)
		fclose(file);
	return data;
}

static void replay_file(const char *path)
{
	size_t size;
	unsigned char *data = read_file(path, &size);

	/* printed before, so that the input of a target that aborts is known */
	printf("# %s\n", path);
	fflush(stdout);
	if (data) {
		/* exactly as long as the input, so that a read beyond its end is seen */
		unsigned char *exact = realloc(data, size ? size : 1);

		if (exact)
			data = exact;
		LLVMFuzzerTestOneInput(data, size);
	} else {
		failed++;
	}
	printf("%sok %u - %s\n", data ? "" : "not ", ++tests, path);
	free(data);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return alphasort(a, b);
}

static void replay(const char *path)
{
	struct dirent **entries;
	struct stat st;
	int count = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? scandir(path, &entries, NULL, by_name) : -1;

	if (count < 0) {
		replay_file(path);
		return;
	}
	for (int n = 0; n < count; n++) {
		char name[4096];

		if (entries[n]->d_name[0] != '.') {
			snprintf(name, sizeof name, "%s/%s", path, entries[n]->d_name);
			replay(name);
		}
		free(entries[n]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	for (int n = 1; n < argc; n++)
		replay(argv[n]);
	printf("1..%u\n", tests);
	return failed != 0;
}
