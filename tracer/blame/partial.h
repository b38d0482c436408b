/*
 * partial.h: calls that were the real ones and held up their thread's tasks: why, and what to do.
 */
#ifndef BLAME_PARTIAL_H
#define BLAME_PARTIAL_H

#include "blame/blame.h"

enum { PARTIAL_REASON_SIZE = 256 };

/* What the call was, for the reason that held tasks up longest: "was not patched (GREQ_PATCH)".
 * Returns `text`. */
const char *partial_reason(char text[PARTIAL_REASON_SIZE], const struct blamed_call *call);

/* Whether it could not have parked, whatever GREQ_PATCH says. */
bool partial_is_for_another_reason(const struct blamed_call *call);

/* What to do about it; `name` is the function's. The caller frees it. */
char *partial_remedy(const char *name, const struct blamed_call *call);

#endif
