/*
 * The heap of deadlines.
 */
#include "task/timers.h"
#include "suite.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { TIMERS = 300, STEPS = 10000 };

static struct timers heap;
static struct timer all[TIMERS];

static void begin(void)
{
    ck_assert(timers_reserve(&heap, TIMERS));
}

/* Whether every element knows its place, and none is earlier than the one above it. */
static bool is_heap(void)
{
    for (uint32_t place = 1; place <= heap.count; place++) {
        const struct timer *timer = heap.heap[place - 1];
        if (timer->place != place ||
            (place > 1 && timer->deadline < heap.heap[place / 2 - 1]->deadline))
            return false;
    }
    return true;
}

static uint64_t earliest_of_all(void)
{
    uint64_t earliest = UINT64_MAX;
    for (int i = 0; i < TIMERS; i++)
        if (all[i].place && all[i].deadline < earliest)
            earliest = all[i].deadline;
    return earliest;
}

START_TEST(first_is_the_earliest_whatever_is_added_and_removed)
{
    begin();
    srand(1);
    for (int step = 0; step < STEPS; step++) {
        struct timer *timer = &all[rand() % TIMERS];
        if (timer->place)
            timers_remove(&heap, timer);
        else
            timers_add(&heap, timer, (uint64_t)rand() % 1000);
        ck_assert(is_heap());
        if (heap.count)
            ck_assert_uint_eq(timers_first(&heap)->deadline, earliest_of_all());
        else
            ck_assert_ptr_null(timers_first(&heap));
    }
    timers_free(&heap);
}
END_TEST

START_TEST(they_come_out_sorted)
{
    uint64_t last = 0;
    begin();
    srand(2);
    for (int i = 0; i < TIMERS; i++)
        timers_add(&heap, &all[i], (uint64_t)rand());
    for (int i = 0; i < TIMERS; i++) {
        struct timer *first = timers_first(&heap);
        ck_assert_uint_ge(first->deadline, last);
        last = first->deadline;
        timers_remove(&heap, first);
    }
    ck_assert_ptr_null(timers_first(&heap));
    timers_free(&heap);
}
END_TEST

/* The last element, put in the place of the removed one, may belong above it as well as below. */
START_TEST(removal_moves_the_last_one_up_where_it_is_earlier)
{
    static const uint64_t deadlines[] = {1, 50, 2, 60, 70, 3, 4, 61, 62, 71, 72, 5};
    enum { COUNT = sizeof deadlines / sizeof *deadlines };
    begin();
    for (int i = 0; i < COUNT; i++)
        timers_add(&heap, &all[i], deadlines[i]);
    timers_remove(&heap, &all[7]); /* 61, below 60: 5 takes its place */
    ck_assert(is_heap());
    ck_assert_uint_eq(heap.count, COUNT - 1);
    timers_free(&heap);
}
END_TEST

START_TEST(removing_what_is_not_in_changes_nothing)
{
    begin();
    timers_add(&heap, &all[0], 7);
    timers_remove(&heap, &all[1]);
    ck_assert_ptr_eq(timers_first(&heap), &all[0]);
    timers_remove(&heap, &all[0]);
    timers_remove(&heap, &all[0]);
    ck_assert_uint_eq(heap.count, 0);
    timers_free(&heap);
}
END_TEST

/* Parking cannot fail, so what was reserved must do without the allocator. */
START_TEST(what_is_reserved_needs_no_more_memory)
{
    begin();
    struct timer **memory = heap.heap;
    ck_assert_uint_ge(heap.capacity, TIMERS);
    for (int i = 0; i < TIMERS; i++)
        timers_add(&heap, &all[i], (uint64_t)i);
    ck_assert_ptr_eq(heap.heap, memory);
    timers_free(&heap);
}
END_TEST

START_TEST(reserving_keeps_what_is_in)
{
    ck_assert(timers_reserve(&heap, 1));
    timers_add(&heap, &all[0], 9);
    ck_assert(timers_reserve(&heap, TIMERS));
    ck_assert(timers_reserve(&heap, 2));
    ck_assert_uint_ge(heap.capacity, TIMERS);
    ck_assert_ptr_eq(timers_first(&heap), &all[0]);
    timers_free(&heap);
}
END_TEST

SUITE("timers", ONCE(first_is_the_earliest_whatever_is_added_and_removed),
      ONCE(they_come_out_sorted), ONCE(removal_moves_the_last_one_up_where_it_is_earlier),
      ONCE(removing_what_is_not_in_changes_nothing), ONCE(what_is_reserved_needs_no_more_memory),
      ONCE(reserving_keeps_what_is_in))
