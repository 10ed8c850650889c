/*
 * fakepool.h - a pool without workers, for the tests of run/: what the workers do stands in a script.
 *
 * The functions of pool/pool.h are defined here. One step of the script is taken in a round of the loop; a step about a
 * job waits until that job was handed over. Steps are separated by "; ":
 *
 *     done N [S]       job N ends with exit status S, else 0
 *     killed N S       job N is ended by signal S
 *     cancelled N S    job N was ended with signal S because the run asked for it
 *     timeout N S      job N was ended with signal S because its time was over
 *     refused N E      the program of job N cannot be started: errno E
 *     out N TEXT       job N prints TEXT and a newline; err N TEXT: on standard error
 *     took N MS        the next result of job N says that it ran so long
 *     back N           job N comes back; lost N S: its worker was killed by signal S while it ran
 *     vanish           a worker was killed
 *     initfail S       an initializer failed with status S
 *     startfail E      a worker could not be started
 *     dead             no worker can be started any more
 *     clock MS         the clock goes on by so much
 *     signal NAME      the run itself gets a signal
 *     feed TEXT        a line for the input; eof: its end
 *     count N          waits until N tasks were handed over in all
 *
 * The log holds what the run did, a word each: +N job N was handed over, with ! and the try behind the first one; -N
 * cancelled, with : and the signal; recall; cancel:S for all; signal:NAME; size:N; close.
 */
#ifndef TESTS_FAKEPOOL_H
#define TESTS_FAKEPOOL_H

#include <stdint.h>
#include "base/num.h"
#include "wire/message.h"

extern nsec_t fake_clock; /* what clock_now and clock_real say */

/* Before a run; script and input (the write end of the source, -1 for none) are lent. */
void fakepool_begin(const char *script, int input);

/* After it: the log, lent until the next fakepool_begin. "UNPLAYED: ..." at its end when the script was not played to
   its end, "UNANSWERED N" when the run gave a task up. */
const char *fakepool_log(void);

/* The last task with this job's number: its words separated by blanks; lent until the next call. NULL when there was
   none. */
const char *fakepool_words(uint64_t sequence);
const struct task_message *fakepool_task(uint64_t sequence); /* its numbers only */
void fakepool_release(void);

#endif
