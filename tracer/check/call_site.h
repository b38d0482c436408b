/*
 * call_site.h: what identifies a call site from one build and run to the next, and what a reader
 * wants to see of it.
 */
#ifndef CHECK_CALL_SITE_H
#define CHECK_CALL_SITE_H

#include "check/summary.h"

/* Its fingerprint: base/fingerprint.h. */
uint64_t call_site_fingerprint(const char *call, const struct site_frame *stack, size_t depth);

/* The frame that a reader wants to see: the innermost of the program's own code, or if it has none,
 * the innermost that is not of a runtime library. */
const struct site_frame *call_site_place(const struct call_site *site);

/* Whether a function is on the stack. `pattern` is as of fnmatch(3), so `*` stands for anything. */
bool call_site_passes_through(const struct call_site *site, const char *pattern);

#endif
