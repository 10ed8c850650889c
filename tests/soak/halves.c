/*
 * halves - a line worker that gives each line back in two writes, so that one that is killed may leave half an answer.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	char line[4096];

	while (fgets(line, sizeof line, stdin)) {
		size_t length = strlen(line);
		size_t half = length / 2;

		if (write(1, line, half) != (ssize_t)half ||
		    write(1, line + half, length - half) != (ssize_t)(length - half))
			return 1;
	}
	return 0;
}
