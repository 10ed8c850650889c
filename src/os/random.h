/*
 * random.h - what nobody can guess, from the system's source of random numbers.
 */
#ifndef OS_RANDOM_H
#define OS_RANDOM_H

enum { RANDOM_TEXT = 17 };

/* Fills text, with room for RANDOM_TEXT bytes, with the hexadecimal digits of 64 random bits and a NUL. Returns 0, or
   -1 with errno: the system has none, and nothing else will do in their place. */
int random_text(char *text);

#endif
