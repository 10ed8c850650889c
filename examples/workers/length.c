/* The length of each line in bytes: cc -o length length.c
   pp --worker ./length */
#include <stdio.h>
#include <sys/types.h>

int main(void)
{
	char *task = NULL;
	size_t size = 0;
	ssize_t n;
	for (; (n = getline(&task, &size, stdin)) > 0; fflush(stdout))
		printf("%zd\n", n - 1);
}
