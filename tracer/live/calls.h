/*
 * calls.h: the calls that a running process is in, as its trace has them.
 */
#ifndef LIVE_CALLS_H
#define LIVE_CALLS_H

#include "live/stack.h"

#include <stdio.h>
#include <sys/types.h>

/* Prints them, those that last longest first; nothing if the trace cannot be read. */
void calls_put(pid_t process, const char *trace, const struct stack_names *names, FILE *out);

#endif
