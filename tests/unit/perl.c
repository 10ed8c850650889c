/*
 * Regular expressions on a system to whose library \b is a mistake: that library is made up here.
 *
 * What expressions do where \b is known is tested with substitutions, in subst.c.
 */
#include "input/perl.h"

#include "tap.h"

int regcomp(regex_t *regex, const char *pattern, int flags)
{
	(void)flags;
	memset(regex, 0, sizeof *regex);
	return strstr(pattern, "\\b") || strstr(pattern, "\\B") ? REG_BADPAT : 0;
}

void regfree(regex_t *regex)
{
	(void)regex;
}

/* What is said of an expression, "taken" where it is. */
static const char *said_of(const char *text)
{
	static struct err e;
	struct perl p;

	if (perl_compile(&p, text, false, &e) != 0)
		return e.text;
	perl_release(&p);
	return "taken";
}

int main(void)
{
	SAME(said_of("a\\b"), "unsupported regular expression: a\\b: word boundaries are not supported by this system",
	     "\\b is refused before the library sees it");
	SAME(said_of("a\\B"), "unsupported regular expression: a\\B: word boundaries are not supported by this system",
	     "so is \\B");
	SAME(said_of("a\\.\\d"), "taken", "other escapes are not");
	SAME(said_of("a\\"), "unsupported regular expression: a\\: a backslash at the end", "a backslash at the end");
	return tap_end();
}
