/*
 * line.h - the parts of the crew of line workers, which know one another; line_crew.h is for everyone else.
 *
 *     line_crew  what is due when, and what the pool asks for
 *     line_talk  tasks out, answers in
 *     line_life  from the start of a program to its end
 *
 * A slot's worker is a program (program.h). Tasks are written ahead into its pipe as the time that they take allows;
 * their answers come in order, or with numbers where the protocol has them. The first tasks under way, as many as it
 * executes at a time, count as begun; the first one of a worker that dies is suspect and lost with it, unless the
 * program had not read it; the others come back.
 *
 * A worker that is to go finishes what it has; with nothing under way it departs: its input is closed, the slot is free
 * for another one, and it gets a grace to end before the ladder begins. One that is ended in the midst of its tasks
 * keeps the slot until it is gone.
 *
 * It is gone when it is reaped and its pipes are at end of file, or a descendant has kept them for too long.
 */
#ifndef POOL_LINE_H
#define POOL_LINE_H

#include "pool/program.h"
#include "pool/roster.h"

enum {
	LINE_AHEAD = 64 * 1024,             /* bytes of tasks under way per worker */
	LINE_AHEAD_MOST = 16 * 1024 * 1024, /* the same for one that does not answer before it has so many */
	LINE_HUNGRY = 256 * 1024,           /* and tasks */
	LINE_DEATHS = 12,        /* workers lost in a row in a slot that is given up, unless ROSTER_DEATHS is enough */
	LINE_FAULTS = 5,         /* workers in a row that gave one answer, then broke the protocol */
	LINE_REST = 1024 * 1024, /* bytes that a pipe holds at most */
};

/* -- Time -- */

/* The protocol has statuses on a descriptor of their own. */
bool line_is_status(const struct pool *p);

/* The side on which answers end. */
int line_answers_on(const struct pool *p);

/* Tells of something that a worker did, once for each kind of thing. */
void line_notice(struct pool *p, const struct program *pr, enum pool_notice what, const char *text);

/* Sets the timer for what is due next. */
void line_arm(struct pool *p, struct program *pr);

/* How many of the tasks under way the program executes at the moment. */
size_t line_begun(const struct pool *p, const struct slot *s);

/* After tasks were handed over or answered: what is due when. */
void line_schedule(struct pool *p, struct program *pr);

/* The program got a first task, or gave a sign of life. */
void line_progress(struct pool *p, struct program *pr);

void line_on_timer(struct timer *t);

/* -- Tasks and answers -- */

int line_hand(struct pool *p, struct slot *s, const struct task_message *m);
bool line_takes_more(const struct pool *p, const struct slot *s);
bool line_is_resting(const struct slot *s);
/* Writes tasks as far as they go; closes its input behind the last one of a program that is to go. */
void line_write(struct pool *p, struct program *pr);

void line_flush(struct pool *p, struct slot *s);
void line_on_room(struct watch *w, unsigned what);
/* Its last line of standard error, lent. */
const char *line_last_words(struct program *pr);

/* After any change: what its slot may take now, and whether it stays. */
void line_settle(struct pool *p, struct program *pr);

/* Takes what stands in its sides; ended: nothing more comes. */
void line_take(struct pool *p, struct program *pr, bool ended);

/* Reads a side to its end, as far as that is there. */
void line_read_rest(struct pool *p, struct program *pr, int side);

void line_on_side(struct watch *w, unsigned what);
void line_resume(struct pool *p, struct slot *s);

/* -- Life -- */

/* At once: reaps and frees it. */
void line_kill_now(struct pool *p, struct program *pr);

void line_limit_start(struct pool *p, struct program *pr);
/* As of struct crew, and so the others whose names are there. */
int line_start(struct pool *p, struct slot *s);

/* It has nothing under way and leaves its slot to another one. */
void line_depart(struct pool *p, struct program *pr);

void line_bye(struct pool *p, struct slot *s);
void line_renew(struct pool *p, struct program *pr);
void line_want_renewal(struct pool *p, struct program *pr);
/* How long the ladder rests on a step. */
nsec_t line_step_wait(const struct termseq *ladder, unsigned step);

/* The next step of the ladder, or another signal in its stead. */
void line_climb(struct pool *p, struct program *pr, int signal);

/* All tasks but so many of the first come back. */
void line_give_back(struct pool *p, struct slot *s, size_t kept);

/* It is ended with the signal, 0 for the first one of the ladder, then with the rest of that. */
void line_doom(struct pool *p, struct program *pr, int signal);

/* It broke the protocol: it is told of and ended. */
void line_fault(struct pool *p, struct program *pr, enum pool_notice what, const char *text);

/* Frees it when it is gone: to be the last thing that is done with it. */
void line_check_gone(struct pool *p, struct program *pr);

void line_close_sides(struct pool *p, struct program *pr);
bool line_reaped(struct pool *p, const struct wait_result *r);

#endif
