/*
 * printer.h - the sink that prints: whose output comes when, tags, what is held meanwhile.
 *
 * Each job has an entry from before its first byte until its last one is written. The printer has one owner at a time:
 * the entry whose bytes are being written. PRINT_GROUP: an entry is printed whole when its job is done. PRINT_KEEP: in
 * the order of the entries' creation; the first one streams live while its job runs. PRINT_LINES: whole lines as they
 * come. What cannot be written yet is held in the spool; when the spool's disk is full, the entry that needs room
 * becomes the owner and streams live where the order allows it, so that the run gets on.
 */
#ifndef OUTPUT_PRINTER_H
#define OUTPUT_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "os/loop.h"
#include "os/spool.h"
#include "output/sheet.h"

enum print_mode { PRINT_GROUP, PRINT_KEEP, PRINT_LINES };

struct printer_config {
	enum print_mode mode;
	bool keep_order; /* with PRINT_LINES: only the first unfinished job's lines come as they come */
	bool live; /* the owner of PRINT_KEEP streams before its job is done; false when a job may be tried again */
	/* Nothing is printed of an entry before it is done, or its output was taken, whatever the disk has room for. */
	bool whole;
	size_t budget;         /* bytes of held output in memory */
	const char *directory; /* for the temporary file, NULL for the default; lent */
};

struct printer; /* given by printer_new */
struct entry;   /* a job's place in the printer; belongs to the printer */

/* room is called when refused output may be offered again or entries can be created again. loop is lent. */
struct printer *printer_new(struct loop *loop, const struct printer_config *config, void (*room)(void *arg), void *arg);
void printer_free(struct printer *p);

/* Has a function called before each write. */
void printer_on_write(struct printer *p, void (*before)(void *arg), void *arg);
bool printer_is_in_line(
	const struct printer *p); /* what was written last where standard error goes did not end a line */

/* The same, and the rest of the line is to come. */
bool printer_is_amid_line(const struct printer *p);

/* Lends a new entry: the next in order. */
struct entry *printer_open(struct printer *p);

/* From now on the text and a tab stand in front of each line of the entry's output. Copied. */
void printer_tag(struct entry *e, const char *tag, size_t length);

/* Has a function called with each job's receipt, in the order of printing, once all that was printed of the job is
   written; never where standard output is in error. */
void printer_on_receipt(struct printer *p, void (*receipt)(void *arg, const char *bytes, size_t length), void *arg);

/* The job's receipt. Copied. To be given before printer_done. */
void printer_receipt(struct entry *e, const char *bytes, size_t length);

/* Bytes that stand in front of the job's output and have no tag: its command, for -v. Never refused. Ignored when an
   earlier header is already being printed: all of it is to be given in one call. */
void printer_header(struct printer *p, struct entry *e, const char *bytes, size_t length);

/* Bytes that stand behind the job's output, on a line of their own. To be given before printer_done. */
void printer_footer(struct entry *e, const char *bytes, size_t length);

/* From now on each entry that is opened is printed as a row of a sheet of this format: its header is the row's
   beginning (sheet_begin), both its outputs follow as columns. */
void printer_rows(struct printer *p, enum sheet_format format);

/* Where the job's output ends within a line, that gets its end, so that nothing else stands in it: no other job's
   output where the rest is lost, and no mark. To be given before printer_done. */
void printer_end_lines(struct entry *e);

/* Output of the job; which: 1 or 2. False: it cannot be taken now; offer it again when room was called. */
bool printer_output(struct printer *p, struct entry *e, int which, const char *bytes, size_t length);

/* What the job printed so far is forgotten, as far as it is not written: it is tried again. */
void printer_reset(struct printer *p, struct entry *e);

/* The job will be tried again, but not now: another entry may be printed meanwhile. */
void printer_pause(struct printer *p, struct entry *e);

/* The job is done: no more output. The entry is the printer's alone from now on. */
void printer_done(struct printer *p, struct entry *e);

/* Done, and nothing of it is printed but for a header that is being printed already. */
void printer_drop(struct printer *p, struct entry *e);

/* Gives what is held of the job's output, which is not printed then: *output and *errors become streams of the
   printer's spool. Either may be NULL. */
void printer_take_output(struct printer *p, struct entry *e, struct stream *output, struct stream *errors);

/* Output that was taken, or what is left of it, is printed after all. Takes the streams, which are empty then; of those
   the entry holds nothing. NULL for what was not taken. */
void printer_return_output(struct printer *p, struct entry *e, struct stream *output, struct stream *errors);

/* Held output that was taken cannot be read back: printer_spool_error tells of it. */
void printer_tell_lost(struct printer *p, const struct err *e);

/* Whether nothing that is not done stands in front of the entry, where the order is kept. */
bool printer_is_next(const struct printer *p, const struct entry *e);

struct spool *printer_spool(struct printer *p); /* lends */

bool printer_has_room(
	const struct printer *p); /* another entry may be created: not too many done ones wait for an earlier one */
bool printer_is_idle(const struct printer *p); /* all that was done is written */
void printer_flush(struct printer *p);         /* writes what is gathered: to be called once a round */

/* errno of writing to standard output (which 1) or error (2), 0 for none. EPIPE: the reader is gone. */
int printer_error(const struct printer *p, int which);

/* The first error of the spool, NULL for none; a full disk alone is none. *lost: held output cannot be read back. Where
   it cannot be written nothing is lost: it is as with a full disk. */
const struct err *printer_spool_error(const struct printer *p, bool *lost);

/* Standard output or error takes no more bytes now. */
bool printer_is_blocked(const struct printer *p);

/* From now on all output is taken, and held in memory whatever the budget says: for the end of a run that cannot get on
   otherwise. */
void printer_force(struct printer *p);

/* Output that blocks is given up, as if its reader were gone. */
void printer_give_up(struct printer *p);

/* Writes all that is left, waiting for slow readers, and checks the end of standard output. Returns 0 or errno. */
int printer_close(struct printer *p);

#endif
