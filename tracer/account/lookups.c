#include "account/lookups.h"

#include "account/loop.h"
#include "account/slots.h"
#include "base/memory.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/thread.h"
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

/* Whether a name is nothing but the address of a peer. */
static bool is_address(const char *name, const char *peer)
{
    size_t length = address_length(peer), bracket = *peer == '[';
    length -= 2 * bracket;
    return strlen(name) == length && !strncmp(name, peer + bracket, length);
}

/* --- what was looked up --- */

/* An address that a name was found to have. */
struct looked_up {
    const char *name;
    uint64_t address; /* its hash */
    struct thread *thread;
    uint32_t task;
    uint64_t begun; /* ns */
    uint64_t took;  /* ns */
    bool claimed;   /* by a connection */
};

/* Of a process: the last addresses that were found, number n at n % LOOKUPS_KEPT. */
struct found {
    uint64_t count;
    struct looked_up items[LOOKUPS_KEPT];
};

static struct found *found_by(struct process *process)
{
    return kept_get(&process->kept, SLOT_LOOKUPS, sizeof(struct found));
}

static void add(struct listener *listener, struct task *task, const char *address, uint64_t time)
{
    struct found *found = found_by(task->thread->process);
    uint64_t begun = task->lookup.call_begin;
    found->items[found->count++ % LOOKUPS_KEPT] = (struct looked_up){
        .name = lookups_keep((struct lookups *)listener, task->lookup.text),
        .address = hash_address(address),
        .thread = task->thread,
        .task = task->number,
        .begun = begun,
        .took = time > begun ? time - begun : 0,
    };
}

/* The one that was found `back` before the next, or NULL. */
static struct looked_up *last(struct found *found, uint64_t back)
{
    bool is_kept = back <= found->count && back <= LOOKUPS_KEPT;
    return is_kept ? &found->items[(found->count - back) % LOOKUPS_KEPT] : NULL;
}

/* The addresses that one look-up found stand together. */
static void claim(struct found *found, const struct looked_up *claimed)
{
    const struct looked_up one = *claimed;
    struct looked_up *item;
    for (uint64_t back = 1; (item = last(found, back)); back++)
        item->claimed |= item->begun == one.begun && item->thread == one.thread;
}

/* Q5: the task's own last look-up; else the first one that is free: names may be looked up by other
 * threads, in the order of the requests. */
static struct looked_up *find_free(struct found *found, const struct thread *thread, uint32_t task,
                                   uint64_t address)
{
    struct looked_up *first = NULL, *item;
    for (uint64_t back = 1; (item = last(found, back)); back++) {
        if (item->address != address || item->claimed)
            continue;
        if (item->thread == thread && item->task == task)
            return item;
        first = item;
    }
    return first;
}

/* The name that an address was last found for. */
static const char *find_name(struct found *found, uint64_t address)
{
    struct looked_up *item;
    for (uint64_t back = 1; (item = last(found, back)); back++)
        if (item->address == address)
            return item->name;
    return NULL;
}

/* --- connections --- */

static struct origin *origin_of(struct connection *connection)
{
    return kept_of(&connection->kept, SLOT_LOOKUPS);
}

const struct origin *lookups_origin(struct connection *connection)
{
    return origin_of(connection);
}

bool lookups_is_for_loop(struct connection *connection, const struct thread *loop)
{
    const struct thread *thread = origin_of(connection)->thread;
    return thread && thread != loop && loop_is_run_by(loop);
}

static void open_connection(struct listener *listener, struct connection *connection,
                            struct thread *thread, uint32_t task)
{
    struct found *found = found_by(connection->process);
    struct origin *origin = origin_of(connection);
    uint64_t address = hash_address(connection->peer);
    if (!connection_asks(connection))
        return;
    struct looked_up *item = find_free(found, thread, task, address);
    const char *name = item ? item->name : find_name(found, address);
    *origin = (struct origin){
        .name = name && !is_address(name, connection->peer) ? name : NULL,
        .peer = lookups_keep((struct lookups *)listener, connection->peer),
    };
    if (!item)
        return;
    origin->thread = item->thread;
    origin->begun = item->begun;
    origin->took = item->took;
    claim(found, item);
}

void lookups_begin(struct lookups *lookups)
{
    *lookups =
        (struct lookups){.listener = {.keeps = {SLOT_LOOKUPS, .connection = sizeof(struct origin)},
                                      .found_address = add,
                                      .opened = open_connection}};
}

void lookups_finish(struct lookups *lookups)
{
    size_t position = 0;
    for (char *text; (text = map_next(&lookups->texts, &position));)
        free(text);
    map_clear(&lookups->texts);
}
