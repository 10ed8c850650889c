#include "cli/shellinit.h"
#include <stddef.h>
#include <string.h>

/*
 * Each function writes the state of its shell, as lines that set it up again, into a pipe that pp reads as --init-file.
 * The order is: what functions need to be read, variables, functions, aliases, options; aliases and options come last
 * because they would change how the rest is read or executed. Standard input of pp stays that of the caller.
 *
 * Left out are variables of the shell's own, those that the environment hands over anyway, and what would break the
 * loop that executes the jobs: TMOUT, which ends its read, and functions and aliases named as its commands are. Names
 * that begin with pp_ belong to the functions and to that loop.
 */

/* A pipe and not <(...), which would change $!. ${!x@} does not name variables without a value: they are looked for in
   what declare -p prints. */
static const char shellinit_bash[] =
	"unalias pp 2>/dev/null\n"
	"pp()\n"
	"{\n"
	"\t{\n"
	"\t\t(\n"
	"\t\t\t{ builtin trap - DEBUG ERR RETURN; } >/dev/null\n"
	"\t\t\tbuiltin printf '#!%s\\nset +o posix\\nshopt -s extglob\\nshopt -u "
	"expand_aliases\\npp_end()\\n{\\nunset -f pp_end\\n' \"$BASH\"\n"
	"\t\t\tbuiltin shopt -p assoc_expand_once array_expand_once dotglob expand_aliases extglob extquote "
	"failglob force_fignore globasciiranges globskipdots globstar inherit_errexit lastpipe localvar_inherit "
	"localvar_unset nocaseglob nocasematch noexpand_translation nullglob patsub_replacement shift_verbose "
	"sourcepath xpg_echo || builtin :\n"
	"\t\t\tbuiltin shopt -po braceexpand errtrace functrace keyword noclobber noglob nounset physical "
	"pipefail posix allexport errexit || builtin :\n"
	"\t\t\tbuiltin printf '}\\n'\n"
	"\t\t\tbuiltin set +euxaT -B\n"
	"\t\t\tbuiltin set +o posix\n"
	"\t\t\tbuiltin shopt -u nocasematch\n"
	"\t\t\tbuiltin printf -v pp_name '\"${!%s@}\" ' _ {a..z} {A..Z}\n"
	"\t\t\tbuiltin eval \"pp_names=($pp_name)\"\n"
	"\t\t\tbuiltin mapfile -t pp_lines < <(builtin declare -p)\n"
	"\t\t\tpp_unset='^declare -[A-Za-z-]+ [A-Za-z_][A-Za-z_0-9]*$'\n"
	"\t\t\tfor pp_name in \"${pp_lines[@]}\"; do\n"
	"\t\t\t\t[[ $pp_name != *=* && $pp_name =~ $pp_unset ]] && pp_names+=(\"${pp_name##* }\")\n"
	"\t\t\tdone\n"
	"\t\t\tpp_lines=()\n"
	"\t\t\tfor pp_name in \"${pp_names[@]}\"; do\n"
	"\t\t\t\tcase $pp_name in\n"
	"\t\t\t\t_ | pp_* | BASH | BASHOPTS | BASHPID | BASH_* | COMP_* | DIRSTACK | EPOCH* | EUID | FUNCNAME | "
	"GROUPS | HISTCMD | LINENO | OPTIND | PIPESTATUS | PPID | RANDOM | SECONDS | SHELLOPTS | SRANDOM | TMOUT "
	"| UID) builtin continue ;;\n"
	"\t\t\t\tesac\n"
	"\t\t\t\t[[ ! -R $pp_name && ${!pp_name@a} == x ]] || pp_lines+=(\"$pp_name\")\n"
	"\t\t\tdone\n"
	"\t\t\tbuiltin declare -p \"${pp_lines[@]}\"\n"
	"\t\t\tbuiltin declare -f\n"
	"\t\t\tbuiltin printf 'unset -f [ command echo eval exit read set\\n'\n"
	"\t\t\tif builtin shopt -q expand_aliases; then\n"
	"\t\t\t\tbuiltin alias -p\n"
	"\t\t\t\tbuiltin printf 'unalias command echo eval exit read set while do done if then else fi "
	"2>/dev/null\\n'\n"
	"\t\t\tfi\n"
	"\t\t\tbuiltin printf 'pp_end\\n'\n"
	"\t\t) 2>/dev/null || builtin :\n"
	"\t} | command pp --init-file /dev/fd/8 \"$@\" 8<&0 0<&9 9<&-\n"
	"} 9<&0\n";

/* <(...) and not a pipe, to which MULTIOS would add the standard input. TRAPINT and the like would be traps of the
   shell of the jobs, zshexit its last act. */
static const char shellinit_zsh[] =
	"unalias pp 2>/dev/null\n"
	"pp () {\n"
	"\tcommand pp --init-file <(\n"
	"\t\texec 2>/dev/null\n"
	"\t\tbuiltin typeset -A pp_options\n"
	"\t\tpp_options=(\"${(@kv)options[@]}\")\n"
	"\t\tbuiltin emulate -R zsh\n"
	"\t\tpp_shell=/proc/$$/exe\n"
	"\t\tpp_shell=${pp_shell:A}\n"
	"\t\t[[ $pp_shell == /proc/* ]] && pp_shell=zsh\n"
	"\t\tbuiltin print -r -- \"#!$pp_shell\"\n"
	"\t\tbuiltin print -r -- \"builtin emulate -R zsh\"\n"
	"\t\tfor pp_name in bareglobqual cshjunkiequotes extendedglob ignorebraces ignoreclosebraces kshglob "
	"multibyte posixidentifiers rcquotes shglob; do\n"
	"\t\t\t[[ $pp_options[$pp_name] == $options[$pp_name] ]] && builtin continue\n"
	"\t\t\t[[ $pp_options[$pp_name] == on ]] && builtin print -r -- \"builtin setopt $pp_name\" || builtin "
	"print -r -- \"builtin unsetopt $pp_name\"\n"
	"\t\tdone\n"
	"\t\tpp_names=()\n"
	"\t\tfor pp_name pp_kind in ${(kv)parameters}; do\n"
	"\t\t\tcase $pp_name in\n"
	"\t\t\t\t(pp_*|zshexit_functions|ZSH_*|TTY) builtin continue ;;\n"
	"\t\t\t\t(IFS|fpath|cdpath|NULLCMD|READNULLCMD) pp_names+=($pp_name); builtin continue ;;\n"
	"\t\t\tesac\n"
	"\t\t\tcase $pp_kind in\n"
	"\t\t\t\t(undefined*|*special*|array*tied*|scalar-export|scalar-local-export) ;;\n"
	"\t\t\t\t(*) pp_names+=($pp_name) ;;\n"
	"\t\t\tesac\n"
	"\t\tdone\n"
	"\t\tbuiltin typeset -p -- $pp_names\n"
	"\t\tbuiltin unfunction -m 'TRAP[A-Z]*' zshexit\n"
	"\t\tfor pp_name pp_kind in \"${(@kv)functions}\"; do\n"
	"\t\t\tpp_kind=\"${(q)pp_name} () {\n"
	"$pp_kind\n"
	"}\"\n"
	"\t\t\tbuiltin print -r -- \"builtin eval ${(qq)pp_kind} 2>/dev/null\"\n"
	"\t\tdone\n"
	"\t\tbuiltin print -r -- \"builtin unset -f '[' builtin command echo eval exit read set 2>/dev/null\"\n"
	"\t\tif [[ $pp_options[aliases] == on ]]; then\n"
	"\t\t\tbuiltin alias -L\n"
	"\t\t\tbuiltin print -r -- \"'builtin' 'unalias' 'command' 'echo' 'eval' 'exit' 'read' 'set' 'while' "
	"'do' 'done' 'if' 'then' 'else' 'fi' 2>/dev/null\"\n"
	"\t\tfi\n"
	"\t\tfor pp_name pp_kind in ${(kv)pp_options}; do\n"
	"\t\t\tcase $pp_name in\n"
	"\t\t\t\t(*hist* | exec | emacs | globalrcs | hashall | ignoreeof | interactive | localoptions | login | "
	"monitor | notify | privileged | rcs | restricted | shinstdin | singlecommand | verbose | vi | xtrace | "
	"zle) builtin continue ;;\n"
	"\t\t\tesac\n"
	"\t\t\t[[ $pp_kind == $options[$pp_name] ]] && builtin continue\n"
	"\t\t\t[[ $pp_kind == on ]] && builtin print -r -- \"'builtin' 'setopt' '$pp_name'\" || builtin print -r "
	"-- \"'builtin' 'unsetopt' '$pp_name'\"\n"
	"\t\tdone\n"
	"\t\tbuiltin print -r -- \"'builtin' ':'\"\n"
	"\t) \"$@\"\n"
	"}\n";

/* ksh93 and mksh. Both print each variable as one line. */
static const char shellinit_ksh[] =
	"unalias pp 2>/dev/null\n"
	"pp()\n"
	"{\n"
	"\t: \"${pp_shell:=$(readlink \"/proc/$$/exe\" 2>/dev/null)}\"\n"
	"\t{\n"
	"\t\t(\n"
	"\t\t\ttrap '' PIPE\n"
	"\t\t\tpp_end='unset pp_line'\n"
	"\t\t\tfor pp_name in allexport errexit globstar keyword markdirs noclobber noglob nounset pipefail "
	"posix; do\n"
	"\t\t\t\tif [[ -o $pp_name ]]; then\n"
	"\t\t\t\t\tpp_end=\"$pp_end; set -o $pp_name\"\n"
	"\t\t\t\tfi\n"
	"\t\t\tdone\n"
	"\t\t\t[[ -o braceexpand ]] || pp_end=\"$pp_end; set +o braceexpand\"\n"
	"\t\t\tset +eufx\n"
	"\t\t\t[[ -z $pp_shell ]] || print -r -- \"#!$pp_shell\"\n"
	"\t\t\ttypeset -p | while IFS= read -r pp_line; do\n"
	"\t\t\t\tcase $pp_line in\n"
	"\t\t\t\t'typeset -x '*) continue ;;\n"
	"\t\t\t\t'set -A '*) pp_name=${pp_line#set -A } ;;\n"
	"\t\t\t\t*)\n"
	"\t\t\t\t\tpp_name=${pp_line#typeset }\n"
	"\t\t\t\t\twhile [[ $pp_name == -* || $pp_name == [0-9]* ]]; do\n"
	"\t\t\t\t\t\tpp_name=${pp_name#* }\n"
	"\t\t\t\t\tdone\n"
	"\t\t\t\t\t;;\n"
	"\t\t\t\tesac\n"
	"\t\t\t\tpp_name=${pp_name%%=*}\n"
	"\t\t\t\tcase ${pp_name%%\\[*} in\n"
	"\t\t\t\t_ | .sh* | pp_* | BASHPID | COLUMNS | EPOCHREALTIME | HISTCMD | JOBMAX | KSH* | LINENO | LINES "
	"| MAILCHECK | OPTIND | PGRP | PIPESTATUS | PPID | RANDOM | SECONDS | TMOUT | USER_ID) ;;\n"
	"\t\t\t\t*) print -r -- \"$pp_line\" ;;\n"
	"\t\t\t\tesac\n"
	"\t\t\tdone\n"
	"\t\t\ttypeset +f | while IFS= read -r pp_name; do\n"
	"\t\t\t\ttypeset -f \"${pp_name%'()'}\"\n"
	"\t\t\t\tprint\n"
	"\t\t\tdone\n"
	"\t\t\tprint -r -- 'unset -f command echo eval exit read set 2>/dev/null'\n"
	"\t\t\talias | while IFS= read -r pp_line; do\n"
	"\t\t\t\tprint -r -- \"alias $pp_line\"\n"
	"\t\t\tdone\n"
	"\t\t\tprint -r -- \"\\\\unalias command echo eval exit read set while do done if then else fi "
	"2>/dev/null\"\n"
	"\t\t\tprint -r -- \"\\\\eval '$pp_end'\"\n"
	"\t\t) 2>/dev/null || :\n"
	"\t} | command pp --init-file /dev/fd/8 \"$@\" 8<&0 0<&9 9<&-\n"
	"} 9<&0\n";

/* fish lets the pipe win over a redirection of standard input, sh does not. A function with a handler is none for jobs,
   and what fish finds in files of its own, it finds in jobs. */
static const char shellinit_fish[] =
	"function pp --no-scope-shadowing --description 'pp, with the functions and variables of this shell'\n"
	"\tbegin\n"
	"\t\techo '#!'(status fish-path)\n"
	"\t\tfor __pp_name in (set -n)\n"
	"\t\t\tswitch $__pp_name\n"
	"\t\t\t\tcase '__pp_*' '__fish*' 'fish_color_*' 'fish_pager_*' _ argv CMD_DURATION COLUMNS EUID "
	"FISH_VERSION IFS LINES fish_kill_signal fish_killring fish_pid history hostname pipestatus status "
	"status_generation umask version\n"
	"\t\t\t\t\tcontinue\n"
	"\t\t\tend\n"
	"\t\t\tset -qx $__pp_name\n"
	"\t\t\tand continue\n"
	"\t\t\techo set -g -- $__pp_name (string escape -- $$__pp_name)\n"
	"\t\tend\n"
	"\t\tset -l __pp_known (string replace -r '.*/(.*)\\\\.fish$' '$1' $fish_function_path/*.fish)\n"
	"\t\tfor __pp_name in (functions -an)\n"
	"\t\t\tstring match -q '__fish*' -- $__pp_name\n"
	"\t\t\tor contains -- $__pp_name $__pp_known\n"
	"\t\t\tand continue\n"
	"\t\t\tset -l __pp_text (functions -- $__pp_name)\n"
	"\t\t\tstring match -qr '^function .* --on-' -- $__pp_text\n"
	"\t\t\tor printf '%s\\n' $__pp_text\n"
	"\t\tend\n"
	"\t\ttrue\n"
	"\tend 2>/dev/null | sh -c 'exec pp --init-file /dev/fd/7 \"$@\" 7<&0 <&8 8<&-' sh $argv 8<&0\n"
	"end\n";

const char *shellinit_text(const char *shell)
{
	static const struct {
		const char *shell, *text;
	} texts[] = {
		{"bash", shellinit_bash},
		{"zsh", shellinit_zsh},
		{"ksh", shellinit_ksh},
		{"fish", shellinit_fish},
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		if (strcmp(shell, texts[i].shell) == 0)
			return texts[i].text;
	}
	return NULL;
}
