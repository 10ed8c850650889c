#include "input/template.h"

#include "render.h"
#include "tap.h"

struct row {
	const char *words, *values, *want;
};

static void check(const struct template_config *config, enum render_what what, const struct row *rows, size_t count,
                  const char *name)
{
	for (size_t i = 0; i < count; i++)
		SAME(rendered(config, what, rows[i].words, rows[i].values), rows[i].want, "%s: %s", name,
		     rows[i].words ? render_name(rows[i].words) : "no command");
}

#define CHECK(config, what, rows, name) check(&(config), what, rows, sizeof(rows) / sizeof *(rows), name)

static const struct template_config exec, exec_x = {.batch = BATCH_CONTEXT}, exec_none = {.no_value = true};
static const struct template_config gnu = {.mode = TEMPLATE_GNU}, gnu_q = {.mode = TEMPLATE_GNU, .quote_words = true},
				    gnu_x = {.mode = TEMPLATE_GNU, .batch = BATCH_CONTEXT};
static const struct template_config line = {.mode = TEMPLATE_LINE},
				    line_x = {.mode = TEMPLATE_LINE, .batch = BATCH_CONTEXT};

static void test_none(void)
{
	static const struct template_config context_none = {.batch = BATCH_CONTEXT, .no_value = true};
	static const struct row rows[] = {{"a{}b\tc", "x\ty", "<ab><c>"},
	                                  {"a", "x", "<a>"},
	                                  {"{=print=}", "x",
	                                   "ERR unknown Perl expression: print: only s///, y///, tr/// and uq are "
	                                   "supported, separated by semicolons"}};

	CHECK(context_none, RENDER_WORDS, rows, "context without values");
}

static void test_paths(void)
{
	static const struct row rows[] = {
		{"{}", "a/b.c", "<a/b.c>"},
		{"{.}", "a.jpg", "<a>"},
		{"{.}", "b.tar.gz", "<b.tar>"},
		{"{.}", "noext", "<noext>"},
		{"{.}", "dir.d/file", "<dir.d/file>"},
		{"{.}", "dir.d/f.txt", "<dir.d/f>"},
		{"{.}", ".hidden", "<>"},
		{"{.}", "a.", "<a>"},
		{"{.}", "", "<>"},
		{"{/}", "a/b.c", "<b.c>"},
		{"{/}", "plain", "<plain>"},
		{"{/}", "a/b/", "<>"},
		{"{//}", "/abs/path/file.txt", "</abs/path>"},
		{"{//}", "rel/x", "<rel>"},
		{"{//}", "plain", "<.>"},
		{"{//}", "./p", "<.>"},
		{"{//}", "a/b/", "<a>"},
		{"{//}", "/rootfile", "</>"},
		{"{//}", "/", "</>"},
		{"{//}", "//", "</>"},
		{"{//}", "a//b", "<a>"},
		{"{//}", "a//", "<.>"},
		{"{//}", "", "<.>"},
		{"{/.}", "sub/dir.d/name.ext", "<name>"},
		{"{/.}", "sub/name", "<name>"},
		{"{/.}", "a.b/.c", "<>"},
	};

	CHECK(exec, RENDER_WORDS, rows, "path");
}

static void test_positions(void)
{
	static const struct row rows[] = {
		{"{1}\t{2}", "a\tb", "<a><b>"},
		{"{-1}\t{-2}", "a\tb", "<b><a>"},
		{"{2.}\t{2/}\t{2//}\t{2/.}", "x\td/e.f", "<d/e><e.f><d><e>"},
		{"{1 .}\t{01}\t{ 1}", "e.f", "<e><e.f><{ 1}>"},
		{"{0}", "a\tb", "<a><b>"},
		{"x{3}y", "a\tb", "<xy>"},
		{"x\t{3}\ty", "a\tb", "<x><y>"},
		{"x\t{-3}\ty", "a\tb", "<x><y>"},
		{"{1}{2}\tx", "", "<><x>"},
		{"{#}\t{%}\t{##}\t{1#}", "a", "<5><3><120><5>"},
		{"n{#}x", "a", "<n5x>"},
		{"{1234567}", "a", "<{1234567}><a>"},
		{"{a}\t{\t{1\t}", "v", "<{a}><{><{1><}><v>"},
	};

	CHECK(exec, RENDER_WORDS, rows, "position");
}

static void test_exec(void)
{
	static const struct row rows[] = {
		{"echo", "a b", "<echo><a b>"},
		{"echo\t{}", "a b", "<echo><a b>"},
		{"echo\t{}", "", "<echo><>"},
		{"echo\t{}{}", "a", "<echo><aa>"},
		{"echo\tx{}y", "$(id)", "<echo><x$(id)y>"},
		{"echo\t{}", "a\tb\tc", "<echo><a><b><c>"},
		{"echo\tx{}", "a\tb", "<echo><xa b>"},
		{"echo", "a\tb", "<echo><a><b>"},
		{"echo\t\"{}\"", "a", "<echo><\"a\">"},
		{"echo\t{= s/a/b/", "a", "ERR unterminated replacement expression: {= s/a/b/"},
		{"echo\t{=\ts/a/b/\t=}\tx", "a", "<echo><b><x>"},
		{"echo\t{=uq=}", "a b", "<echo><a b>"},
		{"{}", "ls", "<ls>"},
	};
	static const struct row context[] = {
		{"echo\tx{}y", "a\tb", "<echo><xay><xby>"}, {"echo\t{1}{}", "a\tb", "<echo><aa><ab>"},
		{"echo\t{1}", "a\tb", "<echo><a>"},         {"echo\t{}\tend", "a\tb", "<echo><a><b><end>"},
		{"echo", "a\tb", "<echo><a><b>"},           {"echo\ta {} {}", "1\t2", "<echo><a 1 1><a 2 2>"},
	};
	static const struct row none[] = {
		{"echo", "a", "<echo>"},
		{"echo\t{}\tx{}", "a", "<echo><x>"},
		{"echo\t{#}", "a", "<echo><5>"},
	};

	CHECK(exec, RENDER_WORDS, rows, "exec");
	CHECK(exec_x, RENDER_WORDS, context, "exec with -X");
	CHECK(exec_none, RENDER_WORDS, none, "exec with -n0");
	SAME(rendered(&(struct template_config){.never_append = true}, RENDER_WORDS, "cat", "a"), "<cat>",
	     "values are not appended where that was said");
}

static void test_describe(void)
{
	static const struct row exec_rows[] = {
		{"echo\t{}", "a b", "echo 'a b'"},
		{"echo\ta b\t|\t{}", "x", "echo 'a b' '|' x"},
		{"echo\t\t{}", "", "echo '' ''"},
		{"echo\t{}", "a\tb c", "echo a 'b c'"},
		{"echo\t{3}\tx", "a", "echo x"},
		{"echo\t{3}{3}\tx", "a", "echo '' x"},
		{"echo\t{}.bak", "it's", "echo 'it'\"'\"'s'.bak"},
		{"echo\t{}", "a:b", "echo 'a:b'"},
		{"V=1\techo\t{#}", "a", "'V=1' echo 5"},
	};
	static const struct row gnu_rows[] = {
		{"echo", "two words", "echo 'two words'"},
		{"echo\t{}.bak\t{}.old", "x y", "echo 'x y'.bak 'x y'.old"},
		{"gzip {} > {.}.gz", "b c.txt", "gzip 'b c.txt' > 'b c'.gz"},
		{"echo\t{}\t|\tcat", "x y", "echo 'x y' | cat"},
		{"echo\t\tx", "a", "echo  x a"},
		{"echo {3} x", "a", "echo  x"},
		{"{}\tx", "ls -l", "ls -l x"},
		{"my_{}\t{}", "a b", "my_a b 'a b'"},
		{"V={}\tcmd", "a b", "V='a b' cmd"},
		{NULL, "echo  a $x", "echo  a $x"},
		{NULL, "a\tb", "a b"},
		{"echo\t{}", "", "echo ''"},
		{"echo\t{}", "a\tb c", "echo a 'b c'"},
		{"echo\t{}{}", "a\tb", "echo a ba b"},
		{"echo \"{}\"", "a", "echo \"a\""},
		{"echo \"{}\"", "a b", "echo \"'a b'\""},
		{"echo \"{}\"", "$x", "echo \"'\\$x'\""},
		{"echo '{}'", "a b", "echo 'a b'"},
		{"test $(({}%3)) = 0", "7", "test $((7%3)) = 0"},
		{"echo\t{=uq=}", "a  b", "echo a  b"},
		{"echo 'it", "a", "echo 'it a"},
	};
	static const struct row quoted[] = {
		{"echo\tp | q\t{}\tx{}y", "a b", "echo 'p | q' 'a b' 'xa by'"},
		{"echo\t{}\tx{}", "a\tb c", "echo a 'b c' xa 'b c'"},
		{"echo\t\t$x", "", "echo '' '$x' ''"},
	};
	static const struct row line_rows[] = {
		{"echo", "a b", "echo 'a b'"},
		{"echo a; echo", "x\ty z", "echo a; echo x 'y z'"},
		{"echo \"{}\"", "a $b", "echo \"a \\$b\""},
		{NULL, "echo  $x", "echo  $x"},
		{"echo\t{}", "a b", "echo 'a b'"},
	};

	CHECK(exec, RENDER_DESCRIBE, exec_rows, "exec shown");
	CHECK(gnu, RENDER_DESCRIBE, gnu_rows, "as parallel");
	CHECK(gnu_q, RENDER_DESCRIBE, quoted, "-q");
	CHECK(line, RENDER_DESCRIBE, line_rows, "line");
}

static void test_context_batch(void)
{
	static const struct row gnu_rows[] = {
		{"echo\ta{}b\tc{}d", "1\t2 2\t3", "echo a1b a'2 2'b a3b c1d c'2 2'd c3d"},
		{"echo\ta{}b c{}d\tx", "1\t2", "echo a1b a2b c1d c2d x"},
		{"echo\t{/.}", "a/b.c\td/e.f", "echo b e"},
		{"echo\t{2}\t{2}{}", "1\t2", "echo 2 21 22"},
		{"echo", "1\t2", "echo 1 2"},
	};
	static const struct row line_rows[] = {
		{"echo \"a {}\"b {}", "1\t2", "echo \"a 1\"b \"a 2\"b 1 2"},
		{"echo $(basename {}) | cat", "1\t2", "echo $(basename 1) $(basename 2) | cat"},
		{"cat {}>{#};echo {}", "a\tb", "cat 'a' 'b'>5;echo a b"},
		{"(echo {}) && { echo x{}; }", "a\tb", "(echo a b) && { echo xa xb; }"},
		{"echo `echo {}`", "a\tb", "echo `echo 'a'` `echo 'b'`"},
		{"echo a\\{}", "1\t2", "echo a1 a2"},
		{"echo \\{}", "1\t2", "echo 1 2"},
	};

	CHECK(gnu_x, RENDER_DESCRIBE, gnu_rows, "-X as parallel");
	CHECK(line_x, RENDER_DESCRIBE, line_rows, "-X in a line");
	SAME(rendered(&(struct template_config){.mode = TEMPLATE_GNU, .batch = BATCH_PLAIN}, RENDER_DESCRIBE,
	              "echo\ta{}b\tc{}d", "1\t2\t3"),
	     "echo a1 2 3b c1 2 3d", "-m joins the values");
}

static void test_spellings(void)
{
	struct template_config config = {.mode = TEMPLATE_GNU};

	config.braces = ",";
	SAME(rendered(&config, RENDER_DESCRIBE, "echo\tx,y\t{}\t{1}\t{1.}", "a.b"), "echo xa.by {} {1} a",
	     "-I takes the place of {}");
	config = (struct template_config){.no_extension = "EXT",
	                                  .base = "BB",
	                                  .directory = "DD",
	                                  .base_no_extension = "BE",
	                                  .sequence = "NUM",
	                                  .slot = "SL"};
	SAME(rendered(&config, RENDER_DESCRIBE, "EXT\tBB\tDD\tBE\tNUM\tSL\t{.}", "d/e.f"), "d/e e.f d e 5 3 '{.}'",
	     "each has another spelling");
	config = (struct template_config){.parens = ",,,,"};
	SAME(rendered(&config, RENDER_DESCRIBE, "echo\t,,s/I/O/g,,", "FII"), "echo FOO",
	     "--parens takes the place of {= and =}");
	config = (struct template_config){.braces = "%"};
	SAME(rendered(&config, RENDER_WORDS, "%-%", "p"), "<p-p>", "-I%% gives {} a single byte");
}

static void test_names(void)
{
	struct strv names = {0};
	struct template_config config = {.names = &names, .plus = true};

	strv_add(&names, "a");
	strv_add(&names, "a b");
	SAME(rendered(&config, RENDER_WORDS, "{a}\t{a b}\t{a.}\t{a b/}\t{a..}\t{b}\t{2}", "x.y\td/e.f.g"),
	     "<x.y><d/e.f.g><x><e.f.g><x.y><{b}><d/e.f.g>", "columns have names");
	SAME(rendered(&config, RENDER_WORDS, "{=a s/x/z/ =}\t{=2 s/d/z/ =}", "x.y\td"), "<z.y><z>",
	     "an expression can name its column");
	strv_release(&names);
}

static void test_rpl(void)
{
	struct strv rpl = {0};
	struct template_config config = {.rpl = &rpl};

	strv_add(&rpl, "{noext} s:\\.[^/.]+$::");
	strv_add(&rpl, "QQ s/o/0/g;s/0$/!/");
	strv_add(&rpl, "QQQ y/a-z/A-Z/");
	strv_add(&rpl, "{%(.+?)} s/$$1$//");
	strv_add(&rpl, "{/(\\.\\S+)/(\\.\\S+)} s/$$1/$$2/g");
	strv_add(&rpl, "{.} s/./X/");
	SAME(rendered(&config, RENDER_WORDS, "{noext}\t{2noext}\t{-1noext}", "a.b\tc.d"), "<a><c><c><c>",
	     "a definition may have a position");
	SAME(rendered(&config, RENDER_WORDS, "QQ-QQQ", "foo"), "<f0!-FOO>", "the longest name counts");
	SAME(rendered(&config, RENDER_WORDS, "{%.gz}\t{1%r.gz}", "x.tar.gz"), "<x.tar><x.ta>",
	     "a name may hold a pattern");
	SAME(rendered(&config, RENDER_WORDS, "{/.tar/.gz}", "UU.tar.gz"), "<UU.gz.gz>", "a name may hold two patterns");
	SAME(rendered(&config, RENDER_WORDS, "{.}", "ab"), "<Xb>", "a definition takes the place of a standard one");
	strv_reset(&rpl);
	strv_add(&rpl, "{x} $_=lc($_)");
	SAME(rendered(&config, RENDER_WORDS, "{x}", "A"),
	     "ERR unknown Perl expression: $_=lc($_): only s///, y///, tr/// and uq are supported, separated by "
	     "semicolons",
	     "other Perl in a definition is refused");
	strv_release(&rpl);
}

static void test_facts(void)
{
	struct template_config config = {.mode = TEMPLATE_LINE, .plus = true};
	char *words[] = {(char *)(uintptr_t) "echo {3} {1} {##}", NULL};
	char *plain[] = {(char *)(uintptr_t) "echo {#}", NULL};
	struct err e;
	struct template *t = template_compile(&config, 1, words, &e);

	OK(template_needs_total(t) && template_has_values(t) && template_needs_shell(t),
	   "a template knows what it needs");
	OK(template_positions(t) == 3, "a template knows its highest position");
	template_free(t);
	config.mode = TEMPLATE_EXEC;
	t = template_compile(&config, 1, plain, &e);
	OK(!template_needs_total(t) && !template_has_values(t) && !template_needs_shell(t) &&
	           template_positions(t) == 0,
	   "a template without values knows that");
	template_free(t);
	t = template_compile(&config, 0, NULL, &e);
	OK(template_needs_shell(t) && template_has_values(t), "no command means that each item is a shell line");
	template_free(t);
	SAME(rendered(&config, RENDER_PLAIN, "{}\tx {1}", "a b\tc"), "a b c x a b", "plain rendering quotes nothing");
}

int main(void)
{
	test_none();
	test_paths();
	test_positions();
	test_exec();
	test_describe();
	test_context_batch();
	test_spellings();
	test_names();
	test_rpl();
	test_facts();
	buf_release(&render_out);
	return tap_end();
}
