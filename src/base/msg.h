/*
 * msg.h - what the program says to its user, on standard error.
 *
 * One message is one line, "pp: what failed: name: reason", written with one write so that it never mixes with the
 * output of jobs. Only run/ and cli/ speak; lower floors return errors.
 */
#ifndef BASE_MSG_H
#define BASE_MSG_H

#include <stdbool.h>

/* The longest line, its newline counted: the longest argument of a program with words around it. */
enum { MSG_MAX_BYTES = 192 * 1024 };

/* Sets the name in front of each message, "pp" by default; lent for ever. */
void msg_set_name(const char *name);

/* Sets the descriptor that messages are written to, 2 by default. */
void msg_set_fd(int fd);

/* Has a function called before each message is written; NULL for none. Where it returns false the message is held until
   msg_flush: something else stands half-written in the line. */
void msg_set_before(bool (*before)(void *arg), void *arg);

/* Writes what is held, if the function allows it by now; at_last: in any case. */
void msg_flush(bool at_last);

/* Writes "NAME: ", the formatted text and a newline; newlines inside the text become spaces. A line that is longer than
   MSG_MAX_BYTES is cut and ends in "...". Nothing is allocated and errno is kept. A failing write is ignored: there is
   nobody left to tell. */
void msg_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void msg_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));  /* "NAME: warning: ..." */
void msg_plain(const char *format, ...) __attribute__((format(printf, 1, 2))); /* without the name in front */

#endif
