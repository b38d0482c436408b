/*
 * map.h: a hash table from 64-bit keys to pointers. It owns its table, not what is pointed to.
 *
 * A key may be a number (a descriptor, a task) or a hash; in the latter case the values chain what
 * shares a hash.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry {
    uint64_t key;
    void *value; /* NULL: the entry is free */
};

/* All zeros is an empty map. */
struct map {
    struct map_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* Releases the table and leaves an empty map. */
void map_clear(struct map *map);

/* Sets the value, not NULL, of a key that may be there already. */
void map_put(struct map *map, uint64_t key, void *value);

/* Removes a key. Returns its value, or NULL when it was not there. */
void *map_remove(struct map *map, uint64_t key);

/* Goes through the values in no order: returns the next one at or after `*position`, which starts
 * at 0, or NULL. The map must not change meanwhile. */
void *map_next(const struct map *map, size_t *position);

/* Mixes a value into a hash. Start with any constant. */
static inline uint64_t map_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

/* Where the search for a key starts. Keys are often small and consecutive; mixing spreads them. */
static inline size_t map_home(const struct map *map, uint64_t key)
{
    return map_mix(0, key) & (map->capacity - 1);
}

/* The entry that holds the key, or the free one where it belongs. The table is not empty. */
static inline struct map_entry *map_find(const struct map *map, uint64_t key)
{
    size_t at = map_home(map, key);
    while (map->entries[at].value && map->entries[at].key != key)
        at = (at + 1) & (map->capacity - 1);
    return &map->entries[at];
}

/* The value of a key, or NULL. */
static inline void *map_get(const struct map *map, uint64_t key)
{
    return map->count ? map_find(map, key)->value : NULL;
}

/* Mixes the bytes of a text into a hash. */
uint64_t map_mix_text(uint64_t hash, const char *text);

#endif
