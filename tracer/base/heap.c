#include "base/heap.h"

#include "base/memory.h"

#include <stdlib.h>

/* Both in one number: which of two entries comes first is as good as random, and a comparison
 * without a branch cannot be foreseen wrongly. */
__extension__ typedef unsigned __int128 rank;

static rank rank_of(const struct heap_entry *entry)
{
    return (rank)entry->time << 64 | entry->order;
}

static bool is_before(const struct heap_entry *a, const struct heap_entry *b)
{
    return rank_of(a) < rank_of(b);
}

void heap_clear(struct heap *heap)
{
    free(heap->entries);
    *heap = (struct heap){0};
}

static void rise(struct heap *heap, struct heap_entry entry)
{
    heap->entries = memory_grow(heap->entries, heap->count, &heap->capacity, sizeof *heap->entries);
    size_t at = heap->count++;
    while (at && is_before(&entry, &heap->entries[(at - 1) / 2])) {
        heap->entries[at] = heap->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->entries[at] = entry;
}

/* Puts an entry where the first one was. */
static void sink(struct heap *heap, struct heap_entry entry)
{
    size_t at = 0;
    for (size_t child = 1; child < heap->count; child = 2 * at + 1) {
        if (child + 1 < heap->count)
            child += is_before(&heap->entries[child + 1], &heap->entries[child]);
        if (!is_before(&heap->entries[child], &entry))
            break;
        heap->entries[at] = heap->entries[child];
        at = child;
    }
    heap->entries[at] = entry;
}

/* Whether an entry has its place in the front, as full as that may be. */
static bool is_for_front(const struct heap *heap, const struct heap_entry *entry)
{
    if (heap->front_count && is_before(entry, &heap->front[0]))
        return true;
    return heap->front_count < HEAP_FRONT && (!heap->count || is_before(entry, heap->entries));
}

/* There is room, and a hole at `at`: what comes after the entry moves into it. */
static void put_in_front(struct heap *heap, size_t at, struct heap_entry entry)
{
    struct heap_entry *front = heap->front;
    for (; at + 1 < heap->front_count && is_before(&entry, &front[at + 1]); at++)
        front[at] = front[at + 1];
    front[at] = entry;
}

/* From the end: it is often the next. */
static void add_to_front(struct heap *heap, struct heap_entry entry)
{
    struct heap_entry *front = heap->front;
    size_t at = heap->front_count++;
    for (; at && is_before(&front[at - 1], &entry); at--)
        front[at] = front[at - 1];
    front[at] = entry;
}

void heap_push(struct heap *heap, uint64_t time, void *item)
{
    struct heap_entry entry = {time, heap->pushed++, item};
    if (!is_for_front(heap, &entry)) {
        rise(heap, entry);
    } else if (heap->front_count < HEAP_FRONT) {
        add_to_front(heap, entry);
    } else {
        rise(heap, heap->front[0]);
        put_in_front(heap, 0, entry);
    }
}

void *heap_pop(struct heap *heap)
{
    if (heap->front_count)
        return heap->front[--heap->front_count].item;
    void *item = heap->entries[0].item;
    struct heap_entry last = heap->entries[--heap->count];
    if (heap->count)
        sink(heap, last);
    return item;
}

void *heap_exchange(struct heap *heap, uint64_t time, void *item)
{
    if (heap_is_empty(heap) || time < heap_time(heap))
        return item;
    if (heap->front_count) {
        void *first = heap_pop(heap);
        heap_push(heap, time, item);
        return first;
    }
    void *first = heap->entries[0].item;
    sink(heap, (struct heap_entry){time, heap->pushed++, item});
    return first;
}
