/*
 * switch_pthreads.c: two threads on one CPU hand over to each other.
 *
 *     switch_pthreads TURNS condvar     each sleeps until the other signals
 *     switch_pthreads TURNS yield       each calls sched_yield() until it is its turn
 */
#include "threads.h"

#include <sched.h>
#include <stdatomic.h>

struct side {
    int number;
    uint32_t turns;
};

static atomic_int turn; /* the side that may run */
static uint64_t switches;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted[2] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};

static void *take_turns_condvar(void *argument)
{
    struct side *side = argument;
    int other = !side->number;
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < side->turns; i++) {
        while (turn != side->number)
            pthread_cond_wait(&wanted[side->number], &lock);
        switches++;
        turn = other;
        pthread_cond_signal(&wanted[other]);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *take_turns_yield(void *argument)
{
    struct side *side = argument;
    for (uint32_t i = 0; i < side->turns; i++) {
        while (turn != side->number)
            sched_yield();
        switches++;
        turn = !side->number;
    }
    return NULL;
}

static void *(*chosen_way(int argc, char *argv[]))(void *)
{
    if (argc > 2 && strcmp(argv[2], "condvar") == 0)
        return take_turns_condvar;
    if (argc > 2 && strcmp(argv[2], "yield") == 0)
        return take_turns_yield;
    bench_fail("argument 2 must be condvar or yield");
}

int main(int argc, char *argv[])
{
    uint32_t turns = bench_number(argc, argv, 1, "TURNS");
    void *(*take_turns)(void *) = chosen_way(argc, argv);
    struct side sides[] = {{0, turns}, {1, turns}};
    bench_limit_time();
    bench_pin();
    struct usage start = usage_now();
    pthread_t one = thread_start(take_turns, &sides[0]);
    pthread_t other = thread_start(take_turns, &sides[1]);
    thread_finish(one);
    thread_finish(other);
    struct usage used = usage_since(start);
    if (switches != 2 * (uint64_t)turns)
        bench_fail("%ju switches in twice %u turns", (uintmax_t)switches, turns);
    usage_print(used, switches);
}
