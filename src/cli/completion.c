/*
 * Each script is a fixed frame with the options of the table in between. The frames know the two things a shell
 * cannot guess: that options end where the command begins, and that the command's own words are completed as if it
 * stood alone.
 */
#include "cli/completion.h"
#include <string.h>
#include "cli/option.h"

/* Adds what a script says of one name, given with its dashes, of the option. */
typedef void add_name(struct buf *to, const struct option *o, const char *name, size_t length);

/* Calls add for each name of the option: -x, --name, --alias. */
static void each_name(struct buf *to, const struct option *o, add_name *add)
{
	const char *lists[] = {o->name, o->aliases};

	for (const char *letter = o->shorts; *letter; letter++)
		add(to, o, (const char[]){'-', *letter}, 2);
	for (int i = 0; i < 2; i++) {
		for (const char *name = lists[i]; *name; name += strspn(name, " ")) {
			char dashed[64] = "--";
			size_t length = strcspn(name, " ");

			memcpy(dashed + 2, name, length);
			add(to, o, dashed, 2 + length);
			name += length;
		}
	}
}

/* Adds text for a place inside '...' of a script; in zsh also with a backslash before what is special in a
   specification. */
static void add_text(struct buf *to, const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'') {
			buf_add_string(to, "'\\''");
			continue;
		}
		if (strchr(special, *text))
			buf_add_char(to, '\\');
		buf_add_char(to, *text);
	}
}

/* Whether the next word belongs to the option. */
static bool takes_word(const struct option *o)
{
	return o->argument == ARGUMENT_REQUIRED || o->kind == KIND_TOPIC;
}

/* -- bash -- */

static const char bash_head[] = "# bash completion for pp: made by pp --completion bash\n"
				"\n"
				"# Sets REPLY to what the value of an option is, to nothing where it takes none.\n"
				"_pp_value() {\n"
				"\tcase $1 in\n";

static const char bash_middle[] =
	"\t*) REPLY= ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"# Sets REPLY to the option in the word $1 that takes the next word, to nothing where there is none.\n"
	"_pp_waiting() {\n"
	"\tlocal word=$1 i\n"
	"\tcase $word in\n"
	"\t--*) _pp_value \"$word\"; [[ $REPLY ]] && REPLY=$word; return ;;\n"
	"\tesac\n"
	"\tfor ((i = 1; i < ${#word}; i++)); do\n"
	"\t\t_pp_value \"-${word:i:1}\"\n"
	"\t\t[[ $REPLY ]] || continue\n"
	"\t\tREPLY=\n"
	"\t\t((i + 1 == ${#word})) && REPLY=-${word:i:1}\n"
	"\t\treturn\n"
	"\tdone\n"
	"\tREPLY=\n"
	"}\n"
	"\n"
	"# Completes the word $2 as the value of option $1.\n"
	"_pp_complete_value() {\n"
	"\t_pp_value \"$1\"\n"
	"\tcase $REPLY in\n"
	"\tfile) mapfile -t COMPREPLY < <(compgen -f -- \"$2\") ;;\n"
	"\tdirectory) mapfile -t COMPREPLY < <(compgen -d -- \"$2\") ;;\n"
	"\tcommand) mapfile -t COMPREPLY < <(compgen -c -- \"$2\") ;;\n"
	"\tvariable) mapfile -t COMPREPLY < <(compgen -v -- \"$2\") ;;\n"
	"\twords:*) mapfile -t COMPREPLY < <(compgen -W \"${REPLY#words:}\" -- \"$2\") ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"# Completes a word of the command, which begins at the word number $1.\n"
	"_pp_command() {\n"
	"\tif declare -F _command_offset >/dev/null; then\n"
	"\t\t_command_offset \"$1\"\n"
	"\telif ((COMP_CWORD == $1)); then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -c -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
	"\tfi\n"
	"}\n"
	"\n"
	"_pp() {\n"
	"\tlocal i word REPLY waiting='' current=${COMP_WORDS[COMP_CWORD]}\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\t[[ $word == = ]] && continue\n"
	"\t\tif [[ $waiting ]]; then\n"
	"\t\t\twaiting=\n"
	"\t\telif [[ $word == :* ]]; then\n"
	"\t\t\treturn\n"
	"\t\telif [[ $word == -- ]]; then\n"
	"\t\t\t_pp_command $((i + 1))\n"
	"\t\t\treturn\n"
	"\t\telif [[ $word == -?* ]]; then\n"
	"\t\t\t_pp_waiting \"$word\"\n"
	"\t\t\twaiting=$REPLY\n"
	"\t\telse\n"
	"\t\t\t_pp_command \"$i\"\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\tdone\n"
	"\t[[ $current == = ]] && current=\n"
	"\tif [[ $waiting ]]; then\n"
	"\t\t_pp_complete_value \"$waiting\" \"$current\"\n"
	"\telif [[ $current == -* ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W '";

static const char bash_tail[] = "' -- \"$current\")\n"
				"\telse\n"
				"\t\t_pp_command \"$COMP_CWORD\"\n"
				"\tfi\n"
				"}\n"
				"\n"
				"complete -o bashdefault -o default -F _pp pp\n";

static void add_bash_case(struct buf *to, const struct option *o, const char *name, size_t length)
{
	buf_add_char(to, '|');
	buf_add(to, name, length);
}

static void add_bash_word(struct buf *to, const struct option *o, const char *name, size_t length)
{
	buf_add(to, name, length);
	buf_add_char(to, ' ');
}

static const char *bash_value(const struct option *o)
{
	switch (option_completes(o)) {
	case COMPLETE_FILE:
		return "file";
	case COMPLETE_DIRECTORY:
		return "directory";
	case COMPLETE_COMMAND:
		return "command";
	case COMPLETE_VARIABLE:
		return "variable";
	case COMPLETE_WORDS:
		return "words:";
	case COMPLETE_NOTHING:
		break;
	}
	return "any";
}

static void add_bash_value(struct buf *to, const struct option *o)
{
	struct buf names = {0};

	each_name(&names, o, add_bash_case);
	buf_drop(&names, 1);
	buf_add_format(to, "\t%s) REPLY='%s", buf_text(&names), bash_value(o));
	add_text(to, option_words(o) ? option_words(o) : "", "");
	buf_add_string(to, "' ;;\n");
	buf_release(&names);
}

static void add_bash(struct buf *to)
{
	buf_add_string(to, bash_head);
	for (size_t i = 0; i < option_count; i++) {
		if (takes_word(&option_table[i]))
			add_bash_value(to, &option_table[i]);
	}
	buf_add_string(to, bash_middle);
	for (size_t i = 0; i < option_count; i++)
		each_name(to, &option_table[i], add_bash_word);
	to->length--;
	buf_add_string(to, bash_tail);
}

/* -- zsh -- */

static const char zsh_head[] = "#compdef pp\n"
			       "# zsh completion for pp: made by pp --completion zsh\n"
			       "\n"
			       "_arguments -s -S -A '-*' \\\n";

static const char zsh_tail[] = "\t'(-)1:command:_command_names -e' \\\n"
			       "\t'*::arguments:_normal'\n";

/* What stands between an option's name and its value: attached, or as the next word. */
static const char *zsh_joint(const struct option *o, bool is_long)
{
	if (o->argument == ARGUMENT_NONE)
		return "";
	if (o->argument == ARGUMENT_OPTIONAL && o->kind != KIND_TOPIC)
		return is_long ? "=-" : "-";
	return is_long ? "=" : "+";
}

static void add_zsh_action(struct buf *to, const struct option *o)
{
	static const char *const actions[] = {
		[COMPLETE_FILE] = "_files",
		[COMPLETE_DIRECTORY] = "_files -/",
		[COMPLETE_COMMAND] = "_command_names -e",
		[COMPLETE_VARIABLE] = "_parameters",
		[COMPLETE_NOTHING] = " ",
	};

	if (option_words(o)) {
		buf_add_char(to, '(');
		add_text(to, option_words(o), ":");
		buf_add_char(to, ')');
	} else {
		buf_add_string(to, actions[option_completes(o)]);
	}
}

static void add_zsh_name(struct buf *to, const struct option *o, const char *name, size_t length)
{
	buf_add_string(to, "\t'*");
	buf_add(to, name, length);
	buf_add_format(to, "%s[", zsh_joint(o, name[1] == '-'));
	add_text(to, o->text, "[]\\:");
	buf_add_char(to, ']');
	if (o->argument != ARGUMENT_NONE) {
		buf_add_string(to, o->argument == ARGUMENT_OPTIONAL ? "::" : ":");
		add_text(to, o->metavar[0] == ':' ? "name" : o->metavar, ":");
		buf_add_char(to, ':');
		add_zsh_action(to, o);
	}
	buf_add_string(to, "' \\\n");
}

static void add_zsh(struct buf *to)
{
	buf_add_string(to, zsh_head);
	for (size_t i = 0; i < option_count; i++)
		each_name(to, &option_table[i], add_zsh_name);
	buf_add_string(to, zsh_tail);
}

/* -- fish -- */

static const char fish_head[] = "# fish completion for pp: made by pp --completion fish\n"
				"\n"
				"# The words from the command on; fails where the options have not ended yet.\n"
				"function __pp_command\n"
				"    set -l words (commandline -opc)[2..-1]\n"
				"    while set -q words[1]\n"
				"        switch $words[1]\n"
				"            case --\n"
				"                set -e words[1]\n"
				"                break\n"
				"            case";

static const char fish_middle[] = "\n"
				  "                set -q words[2]\n"
				  "                and set -e words[1]\n"
				  "            case '-?*'\n"
				  "            case ':*'\n"
				  "                return 0\n"
				  "            case '*'\n"
				  "                break\n"
				  "        end\n"
				  "        set -e words[1]\n"
				  "    end\n"
				  "    set -q words[1]\n"
				  "    and string join -- \\n $words\n"
				  "end\n"
				  "\n"
				  "function __pp_complete_command\n"
				  "    set -l words (__pp_command)\n"
				  "    if not set -q words[1]\n"
				  "        __fish_complete_path (commandline -ct)\n"
				  "        return\n"
				  "    end\n"
				  "    complete -C (string join -- ' ' (string escape -- $words) (commandline -ct))\n"
				  "end\n"
				  "\n"
				  "complete -c pp -f -n 'not __pp_command >/dev/null' -a '(__fish_complete_command)'\n"
				  "complete -c pp -n '__pp_command >/dev/null' -a '(__pp_complete_command)'\n";

static void add_fish_word(struct buf *to, const struct option *o, const char *name, size_t length)
{
	buf_add_char(to, ' ');
	buf_add(to, name, length);
}

static void add_fish_name(struct buf *to, const struct option *o, const char *name, size_t length)
{
	bool is_long = name[1] == '-';

	buf_add_string(to, is_long ? " -l " : " -s ");
	buf_add(to, name + 1 + is_long, length - 1 - is_long);
}

static const char *fish_value(const struct option *o)
{
	static const char *const values[] = {
		[COMPLETE_FILE] = " -r -F",
		[COMPLETE_DIRECTORY] = " -x -a '(__fish_complete_directories)'",
		[COMPLETE_COMMAND] = " -x -a '(__fish_complete_command)'",
		[COMPLETE_VARIABLE] = " -x -a '(set -nx)'",
		[COMPLETE_WORDS] = " -x",
		[COMPLETE_NOTHING] = " -x",
	};

	return takes_word(o) ? values[option_completes(o)] : "";
}

static void add_fish_option(struct buf *to, const struct option *o)
{
	buf_add_string(to, "complete -c pp -n 'not __pp_command >/dev/null'");
	each_name(to, o, add_fish_name);
	buf_add_string(to, fish_value(o));
	if (option_words(o)) {
		buf_add_string(to, " -a '");
		add_text(to, option_words(o), "\\");
		buf_add_char(to, '\'');
	}
	buf_add_string(to, " -d '");
	add_text(to, o->text, "\\");
	buf_add_string(to, "'\n");
}

static void add_fish(struct buf *to)
{
	buf_add_string(to, fish_head);
	for (size_t i = 0; i < option_count; i++) {
		if (takes_word(&option_table[i]))
			each_name(to, &option_table[i], add_fish_word);
	}
	buf_add_string(to, fish_middle);
	for (size_t i = 0; i < option_count; i++)
		add_fish_option(to, &option_table[i]);
}

/* -- All together -- */

int completion_script(struct buf *to, const char *shell)
{
	static const struct {
		const char *shell;
		void (*add)(struct buf *to);
	} scripts[] = {{"bash", add_bash}, {"zsh", add_zsh}, {"fish", add_fish}};

	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
		if (strcmp(shell, scripts[i].shell) == 0) {
			scripts[i].add(to);
			return 0;
		}
	}
	return -1;
}
