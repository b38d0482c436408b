#include "task/timers.h"

#include "sys/check.h"
#include "sys/kernel.h"

#include <sys/mman.h>

/* A page full. */
#define FIRST_CAPACITY 512

static size_t heap_size(const struct timers *timers)
{
    return timers->capacity * sizeof *timers->heap;
}

/* From the kernel and not from the program's allocator, whose leak checker does not see who refers
 * to it. */
bool timers_reserve(struct timers *timers, uint32_t count)
{
    uint32_t capacity = timers->capacity ? timers->capacity : FIRST_CAPACITY;
    if (count <= timers->capacity)
        return true;
    while (capacity < count)
        capacity *= 2;
    size_t size = capacity * sizeof *timers->heap;
    void *heap = timers->heap ? FALLIBLE(mremap, MAP_FAILED, timers->heap, heap_size(timers), size,
                                         MREMAP_MAYMOVE)
                              : FALLIBLE(mmap, MAP_FAILED, NULL, size, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (heap == MAP_FAILED)
        return false;
    timers->heap = heap;
    timers->capacity = capacity;
    return true;
}

void timers_free(struct timers *timers)
{
    if (timers->heap)
        munmap(timers->heap, heap_size(timers));
    *timers = (struct timers){0};
}

static void put(struct timers *timers, uint32_t place, struct timer *timer)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

static void move_up(struct timers *timers, struct timer *timer)
{
    uint32_t place = timer->place;
    for (uint32_t parent; place > 1; place = parent) {
        parent = place / 2;
        if (timers->heap[parent - 1]->deadline <= timer->deadline)
            break;
        put(timers, place, timers->heap[parent - 1]);
    }
    put(timers, place, timer);
}

static void move_down(struct timers *timers, struct timer *timer)
{
    uint32_t place = timer->place;
    for (uint32_t child; (child = 2 * place) <= timers->count; place = child) {
        if (child < timers->count &&
            timers->heap[child]->deadline < timers->heap[child - 1]->deadline)
            child++;
        if (timers->heap[child - 1]->deadline >= timer->deadline)
            break;
        put(timers, place, timers->heap[child - 1]);
    }
    put(timers, place, timer);
}

void timers_add(struct timers *timers, struct timer *timer, uint64_t deadline)
{
    CHECK(timers->count < timers->capacity && !timer->place);
    timer->deadline = deadline;
    put(timers, ++timers->count, timer);
    move_up(timers, timer);
}

void timers_take_out(struct timers *timers, struct timer *timer)
{
    uint32_t place = timer->place;
    CHECK(place);
    struct timer *last = timers->heap[--timers->count];
    timer->place = 0;
    if (last == timer)
        return;
    put(timers, place, last);
    move_up(timers, last);
    move_down(timers, last);
}
