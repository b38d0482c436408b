/*
 * difference.h: a comparison of two runs, told to people or programs.
 */
#ifndef CHECK_DIFFERENCE_H
#define CHECK_DIFFERENCE_H

#include "check/compare.h"
#include "render/render.h"

#include <stdio.h>

struct difference {
    const struct summary *before;
    const struct summary *after;
    const struct comparison *comparison; /* of these two */
    double tolerance;
    const char *root; /* absolute path that files are named relative to */
};

/* The figures of both runs, then the call sites that changed. */
void difference_text(const struct difference *difference, const struct style *style, FILE *out);

/* The same as one JSON object, "schema": 1. */
void difference_json(const struct difference *difference, const struct style *style, FILE *out);

#endif
