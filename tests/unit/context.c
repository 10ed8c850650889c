#include "input/template.h"

#include "render.h"
#include "tap.h"

/* The value is N'$ where nothing else is said: a letter, both that quoting must care for, and a dollar sign at the
   end. */
struct row {
	const char *line, *want;
};

static const struct row lines[] = {
	{"echo {}", "echo 'N'\"'\"'$'"},
	{"echo \"{}\"", "echo \"N'\\$\""},
	{"echo '{}'", "echo 'N'\\''$'"},
	{"echo a\"b'{}'\"c", "echo a\"b'N'\\$'\"c"},
	{"echo 'a\"{}\"'", "echo 'a\"N'\\''$\"'"},
	{"echo \"\\\"{}\"", "echo \"\\\"N'\\$\""},
	{"echo \\\"{}", "echo \\\"'N'\"'\"'$'"},
	{"echo \\'{}", "echo \\''N'\"'\"'$'"},
	{"echo '\\'{}", "echo '\\''N'\"'\"'$'"},
	{"echo \\{}", "echo 'N'\"'\"'$'"},
	{"echo \"\\{}\"", "echo \"\\\\N'\\$\""},
	{"echo ${}", "echo \\$'N'\"'\"'$'"},
	{"echo \"${}\"", "echo \"\\$N'\\$\""},
	{"echo $x{}", "echo $x'N'\\''$'"},
	{"echo \"$x{}\"", "echo \"$x\"\"N'\\$\""},
	{"echo \"$x:{}\"", "echo \"$x:\"\"N'\\$\""},
	{"echo \"$x {}\"", "echo \"$x N'\\$\""},
	{"echo $1{}", "echo $1'N'\\''$'"},
	{"echo $#{}", "echo $#'N'\\''$'"},
	{"echo $(echo {})", "echo $(echo 'N'\"'\"'$')"},
	{"echo \"$(echo {})\"", "echo \"$(echo 'N'\"'\"'$')\""},
	{"echo \"$(echo \"{}\") {}\"", "echo \"$(echo \"N'\\$\") N'\\$\""},
	{"echo \"$(echo ')' {}) {}\"", "echo \"$(echo ')' 'N'\"'\"'$') N'\\$\""},
	{"echo \"$(case x in a) {};; (b) {};; esac) {}\"",
         "echo \"$(case x in a) 'N'\"'\"'$';; (b) 'N'\"'\"'$';; esac) N'\\$\""},
	{"echo \"$(echo case) {}\"", "echo \"$(echo case) N'\\$\""},
	{"echo \"$( (echo {}) ) {}\"", "echo \"$( (echo 'N'\"'\"'$') ) N'\\$\""},
	{"echo `echo {}` {}", "echo `echo 'N'\\\\''\\$'` 'N'\"'\"'$'"},
	{"echo \"`echo {}` {}\"", "echo \"`echo 'N'\\\\''\\$'` N'\\$\""},
	{"echo `echo \"{}\"`", "echo `echo \"N'\\\\\\$\"`"},
	{"echo `echo \\`echo {}\\``", "echo `echo \\`echo 'N'\\\\\\\\''\\\\\\$'\\``"},
	{"echo ${x:-{}}", "echo ${x:-'N'\\''$'}"},
	{"echo ${x:-\"{}\"} {}", "echo ${x:-\"N'\\$\"} 'N'\"'\"'$'"},
	{"echo ${x:-'}'}{}", "echo ${x:-'}'}'N'\"'\"'$'"},
	{"echo \"${x:-{}}\"", "echo \"${x:-N$(printf \\\\047)\\$}\""},
	{"echo \"${x%{}}\"", "echo \"${x%\"N'\\$\"}\""},
	{"echo ${x##{}}", "echo ${x##'N'\\''$'}"},
	{"echo \"${x%\".gz\"} {}\"", "echo \"${x%\".gz\"} N'\\$\""},
	{"echo ${#x} ${x} {}", "echo ${#x} ${x} 'N'\"'\"'$'"},
	{"echo ${!} ${#x} ${?} ${$} {}", "echo ${!} ${#x} ${?} ${$} 'N'\"'\"'$'"},
	{"echo $'a{}b'", "echo $'a''N'\\''$'$'b'"},
	{"echo \"$'{}'\"", "echo \"$'N'\\$'\""},
	{"echo $\"{}\"", "echo $\"N'\\$\""},
	{"echo # {}\necho {}", "echo # N'$\necho 'N'\"'\"'$'"},
	{"echo a#{}", "echo a#'N'\"'\"'$'"},
	{"echo $(# it's\necho {})", "echo $(# it's\necho 'N'\"'\"'$')"},
	{"cat <<E\nit's {x}\nE\necho {}", "cat <<E\nit's {x}\nE\necho 'N'\"'\"'$'"},
	{"cat <<-'E'; echo \"{}\"\n\t\"\n\tE\n'{}'", "cat <<-'E'; echo \"N'\\$\"\n\t\"\n\tE\n'N'\\''$'"},
	{"cat <<< {}", "cat <<< 'N'\"'\"'$'"},
	{"$(cat <<E\n)\"\nE\n) {}", "$(cat <<E\n)\"\nE\n) 'N'\"'\"'$'"},
	{"awk '{print \"{}\"}' {}", "awk '{print \"N'\\''$\"}' 'N'\"'\"'$'"},
	{"echo \\\n{}", "echo \\\n'N'\"'\"'$'"},
	{"echo {}{}", "echo 'N'\"'\"'$''N'\"'\"'$'"},
	{"echo {#}{%}", "echo 53"},
	{"echo {#}>x", "echo '5'>x"},
	{"test {} -eq 1; echo {}", "test 0value_is_not_a_number -eq 1; echo 'N'\"'\"'$'"},
	{"[[ 1 -lt \"{}\" && {} = x ]]", "[[ 1 -lt \"0value_is_not_a_number\" && 'N'\"'\"'$' = x ]]"},
	{"perl -ne {}", "perl -ne 'N'\"'\"'$'"},
	{"echo $((1 + {}))", "echo $((1 + value_is_not a_number))"},
	{"(( {} > 1 ))", "(( value_is_not a_number > 1 ))"},
	{"for ((i={}; i<2; i++)); do :; done", "for ((i=value_is_not a_number; i<2; i++)); do :; done"},
	{"( (echo {}) )", "( (echo 'N'\"'\"'$') )"},
	{"f() { echo {}; }; f", "f() { echo 'N'\"'\"'$'; }; f"},
	{"echo `: # {}` x", "echo `: # N'\\$` x"},
	{"echo $xyz$%{}", "echo $xyz$%'N'\"'\"'$'"},
	{"echo ${x:-`echo {}`}", "echo ${x:-`echo 'N'\\\\''\\$'`}"},
	{"echo ${x:-\\a} {}", "echo ${x:-\\a} 'N'\"'\"'$'"},
	{"echo $((`echo 1` + {}))", "echo $((`echo 1` + value_is_not a_number))"},
	{"echo `echo \\a {}`", "echo `echo \\a 'N'\\\\''\\$'`"},
	{"cat <<'E' {}\nE", "cat <<'E' 'N'\"'\"'$'\nE"},
	{"cat <<E; echo {}\na\\\nb\nE", "cat <<E; echo 'N'\"'\"'$'\na\\\nb\nE"},
	{"diff <(echo {}) x", "diff <(echo 'N'\"'\"'$') x"},
};

static const struct {
	const char *line, *value, *want;
} values[] = {
	{"echo $(( {} * {} ))", "12", "echo $(( 12 * 12 ))"},
	{"echo $(( {} + 1 ))", " 42 ", "echo $((  42  + 1 ))"},
	{"echo $(( {} + 1 ))", "a[$(id)]", "echo $(( value_is_not a_number + 1 ))"},
	{"echo $(( {} + 1 ))", "", "echo $(( value_is_not a_number + 1 ))"},
	{"(( {} ))", "rm -rf /", "(( value_is_not a_number ))"},
	{"[ {} -gt 2 ]", "7", "[ 7 -gt 2 ]"},
	{"[ \"{}\" -gt 2 ]", " 7", "[ \" 7\" -gt 2 ]"},
	{"[ $(wc -l < {}) -gt 2 ]", "a b", "[ $(wc -l < 'a b') -gt 2 ]"},
	{"{} x", "if", "'if' x"},
	{"echo {}", "if", "echo if"},
	{"echo a; {}", "done", "echo a; 'done'"},
	{"echo {}>x", "2", "echo '2'>x"},
	{"echo {} >x", "2", "echo 2 >x"},
	{"$x{}", "abc", "$x'abc'"},
	{"# {}\necho", "a\nid", "# a id\necho"},
	{"echo {}", "~", "echo '~'"},
	{"echo \"${x:-{}}\"", "a}b", "echo \"${x:-a\\}b}\""},
	{"echo \"${x:-{}}\"", "<(a)", "echo \"${x:-<$(printf \\\\050)a)}\""},
	{"echo \"`echo \"{}\"`\"", "<(a)", "echo \"`echo \"<\"\"(a)\"`\""},
};

static const char *const refused[] = {
	"echo \"{}",
	"echo '{}",
	"echo $(echo {}",
	"echo `echo {}",
	"echo ${x:-{}",
	"echo $((1 + {})",
	"echo ${{}}",
	"echo ${x[{}]}",
	"echo ${x:{}}",
	"echo ${x/a/{}}",
	"echo $x[{}]",
	"echo \"$x[{}]\"",
	"cat <<\\E\n{}\nE",
	"cat <<E\n{}\nE",
	"cat <<E\nx {}\nE",
	"cat <<{}\nE",
	"echo $'\\{}'",
	"echo $'a\\'b{}'",
	"echo \"${x:-'a b'}\" {}",
	"echo $[1] {}",
	"echo $(( \"{}\" ))",
	"echo $(( ${x:-{}} ))",
	"echo `echo \\\\{}`",
	"echo `echo ${}`",
	"echo `echo 'a` {}'",
	"echo $((echo a) | (echo {}))",
	"echo ${x:-\\{}}",
	"echo $(( ${} ))",
	"cat `cat <<E\nE\n` {}",
};

static const char *const refused_as_parallel[] = {
	"echo ${{}}", "cat <<E\n{}\nE", "cat <<E\nE{}\nE", "cat <<E\n$x {}\nE", "cat <<{}\nE", "echo $x[{}]",
};

/* As parallel where that is safe. */
static const struct row parallel[] = {
	{"echo {}", "echo 'N'\"'\"'$'"},
	{"echo \"{}\"", "echo \"'N'\\\"'\\\"'\\$'\""},
	{"echo '{}'", "echo 'N'\\''$'"},
	{"cat <<E\nx {}\nE", "cat <<E\nx 'N'\"'\"'\\$'\nE"},
	{"cat <<'E'\nx {}\nE", "cat <<'E'\nx N'$\nE"},
	{"echo \"{}", "echo \"'N'\\\"'\\\"'\\$'"},
};

static const struct template_config line = {.mode = TEMPLATE_LINE}, gnu = {.mode = TEMPLATE_GNU};

/* The line is one word, whatever it holds. */
static const char *of_line(const struct template_config *config, const char *text, const char *value)
{
	struct strv words = {0}, list = {0};
	const char *out;

	strv_add(&words, text);
	strv_add(&list, value);
	out = rendered_lists(config, RENDER_DESCRIBE, &words, &list);
	strv_release(&words);
	strv_release(&list);
	return out;
}

static bool is_refused(const struct template_config *config, const char *text)
{
	return strncmp(of_line(config, text, "v"), "ERR bad shell line: ", 20) == 0;
}

static void test_depth(void)
{
	struct buf text = {0};

	for (int i = 0; i < 100; i++)
		buf_add_string(&text, "$(");
	buf_add_string(&text, "{}");
	OK(is_refused(&line, buf_text(&text)), "what is nested too deep is refused");
	buf_reset(&text);
	for (int i = 0; i < 100; i++)
		buf_add_string(&text, "<<E ");
	OK(is_refused(&line, buf_text(&text)), "so are too many here-documents");
	buf_reset(&text);
	buf_add_string(&text, "echo ");
	for (int backslashes = 0; backslashes < 2000; backslashes = 2 * backslashes + 1) {
		for (int i = 0; i < backslashes; i++)
			buf_add_char(&text, '\\');
		buf_add_string(&text, "`echo ");
	}
	OK(is_refused(&line, buf_text(&text)), "and backquotes");
	buf_reset(&text);
	for (int i = 0; i < 20; i++)
		buf_add_string(&text, "`\\`\\\\\\`");
	OK(of_line(&line, buf_text(&text), "a") != NULL, "many backquotes do no harm");
	buf_release(&text);
}

int main(void)
{
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		SAME(of_line(&line, lines[i].line, "N'$"), lines[i].want, "%s", render_name(lines[i].line));
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		SAME(of_line(&line, values[i].line, values[i].value), values[i].want, "with a certain value: %s",
		     render_name(values[i].line));
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		OK(is_refused(&line, refused[i]), "refused: %s", render_name(refused[i]));
	for (size_t i = 0; i < sizeof parallel / sizeof *parallel; i++)
		SAME(of_line(&gnu, parallel[i].line, "N'$"), parallel[i].want, "as parallel: %s",
		     render_name(parallel[i].line));
	for (size_t i = 0; i < sizeof refused_as_parallel / sizeof *refused_as_parallel; i++)
		OK(is_refused(&gnu, refused_as_parallel[i]), "refused as parallel: %s",
		   render_name(refused_as_parallel[i]));
	test_depth();
	buf_release(&render_out);
	return tap_end();
}
