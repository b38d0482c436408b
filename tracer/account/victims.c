#include "account/victims.h"

#include "base/memory.h"

#include <stdlib.h>

static struct site_victim *shortest(struct victims *victims)
{
    struct site_victim *found = victims->items;
    for (size_t i = 1; i < victims->count; i++)
        if (victims->items[i].waited < found->waited)
            found = &victims->items[i];
    return found;
}

void victims_add(struct victims *victims, uint64_t connection, const char *peer, uint64_t waited)
{
    for (size_t i = 0; i < victims->count; i++)
        if (victims->items[i].connection == connection) {
            victims->items[i].waited += waited;
            return;
        }
    struct site_victim *place =
        victims->count < VICTIMS_MAX ? &victims->items[victims->count++] : shortest(victims);
    if (place->waited >= waited)
        return;
    free(place->peer);
    *place = (struct site_victim){connection, memory_copy(peer), waited};
}

void victims_merge(struct victims *victims, const struct victims *more)
{
    victims->waits += more->waits;
    victims->woken += more->woken;
    for (size_t i = 0; i < more->count; i++)
        victims_add(victims, more->items[i].connection, more->items[i].peer, more->items[i].waited);
}

void victims_finish(struct victims *victims)
{
    for (size_t i = 0; i < victims->count; i++)
        free(victims->items[i].peer);
    victims->count = 0;
}
