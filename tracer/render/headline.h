/*
 * headline.h: the whole run in one sentence, and what it would have taken otherwise in another: the
 * text report, JSON and the page have the same ones. No full stop. They may hold names from the
 * trace, so whoever prints them cleans them. The caller frees them.
 */
#ifndef RENDER_HEADLINE_H
#define RENDER_HEADLINE_H

#include "render/render.h"

#include <stdbool.h>

/* What could be saved, and the worst that was found. Where nothing was found and too little seen to
 * say so: "cannot tell", and why. */
char *headline_text(const struct report *report);

/* Whether nothing was found that is more than noise: then the headline itself says what is not
 * known. */
bool headline_finds_nothing(const struct report *report);

/* The estimate of the run without what was found; "" where there is none. */
char *headline_estimate(const struct report *report);

#endif
