/*
 * figures.h: the sums that accounts book by call site: ns under each figure of base/figures.def.
 */
#ifndef ACCOUNT_FIGURES_H
#define ACCOUNT_FIGURES_H

#include <stddef.h>
#include <stdint.h>

enum figure {
#define FIGURE(name, ...) FIGURE_##name,
#include "base/figures.def"
#undef FIGURE
    FIGURES,
};

/* All zeros: nothing is booked. */
struct figures {
    uint64_t (*sites)[FIGURES]; /* by the site's number */
    size_t capacity;
};

/* Adds to a figure of a site, by its number. */
void figures_add(struct figures *figures, size_t site, enum figure figure, uint64_t ns);

/* The figures of a site; all zeros where nothing is booked. */
const uint64_t *figures_of(const struct figures *figures, size_t site);

void figures_finish(struct figures *figures);

#endif
