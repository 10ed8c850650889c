#include "os/random.h"

#include <string.h>

#include "tap.h"

int main(void)
{
	char one[RANDOM_TEXT], other[RANDOM_TEXT];

	OK(random_text(one) == 0 && strlen(one) == 16, "sixteen digits");
	OK(strspn(one, "0123456789abcdef") == 16, "of hexadecimal numbers");
	OK(random_text(other) == 0 && strcmp(one, other) != 0, "which are others each time");
	return tap_end();
}
