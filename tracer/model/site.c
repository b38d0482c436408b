#include "model/site.h"

#include "base/memory.h"
#include "model/process.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const struct process *process, unsigned function, const uint64_t *frames,
                        size_t depth)
{
    uint64_t hash = map_mix(process->number, function);
    hash = map_mix(hash, process->generation);
    for (size_t i = 0; i < depth; i++)
        hash = map_mix(hash, frames[i]);
    return hash;
}

static bool is_like(const struct site *site, const struct process *process, unsigned function,
                    const uint64_t *frames, size_t depth)
{
    return site->function == function && site->process == process &&
           site->generation == process->generation && site->depth == depth &&
           !memcmp(site->frames, frames, depth * sizeof *frames);
}

static struct site *add(struct sites *sites, const struct process *process, unsigned function,
                        const uint64_t *frames, size_t depth)
{
    struct site *site = memory_alloc(1, sizeof *site);
    site->function = function;
    site->process = process;
    site->generation = process->generation;
    site->depth = depth;
    site->frames = memory_alloc(depth, sizeof *frames);
    memcpy(site->frames, frames, depth * sizeof *frames);
    sites->items = memory_grow(sites->items, sites->count, &sites->capacity, sizeof *sites->items);
    sites->items[sites->count++] = site;
    return site;
}

struct site *sites_find(struct sites *sites, const struct process *process, unsigned function,
                        const uint64_t *frames, size_t depth)
{
    uint64_t hash = hash_of(process, function, frames, depth);
    struct site *first = map_get(&sites->by_hash, hash);
    for (struct site *site = first; site; site = site->next)
        if (is_like(site, process, function, frames, depth))
            return site;
    struct site *site = add(sites, process, function, frames, depth);
    site->next = first;
    map_put(&sites->by_hash, hash, site);
    return site;
}

void totals_add(struct call_totals *totals, const struct call_totals *more)
{
    totals->count += more->count;
    totals->blocked += more->blocked;
    totals->parked += more->parked;
    totals->held += more->held;
    totals->unfinished += more->unfinished;
    if (!totals->unfinished_in || totals->unfinished_longest < more->unfinished_longest) {
        totals->unfinished_longest = more->unfinished_longest;
        totals->unfinished_in = more->unfinished_in;
    }
    if (totals->longest < more->longest)
        totals->longest = more->longest;
}

void sites_finish(struct sites *sites)
{
    for (size_t i = 0; i < sites->count; i++) {
        free(sites->items[i]->frames);
        free(sites->items[i]);
    }
    free(sites->items);
    map_clear(&sites->by_hash);
    *sites = (struct sites){0};
}
