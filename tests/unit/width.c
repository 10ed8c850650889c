#include "base/width.h"

#include "tap.h"

static void check(uint32_t value, unsigned want)
{
	OK(width_of(value) == want, "U+%04X takes %u columns", (unsigned)value, want);
}

static void check_cut(const char *text, size_t columns, size_t bytes, size_t want)
{
	size_t used, got = width_cut(text, strlen(text), columns, &used);

	OK(got == bytes && used == want, "%zu columns of %s", columns, text);
}

int main(void)
{
	check('a', 1);
	check('\t', 0);
	check(0x7F, 0);
	check(0x9F, 0);
	check(0xE9, 1);
	check(0xAD, 1);
	check(0x301, 0);   /* combining acute */
	check(0x200D, 0);  /* zero width joiner */
	check(0x1160, 0);  /* a vowel of Hangul */
	check(0x1100, 2);  /* a consonant of it */
	check(0x20AC, 1);  /* euro */
	check(0x4E2D, 2);  /* an ideograph */
	check(0xAC00, 2);  /* Hangul */
	check(0xFF21, 2);  /* wide A */
	check(0x1F600, 2); /* emoji */
	check(0x2500, 1);  /* box drawing */
	check(0xE0100, 0); /* variation selector */
	check(0x10FFFD, 1);
	check_cut("abc", 2, 2, 2);
	check_cut("abc", 5, 3, 3);
	check_cut("abc", 0, 0, 0);
	check_cut("\xE4\xB8\xAD\xE4\xB8\xAD", 3, 3, 2);
	check_cut("\xE4\xB8\xAD\xE4\xB8\xAD", 4, 6, 4);
	check_cut("e\xCC\x81x", 1, 3, 1);
	check_cut("\xff\xff\xff", 2, 2, 2);
	check_cut("", 2, 0, 0);
	return tap_end();
}
