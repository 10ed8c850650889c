#include "cli/program.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "input/template.h"

bool program_needs_shell(const struct options *o)
{
	return o->template.mode != TEMPLATE_EXEC;
}

/* Begins with a record separator, which no text has by chance, and cannot be known before the run. Returns 0, or -1
   with errno. */
static int program_make_mark(char *mark)
{
	mark[0] = '\x1e';
	return random_text(mark + 1);
}

/* The initializer runs in the shell that becomes the program, and has neither its tasks nor its answers. */
static void program_add_init(const struct strv *init, struct buf *line)
{
	if (init->count == 0)
		return;
	buf_add_string(line, "{\n");
	for (size_t i = 0; i < init->count; i++) {
		buf_add_string(line, init->list[i]);
		buf_add_char(line, '\n');
	}
	buf_add_string(line, "} </dev/null >&2 || exit\n");
}

/* The words may be a function that the initializer has defined: the shell stays then. */
static void program_add_words(bool is_fish, struct buf *line)
{
	buf_add_string(line, is_fish ? "if functions -q -- $argv[1]; $argv; else; exec $argv; end"
	                             : "case $(command -v -- \"$1\") in */*) exec \"$@\" ;; *) \"$@\" ;; esac");
}

static void program_words(struct program_choice *c, const struct options *o, const struct program_shell *shell)
{
	struct buf line = {0};
	bool is_line = program_needs_shell(o);

	if (is_line || shell->preamble || shell->init->count > 0) {
		program_add_init(shell->init, &line);
		for (size_t i = 0; is_line && i < o->command.count; i++) {
			if (i > 0)
				buf_add_char(&line, ' ');
			buf_add_string(&line, o->command.list[i]);
		}
		if (!is_line)
			program_add_words(shell->preamble != NULL, &line);
		strv_add(&c->argv, shell->path);
		if (shell->preamble) {
			strv_add(&c->argv, "-C");
			strv_add(&c->argv, shell->preamble);
		}
		strv_add(&c->argv, "-c");
		strv_add_take(&c->argv, buf_take(&line));
		if (!shell->preamble)
			strv_add(&c->argv, shell->path);
	}
	if (!is_line)
		strv_add_all(&c->argv, &o->command);
}

/* The program is started once for many jobs: their values can stand in none of its words. */
static int program_check(const struct options *o, struct err *e)
{
	struct template_config config = o->template;
	struct template *t;
	bool has_values;

	if (o->command.count == 0) {
		err_set(e, "--worker: no program is named: its words stand behind the options");
		return -1;
	}
	config.never_append = true;
	config.names = NULL;
	t = template_compile(&config, o->command.count, o->command.list, e);
	if (!t)
		return -1;
	has_values = template_has_values(t);
	template_free(t);
	if (!has_values)
		return 0;
	err_set(e, "--worker: a replacement string in the program's words: a worker gets its tasks on standard input");
	return -1;
}

int program_choose(struct program_choice *c, const struct options *o, const struct program_shell *shell, struct err *e)
{
	bool nul = o->items.delimiter && o->items.delimiter[0] == '\0' && o->items.delimiter_length == 1;

	memset(c, 0, sizeof *c);
	if (program_check(o, e) < 0)
		return -1;
	if (o->worker == DIALOG_MARK && !o->end && program_make_mark(c->mark) < 0)
		return err_sys(e, errno, "--worker=mark: no mark can be made that nobody can guess: /dev/urandom");
	program_words(c, o, shell);
	c->program = (struct pool_program){
		.argv = c->argv.list,
		.dialog =
			{
				.protocol = o->end && o->worker == DIALOG_LINE ? DIALOG_MARK : o->worker,
				.separator = nul ? '\0' : '\n',
				.mark = o->end ? o->end : c->mark,
				.own_mark = o->end != NULL,
			},
		.window = (size_t)o->window,
		.inflight = o->inflight ? (size_t)o->inflight : 1,
		.pty = o->pty,
		.timeout = o->timeout,
		.start_limit = o->init_timeout,
		.max_age = o->max_age,
		.max_idle = o->max_idle,
		.max_memory = o->max_memory,
		.ladder = &o->termseq,
		.directory = o->directory,
		.nice = o->nice,
		.slot_variable = o->slot_variable,
	};
	return 0;
}

void program_choice_release(struct program_choice *c)
{
	strv_release(&c->argv);
}
