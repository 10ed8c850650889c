/*
 * json.h - JSON texts (RFC 8259): writing strings, and reading one text in memory.
 *
 * Bytes that are no UTF-8 pass through JSON and back: each of them is written as the lone surrogate \udc80 to \udcff of
 * its value, which is the rule of Python's surrogateescape.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/num.h"

/* -- Writing -- */

/* Adds the bytes as a quoted string. What is added is valid UTF-8 and has no control characters in it, whatever the
   bytes are. */
void json_add_string(struct buf *to, const char *bytes, size_t length);

/* The same without the quotes: strings may be written in parts, cut anywhere but inside a character. */
void json_add_part(struct buf *to, const char *bytes, size_t length);

/* A string that comes in parts cut anywhere, also inside a character. All zero bytes: nothing came yet. */
struct json_text {
	char held[4]; /* the beginning of a character whose end is to come */
	size_t count;
};

void json_text_add(struct json_text *t, struct buf *to, const char *bytes, size_t length);
void json_text_end(struct json_text *t, struct buf *to); /* no more comes; t is as new */

/* Adds the name of an object's member and a colon, after a comma unless the object has just been opened. The name needs
   no escape. */
void json_add_name(struct buf *to, const char *name);

void json_add_integer(struct buf *to, int64_t value);
void json_add_seconds(struct buf *to, nsec_t time); /* a time as seconds with six decimals, cut; not below 0 */

/* -- Reading --

   A reader is asked for what is expected next and never looks back:

       json_init(&j, text, length);
       if (json_open_object(&j) < 0)
               return -1;
       while ((more = json_next_member(&j, &name)) == 1)
               ... one of json_string, json_integer, json_skip ...
       if (more < 0 || json_end(&j) < 0)
               return -1;

   Each call returns -1 where the text is not what was asked for, or no JSON (strings that are no UTF-8 among that);
   nothing may be asked of the reader after that. Nothing is allocated but the room of the caller's bufs. */

enum { JSON_DEPTH = 200 }; /* objects and arrays within one another, beyond which a value is refused */

struct json {
	const char *at, *end; /* what is left of the text; lent */
	bool opened;          /* an object was just opened: no comma in front of its first member */
};

enum json_kind { JSON_NOTHING, JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

void json_init(struct json *j, const char *text, size_t length);

/* The kind of the value that comes next, told from its first byte; JSON_NOTHING where none begins. */
enum json_kind json_kind(struct json *j);

int json_open_object(struct json *j);

/* Replaces the content of name by the next member's name, its value comes next. Returns 1; 0: the object is closed. */
int json_next_member(struct json *j, struct buf *name);

/* Adds the string that comes next: escapes are decoded, \udc80 to \udcff standing alone are the bytes 0x80 to 0xff,
   other lone surrogates become U+FFFD. */
int json_string(struct json *j, struct buf *to);

/* An integer, with neither fraction nor exponent, that fits. */
int json_integer(struct json *j, int64_t *value);

/* Any value: *raw (unless NULL) lends its text as it stands, *length bytes, without white space around it. */
int json_skip(struct json *j, const char **raw, size_t *length);

/* Returns 0 when nothing but white space is left. */
int json_end(struct json *j);

#endif
