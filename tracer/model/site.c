#include "model/site.h"

#include "base/memory.h"
#include "model/process.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const struct site_key *key)
{
    uint64_t hash = map_mix(key->process->number, key->function);
    hash = map_mix(hash, key->process->generation);
    for (size_t i = 0; i < key->depth; i++)
        hash = map_mix(hash, key->frames[i]);
    hash = map_mix(hash, (uintptr_t)key->mark);
    return key->python ? map_mix_text(hash, key->python) : hash;
}

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static bool is_like(const struct site *site, const struct site_key *key)
{
    return site->function == key->function && site->process == key->process &&
           site->generation == key->process->generation && site->mark == key->mark &&
           site->depth == key->depth && site->caller == key->frames[0] &&
           (site->depth == 1 ||
            !memcmp(site->frames, key->frames, key->depth * sizeof *key->frames)) &&
           is_same_text(site->python, key->python);
}

static struct site *add(struct sites *sites, const struct site_key *key)
{
    struct site *site = memory_alloc(1, sizeof *site);
    site->mark = key->mark;
    site->function = key->function;
    site->process = key->process;
    site->generation = key->process->generation;
    site->depth = key->depth;
    site->caller = key->frames[0];
    site->frames = memory_alloc(key->depth, sizeof *key->frames);
    memcpy(site->frames, key->frames, key->depth * sizeof *key->frames);
    site->python = key->python ? memory_copy(key->python) : NULL;
    sites->items = memory_grow(sites->items, sites->count, &sites->capacity, sizeof *sites->items);
    site->number = sites->count;
    sites->items[sites->count++] = site;
    places_add(&sites->places, site);
    return site;
}

struct site *sites_find(struct sites *sites, const struct site_key *key)
{
    uint64_t hash = hash_of(key);
    struct site *site = map_get(&sites->by_hash, hash);
    while (site && !is_like(site, key))
        site = site->next;
    if (site)
        return site;
    site = add(sites, key);
    site->next = map_get(&sites->by_hash, hash);
    map_put(&sites->by_hash, hash, site);
    return site;
}

static struct site *find_caller(struct sites *sites, const struct process *process,
                                unsigned function, uint64_t caller, const struct mark *mark)
{
    return sites_find(
        sites,
        &(struct site_key){
            .process = process, .function = function, .frames = &caller, .depth = 1, .mark = mark});
}

static bool is_of_caller(const struct site *site, const struct process *process, unsigned function,
                         uint64_t caller, const struct mark *mark)
{
    return site->caller == caller && site->mark == mark && site->function == function &&
           site->process == process && site->generation == process->generation &&
           site->depth == 1 && !site->python;
}

struct site *sites_find_caller(struct sites *sites, const struct process *process,
                               unsigned function, uint64_t caller, const struct mark *mark)
{
    uint64_t hash = map_mix(process->number ^ (uint64_t)function << 32, caller);
    struct site **place = &sites->at_hand[hash % SITES_AT_HAND];
    if (!*place || !is_of_caller(*place, process, function, caller, mark))
        *place = find_caller(sites, process, function, caller, mark);
    return *place;
}

/* --- sums --- */

void totals_add(struct call_totals *totals, const struct call_totals *more)
{
    totals->count += more->count;
    totals->blocked += more->blocked;
    totals->parked += more->parked;
    totals->left_out += more->left_out;
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
        free(sites->items[i]->python);
        free(sites->items[i]->refuser);
        descriptor_finish(&sites->items[i]->on);
        names_clear(&sites->items[i]->tasks);
        free(sites->items[i]);
    }
    free(sites->items);
    map_clear(&sites->by_hash);
    places_finish(&sites->places);
    *sites = (struct sites){0};
}

/* A frame: "path:line function". */
static bool is_frame(const char *frame, size_t length, const char *file, const char *function)
{
    const char *colon = memrchr(frame, ':', length);
    const char *name = colon ? memchr(colon, ' ', frame + length - colon) : NULL;
    size_t file_length = strlen(file), path_length = colon ? colon - frame : 0;
    return name && path_length >= file_length && !strncmp(colon - file_length, file, file_length) &&
           strlen(function) == (size_t)(frame + length - name - 1) &&
           !strncmp(name + 1, function, strlen(function));
}

bool site_is_in_python(const struct site *site, const char *file, const char *function)
{
    return site->python && is_frame(site->python, strcspn(site->python, "\n"), file, function);
}

const char *python_below(const char *frames, const char *file, const char *function)
{
    while (frames && *frames) {
        size_t length = strcspn(frames, "\n");
        const char *below = frames + length + (frames[length] == '\n');
        if (is_frame(frames, length, file, function))
            return below;
        frames = below;
    }
    return NULL;
}

bool site_is_below_python(const struct site *site, const char *file, const char *function)
{
    return python_below(site->python, file, function);
}

/* Whether it waits in this method of Queue. */
static bool is_in_queue(const struct site *site, const char *method)
{
    static const char waits[] = "/threading.py", queues[] = "/queue.py";
    const char *wait = site->python, *call = wait ? strchr(wait, '\n') : NULL;
    if (!call || !is_frame(wait, call - wait, waits, "wait") ||
        !is_frame(call + 1, strcspn(call + 1, "\n"), queues, method))
        return false;
    size_t wait_folder = (const char *)memrchr(wait, ':', call - wait) - wait - strlen(waits);
    size_t length = strcspn(++call, "\n");
    size_t call_folder = (const char *)memrchr(call, ':', length) - call - strlen(queues);
    return wait_folder == call_folder && !strncmp(wait, call, call_folder);
}

bool site_awaits_room(const struct site *site)
{
    return is_in_queue(site, "put");
}

bool site_awaits_job(const struct site *site)
{
    return is_in_queue(site, "get");
}
