/*
 * heap.h: a priority queue of pointers, smallest time first. Owns its array, not the items. Items
 * of the same time come out in the order in which they went in, so that reports are reproducible.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_entry {
    uint64_t time;
    uint64_t order;
    void *item;
};

/* All zeros is an empty heap. */
struct heap {
    struct heap_entry *entries;
    size_t count;
    size_t capacity;
    uint64_t pushed;
};

/* Releases the array and leaves an empty heap. */
void heap_clear(struct heap *heap);

void heap_push(struct heap *heap, uint64_t time, void *item);

/* Removes the smallest. Returns its item; the heap must not be empty. */
void *heap_pop(struct heap *heap);

/* The smallest time, or UINT64_MAX when the heap is empty. */
static inline uint64_t heap_time(const struct heap *heap)
{
    return heap->count ? heap->entries[0].time : UINT64_MAX;
}

#endif
