/* join_rules: what joining threads says: results, errors, time limits; C11 too. */
#include "alarms.h"
#include "company.h"
#include "facts.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_S 0.25

static struct timespec in(clockid_t clock, double seconds)
{
    struct timespec until;
    clock_gettime(clock, &until);
    long ns = until.tv_nsec + (long)(seconds * 1e9) + 1000000000;
    until.tv_sec += ns / 1000000000 - 1;
    until.tv_nsec = ns % 1000000000;
    return until;
}

static pthread_t start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, run, argument), "pthread_create");
    return thread;
}

static void *sleep_and_return(void *ms)
{
    raw_sleep_ms((int)(intptr_t)ms);
    return (void *)7;
}

static void *leave_by_pthread_exit(void *ms)
{
    raw_sleep_ms((int)(intptr_t)ms);
    pthread_exit((void *)8);
}

static void *wait_to_be_cancelled(void *unused)
{
    for (;;) {
        raw_sleep_ms(5);
        pthread_testcancel();
    }
    return unused;
}

static void tell(const char *name, int error, void *result)
{
    fact("%s: %s, %ld", name, error_name(error), (long)(intptr_t)result);
}

/* ---- results ---- */

static void results(void)
{
    void *result = NULL;
    errno = EPIPE;
    int error = pthread_join(start(sleep_and_return, (void *)50), &result);
    tell("returned", error, result);
    fact("errno %s", error_name(errno));
    error = pthread_join(start(leave_by_pthread_exit, (void *)50), &result);
    tell("pthread_exit", error, result);
    pthread_t thread = start(sleep_and_return, (void *)0);
    raw_sleep_ms(50);
    error = pthread_join(thread, &result);
    tell("had ended", error, result);
    fact("without a result: %s",
         error_name(pthread_join(start(sleep_and_return, (void *)10), NULL)));
    thread = start(wait_to_be_cancelled, NULL);
    pthread_cancel(thread);
    error = pthread_join(thread, &result);
    fact("cancelled: %s, %d", error_name(error), result == PTHREAD_CANCELED);
}

/* ---- errors ---- */

static void errors(void)
{
    void *result = NULL;
    pthread_t self = pthread_self(), thread;
    pthread_attr_t attributes;
    struct timespec until = in(CLOCK_MONOTONIC, LIMIT_S);
    fact("oneself: %s", error_name(pthread_join(self, NULL)));

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    must(-pthread_create(&thread, &attributes, sleep_and_return, (void *)400), "pthread_create");
    fact("detached: %s", error_name(pthread_join(thread, NULL)));
    fact("detached, with a limit: %s", error_name(pthread_timedjoin_np(thread, NULL, &until)));
    pthread_attr_destroy(&attributes);

    thread = start(sleep_and_return, (void *)100);
    fact("invalid clock: %s", error_name(pthread_clockjoin_np(thread, &result, 77, &until)));
    int error = pthread_join(thread, &result);
    tell("still there", error, result);
}

/* ---- time limits ---- */

static void limits(void)
{
    void *result = NULL;
    pthread_t thread = start(sleep_and_return, (void *)700);
    struct timespec until = in(CLOCK_REALTIME, LIMIT_S);
    struct start begin = start_now();
    int error = pthread_timedjoin_np(thread, &result, &until);
    fact("timedjoin: %s, in time %d", error_name(error), took(begin, LIMIT_S));
    begin = start_now();
    until = in(CLOCK_MONOTONIC, LIMIT_S);
    error = pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC, &until);
    fact("clockjoin: %s, in time %d", error_name(error), took(begin, LIMIT_S));
    until = in(CLOCK_REALTIME, -1);
    begin = start_now();
    error = pthread_timedjoin_np(thread, &result, &until);
    fact("in the past: %s, in time %d", error_name(error), took(begin, 0));
    error = pthread_timedjoin_np(thread, &result, NULL);
    tell("without a limit", error, result);
}

/* ---- C11 ---- */

static int return_minus_three(void *unused)
{
    (void)unused;
    raw_sleep_ms(50);
    return -3;
}

static void of_c11(void)
{
    thrd_t thread;
    int result = 0;
    thrd_create(&thread, return_minus_three, NULL);
    int outcome = thrd_join(thread, &result);
    fact("thrd_join: %d, %d", outcome == thrd_success, result);
    fact("oneself: %d", thrd_join(thrd_current(), NULL) == thrd_error);
    struct timespec duration = {0, 50000000}, none = {0, 0}, invalid = {0, -1};
    struct start begin = start_now();
    outcome = thrd_sleep(&duration, NULL);
    fact("thrd_sleep: %d, in time %d", outcome, took(begin, 0.05));
    fact("not at all: %d", thrd_sleep(&none, NULL));
    fact("invalid: %d", thrd_sleep(&invalid, NULL));
}

static int take(void *mtx)
{
    return mtx_lock(mtx);
}

/* A mutex that a thread which has ended left taken. */
static void locks_of_c11(void)
{
    mtx_t mtx, again;
    cnd_t cnd;
    thrd_t thread;
    mtx_init(&mtx, mtx_timed);
    mtx_init(&again, mtx_plain | mtx_recursive);
    cnd_init(&cnd);
    thrd_create(&thread, take, &mtx);
    thrd_join(thread, NULL);
    fact("mtx_trylock: busy %d", mtx_trylock(&mtx) == thrd_busy);
    struct timespec until = in(CLOCK_REALTIME, LIMIT_S);
    struct start begin = start_now();
    int outcome = mtx_timedlock(&mtx, &until);
    fact("mtx_timedlock: timed out %d, in time %d", outcome == thrd_timedout, took(begin, LIMIT_S));
    fact("recursive: %d %d", mtx_lock(&again), mtx_trylock(&again));
    begin = start_now();
    until = in(CLOCK_REALTIME, LIMIT_S);
    for (outcome = thrd_success; outcome == thrd_success;)
        outcome = cnd_timedwait(&cnd, &again, &until);
    fact("cnd_timedwait: timed out %d, in time %d", outcome == thrd_timedout, took(begin, LIMIT_S));
    fact("let go: %d %d", mtx_unlock(&again), mtx_unlock(&again));
    fact("cnd_signal %d, cnd_broadcast %d", cnd_signal(&cnd), cnd_broadcast(&cnd));
    cnd_destroy(&cnd);
    mtx_destroy(&again);
}

static void scene(void)
{
    results();
    errors();
    limits();
    of_c11();
    locks_of_c11();
}

/* ---- in the main task: signals do not end a join, and end thrd_sleep ---- */

static void interruption(void)
{
    struct timespec duration = {2, 0}, left = {0, 0};
    void *result = NULL;
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    pthread_t thread = start(sleep_and_return, (void *)300);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    alarm_soon(0);
    int error = pthread_join(thread, &result);
    tell("a handler ran", error, result);
    alarm_soon(0);
    int outcome = thrd_sleep(&duration, &left);
    fact("thrd_sleep: %d, a second and more left %d", outcome, left.tv_sec >= 1);
    alarm_over();
}

int main(void)
{
    play(scene);
    play_in_main(interruption);
}
