#include "run/command.h"

#include <string.h>

#include "base/quote.h"

enum { COMMAND_SHOWN = 200 }; /* bytes of a command in a message */

struct template_facts command_facts(const struct run *r, const struct job *j)
{
	return (struct template_facts){
		.sequence = j->sequence,
		.slot = j->slot ? j->slot : 1,
		.slots = r->config->workers,
		.total = r->total,
	};
}

const char *command_text(struct run *r, struct job *j)
{
	struct template_facts facts = command_facts(r, j);

	if (j->command.length == 0 && r->config->program)
		template_render_plain(r->config->template, &j->item, &facts, &j->command);
	else if (j->command.length == 0)
		template_describe(r->config->template, &j->item, &facts, &j->command);
	return buf_text(&j->command);
}

const char *command_shown(struct run *r, struct job *j)
{
	const char *command = command_text(r, j);

	buf_reset(&r->text);
	quote_for_message(&r->text, command, strlen(command), COMMAND_SHOWN);
	return buf_text(&r->text);
}
