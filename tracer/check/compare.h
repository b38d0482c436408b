/*
 * compare.h: two runs side by side: what became worse, better, new and gone, by call site. Sites
 * are matched by their fingerprints, so lines may have moved.
 */
#ifndef CHECK_COMPARE_H
#define CHECK_COMPARE_H

#include "check/summary.h"

/* Smaller differences are noise, whatever the tolerance is: two runs are never alike. */
#define COMPARE_FLOOR_S 0.2

enum change { CHANGE_NONE, CHANGE_WORSE, CHANGE_BETTER, CHANGE_NEW, CHANGE_GONE };

/* The name of each, as it is printed. */
extern const char *const change_names[];

/* A site of the old run, the new one, or both; the other is NULL. */
struct site_change {
    enum change change;
    const struct call_site *before;
    const struct call_site *after;
};

/* A part that the program has named: of the old run, the new one, or both; the other is NULL. */
struct part_change {
    const struct summary_part *before;
    const struct summary_part *after;
};

/* Points into both summaries, which must outlive it. */
struct comparison {
    struct site_change *sites; /* all; worse and new ones first, the largest difference first */
    size_t count;
    struct part_change *parts; /* all: those of the new run in its order, then the others */
    size_t part_count;
};

/* The most that may be measured where `before` was, at a tolerance, as a fraction. */
double compare_limit(double before, double tolerance);

/*
 * Compares two runs. A site has changed when its serialized time did, or else the time that it
 * blocked, by more than the tolerance and the floor.
 */
void comparison_make(struct comparison *comparison, const struct summary *before,
                     const struct summary *after, double tolerance);

void comparison_finish(struct comparison *comparison);

#endif
