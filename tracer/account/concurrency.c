#include "account/concurrency.h"

#include "account/slots.h"
#include "base/memory.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/thresholds.h"

#include <stdlib.h>

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
    concurrency->prompt_turns = 0;
}

static void refill(struct concurrency *concurrency, const struct flight_change *change)
{
    uint64_t soon = concurrency->prompt_ns ? concurrency->prompt_ns : POOL_PROMPT_NS;
    concurrency->refills++;
    if (concurrency->since - concurrency->last_end > soon)
        return;
    concurrency->prompt_refills++;
    concurrency->prompt_turns += change->who && change->who != concurrency->last_who &&
                                 change->who_since < concurrency->last_end;
}

static void count(struct concurrency *concurrency, const struct flight_change *change)
{
    pass(concurrency, change->time > concurrency->since ? change->time : concurrency->since);
    concurrency->in_flight += change->change;
    if (change->change < 0) {
        concurrency->last_end = concurrency->since;
        concurrency->last_who = change->who;
    } else if (concurrency->in_flight > concurrency->peak) {
        raise_peak(concurrency);
    } else if (concurrency->in_flight == concurrency->peak) {
        refill(concurrency, change);
    }
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
    concurrency_change_by(concurrency, change, time, NULL, 0);
}

void concurrency_change_by(struct concurrency *concurrency, int change, uint64_t time,
                           const struct thread *who, uint64_t who_since)
{
    if (!concurrency->waiting)
        concurrency->waiting = memory_alloc(CONCURRENCY_DELAY, sizeof *concurrency->waiting);
    if (concurrency->count == CONCURRENCY_DELAY)
        count_first(concurrency);
    size_t at = concurrency->count++;
    for (; at && place(concurrency, at - 1)->time > time; at--)
        *place(concurrency, at) = *place(concurrency, at - 1);
    *place(concurrency, at) = (struct flight_change){time, change, who, who_since};
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

bool concurrency_is_limited(const struct concurrency *concurrency)
{
    return concurrency->refills >= POOL_REFILLS_MIN &&
           concurrency->at_peak >= POOL_PEAK_SHARE * concurrency->busy &&
           concurrency->prompt_refills >= POOL_PROMPT_SHARE * concurrency->refills;
}

unsigned concurrency_pool_limit(const struct concurrency *concurrency)
{
    return concurrency->peak > 1 && concurrency_is_limited(concurrency) ? concurrency->peak : 0;
}

/* --- the account --- */

static struct concurrency *own(struct process *process)
{
    return kept_get(&process->kept, SLOT_CONCURRENCY, sizeof(struct concurrency));
}

static void change(struct listener *listener, struct connection *connection, int change,
                   uint64_t time)
{
    concurrency_change(&((struct flights *)listener)->all, change, time);
    concurrency_change(own(connection->process), change, time);
}

static void end(struct listener *listener, struct process *process)
{
    (void)listener;
    concurrency_finish(own(process));
}

const struct concurrency *flights_of(struct process *process)
{
    return own(process);
}

void flights_begin(struct flights *flights)
{
    *flights = (struct flights){.listener = {.flight_changed = change, .process_over = end}};
}

void flights_close(struct flights *flights)
{
    concurrency_finish(&flights->all);
}
