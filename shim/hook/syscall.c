/*
 * syscall: what is seen of it while calls are recorded. The function is in syscall_*.S, which jumps
 * here.
 *
 * A wait for a futex is how Rust, glib and std::atomic::wait wait for a lock or to be woken. Who
 * has the lock is not known. Other numbers are not recorded: a report that knew nothing of their
 * descriptors would blame them wrongly.
 */
#include "call/call.h"
#include "sys/kernel.h"

#include <linux/futex.h>

long syscall_seen(long number, long a, long b, long c, long d, long e, long f);

static bool waits(long number, long operation)
{
    if (number == SYS_futex_waitv)
        return true;
    switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return true;
    default:
        return false;
    }
}

long syscall_seen(long number, long a, long b, long c, long d, long e, long f)
{
    if (call_is_plain() || !waits(number, b))
        return kernel_call(number, a, b, c, d, e, f);
    struct call call = {
        .log = {.id = CALL_syscall, .fd = -1, .caller = CALLER, .lock = (const void *)a}};
    call_enter(&call);
    return call_leave(&call, kernel_call(number, a, b, c, d, e, f));
}
