/*
 * concurrency.c: changes come in, nearly in the order of their time; they are kept in a ring, late
 * ones beside it, and counted in that order, for the run and for the process they are of. The
 * account of requests is one of those who tell of changes.
 */
#include "account/concurrency.h"

#include "account/pool.h"
#include "account/slots.h"
#include "base/memory.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/thresholds.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 2 * CONCURRENCY_DELAY };

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
    concurrency->all_ended = 0;
    concurrency->refills = concurrency->batches = 0;
    concurrency->prompt_refills = 0;
    concurrency->prompt_turns = 0;
    concurrency->went_on = concurrency->took_next = concurrency->let_in = 0;
    concurrency->awaited = concurrency->unasked = 0;
    memset(concurrency->queued, 0, sizeof concurrency->queued);
}

/* P10: who waits for all before the next ones are given gives as many at once as there were. */
static bool is_next_batch(const struct concurrency *concurrency, const struct flight_change *change)
{
    return concurrency->all_ended && change->given > concurrency->all_ended;
}

static void refill(struct concurrency *concurrency, const struct flight_change *change)
{
    uint64_t soon = concurrency->prompt_ns ? concurrency->prompt_ns : POOL_PROMPT_NS;
    uint64_t end = concurrency->last_end;
    if (end < change->freed)
        end = change->freed;
    concurrency->refills++;
    concurrency->went_on += change->goes_on;
    concurrency->took_next += change->takes_next;
    concurrency->let_in += change->is_let_in;
    bool is_awaited = change->unanswered > concurrency->peak;
    concurrency->awaited += is_awaited;
    concurrency->unasked += is_awaited && change->asked < concurrency->last_end;
    if (concurrency->left)
        concurrency->queued[concurrency->left < QUEUE_KEPT ? concurrency->left : QUEUE_KEPT]++;
    if (change->was_given || concurrency->since > end + soon)
        return;
    concurrency->prompt_refills++;
    concurrency->prompt_turns += change->who && change->who != concurrency->last_who &&
                                 change->who_since < concurrency->last_end;
}

/* P11: what is left at an end are requests that are read and not begun, if more have no answer than
 * are at it, of which this one still is. */
__attribute__((noinline)) static void note_requests(struct concurrency *concurrency,
                                                    const struct flight_change *change)
{
    if (change->change > 0) {
        concurrency->starts++;
        return;
    }
    bool waits =
        change->requests > concurrency->starts && change->unanswered > concurrency->in_flight;
    concurrency->left = waits ? change->requests - concurrency->starts : 0;
}

static void count(struct concurrency *concurrency, const struct flight_change *change)
{
    pass(concurrency, change->time > concurrency->since ? change->time : concurrency->since);
    if (change->requests)
        note_requests(concurrency, change);
    concurrency->in_flight += change->change;
    if (concurrency->in_flight > concurrency->peak) {
        raise_peak(concurrency);
    } else if (change->is_rest) {
        return;
    } else if (change->change <= 0) {
        concurrency->last_end = concurrency->since;
        concurrency->last_who = change->who;
        if (!concurrency->in_flight)
            concurrency->all_ended = concurrency->since;
    } else if (concurrency->in_flight == concurrency->peak) {
        if (is_next_batch(concurrency, change))
            concurrency->batches++;
        else
            refill(concurrency, change);
        concurrency->all_ended = 0;
    }
}

static struct flight_change *at(const struct concurrency *concurrency, size_t number)
{
    return &concurrency->waiting[(concurrency->first + number) % ROOM];
}

static void count_of_peer(struct peer_flights *peer, int change)
{
    peer->in_flight += change;
    if (peer->peak < peer->in_flight)
        peer->peak = peer->in_flight;
}

static void count_change(struct concurrency *concurrency, const struct flight_change *change)
{
    count(concurrency, change);
    if (change->part)
        count(change->part, change);
    if (change->asked_of)
        count_of_peer(change->asked_of, change->change);
}

/* One that came late comes after those of the same time. */
static void count_first(struct concurrency *concurrency, size_t changes)
{
    struct flight_change *late = concurrency->late;
    size_t in_time = 0, came_late = 0;
    while (in_time + came_late < changes) {
        bool is_late = came_late < concurrency->late_count &&
                       (in_time == concurrency->count ||
                        late[came_late].time < at(concurrency, in_time)->time);
        count_change(concurrency, is_late ? &late[came_late++] : at(concurrency, in_time++));
    }
    concurrency->first += in_time;
    concurrency->count -= in_time;
    concurrency->late_count -= came_late;
    if (came_late)
        memmove(late, late + came_late, concurrency->late_count * sizeof *late);
}

/* Few come late. */
static void add_late(struct concurrency *concurrency, const struct flight_change *change)
{
    if (!concurrency->late)
        concurrency->late = memory_alloc(ROOM, sizeof *concurrency->late);
    struct flight_change *late = concurrency->late;
    size_t at = concurrency->late_count++;
    for (; at && late[at - 1].time > change->time; at--)
        late[at] = late[at - 1];
    late[at] = *change;
}

void concurrency_add(struct concurrency *concurrency, const struct flight_change *change)
{
    if (!concurrency->waiting)
        concurrency->waiting = memory_alloc(ROOM, sizeof *concurrency->waiting);
    if (concurrency->count + concurrency->late_count == ROOM)
        count_first(concurrency, CONCURRENCY_DELAY);
    if (concurrency->count && at(concurrency, concurrency->count - 1)->time > change->time)
        add_late(concurrency, change);
    else
        *at(concurrency, concurrency->count++) = *change;
}

void concurrency_change(struct concurrency *concurrency, int change, uint64_t time)
{
    concurrency_add(concurrency, &(struct flight_change){.time = time, .change = change});
}

void concurrency_finish(struct concurrency *concurrency)
{
    if (concurrency->count)
        count_first(concurrency, concurrency->count + concurrency->late_count);
    free(concurrency->waiting);
    free(concurrency->late);
    concurrency->waiting = concurrency->late = NULL;
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

uint64_t concurrency_queued(const struct concurrency *concurrency, uint64_t others)
{
    uint64_t queued = 0;
    for (uint64_t left = others + 1; left <= QUEUE_KEPT; left++)
        queued += concurrency->queued[left];
    return queued;
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
static void add(struct listener *listener, const struct flight_change *change)
{
    concurrency_add(&((struct flights *)listener)->all, change);
}

/* Of a connection. */
struct flight {
    uint64_t begun;             /* ns: the request that is in flight */
    struct peer_flights *peers; /* NULL until one was */
    bool is_withdrawn;          /* it is none: its end is not to be counted either */
};

static struct flight *flight_of(struct connection *connection)
{
    return kept_of(&connection->kept, SLOT_CONCURRENCY);
}

static struct peer_flights *peers(struct flights *flights, struct connection *connection)
{
    struct flight *flight = flight_of(connection);
    uint64_t key = (uintptr_t)connection->host;
    if (!flight->peers)
        flight->peers = map_get(&flights->by_peer, key);
    if (!flight->peers) {
        flight->peers = memory_alloc(1, sizeof *flight->peers);
        map_put(&flights->by_peer, key, flight->peers);
    }
    return flight->peers;
}

/* What all at once would take. */
static void end_flight(struct flights *flights, struct connection *connection, uint64_t time)
{
    uint64_t begun = flight_of(connection)->begun;
    uint64_t *longest[] = {&flights->all.longest, &own(connection->process)->longest};
    for (size_t i = 0; i < sizeof longest / sizeof *longest; i++)
        if (time > begun && *longest[i] < time - begun)
            *longest[i] = time - begun;
}

/* P1: a request that is written in parts is one, and is in flight since the first. Of that one
 * `flights_request` tells. One whose connection is closed has no rest. Where they cannot be told
 * apart, none is in flight. */
static void change(struct listener *listener, struct connection *connection, int change,
                   uint64_t time)
{
    struct flight *flight = flight_of(connection);
    bool is_withdrawn = flight->is_withdrawn;
    flight->is_withdrawn = false;
    if (connection->is_mixed || is_withdrawn)
        return;
    if (change > 0 && !connection->unanswered)
        flight->begun = time;
    else if (change < 0)
        end_flight((struct flights *)listener, connection, time);
    if (change < 0 || connection->unanswered)
        add(listener,
            &(struct flight_change){.time = time,
                                    .change = change,
                                    .is_rest = connection->unanswered && !connection->life.closed,
                                    .connection = connection->number,
                                    .part = own(connection->process),
                                    .asked_of = peers((struct flights *)listener, connection)});
}

/* P3: the connection was in use until the last answer had been read to its end. */
void flights_request(struct flights *flights, struct connection *connection, struct thread *thread,
                     uint64_t time)
{
    add(&flights->listener, &(struct flight_change){.time = time,
                                                    .change = 1,
                                                    .freed = connection->last_read,
                                                    .was_given = pool_was_given_work(thread),
                                                    .connection = connection->number,
                                                    .part = own(connection->process),
                                                    .asked_of = peers(flights, connection)});
}

/* P3: another one may be opened in its place. */
static void close(struct listener *listener, struct connection *connection)
{
    if (connection->last_read && connection_asks(connection))
        add(listener, &(struct flight_change){.time = connection->life.closed,
                                              .part = own(connection->process)});
}

/* Drops a change, if it is of this connection. Returns what it was. */
static int drop_one(struct flight_change *change, uint64_t connection)
{
    int dropped = change->change;
    if (change->connection != connection)
        return 0;
    change->change = 0;
    change->is_rest = true;
    return dropped;
}

/* Drops those changes of a connection since then that have not been counted yet. Returns by how
 * many more were in flight for them. */
static int drop(struct concurrency *concurrency, uint64_t connection, uint64_t since)
{
    int dropped = 0;
    if (since <= concurrency->since) /* some are counted */
        return 0;
    for (size_t i = concurrency->count; i && at(concurrency, i - 1)->time >= since; i--)
        dropped += drop_one(at(concurrency, i - 1), connection);
    for (size_t i = concurrency->late_count; i && concurrency->late[i - 1].time >= since; i--)
        dropped += drop_one(&concurrency->late[i - 1], connection);
    return dropped;
}

/* Q10, Q11: it was no request. */
static void withdraw(struct listener *listener, struct connection *connection,
                     struct thread *thread)
{
    (void)thread;
    struct flight *flight = flight_of(connection);
    struct flights *flights = (struct flights *)listener;
    flight->is_withdrawn = drop(&flights->all, connection->number, flight->begun) > 0;
}

const struct concurrency *flights_of(struct process *process)
{
    return own(process);
}

void flights_begin(struct flights *flights)
{
    *flights = (struct flights){
        .listener = {.keeps = {SLOT_CONCURRENCY, .connection = sizeof(struct flight)},
                     .flight_changed = change,

                     .withdrawn = withdraw,
                     .closed = close}};
}

void flights_close(struct flights *flights)
{
    concurrency_finish(&flights->all);
}

/* P12: one row beside another, each with a peer of its own. */
bool flights_are_rows(const struct flights *flights)
{
    size_t position = 0, asked = 0;
    for (const struct peer_flights *peer; (peer = map_next(&flights->by_peer, &position));) {
        if (peer->peak > 1)
            return false;
        asked += peer->peak;
    }
    return asked == flights->all.peak;
}

void flights_finish(struct flights *flights)
{
    size_t position = 0;
    for (struct peer_flights *peer; (peer = map_next(&flights->by_peer, &position));)
        free(peer);
    map_clear(&flights->by_peer);
}
