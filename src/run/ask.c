#include "run/ask.h"

#include <fcntl.h>
#include <string.h>
#include <sys/types.h>

#include "os/fd.h"
#include "run/command.h"

static void ask_on_line(struct watch *w, unsigned what)
{
	struct run *r = w->arg;
	char line[256];
	ssize_t length = fd_read(w->fd, line, sizeof line);

	(void)what;
	loop_remove(r->loop, w);
	r->asked_yes = length > 0 && (line[0] == 'y' || line[0] == 'Y');
	r->answered = r->asked;
}

int ask_init(struct run *r)
{
	r->terminal.fd = -1;
	if (!r->config->interactive)
		return 0;
	r->terminal = (struct watch){.want = LOOP_READ, .ready = ask_on_line, .arg = r};
	r->terminal.fd = fd_open("/dev/tty", O_RDWR, 0);
	return r->terminal.fd < 0 ? -1 : 0;
}

void ask_release(struct run *r)
{
	loop_remove(r->loop, &r->terminal);
	fd_close(&r->terminal.fd);
}

static void ask_prompt(struct run *r, struct job *j)
{
	buf_reset(&r->text);
	buf_add_string(&r->text, command_text(r, j));
	buf_add_string(&r->text, " ?...");
	printer_flush(r->printer);
	fd_write_all(r->terminal.fd, r->text.data, r->text.length);
}

enum ask_answer ask_job(struct run *r, struct job *j)
{
	if (!r->config->interactive || j->tries > 0)
		return ASK_YES;
	if (r->asked != j->sequence) {
		r->asked = j->sequence;
		ask_prompt(r, j);
		if (loop_add(r->loop, &r->terminal) < 0)
			return ASK_NO;
	}
	if (r->answered != j->sequence)
		return ASK_LATER;
	return r->asked_yes ? ASK_YES : ASK_NO;
}
