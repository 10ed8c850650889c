/*
 * sig.h - signals as events: a handler only marks the signal and writes a byte to a pipe that the loop watches.
 */
#ifndef OS_SIG_H
#define OS_SIG_H

#include <stdbool.h>

/* Opens the pipe and unblocks all signals (the caller of the program may have left some blocked). Returns the
   descriptor to watch for reading, owned by this module, or -1 with errno. */
int sig_open(void);

/* From now on signo is an event. A signal that was ignored when the program started stays ignored, as nohup and shells
   want it, unless even_if_ignored (SIGCHLD, SIGPIPE). */
void sig_catch(int signo, bool even_if_ignored);

/* Whether a signal has arrived since sig_next was called last; costs no system call. The descriptor tells so too, but
   only in the next round. */
bool sig_is_waiting(void);

/* Next signal that has arrived since it was last asked for, 0 for none. To be called until 0 when the descriptor is
   readable. */
int sig_next(void);

/* Sets the default action, or stops the process with it: for ending by the same signal, and for SIGTSTP. */
void sig_default(int signo);

/* In a process that is told by other ways when to end: the signals that people send to all processes of a name (INT,
   TERM, HUP, QUIT, USR1, USR2) do nothing from now on, without being ignored: programs started later see their default
   action. */
void sig_deafen(void);

/* In a forked child: closes the pipe and gives every signal its default action, the ignored ones too. */
void sig_reset_child(void);

#endif
