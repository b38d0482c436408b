#include "base/heap.h"

#include "base/memory.h"

#include <stdlib.h>

static bool is_before(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->time != b->time ? a->time < b->time : a->order < b->order;
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
        if (child + 1 < heap->count && is_before(&heap->entries[child + 1], &heap->entries[child]))
            child++;
        if (!is_before(&heap->entries[child], &entry))
            break;
        heap->entries[at] = heap->entries[child];
        at = child;
    }
    heap->entries[at] = entry;
}

void heap_push(struct heap *heap, uint64_t time, void *item)
{
    struct heap_entry entry = {time, heap->pushed++, item};
    if (time >= heap_time(heap)) {
        rise(heap, entry);
        return;
    }
    if (heap->front.item)
        rise(heap, heap->front);
    heap->front = entry;
}

void *heap_pop(struct heap *heap)
{
    void *item = heap->front.item;
    heap->front.item = NULL;
    if (item)
        return item;
    item = heap->entries[0].item;
    struct heap_entry last = heap->entries[--heap->count];
    if (heap->count)
        sink(heap, last);
    return item;
}

void *heap_exchange(struct heap *heap, uint64_t time, void *item)
{
    if (heap->front.item || !heap->count || time < heap->entries[0].time) {
        heap_push(heap, time, item);
        return heap_pop(heap);
    }
    void *first = heap->entries[0].item;
    sink(heap, (struct heap_entry){time, heap->pushed++, item});
    return first;
}
