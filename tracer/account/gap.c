#include "account/gap.h"

#include "account/balance.h"
#include "account/slots.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/sample.h"
#include "model/site.h"
#include "model/thresholds.h"
#include "trace/reader.h"

#include <stdlib.h>

/* Of a thread. */
struct last {
    struct gap_edge call; /* its last one that is over */
    uint64_t unseen;      /* ns, so far */
};

static struct last *last_of(struct thread *thread)
{
    return kept_of(&thread->kept, SLOT_GAP);
}

static uint64_t mix_edge(uint64_t hash, const struct gap_edge *edge)
{
    hash = map_mix(hash, edge->is_call);
    return map_mix(map_mix(hash, edge->function), (unsigned)edge->fd);
}

static bool is_same(const struct gap_edge *a, const struct gap_edge *b)
{
    return a->is_call == b->is_call && a->function == b->function && a->fd == b->fd;
}

/* NULL: there are too many. */
static struct gap_place *find(struct gaps *gaps, const struct gap_edge *after,
                              const struct gap_edge *before)
{
    uint64_t hash = mix_edge(mix_edge(1, after), before);
    struct gap_place *first = map_get(&gaps->by_hash, hash);
    for (struct gap_place *place = first; place; place = place->next)
        if (is_same(&place->after, after) && is_same(&place->before, before))
            return place;
    if (gaps->count == GAPS_MAX)
        return NULL;
    struct gap_place *place = memory_alloc(1, sizeof *place);
    *place = (struct gap_place){.after = *after, .before = *before, .next = first};
    map_put(&gaps->by_hash, hash, place);
    gaps->items = memory_grow(gaps->items, gaps->count, &gaps->capacity, sizeof *gaps->items);
    gaps->items[gaps->count++] = place;
    return place;
}

static void add(struct gaps *gaps, struct thread *thread, const struct gap_edge *before)
{
    struct last *last = last_of(thread);
    uint64_t unseen = balance_unseen(thread);
    uint64_t time = unseen > last->unseen ? unseen - last->unseen : 0;
    last->unseen = unseen;
    if (time < TRACE_COMPUTED_NS)
        return;
    struct gap_place *place = find(gaps, &last->call, before);
    if (!place)
        return;
    if (!place->count++)
        place->thread = thread;
    place->time += time;
}

/* Of the thread, or its process: that is no call. */
static bool is_end(unsigned function)
{
    return function == EXIT_FUNCTION || function == RETURN_FUNCTION;
}

/* The time since the last sample is in the thread's balance already. */
static void take_sample(struct listener *listener, struct thread *thread,
                        const struct sample *sample)
{
    struct gap_edge before = {.fd = -1};
    if (sample->kind == SAMPLE_COMPUTED && sample->site && !is_end(sample->site->function))
        before = (struct gap_edge){true, sample->site->function, sample->fd};
    add((struct gaps *)listener, thread, &before);
}

static void end(struct listener *listener, struct thread *thread, uint64_t time)
{
    (void)time;
    add((struct gaps *)listener, thread, &(struct gap_edge){.fd = -1});
}

void gap_end_call(const struct call *call)
{
    if (call->kind.kind != KIND_IDLE)
        last_of(call->task->thread)->call =
            (struct gap_edge){true, call->function, call->record.fd};
}

const struct gap_place *gaps_longest(const struct gaps *gaps)
{
    const struct gap_place *longest = NULL;
    for (size_t i = 0; i < gaps->count; i++)
        if (!longest || gaps->items[i]->time > longest->time)
            longest = gaps->items[i];
    return longest;
}

void gaps_begin(struct gaps *gaps)
{
    *gaps = (struct gaps){.listener = {
                              .keeps = {SLOT_GAP, .thread = sizeof(struct last)},
                              .sampled = take_sample,
                              .thread_ended = end,
                          }};
}

void gaps_finish(struct gaps *gaps)
{
    for (size_t i = 0; i < gaps->count; i++)
        free(gaps->items[i]);
    free(gaps->items);
    map_clear(&gaps->by_hash);
}
