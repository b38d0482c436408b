/*
 * dump.h: what all threads and tasks of a running process do now, read once.
 */
#ifndef LIVE_DUMP_H
#define LIVE_DUMP_H

#include "base/error.h"

#include <stdio.h>
#include <sys/types.h>

/* Prints it. Returns 0; or -1 with `error` set, and then nothing was printed. */
int dump_put(pid_t process, FILE *out, struct error *error);

#endif
