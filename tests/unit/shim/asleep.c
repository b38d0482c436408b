/*
 * Whether a thread sleeps.
 */
#include "sys/asleep.h"

#include "suite.h"

#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

static int thread_id; /* atomic */
static bool stop;     /* atomic */

static void announce(void)
{
    __atomic_store_n(&thread_id, gettid(), __ATOMIC_RELEASE);
}

static void *sleep_long(void *unused)
{
    prctl(PR_SET_NAME, ") R (");
    announce();
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
        usleep(1000000);
    return unused;
}

static void *work(void *unused)
{
    announce();
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
        ;
    return unused;
}

static int start(pthread_t *thread, void *(*run)(void *))
{
    thread_id = 0;
    stop = false;
    ck_assert_int_eq(pthread_create(thread, NULL, run, NULL), 0);
    while (!__atomic_load_n(&thread_id, __ATOMIC_ACQUIRE))
        usleep(100);
    return thread_id;
}

static void finish(pthread_t thread)
{
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
}

START_TEST(sleeping_thread_sleeps)
{
    pthread_t thread;
    int id = start(&thread, sleep_long);
    errno = EPIPE;
    bool is_asleep = thread_is_asleep(id);
    for (int i = 0; i < 10000 && !is_asleep; i++) { /* it is on its way there */
        usleep(1000);
        is_asleep = thread_is_asleep(id);
    }
    ck_assert(is_asleep);
    ck_assert_int_eq(errno, EPIPE);
    finish(thread);
}
END_TEST

START_TEST(working_thread_does_not)
{
    pthread_t thread;
    int id = start(&thread, work);
    for (int i = 0; i < 20; i++)
        ck_assert(!thread_is_asleep(id));
    ck_assert(!thread_is_asleep(gettid()));
    finish(thread);
}
END_TEST

START_TEST(thread_that_is_gone_will_do_nothing)
{
    pthread_t thread;
    int id = start(&thread, work);
    finish(thread);
    errno = EPIPE;
    ck_assert(thread_is_asleep(id));
    ck_assert_int_eq(errno, EPIPE);
}
END_TEST

SUITE("asleep", ONCE(sleeping_thread_sleeps), ONCE(working_thread_does_not),
      ONCE(thread_that_is_gone_will_do_nothing))
