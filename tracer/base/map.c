#include "base/map.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>

static void grow(struct map *map)
{
    struct map old = *map;
    map->capacity = old.capacity ? old.capacity * 2 : 16;
    map->entries = memory_alloc(map->capacity, sizeof *map->entries);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.entries[i].value)
            *map_find(map, old.entries[i].key) = old.entries[i];
    free(old.entries);
}

void map_clear(struct map *map)
{
    free(map->entries);
    *map = (struct map){0};
}

void map_put(struct map *map, uint64_t key, void *value)
{
    if (map->count * 2 >= map->capacity)
        grow(map);
    struct map_entry *entry = map_find(map, key);
    map->count += !entry->value;
    *entry = (struct map_entry){key, value};
}

/* Whether an entry whose search starts at `start` may lie at `hole` rather than at `at`: the hole
 * is on its way there. All positions are modulo the capacity. */
static bool is_on_way(const struct map *map, size_t start, size_t hole, size_t at)
{
    size_t mask = map->capacity - 1;
    return ((hole - start) & mask) < ((at - start) & mask);
}

void *map_remove(struct map *map, uint64_t key)
{
    if (!map->count)
        return NULL;
    struct map_entry *entry = map_find(map, key);
    void *value = entry->value;
    if (!value)
        return NULL;
    size_t hole = entry - map->entries;
    size_t mask = map->capacity - 1;
    for (size_t at = (hole + 1) & mask; map->entries[at].value; at = (at + 1) & mask)
        if (is_on_way(map, map_home(map, map->entries[at].key), hole, at)) {
            map->entries[hole] = map->entries[at];
            hole = at;
        }
    map->entries[hole].value = NULL;
    map->count--;
    return value;
}

void *map_next(const struct map *map, size_t *position)
{
    while (*position < map->capacity) {
        void *value = map->entries[(*position)++].value;
        if (value)
            return value;
    }
    return NULL;
}

uint64_t map_mix_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = map_mix(hash, (unsigned char)*text);
    return map_mix(hash, 0x100);
}
