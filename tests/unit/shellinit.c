/* What --shell-init prints. What the texts do in their shells is tested with these, in shellinit.bats. */
#include "cli/shellinit.h"

#include "tap.h"

int main(void)
{
	static const struct {
		const char *shell, *begins; /* the function, in the shell's language */
	} cases[] = {{"bash", "\npp()\n{\n"}, {"zsh", "\npp () {\n"}, {"ksh", "\npp()\n{\n"}, {"fish", "function pp "}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *text = shellinit_text(cases[i].shell);

		if (!OK(text != NULL, "there is a text for %s", cases[i].shell))
			continue;
		OK(strstr(text, cases[i].begins) && strstr(text, "--init-file "),
		   "it defines pp, which hands over a file");
		OK(text[strlen(text) - 1] == '\n', "and is whole lines");
		for (size_t k = 0; k < i; k++)
			OK(text != shellinit_text(cases[k].shell), "it is not that for %s", cases[k].shell);
	}
	OK(!shellinit_text("csh") && !shellinit_text("") && !shellinit_text("bas"), "there is none for other shells");
	return tap_end();
}
