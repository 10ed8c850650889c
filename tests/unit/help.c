/* Help and completions hold every option of the table. */
#include "capture.h"
#include "tap.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/option.h"

/* The width of the widest line and the number of lines. */
static void measure(struct buf *page, size_t *widest, size_t *lines)
{
	const char *text = buf_text(page);

	*widest = *lines = 0;
	for (; *text; text++, ++*lines) {
		size_t width = strcspn(text, "\n");

		*widest = width > *widest ? width : *widest;
		text += width;
	}
}

static void test_pages(void)
{
	struct buf page = {0};
	size_t widest, lines;

	OK(help_page(&page, NULL, 80) == 0, "the first page");
	measure(&page, &widest, &lines);
	OK(lines <= 24 && widest <= 80, "fits a screen: %zu lines, %zu columns", lines, widest);
	for (enum option_topic t = 0; t < TOPIC_END; t++) {
		buf_reset(&page);
		OK(help_page(&page, option_topic_name(t), 80) == 0 && page.length > 0, "the page for %s",
		   option_topic_name(t));
		OK(strstr(buf_text(&page), option_topic_title(t)) == page.data, "%s: begins with its title",
		   option_topic_name(t));
		measure(&page, &widest, &lines);
		OK(widest < 80, "%s: fits eighty columns", option_topic_name(t));
	}
	buf_reset(&page);
	OK(help_page(&page, "--halt", 200) == 0 && help_page(&page, "j", 10) == 0,
	   "the pages for an option, however wide the terminal");
	OK(strstr(buf_text(&page), "--halt") && strstr(buf_text(&page), "-j"), "hold its names");
	capture_begin();
	help_print(1, "--halt");
	capture_end();
	OK(strncmp(captured(1), buf_text(&page), 20) == 0 && help_print(1, "nothing") == -1, "they are printed");
	capture_release();
	buf_reset(&page);
	OK(help_page(&page, "nothing", 80) == -1 && page.length == 0, "no page for anything else");
	buf_release(&page);
}

/* Whether the text holds the name with no letter or dash after it. */
static bool holds(const char *text, const char *name)
{
	size_t length = strlen(name);

	while ((text = strstr(text, name))) {
		text += length;
		if (!strchr("-abcdefghijklmnopqrstuvwxyz", *text))
			return true;
	}
	return false;
}

static void test_completeness(void)
{
	static const char *const shells[] = {"bash", "zsh", "fish"};
	struct buf all = {0}, scripts[3] = {{0}};

	OK(help_page(&all, "all", 80) == 0, "the page for all");
	for (size_t s = 0; s < 3; s++)
		OK(completion_script(&scripts[s], shells[s]) == 0, "a script for %s", shells[s]);
	OK(completion_script(&all, "csh") == -1, "none for csh");
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		char dashed[64];

		if (!option->name[0])
			continue;
		snprintf(dashed, sizeof dashed, "--%s", option->name);
		OK(holds(buf_text(&all), dashed), "%s is in the page for all", dashed);
		for (size_t s = 0; s < 3; s++)
			OK(holds(buf_text(&scripts[s]), s == 2 ? dashed + 2 : dashed), "%s is in the script for %s",
			   dashed, shells[s]);
	}
	buf_release(&all);
	for (size_t s = 0; s < 3; s++)
		buf_release(&scripts[s]);
}

int main(void)
{
	test_pages();
	test_completeness();
	return tap_end();
}
