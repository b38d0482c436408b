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

/* The value of a key, or NULL. */
void *map_get(const struct map *map, uint64_t key);

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

/* Mixes the bytes of a text into a hash. */
uint64_t map_mix_text(uint64_t hash, const char *text);

#endif
