/*
 * switch_greq.c: two tasks hand the thread to each other with greq_yield().
 *
 *     LD_PRELOAD=libgreq.so switch_greq TURNS
 */
#include "tasks.h"

struct side {
    int number;
    uint32_t turns;
};

static int last;          /* the side that ran last */
static uint64_t switches; /* how often it was not the same one again */

static void *take_turns(void *argument)
{
    struct side *side = argument;
    for (uint32_t i = 0; i < side->turns; i++) {
        switches += last != side->number;
        last = side->number;
        greq_yield();
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    tasks_require();
    uint32_t turns = bench_number(argc, argv, 1, "TURNS");
    struct side sides[] = {{1, turns}, {2, turns}};
    bench_limit_time();
    bench_pin();
    struct usage start = usage_now();
    greq_task *one = greq_spawn(take_turns, &sides[0]);
    greq_task *other = greq_spawn(take_turns, &sides[1]);
    if (!one || !other || greq_join(one, NULL) != 0 || greq_join(other, NULL) != 0)
        bench_fail("greq_spawn or greq_join failed");
    struct usage used = usage_since(start);
    /* A scheduler may now and then favour one of them, to look for events for example. */
    if (switches < 2 * (uint64_t)turns * 99 / 100)
        bench_fail("%ju switches in twice %u turns", (uintmax_t)switches, turns);
    usage_print(used, switches);
}
