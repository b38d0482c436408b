/*
 * spool.h: a temporary file for what is told while a trace is read and can be printed only later,
 * when names are known. So memory does not grow with it.
 */
#ifndef RENDER_SPOOL_H
#define RENDER_SPOOL_H

#include "base/error.h"

#include <stdio.h>

/* A file that is gone when it is closed, where the user has room for it. Returns NULL with `error`
 * set when there is none. */
FILE *spool_open(struct error *error);

/* All is written: goes back to its begin. Returns 0; or -1 with `error` set: something is missing.
 */
int spool_finish(FILE *spool, struct error *error);

#endif
