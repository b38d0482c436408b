/*
 * trust.h: what the figures of a report are worth, in words: the text report, JSON and the page
 * have the same lines. They may hold names from the trace, so whoever prints them cleans them.
 */
#ifndef RENDER_TRUST_H
#define RENDER_TRUST_H

#include "render/render.h"

enum { TRUST_LINES = 5 };

/* A line, from 0; "" where there is nothing to say. The caller frees it. */
char *trust_line(const struct report *report, size_t line);

#endif
