#include "base/utf8.h"

#include "tap.h"

/* Each character that there is, and what stands around the gaps. */
static void test_all(void)
{
	bool same = true, begun = true;
	struct buf b = {0};

	for (uint32_t value = 0; value <= 0x10FFFF; value++) {
		if (value == 0xD800)
			value = 0xE000;
		buf_reset(&b);
		utf8_add(&b, value);
		same &= utf8_length(b.data, b.length) == b.length && utf8_value(b.data, b.length) == value;
		for (size_t n = 1; n < b.length; n++) {
			same &= utf8_length(b.data, n) == 0;
			begun &= utf8_is_begun(b.data, n);
		}
		begun &= !utf8_is_begun(b.data, b.length);
	}
	OK(same, "each character is read as it was written, and none without its last byte");
	OK(begun, "each is begun until it is whole");
	buf_release(&b);
}

static void test_none(void)
{
	static const char *const wrong[] = {
		"\x80",
		"\xBF",
		"\xC0\x80",
		"\xC1\xBF",
		"\xE0\x9F\xBF",
		"\xC3(",
		"\xED\xA0\x80",
		"\xED\xBF\xBF",
		"\xF0\x8F\xBF\xBF",
		"\xF4\x90\x80\x80",
		"\xE2\x82(",
		"\xF0\x9F\x98(",
		"\xF5\x80\x80\x80",
		"\xFE",
		"\xFF",
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		OK(utf8_length(wrong[i], strlen(wrong[i])) == 0, "no character: %zu", i);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		OK(!utf8_is_begun(wrong[i], strlen(wrong[i])), "and none is begun: %zu", i);
	OK(utf8_length("", 0) == 0, "nor is there one in nothing");
	OK(utf8_length("", 1) == 1, "a NUL is one");
	OK(utf8_length("\xC3\xA9x", 3) == 2, "what stands behind a character is not looked at");
}

int main(void)
{
	test_all();
	test_none();
	return tap_end();
}
