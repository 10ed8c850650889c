/*
 * process.h - what another process of this user does at the moment, as far as the system tells, and what others see of
 * this one.
 */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether it sleeps in a read from the descriptor, with no other thread or child that could be at work; of a process
   with a single child, whether that does. False where the system does not tell. */
bool process_is_reading(pid_t pid, int fd);

/* Whether it runs, or would if a processor were free. False where the system does not tell. */
bool process_is_running(pid_t pid);

void process_rename(const char *name); /* this process, as lists of processes show it, where the system has that */

long long process_memory(pid_t pid); /* resident bytes, -1 unknown */

#endif
