/* overlap_join: tasks that join a thread which takes its time. */
#include "facts.h"
#include "overlap.h"

#include <pthread.h>
#include <stdint.h>
#include <threads.h>
#include <time.h>

static void *run(void *index)
{
    raw_sleep_ms(overlap_wait_ms);
    return index;
}

static int run_c11(void *index)
{
    raw_sleep_ms(overlap_wait_ms);
    return (int)(intptr_t)index;
}

static pthread_t start(int index)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, run, (void *)(intptr_t)(index + 1)), "pthread_create");
    return thread;
}

static struct timespec soon(clockid_t clock)
{
    struct timespec until;
    clock_gettime(clock, &until);
    until.tv_sec += 20;
    return until;
}

static bool wait_join(int index)
{
    void *result = NULL;
    return pthread_join(start(index), &result) == 0 && (intptr_t)result == index + 1;
}

static bool wait_timedjoin(int index)
{
    struct timespec until = soon(CLOCK_REALTIME);
    void *result = NULL;
    return pthread_timedjoin_np(start(index), &result, &until) == 0 &&
           (intptr_t)result == index + 1;
}

static bool wait_clockjoin(int index)
{
    struct timespec until = soon(CLOCK_MONOTONIC);
    void *result = NULL;
    return pthread_clockjoin_np(start(index), &result, CLOCK_MONOTONIC, &until) == 0 &&
           (intptr_t)result == index + 1;
}

static bool wait_thrd_join(int index)
{
    thrd_t thread;
    int result = 0;
    if (thrd_create(&thread, run_c11, (void *)(intptr_t)(index + 1)) != thrd_success)
        return false;
    return thrd_join(thread, &result) == thrd_success && result == index + 1;
}

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"pthread_join", wait_join},
        {"pthread_timedjoin_np", wait_timedjoin},
        {"pthread_clockjoin_np", wait_clockjoin},
        {"thrd_join", wait_thrd_join},
        {NULL, NULL},
    };
    return overlap_main(argc, argv, cases);
}
