/* overlap_time: tasks that sleep. sleep() can do no less than a second. */
#include "facts.h"
#include "overlap.h"

#include <threads.h>
#include <time.h>
#include <unistd.h>

static struct timespec wait_time(void)
{
    return (struct timespec){overlap_wait_ms / 1000, overlap_wait_ms % 1000 * 1000000L};
}

static bool wait_sleep(int index)
{
    (void)index;
    return sleep((unsigned)overlap_wait_ms / 1000) == 0;
}

static bool wait_usleep(int index)
{
    (void)index;
    return usleep((useconds_t)overlap_wait_ms * 1000) == 0;
}

static bool wait_nanosleep(int index)
{
    (void)index;
    struct timespec wanted = wait_time();
    return nanosleep(&wanted, NULL) == 0;
}

static bool wait_clock_nanosleep(int index)
{
    (void)index;
    struct timespec wanted = wait_time();
    return clock_nanosleep(CLOCK_MONOTONIC, 0, &wanted, NULL) == 0;
}

static bool wait_until(int index)
{
    (void)index;
    struct timespec until, wanted = wait_time();
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wanted.tv_sec;
    until.tv_nsec += wanted.tv_nsec;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) == 0;
}

static bool wait_thrd_sleep(int index)
{
    (void)index;
    struct timespec wanted = wait_time();
    return thrd_sleep(&wanted, NULL) == 0;
}

/* No sleep may end early. */
static bool full(bool (*wait)(int), int index)
{
    double start = now_s();
    return wait(index) && now_s() - start >= overlap_wait_ms / 1e3;
}

#define CASE(function)                       \
    static bool full_##function(int index)   \
    {                                        \
        return full(wait_##function, index); \
    }
CASE(sleep)
CASE(usleep)
CASE(nanosleep)
CASE(clock_nanosleep)
CASE(until)
CASE(thrd_sleep)

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"sleep", full_sleep},
        {"usleep", full_usleep},
        {"nanosleep", full_nanosleep},
        {"clock_nanosleep", full_clock_nanosleep},
        {"TIMER_ABSTIME", full_until},
        {"thrd_sleep", full_thrd_sleep},
        {NULL, NULL},
    };
    return overlap_main(argc, argv, cases);
}
