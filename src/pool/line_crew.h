/*
 * line_crew.h - line workers: the user's own programs, spoken to over their standard input and output.
 */
#ifndef POOL_LINE_CREW_H
#define POOL_LINE_CREW_H

#include "pool/roster.h"

extern const struct crew line_crew;

#endif
