#include "account/spread.h"

#include "base/memory.h"
#include "base/round.h"

#include <stdlib.h>

enum { STEP_BITS = 6 };
_Static_assert(1 << STEP_BITS == SPREAD_STEPS, "as many steps as bits tell apart");
_Static_assert(SPREAD_DOUBLINGS == 64 - STEP_BITS + 1, "there is a place for each time");

/* The first place has what is below SPREAD_STEPS, the others one doubling each. */
static unsigned doubling_of(uint64_t took)
{
    return took < SPREAD_STEPS ? 0 : 64 - __builtin_clzll(took) - STEP_BITS;
}

static unsigned shift_of(unsigned doubling)
{
    return doubling ? doubling - 1 : 0;
}

/* The first of its doubling; apart, for it is the rare case of what is done often. */
__attribute__((noinline)) static void add_first(struct spread *spread, uint64_t took)
{
    spread->steps[doubling_of(took)] = memory_alloc(SPREAD_STEPS, sizeof **spread->steps);
    spread_add(spread, took);
}

void spread_add(struct spread *spread, uint64_t took)
{
    unsigned doubling = doubling_of(took);
    uint64_t *steps = spread->steps[doubling];
    if (!steps) {
        add_first(spread, took);
        return;
    }
    steps[(took >> shift_of(doubling)) % SPREAD_STEPS]++;
    spread->count++;
    spread->sum += took;
    if (spread->longest < took)
        spread->longest = took;
}

/* The middle of the times that share a step. */
static uint64_t time_of(unsigned doubling, uint64_t step)
{
    unsigned shift = shift_of(doubling);
    uint64_t first = doubling ? SPREAD_STEPS : 0;
    return ((first + step) << shift) + ((UINT64_C(1) << shift) >> 1);
}

uint64_t spread_at(const struct spread *spread, double share)
{
    uint64_t rank = round_up(share * spread->count), passed = 0;
    if (rank >= spread->count)
        return spread->longest;
    for (unsigned doubling = 0; doubling < SPREAD_DOUBLINGS; doubling++)
        for (uint64_t step = 0; spread->steps[doubling] && step < SPREAD_STEPS; step++) {
            passed += spread->steps[doubling][step];
            if (passed >= rank && passed) {
                uint64_t time = time_of(doubling, step);
                return time < spread->longest ? time : spread->longest;
            }
        }
    return spread->longest;
}

void spread_finish(struct spread *spread)
{
    for (unsigned doubling = 0; doubling < SPREAD_DOUBLINGS; doubling++)
        free(spread->steps[doubling]);
    *spread = (struct spread){0};
}
