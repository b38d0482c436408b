/*
 * altered_clock: waits in tasks, all at once, beside a preload that alters clocks. altered_clock
 * RATE [WAITS]: so many seconds of the program's pass in a second of the kernel's; each wait takes
 * a second of the program's. 0: the program's clock stands still.
 */
#include "facts.h"

#include <greq/greq.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double rate;

static double kernel_now(void)
{
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void by_usleep(void)
{
    usleep(1000000);
}

static void by_nanosleep(void)
{
    nanosleep(&(struct timespec){1, 0}, NULL);
}

static void by_absolute(clockid_t clock)
{
    struct timespec until;
    clock_gettime(clock, &until);
    until.tv_sec++;
    clock_nanosleep(clock, TIMER_ABSTIME, &until, NULL);
}

static void by_monotonic(void)
{
    by_absolute(CLOCK_MONOTONIC);
}

static void by_realtime(void)
{
    by_absolute(CLOCK_REALTIME);
}

static void by_poll(void)
{
    int ends[2];
    must(pipe(ends), "pipe");
    struct pollfd interest = {ends[0], POLLIN, 0};
    must(poll(&interest, 1, 1000), "poll");
    close(ends[0]);
    close(ends[1]);
}

static void by_select(void)
{
    struct timeval second = {1, 0};
    must(select(0, NULL, NULL, NULL, &second), "select");
}

/* A clock that stands still never gets to a point of time: then it is enough that there is an end.
 */
static const struct {
    const char *name;
    void (*wait)(void);
    bool is_absolute;
} waits[] = {
    {"usleep", by_usleep, false},      {"nanosleep", by_nanosleep, false},
    {"monotonic", by_monotonic, true}, {"realtime", by_realtime, true},
    {"poll", by_poll, false},          {"select", by_select, false},
};

enum { WAITS = sizeof waits / sizeof *waits };

/* Returns how long it took, in an allocated double. */
static void *wait_once(void *number)
{
    double begin = kernel_now(), *took = malloc(sizeof *took);
    waits[*(size_t *)number].wait();
    *took = kernel_now() - begin;
    return took;
}

static void tell(size_t number, double took)
{
    double wanted = rate ? 1 / rate : 1;
    bool any = !rate && waits[number].is_absolute;
    fact("%s: %s", waits[number].name,
         !any && took < wanted * 0.95 ? "too short"
         : took > wanted + 0.7        ? "too long"
                                      : "right");
    timing(waits[number].name, took);
}

int main(int count, char **words)
{
    static size_t numbers[WAITS];
    greq_task *tasks[WAITS];
    void *took;
    size_t used = count > 2 ? (size_t)atoi(words[2]) : WAITS;
    rate = atof(words[1]);
    for (size_t i = 0; i < used; i++) {
        numbers[i] = i;
        tasks[i] = greq_spawn(wait_once, &numbers[i]);
    }
    for (size_t i = 0; i < used; i++) {
        greq_join(tasks[i], &took);
        tell(i, *(double *)took);
        free(took);
    }
}
