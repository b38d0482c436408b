#include "account/dead.h"

#include "account/lookups.h"
#include "base/memory.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/thresholds.h"

#include <stdlib.h>
#include <string.h>

/* NULL when there is no room. */
static struct dead_peer *find(struct dead *dead, const char *peer)
{
    uint64_t hash = map_mix_text(1, peer);
    struct dead_peer *found = map_get(&dead->by_peer, hash);
    if (found || dead->count == DEAD_PEERS_MAX)
        return found;
    found = memory_alloc(1, sizeof *found);
    found->peer = memory_copy(peer);
    map_put(&dead->by_peer, hash, found);
    dead->items = memory_grow(dead->items, dead->count, &dead->capacity, sizeof *dead->items);
    return dead->items[dead->count++] = found;
}

static bool has_overtaken(struct connection *winner, const struct connection *loser)
{
    uint64_t begun = loser->life.opened, ready = winner->life.ready;
    return winner->life.opened <= begun && ready >= begun &&
           loser->failed_at <= ready + OVERTAKEN_NS &&
           winner->owner.thread == loser->owner.thread && strcmp(winner->peer, loser->peer) != 0;
}

/* D4: another address of its host was tried before it by the same thread, has opened meanwhile, and
 * this one was given up for that: nobody has waited for it. */
static bool is_overtaken(struct connection *connection)
{
    const char *name = lookups_origin(connection)->name;
    uint64_t waited = connection->failed_at - connection->life.opened;
    struct connection *other;
    size_t position = 0;
    if (waited / 1e9 < NOISE_S) /* all others need not be looked at for that */
        return false;
    while (name && (other = map_next(&connection->process->connections, &position)))
        if (has_overtaken(other, connection) && lookups_origin(other)->name == name)
            return true;
    return false;
}

/* D2: what was still opening when its process ended may have opened yet. */
static bool may_have_opened(const struct connection *connection)
{
    return !connection->failed || connection->process->over;
}

/* D1: who came to the program and left in the middle of the handshake has no address to be given
 * up. */
static void add_connection(struct listener *listener, struct connection *connection)
{
    if (!connection_asks(connection) || may_have_opened(connection) || is_overtaken(connection))
        return;
    struct dead_peer *peer = find((struct dead *)listener, connection->peer);
    if (!peer)
        return;
    peer->attempts++;
    peer->waited += connection->failed_at - connection->life.opened;
}

void dead_begin(struct dead *dead)
{
    *dead = (struct dead){.listener = {.closed = add_connection}};
}

void dead_finish(struct dead *dead)
{
    for (size_t i = 0; i < dead->count; i++) {
        free(dead->items[i]->peer);
        free(dead->items[i]);
    }
    free(dead->items);
    map_clear(&dead->by_peer);
}
