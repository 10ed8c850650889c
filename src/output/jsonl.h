/*
 * jsonl.h - a finished job as one line of JSON, for --json.
 *
 *     {"seq":1,"slot":2,"host":":","values":["a"],"command":"echo a","status":0,"signal":null,"cause":"exited",
 *      "start":1700000000.045678,"seconds":0.001234,"user":0.000500,"system":0.000500,"peak_memory":1048576,"tries":1,
 *      "stdout":"a\n","stderr":""}
 *
 * status is null where the program came to none (a signal, a lost worker), signal is null where none ended it,
 * peak_memory (bytes) is null where it is not known. cause: exited, signalled, timeout, cancelled, not_started or lost.
 * host is ":" for this machine. Bytes that are no UTF-8 stand as json.h says.
 *
 * The outputs may be long and come in pieces, first all of standard output, then all of standard error:
 *
 *     jsonl_begin(&line, o);
 *     json_text_add(&text, &line, bytes, length); ...
 *     jsonl_turn(&text, &line);
 *     json_text_add(&text, &line, bytes, length); ...
 *     jsonl_end(&text, &line);
 *
 * line may be emptied, that is written, between any two calls.
 */
#ifndef OUTPUT_JSONL_H
#define OUTPUT_JSONL_H

#include "base/buf.h"
#include "base/json.h"
#include "output/outcome.h"

void jsonl_begin(struct buf *to, const struct outcome *o);
void jsonl_turn(struct json_text *t, struct buf *to); /* standard output is at its end */
void jsonl_end(struct json_text *t, struct buf *to);  /* standard error too: adds the end of the line */

/* Adds the members but for the two outputs to an object that is open. */
void jsonl_facts(struct buf *to, const struct outcome *o);

/* Adds the members "command" and "values". item may be NULL. */
void jsonl_command(struct buf *to, const char *command, const struct item *item);

#endif
