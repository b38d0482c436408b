/*
 * pthread_exit, for one purpose: how CPython before 3.14 ends a daemon thread that wants the GIL
 * while the interpreter is being finalized.
 *
 * A thread with a hub would end in the hub's greenlet, or in that of whoever waits in it, where a
 * thread without the shim sleeps in its main greenlet. greenlet's destructors do not expect that,
 * and the interpreter's last garbage collection finds what they left. So such a thread stays, as
 * from 3.14 on all do: it ends with the process, which does not wait for it.
 */
#include "call/call.h"
#include "python/python.h"

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
    if (this_thread.has_loop && python_is_finalizing() &&
        python_is_caller(__builtin_return_address(0)))
        stay();
    REAL(pthread_exit)(result);
    __builtin_unreachable();
}
