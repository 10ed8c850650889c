/*
 * results.h - what becomes of results, made ready from the options.
 */
#ifndef CLI_RESULTS_H
#define CLI_RESULTS_H

#include "base/err.h"
#include "base/strv.h"
#include "cli/choice.h"
#include "run/run.h"

struct results_choice {
	struct run_sinks sinks; /* points into this struct and the options */
	struct strv callback, error_callback, each, pack;
	struct template *template; /* of --results; NULL for none */
};

/* Fills c, which must not be moved afterwards. config: how templates are compiled. Returns 0, or -1 with e filled. */
int results_choose(struct results_choice *c, const struct options *o, const struct template_config *config,
                   const char *shell, struct err *e);
void results_choice_release(struct results_choice *c);

/* Whether some command needs a shell. */
bool results_need_shell(const struct options *o);

/* Whether output has to be held until its job is over. */
bool results_are_held(const struct options *o);

/* Whether none of it may be printed before, even where the disk has no room to hold it. */
bool results_stay_whole(const struct options *o);

#endif
