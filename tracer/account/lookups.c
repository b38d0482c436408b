#include "account/lookups.h"

#include "account/slots.h"
#include "base/memory.h"
#include "model/process.h"
#include "model/thresholds.h"

#include <stdlib.h>
#include <string.h>

/* --- texts --- */

const char *lookups_keep(struct lookups *lookups, const char *text)
{
    uint64_t hash = map_mix_text(1, text);
    char *kept = map_get(&lookups->texts, hash);
    if (kept)
        return kept;
    if (lookups->texts.count == TEXTS_MAX)
        return "…";
    kept = memory_copy(text);
    map_put(&lookups->texts, hash, kept);
    return kept;
}

/* The length of an address without its port: of "127.0.0.1:80", "[::1]:80", "unix:/path". */
static size_t address_length(const char *text)
{
    const char *colon = strncmp(text, "unix:", 5) ? strrchr(text, ':') : NULL;
    return colon ? (size_t)(colon - text) : strlen(text);
}

static uint64_t hash_address(const char *text)
{
    uint64_t hash = 1;
    size_t length = address_length(text);
    for (size_t i = 0; i < length; i++)
        hash = map_mix(hash, (unsigned char)text[i]);
    return hash;
}

bool lookups_is_address(const char *name, const char *peer)
{
    size_t length = address_length(peer), bracket = *peer == '[';
    length -= 2 * bracket;
    return strlen(name) == length && !strncmp(name, peer + bracket, length);
}

/* --- what was looked up --- */

/* Of a process: the last addresses that were found, number n at n % LOOKUPS_KEPT. */
struct found {
    struct looked_up *items;
    uint64_t count;
};

static struct found *found_by(struct process *process)
{
    struct found *found =
        kept_get(&process->kept, SLOT_LOOKUPS, sizeof *found + LOOKUPS_KEPT * sizeof *found->items);
    found->items = (struct looked_up *)(found + 1);
    return found;
}

void lookups_add(struct process *process, const struct looked_up *looked_up, const char *address)
{
    struct found *found = found_by(process);
    struct looked_up *item = &found->items[found->count++ % LOOKUPS_KEPT];
    *item = *looked_up;
    item->address = hash_address(address);
}

static bool is_same_caller(const struct caller *a, const struct caller *b)
{
    return a->thread == b->thread && a->task == b->task;
}

/* The addresses that one look-up found stand together. */
static void claim(struct found *found, const struct looked_up *item)
{
    const struct looked_up claimed = *item;
    for (size_t i = 0; i < LOOKUPS_KEPT; i++)
        if (found->items[i].begun == claimed.begun &&
            is_same_caller(&found->items[i].caller, &claimed.caller))
            found->items[i].claimed = true;
}

/* The caller's own last look-up; else the first one that is free: names may be looked up by other
 * threads, in the order of the requests. */
static const struct looked_up *find_free(const struct found *found, const struct caller *caller,
                                         uint64_t address)
{
    const struct looked_up *first = NULL;
    uint64_t kept = found->count < LOOKUPS_KEPT ? found->count : LOOKUPS_KEPT;
    for (uint64_t back = 1; back <= kept; back++) {
        const struct looked_up *item = &found->items[(found->count - back) % LOOKUPS_KEPT];
        if (item->address != address || item->claimed)
            continue;
        if (is_same_caller(&item->caller, caller))
            return item;
        first = item;
    }
    return first;
}

static const struct looked_up *find_last(const struct found *found, uint64_t address)
{
    uint64_t kept = found->count < LOOKUPS_KEPT ? found->count : LOOKUPS_KEPT;
    for (uint64_t back = 1; back <= kept; back++) {
        const struct looked_up *item = &found->items[(found->count - back) % LOOKUPS_KEPT];
        if (item->address == address)
            return item;
    }
    return NULL;
}

const struct looked_up *lookups_claim(struct process *process, const struct caller *caller,
                                      const char *peer, bool *is_own)
{
    struct found *found = found_by(process);
    uint64_t address = hash_address(peer);
    const struct looked_up *item = find_free(found, caller, address);
    *is_own = item != NULL;
    if (!item)
        return find_last(found, address);
    claim(found, item);
    return item;
}

void lookups_finish(struct lookups *lookups)
{
    size_t position = 0;
    for (char *text; (text = map_next(&lookups->texts, &position));)
        free(text);
    map_clear(&lookups->texts);
}
