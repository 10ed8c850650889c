/*
 * command.h - a job's command as a person reads it, made when someone asks for it.
 */
#ifndef RUN_COMMAND_H
#define RUN_COMMAND_H

#include "input/template.h"
#include "run/state.h"

/* What rendering needs to know of a job besides its item. */
struct template_facts command_facts(const struct run *r, const struct job *j);

/* Lends the text, NUL ended, until the job's next try. Its length is j->command.length. */
const char *command_text(struct run *r, struct job *j);

/* Lends the text cut and made printable for a message, until the next call. */
const char *command_shown(struct run *r, struct job *j);

#endif
