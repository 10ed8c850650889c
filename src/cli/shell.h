/*
 * shell.h - which shell runs shell lines, and what is a shell line.
 */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include <stdbool.h>
#include "base/strv.h"
#include "worker/worker.h"

/*
 * The shell for shell lines: $PP_SHELL, else $PARALLEL_SHELL, else the nearest shell of the sh family among the
 * processes that started pp (its parent, or what stands behind timeout, env, make and the like), else "sh". A
 * variable that is set to nothing counts as unset. Gives a path or a name to look for in $PATH.
 */
char *shell_choose(void);

/* What the shell, a path or a name in $PATH, is. It is known by the file that is executed in the end and by its own
   name, for a shell may have another temper under another name. */
enum worker_shell shell_kind(const char *shell);

/* Whether a shell of this kind, started once, does for each line what one started for each would do: nothing in the
   environment sees to it that it begins with commands or options of the user's. */
bool shell_can_stay(enum worker_shell kind);

/* Whether bash exported a function of this name into the environment. */
bool shell_is_function(const char *name);

/* Whether name is a command that only a shell can execute, such as exit or cd. */
bool shell_is_builtin(const char *name);

/* Whether a program of this base name reads the language of sh: sh, bash, dash, ash, busybox, zsh, ksh (and its
   kin), mksh, yash. */
bool shell_is_sh(const char *name);

/*
 * Whether a command of one word is a shell line rather than the name of a program. It is one when it holds
 *   - white space, or any of | & ; < > ( ) $ ` \ " ' * ? [ anywhere,
 *   - # or ~ as its first byte,
 *   - a variable's name and = at its beginning, as in A=1,
 *   - a brace that belongs to no replacement string: { or } alone, a list {a,b} or a sequence {1..3}.
 * An empty word is none. {} {.} {1/} {= s/a/b/ =} are replacement strings, and so is whatever else stands in braces
 * without any of the above, without a comma and without ".." between letters or digits.
 */
bool shell_is_line(const char *word);

/* Splits a line that needs no shell, because it is nothing but words and the first one is no command of the shell's
   own, into words (gives, added). Returns false, with words untouched, for any other line. */
bool shell_split(const char *line, struct strv *words);

#endif
