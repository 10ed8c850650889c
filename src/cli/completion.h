/*
 * completion.h - the completion scripts for bash, zsh and fish, made from the option table.
 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "base/buf.h"

/* Adds the script for "bash", "zsh" or "fish". Returns 0, or -1 with nothing added for another shell. */
int completion_script(struct buf *to, const char *shell);

#endif
