/* api_map: results, their order, the order of starts, limits, and empty lists. */
#include "facts.h"

#include <greq/greq.h>
#include <stdint.h>
#include <unistd.h>

enum { ITEMS = 50 };

static struct {
    int started, in_order, working, most_working;
} seen;

static void *square(void *item)
{
    intptr_t number = (intptr_t)item;
    seen.in_order += seen.started++ == number;
    if (++seen.working > seen.most_working)
        seen.most_working = seen.working;
    usleep(1000u * (unsigned)(1 + number * 7 % 5));
    seen.working--;
    return (void *)(number * number);
}

static void map_limited(size_t limit)
{
    void *items[ITEMS], *results[ITEMS];
    int right = 0;
    seen.started = seen.in_order = seen.working = seen.most_working = 0;
    for (intptr_t i = 0; i < ITEMS; i++)
        items[i] = (void *)i;
    int error = greq_map(square, items, results, ITEMS, limit);
    for (intptr_t i = 0; i < ITEMS; i++)
        right += results[i] == (void *)(i * i);
    fact("limit %zu: %s, %d right, %d started in order", limit, error_name(error), right,
         seen.in_order);
    fact("~in_flight_%zu %d", limit, seen.most_working);
}

static void map_without_results(void)
{
    void *items[ITEMS] = {NULL};
    seen.started = 0;
    int error = greq_map(square, items, NULL, ITEMS, 0);
    fact("no results: %s, started %d", error_name(error), seen.started);
}

static void map_little(void)
{
    void *item = (void *)3, *result = NULL, *untouched = &item;
    fact("none of one: %s", error_name(greq_map(square, &item, &untouched, 0, 0)));
    fact("untouched: %d", untouched == &item);
    fact("none at all: %s", error_name(greq_map(square, NULL, NULL, 0, 5)));
    fact("one: %s", error_name(greq_map(square, &item, &result, 1, 0)));
    fact("its result: %d", (int)(intptr_t)result);
}

int main(void)
{
    static const size_t limits[] = {0, 1, 2, 7, ITEMS, 1000};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        map_limited(limits[i]);
    map_without_results();
    map_little();
}
