/*
 * shared.h - memory that a process shares with the children it forks later.
 */
#ifndef OS_SHARED_H
#define OS_SHARED_H

#include <stddef.h>

void *shared_new(size_t bytes);               /* gives zero bytes, or NULL with errno */
void shared_free(void *memory, size_t bytes); /* in this process only; NULL is allowed */

#endif
