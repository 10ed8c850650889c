/*
 * shellinit.h - what --shell-init prints: a function pp, in the language of a shell, that hands over the state of the
 * shell.
 */
#ifndef CLI_SHELLINIT_H
#define CLI_SHELLINIT_H

/* The text for "bash", "zsh", "ksh" or "fish"; NULL for another shell. */
const char *shellinit_text(const char *shell);

#endif
