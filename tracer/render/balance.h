/*
 * balance.h: where the time of the threads went, in a line, and where it was not seen.
 */
#ifndef RENDER_BALANCE_H
#define RENDER_BALANCE_H

#include "render/render.h"

/* "10.3 s: 94 % waiting in calls, 5 % computing, 1 % not seen". The caller frees it. */
char *balance_text(const struct report *report);

/* Where too little was seen to judge the run: how much, and between which calls. Else "". The
 * caller frees it. */
char *balance_doubt(const struct report *report);

#endif
