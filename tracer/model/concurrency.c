#include "model/concurrency.h"

#include "base/memory.h"

#include <stdlib.h>

/* A hand-over takes no longer than this. */
#define PROMPT_NS 30000000

static void pass(struct concurrency *concurrency, uint64_t time)
{
    double passed = time - concurrency->since;
    concurrency->area += passed * concurrency->in_flight;
    if (concurrency->in_flight)
        concurrency->busy += passed;
    if (concurrency->in_flight == concurrency->peak)
        concurrency->at_peak += passed;
    concurrency->since = time;
}

static void raise_peak(struct concurrency *concurrency)
{
    concurrency->peak = concurrency->in_flight;
    concurrency->at_peak = 0;
    concurrency->refills = 0;
    concurrency->prompt_refills = 0;
}

static void refill(struct concurrency *concurrency)
{
    concurrency->refills++;
    concurrency->prompt_refills += concurrency->since - concurrency->last_end <= PROMPT_NS;
}

static void count(struct concurrency *concurrency, const struct flight_change *change)
{
    pass(concurrency, change->time > concurrency->since ? change->time : concurrency->since);
    concurrency->in_flight += change->change;
    if (change->change < 0)
        concurrency->last_end = concurrency->since;
    else if (concurrency->in_flight > concurrency->peak)
        raise_peak(concurrency);
    else if (concurrency->in_flight == concurrency->peak)
        refill(concurrency);
}

static struct flight_change *place(struct concurrency *concurrency, size_t at)
{
    return &concurrency->waiting[(concurrency->first + at) % CONCURRENCY_DELAY];
}

static void count_first(struct concurrency *concurrency)
{
    count(concurrency, place(concurrency, 0));
    concurrency->first = (concurrency->first + 1) % CONCURRENCY_DELAY;
    concurrency->count--;
}

void concurrency_change(struct concurrency *concurrency, int change, uint64_t time)
{
    if (!concurrency->waiting)
        concurrency->waiting = memory_alloc(CONCURRENCY_DELAY, sizeof *concurrency->waiting);
    if (concurrency->count == CONCURRENCY_DELAY)
        count_first(concurrency);
    size_t at = concurrency->count++;
    for (; at && place(concurrency, at - 1)->time > time; at--)
        *place(concurrency, at) = *place(concurrency, at - 1);
    *place(concurrency, at) = (struct flight_change){time, change};
}

void concurrency_finish(struct concurrency *concurrency)
{
    while (concurrency->count)
        count_first(concurrency);
    free(concurrency->waiting);
    concurrency->waiting = NULL;
}

double concurrency_mean(const struct concurrency *concurrency)
{
    return concurrency->busy > 0 ? concurrency->area / concurrency->busy : 0;
}

unsigned concurrency_pool_limit(const struct concurrency *concurrency)
{
    if (concurrency->peak < 2 || concurrency->refills < 2)
        return 0;
    if (concurrency->at_peak < 0.6 * concurrency->busy ||
        concurrency->prompt_refills < 0.8 * concurrency->refills)
        return 0;
    return concurrency->peak;
}
