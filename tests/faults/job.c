/*
 * job LINES HOW VALUE - a job whose output can be checked: lines "VALUE NUMBER/LINES" on standard output, a line "VALUE
 * err" on standard error.
 *
 * HOW: plain; slow: each line with a write of its own; flaky: in the first of its tries, the job with the value 2
 * prints half and fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	const char *try = getenv("PP_RETRY");
	int lines = argc == 4 ? atoi(argv[1]) : 0;

	if (lines == 0)
		return 99;
	if (strcmp(argv[2], "slow") == 0)
		setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i <= lines; i++) {
		printf("%s %d/%d\n", argv[3], i, lines);
		if (i > lines / 2 && strcmp(argv[2], "flaky") == 0 && strcmp(argv[3], "2") == 0 && try && *try == '0')
			return fflush(stdout) == 0 ? 3 : 99;
	}
	fprintf(stderr, "%s err\n", argv[3]);
	return fflush(stdout) == 0 ? 0 : 98;
}
