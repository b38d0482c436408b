/*
 * spread.h: how long each of many things took, in little room: how many took about how long. So
 * medians and the like are known to one part in 128; the longest is exact.
 */
#ifndef ACCOUNT_SPREAD_H
#define ACCOUNT_SPREAD_H

#include <stdint.h>

/* Each doubling of a time has so many steps. Times below that many ns are exact. */
enum { SPREAD_STEPS = 64, SPREAD_DOUBLINGS = 59 };

/* All zeros: there was nothing. Times in ns. */
struct spread {
    uint64_t count;
    uint64_t sum;
    uint64_t longest;
    uint64_t *steps[SPREAD_DOUBLINGS]; /* NULL: nothing took about so long */
};

void spread_add(struct spread *spread, uint64_t took);

/* The time that such a share of all took at the longest; 0 when there was nothing. */
uint64_t spread_at(const struct spread *spread, double share);

void spread_finish(struct spread *spread);

#endif
