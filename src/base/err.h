/*
 * err.h - an error as a value.
 *
 * Floors below run/ do not speak to the user: they fill a struct err and return -1, and the caller decides who is told.
 * The text has the form of the program's messages without the leading "pp: ": "what failed: name: reason".
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum { ERR_TEXT = 512 };

struct err {
	int code;            /* errno at the time of the failure, 0 when no system call was to blame */
	char text[ERR_TEXT]; /* one line without its newline; of a longer one the two ends, with "..." between them */
};

/* Fills e with a formatted text and code 0; e->text may be among the arguments. errno is kept. Always returns -1, so
   that `return err_set(e, ...)` works. */
int err_set(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, with e->code set to code and, unless that is 0, ": " and the system's words for it added. Always returns
   -1. */
int err_sys(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
