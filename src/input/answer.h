/*
 * answer.h - what a reader that never blocks has to say.
 */
#ifndef INPUT_ANSWER_H
#define INPUT_ANSWER_H

enum answer {
	ANSWER_HAVE, /* something was read */
	ANSWER_WAIT, /* nothing yet: wait until the descriptor is readable */
	ANSWER_END,  /* no more, now and ever */
	ANSWER_FAIL, /* the struct err is filled; no more will come */
};

#endif
