/*
 * pause, sigsuspend, sigwait, sigwaitinfo, sigtimedwait: only logged. A signal is the thread's, and
 * its mask is that of all of its tasks: while one waits for it no other may run.
 */
#include "call/logged.h"

#include <signal.h>
#include <unistd.h>

EXPORT int __sigsuspend(const sigset_t *mask);

EXPORT int pause(void)
{
    if (call_is_plain())
        return REAL(pause)();
    struct call call = {.log = {.id = CALL_pause, .fd = -1, .caller = CALLER}};
    call_enter(&call);
    return (int)call_leave(&call, REAL(pause)());
}

LOGGED(int, sigsuspend, -1, error_by_errno, (const sigset_t *mask), (mask))
LOGGED(int, __sigsuspend, -1, error_by_errno, (const sigset_t *mask), (mask))
LOGGED(int, sigwait, -1, error_by_code, (const sigset_t *set, int *number), (set, number))
LOGGED(int, sigwaitinfo, -1, error_by_errno, (const sigset_t *set, siginfo_t *info), (set, info))
LOGGED(int, sigtimedwait, -1, error_by_errno,
       (const sigset_t *set, siginfo_t *info, const struct timespec *timeout), (set, info, timeout))
