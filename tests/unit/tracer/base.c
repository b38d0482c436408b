/* The containers. */
#include "base/heap.h"
#include "base/map.h"
#include "suite.h"

#include <stdbool.h>

/* A small generator whose sequence is the same everywhere. */
static unsigned next_random(void)
{
    static unsigned state = 1;
    state = state * 1103515245 + 12345;
    return state >> 8;
}

START_TEST(map_does_what_an_array_does)
{
    enum { KEYS = 300, ROUNDS = 20000 };
    static int values[KEYS];
    bool there[KEYS] = {false};
    struct map map = {0};
    for (int i = 0; i < ROUNDS; i++) {
        unsigned key = next_random() % KEYS;
        if (next_random() % 2) {
            map_put(&map, key, &values[key]);
            there[key] = true;
        } else {
            ck_assert_ptr_eq(map_remove(&map, key), there[key] ? &values[key] : NULL);
            there[key] = false;
        }
        unsigned other = next_random() % KEYS;
        ck_assert_ptr_eq(map_get(&map, other), there[other] ? &values[other] : NULL);
    }
    map_clear(&map);
}
END_TEST

START_TEST(map_next_visits_each_value_once)
{
    int values[100] = {0};
    struct map map = {0};
    for (int i = 0; i < 100; i++)
        map_put(&map, i * 16, &values[i]);
    size_t position = 0;
    for (int *value; (value = map_next(&map, &position));)
        ++*value;
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(values[i], 1);
    map_clear(&map);
}
END_TEST

START_TEST(heap_sorts_and_keeps_the_order_of_equals)
{
    enum { COUNT = 2000 };
    static struct item {
        unsigned time, number;
    } items[COUNT];
    struct heap heap = {0};
    for (unsigned i = 0; i < COUNT; i++) {
        items[i] = (struct item){next_random() % 50, i};
        heap_push(&heap, items[i].time, &items[i]);
    }
    struct item last = {0, 0};
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned smallest = heap_time(&heap);
        struct item *item = heap_pop(&heap);
        ck_assert_uint_eq(item->time, smallest);
        ck_assert_uint_ge(item->time, last.time);
        if (item->time == last.time && i)
            ck_assert_uint_gt(item->number, last.number);
        last = *item;
    }
    ck_assert_uint_eq(heap_time(&heap), UINT64_MAX);
    heap_clear(&heap);
}
END_TEST

/* A few or many lie in it, and what goes in is soon or late to come out, as in a report. */
START_TEST(heap_is_in_order_whatever_lies_in_it)
{
    enum { COUNT = 4000 };
    static const unsigned held[] = {1, 12, 16, 17, 40, 500};
    static struct item {
        unsigned time, number;
    } items[COUNT];
    struct heap heap = {0};
    struct item *item, last = {0, 0};
    unsigned lying = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        bool is_late = next_random() % 8 == 0;
        items[i] = (struct item){last.time + next_random() % (is_late ? 5000 : 20), i};
        if (lying < held[_i]) {
            heap_push(&heap, items[i].time, &items[i]);
            lying++;
            continue;
        }
        if (next_random() % 2) {
            item = heap_exchange(&heap, items[i].time, &items[i]);
        } else {
            heap_push(&heap, items[i].time, &items[i]);
            item = heap_pop(&heap);
        }
        ck_assert_uint_ge(item->time, last.time);
        ck_assert_uint_le(item->time, heap_time(&heap));
        last = *item;
        while (next_random() % 3 == 0 && !heap_is_empty(&heap)) {
            unsigned smallest = heap_time(&heap);
            item = heap_pop(&heap);
            ck_assert_uint_eq(item->time, smallest);
            ck_assert(item->time > last.time || item->number > last.number);
            last = *item;
            lying--;
        }
    }
    for (; lying; lying--, last = *item) {
        item = heap_pop(&heap);
        ck_assert(item->time > last.time ||
                  (item->time == last.time && item->number > last.number));
    }
    ck_assert(heap_is_empty(&heap));
    heap_clear(&heap);
}
END_TEST

SUITE("tracer: base", ONCE(map_does_what_an_array_does), ONCE(map_next_visits_each_value_once),
      ONCE(heap_sorts_and_keeps_the_order_of_equals), EACH(heap_is_in_order_whatever_lies_in_it, 6))
