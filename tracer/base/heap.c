#include "base/heap.h"

#include "base/memory.h"

#include <stdbool.h>
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

void heap_push(struct heap *heap, uint64_t time, void *item)
{
    heap->entries = memory_grow(heap->entries, heap->count, &heap->capacity, sizeof *heap->entries);
    struct heap_entry entry = {time, heap->pushed++, item};
    size_t at = heap->count++;
    while (at && is_before(&entry, &heap->entries[(at - 1) / 2])) {
        heap->entries[at] = heap->entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->entries[at] = entry;
}

void *heap_pop(struct heap *heap)
{
    void *item = heap->entries[0].item;
    struct heap_entry last = heap->entries[--heap->count];
    size_t at = 0;
    for (size_t child = 1; child < heap->count; child = 2 * at + 1) {
        if (child + 1 < heap->count && is_before(&heap->entries[child + 1], &heap->entries[child]))
            child++;
        if (!is_before(&heap->entries[child], &last))
            break;
        heap->entries[at] = heap->entries[child];
        at = child;
    }
    heap->entries[at] = last;
    return item;
}
