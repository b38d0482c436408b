#include "account/concurrency.h"

#include "account/pool.h"
#include "account/slots.h"
#include "base/memory.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/thresholds.h"

#include <stdlib.h>
#include <string.h>

static void pass(struct concurrency *concurrency, uint64_t time)
{
    double passed = (int64_t)(time - concurrency->since); /* of a signed one that is quick */
    concurrency->area += passed * (int64_t)concurrency->in_flight;
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
    concurrency->went_on = concurrency->let_in = 0;
}

static void refill(struct concurrency *concurrency, const struct flight_change *change)
{
    uint64_t soon = concurrency->prompt_ns ? concurrency->prompt_ns : POOL_PROMPT_NS;
    uint64_t end = concurrency->last_end;
    if (end < change->freed)
        end = change->freed;
    concurrency->refills++;
    concurrency->went_on += change->goes_on;
    concurrency->let_in += change->is_let_in;
    if (change->was_given || concurrency->since > end + soon)
        return;
    concurrency->prompt_refills++;
    concurrency->prompt_turns += change->who && change->who != concurrency->last_who &&
                                 change->who_since < concurrency->last_end;
}

static void count(struct concurrency *concurrency, const struct flight_change *change)
{
    pass(concurrency, change->time > concurrency->since ? change->time : concurrency->since);
    concurrency->in_flight += change->change;
    if (concurrency->in_flight > concurrency->peak) {
        raise_peak(concurrency);
    } else if (change->is_rest) {
        return;
    } else if (change->change <= 0) {
        concurrency->last_end = concurrency->since;
        concurrency->last_who = change->who;
    } else if (concurrency->in_flight == concurrency->peak) {
        refill(concurrency, change);
    }
}

static void count_first(struct concurrency *concurrency, size_t changes)
{
    struct flight_change *waiting = concurrency->waiting;
    for (size_t i = 0; i < changes; i++) {
        count(concurrency, &waiting[i]);
        if (waiting[i].part)
            count(waiting[i].part, &waiting[i]);
    }
    concurrency->count -= changes;
    memmove(waiting, waiting + changes, concurrency->count * sizeof *waiting);
}

/* Puts a change where its time says: mostly it is the last one. */
void concurrency_add(struct concurrency *concurrency, const struct flight_change *change)
{
    enum { ROOM = 2 * CONCURRENCY_DELAY, STRIDE = 8 };
    if (!concurrency->waiting)
        concurrency->waiting = memory_alloc(ROOM, sizeof *concurrency->waiting);
    if (concurrency->count == ROOM)
        count_first(concurrency, CONCURRENCY_DELAY);
    struct flight_change *end = concurrency->waiting + concurrency->count++, *at = end;
    while (at - concurrency->waiting >= STRIDE && at[-STRIDE].time > change->time)
        at -= STRIDE;
    while (at > concurrency->waiting && at[-1].time > change->time)
        at--;
    if (at < end)
        memmove(at + 1, at, (end - at) * sizeof *at);
    *at = *change;
}

void concurrency_change(struct concurrency *concurrency, int change, uint64_t time)
{
    concurrency_add(concurrency, &(struct flight_change){.time = time, .change = change});
}

void concurrency_finish(struct concurrency *concurrency)
{
    if (concurrency->count)
        count_first(concurrency, concurrency->count);
    free(concurrency->waiting);
    concurrency->waiting = NULL;
}

double concurrency_mean(const struct concurrency *concurrency)
{
    return concurrency->busy > 0 ? concurrency->area / concurrency->busy : 0;
}

bool concurrency_is_full(const struct concurrency *concurrency)
{
    return concurrency->refills >= POOL_REFILLS_MIN &&
           concurrency->at_peak >= POOL_PEAK_SHARE * concurrency->busy;
}

bool concurrency_is_limited(const struct concurrency *concurrency)
{
    return concurrency_is_full(concurrency) &&
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

/* One list has the changes of all processes. */
static void add(struct listener *listener, struct connection *connection,
                struct flight_change change)
{
    change.part = own(connection->process);
    concurrency_add(&((struct flights *)listener)->all, &change);
}

/* P1: a request that is written in parts is one. Of its first one `start` tells. One whose
 * connection is closed has no rest. */
static void change(struct listener *listener, struct connection *connection, int change,
                   uint64_t time)
{
    if (change < 0 || connection->unanswered)
        add(listener, connection,
            (struct flight_change){.time = time,
                                   .change = change,
                                   .is_rest = connection->unanswered && !connection->life.closed});
}

/* P3: the connection was in use until the last answer had been read to its end. */
static void start(struct listener *listener, struct connection *connection, struct thread *thread,
                  uint64_t time)
{
    add(listener, connection,
        (struct flight_change){.time = time,
                               .change = 1,
                               .freed = connection->last_read,
                               .was_given = pool_was_given_work(thread)});
}

/* P3: another one may be opened in its place. */
static void close(struct listener *listener, struct connection *connection)
{
    if (connection->last_read && connection_asks(connection))
        add(listener, connection, (struct flight_change){.time = connection->life.closed});
}

const struct concurrency *flights_of(struct process *process)
{
    return own(process);
}

void flights_begin(struct flights *flights)
{
    *flights = (struct flights){
        .listener = {.flight_changed = change, .requested = start, .closed = close}};
}

void flights_close(struct flights *flights)
{
    concurrency_finish(&flights->all);
}
