#include "timers.h"

#include <stdlib.h>

#include "clock.h"

bool timers_reserve(struct timers *timers, size_t count)
{
    if (count <= timers->capacity)
        return true;
    size_t capacity = timers->capacity ? timers->capacity : 64;
    while (capacity < count)
        capacity *= 2;
    struct timer **heap = realloc(timers->heap, capacity * sizeof *heap);
    if (!heap)
        return false;
    timers->heap = heap;
    timers->capacity = capacity;
    return true;
}

static void put(struct timers *timers, size_t place, struct timer *timer)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

static bool before(const struct timers *timers, size_t a, size_t b)
{
    return timers->heap[a - 1]->due < timers->heap[b - 1]->due;
}

static void swap(struct timers *timers, size_t a, size_t b)
{
    struct timer *timer = timers->heap[a - 1];
    put(timers, a, timers->heap[b - 1]);
    put(timers, b, timer);
}

static void sift(struct timers *timers, size_t place)
{
    while (place > 1 && before(timers, place, place / 2)) {
        swap(timers, place, place / 2);
        place /= 2;
    }
    for (;;) {
        size_t child = place * 2;
        if (child + 1 <= timers->count && before(timers, child + 1, child))
            child++;
        if (child > timers->count || !before(timers, child, place))
            return;
        swap(timers, place, child);
        place = child;
    }
}

void timers_set(struct timers *timers, struct timer *timer, int64_t due)
{
    timer->due = due;
    if (timer->place == 0)
        put(timers, ++timers->count, timer);
    sift(timers, timer->place);
}

void timers_cancel(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;
    if (place == 0)
        return;
    timer->place = 0;
    struct timer *last = timers->heap[--timers->count];
    if (last != timer) {
        put(timers, place, last);
        sift(timers, place);
    }
}

struct timer *timers_pop(struct timers *timers, int64_t now)
{
    if (timers->count == 0 || timers->heap[0]->due > now)
        return NULL;
    struct timer *timer = timers->heap[0];
    timers_cancel(timers, timer);
    return timer;
}

int timers_wait_ms(const struct timers *timers)
{
    return timers->count ? clock_ms_until(timers->heap[0]->due) : -1;
}

void timers_finish(struct timers *timers)
{
    free(timers->heap);
    *timers = (struct timers){0};
}
