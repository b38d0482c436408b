/*
 * heap.h: a priority queue of pointers, smallest time first. Owns its array, not the items. Items
 * of the same time come out in the order in which they went in, so that reports are reproducible.
 *
 * The first few lie sorted in front of the array, if that came about by itself: what goes in is
 * often among the next to come out, and often there are but few.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_entry {
    uint64_t time;
    uint64_t order;
    void *item;
};

enum { HEAP_FRONT = 16 };

/* All zeros is an empty heap. */
struct heap {
    struct heap_entry front[HEAP_FRONT]; /* before all entries; the first of all is the last */
    size_t front_count;
    struct heap_entry *entries;
    size_t count; /* of entries */
    size_t capacity;
    uint64_t pushed;
};

/* Releases the array and leaves an empty heap. */
void heap_clear(struct heap *heap);

/* The item is not NULL. */
void heap_push(struct heap *heap, uint64_t time, void *item);

/* Removes the smallest. Returns its item; the heap must not be empty. */
void *heap_pop(struct heap *heap);

/* Pushes an item, and then removes the smallest, which is returned. */
void *heap_exchange(struct heap *heap, uint64_t time, void *item);

static inline bool heap_is_empty(const struct heap *heap)
{
    return !heap->front_count && !heap->count;
}

/* The smallest time, or UINT64_MAX when the heap is empty. */
static inline uint64_t heap_time(const struct heap *heap)
{
    if (heap->front_count)
        return heap->front[heap->front_count - 1].time;
    return heap->count ? heap->entries[0].time : UINT64_MAX;
}

#endif
