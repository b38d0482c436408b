/*
 * pthread_exit, for one purpose: a host may say that a thread must not end, as the greenlet host
 * does while Python's interpreter is being finalized. Such a thread stays, and ends with the
 * process.
 *
 * CPython before 3.14 ends a daemon thread by pthread_exit where it wants the GIL. A greenlet that
 * is parked in there would be left in a state that the last garbage collection crashes on.
 */
#include "call/call.h"
#include "host/host.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

__attribute__((noreturn)) static void stay(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    for (;;)
        pause();
}

EXPORT __attribute__((noreturn)) void pthread_exit(void *result)
{
    if (host_keeps_thread(&this_thread, __builtin_return_address(0)))
        stay();
    log_last(&this_thread, CALL_pthread_exit, __builtin_return_address(0));
    REAL(pthread_exit)(result);
    __builtin_unreachable();
}
