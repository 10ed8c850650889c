#include "input/template.h"

#include "render.h"
#include "tap.h"

struct row {
	const char *words, *values, *want;
};

static const struct row rows[] = {
	{"{..}", "a/b.c.d.e", "<a/b.c>"},
	{"{...}", "a/b.c.d.e", "<a/b>"},
	{"{..}", "x.tar", "<x.tar>"},
	{"{...}", "x.tar.gz", "<x.tar.gz>"},
	{"{/..}\t{/...}", "a/b.c.d.e", "<b.c><b>"},
	{"{+/}", "a/b/c.d", "<a/b>"},
	{"{+/}", "plain", "<>"},
	{"{+/}", "/root", "<>"},
	{"{+.}\t{+..}\t{+...}", "a/b.c.d.e", "<e><d.e><c.d.e>"},
	{"{+.}", "dir.d/file", "<>"},
	{"{+..}", "a.b", "<>"},
	{"{#}/{##}", "a", "<5/120>"},
	{"{0#}\t{0%}\t{slot}", "a", "<005><03><3>"},
	{"{%.gz}", "x.tar.gz", "<x.tar>"},
	{"{%%.t.*}", "a.t.t.z", "<a>"},
	{"{%.t.*}", "a.t.t.z", "<a.t>"},
	{"{%o*z}\t{%%o*z}", "foobooz", "<fooboo><foob>"},
	{"{%x}", "foo", "<foo>"},
	{"{#fo}\t{##fo*}", "foobooz", "<obooz><booz>"},
	{"{#.*o}\t{##.*o}", "foobooz", "<obooz><z>"},
	{"{#x}", "foo", "<foo>"},
	{"{/o/0}\t{//o/0}", "foobooz", "<f0obooz><f00b00z>"},
	{"{/#f/g}\t{/%z/g}\t{//o/}", "foobooz", "<goobooz><fooboog><fbz>"},
	{"{/#o/g}\t{/%o/g}", "foobooz", "<foobooz><foobooz>"},
	{"{/a|b/X}", "xb", "<xX>"},
	{"{/o/}", "foo", "<fo>"},
	{"{:-default}", "", "<default>"},
	{"{:-default}", "set", "<set>"},
	{"{:2}\t{:0}\t{:99}", "foobooz", "<obooz><foobooz><>"},
	{"{:1:2}\t{:0:99}\t{:99:1}\t{:2:0}", "foobooz", "<oo><foobooz><><>"},
	{"{^f}\t{^^o}\t{^x}", "foobooz", "<Foobooz><fOObOOz><foobooz>"},
	{"{,F}\t{,,O}\t{,X}", "FOO", "<fOO><Foo><FOO>"},
	{"{^[a-m]}\t{^^[a-m]}", "abcxyz", "<Abcxyz><ABCxyz>"},
	{"{2..}\t{2+/}\t{-1:1}\t{1/o/0}\t{1%o}\t{2:-x}", "foo\td/e.f.g", "<d/e><d></e.f.g><f0o><fo><d/e.f.g>"},
	{"{1^f}{1,,F}", "f", "<Ff>"},
	{"{:x}\t{%}\t{:}\t{^}\t{,}\t{/}", "v", "<{:x}><3><{:}><{^}><{,}><v>"},
	{"{:1:}\t{///x}", "v", "<{:1:}><{///x}><v>"},
	{"{:1x}\t{:1:2:3}\t{:1:2x}", "v", "<{:1x}><{:1:2:3}><{:1:2x}><v>"},
	{"{/v/\\}", "v", "<\\>"},
	{"{%a\\}", "v", "ERR"},
	{"{/v\\/x}", "v", "ERR"},
	{"{%(}", "v", "ERR"},
	{"{choose_k}\t{uniq}", "a\tb", "<a><b><a><b>"},
};

static bool skips(const char *word, const char *values)
{
	char *words[] = {(char *)(uintptr_t)word, NULL};
	struct template_config config = {.plus = true};
	struct err e;
	struct template *t = template_compile(&config, 1, words, &e);
	struct strv list = {0};
	struct item item;
	bool result;

	item_init(&item);
	render_split(&list, values);
	for (size_t i = 0; i < list.count; i++)
		item_add(&item, list.list[i], strlen(list.list[i]));
	item_end_row(&item);
	result = template_skips(t, &item);
	item_release(&item);
	strv_release(&list);
	template_free(t);
	return result;
}

int main(void)
{
	static const struct template_config plus = {.plus = true}, without = {0};
	static struct strv rpl;
	static const struct template_config own = {.rpl = &rpl};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *got = rendered(&plus, RENDER_WORDS, rows[i].words, rows[i].values);
		if (strcmp(rows[i].want, "ERR") == 0)
			OK(strncmp(got, "ERR ", 4) == 0, "%s is refused", render_name(rows[i].words));
		else
			SAME(got, rows[i].want, "%s", render_name(rows[i].words));
	}
	SAME(rendered(&without, RENDER_WORDS, "{..}\t{+/}\t{:2}\t{%x}", "a"), "<{..}><{+/}><{:2}><{%x}><a>",
	     "without --plus they are text");
	strv_add(&rpl, " s/a/b/");
	SAME(rendered(&own, RENDER_WORDS, "{}", "a"), "ERR bad --rpl: it has no name:  s/a/b/",
	     "a definition needs a name");
	strv_clear(&rpl);
	strv_add(&rpl, "{x([)} s/$$1/b/");
	OK(strncmp(rendered(&own, RENDER_WORDS, "{}", "a"), "ERR ", 4) == 0, "and a pattern in it that is one");
	strv_clear(&rpl);
	strv_add(&rpl, "{x(.)} s/$$1/b/");
	SAME(rendered(&own, RENDER_WORDS, "{xa}", "ac"), "<bc>", "what it matches is a part of the expression");
	SAME(rendered(&own, RENDER_WORDS, "{2xa}\txa}", "-\tac"), "<bc><xa}>",
	     "it may have a position, not lack its brace");
	OK(strncmp(rendered(&own, RENDER_WORDS, "{x(}", "a"), "ERR ", 4) == 0, "which may be none with it");
	strv_clear(&rpl);
	strv_add(&rpl, "{x(a)|(b)} s/$$1$$2/c/");
	SAME(rendered(&own, RENDER_WORDS, "{q} b}", "b"), "<{q} b}><b>", "what it matches further on is none here");
	strv_release(&rpl);
	OK(skips("{choose_k}", "b\ta") && skips("{choose_k}", "a\ta") && !skips("{choose_k}", "a\tb\tc"),
	   "{choose_k} runs what is in order");
	OK(skips("{uniq}", "a\tb\ta") && !skips("{uniq}", "b\ta"), "{uniq} runs what holds nothing twice");
	OK(!skips("{}", "a\ta"), "other templates skip nothing");
	buf_release(&render_out);
	return tap_end();
}
