#include "os/random.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int random_bytes(unsigned char *bytes, size_t length)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC), kept;
	size_t got = 0;
	ssize_t n = 1;

	while (fd >= 0 && got < length && n > 0) {
		errno = EIO; /* should it be at its end */
		n = read(fd, bytes + got, length - got);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			got += (size_t)n;
	}
	kept = errno;
	if (fd >= 0)
		close(fd);
	errno = kept;
	return got < length ? -1 : 0;
}

int random_text(char *text)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[(RANDOM_TEXT - 1) / 2];

	if (random_bytes(bytes, sizeof bytes) < 0)
		return -1;
	for (size_t i = 0; i < sizeof bytes; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
	return 0;
}
