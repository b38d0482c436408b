/*
 * syscall: what is seen of it while calls are recorded. The function is in syscall_*.S, which jumps
 * here.
 *
 * A wait for a futex is how Rust, glib and std::atomic::wait wait for a lock or to be woken. Who
 * has the lock is not known. What moves messages, or makes a connection, is what libc's function of
 * that name would be, but never parked: libuv sends datagrams so (BIND, Knot, Node.js). prctl
 * and seccomp may confine the process, or take the processor's counter away from it. pkey_alloc
 * makes a key to which each task has rights of its own. close and close_range are what they are by
 * libc (call/closing.h), but cannot be cancelled: libuv closes so, and who was linked with a libc
 * that has no close_range. Other numbers are not recorded: files and
 * pipes are read and written so by who must not be watched (crash handlers), and a report that knew
 * nothing of their descriptors would blame them wrongly. Neither is a child that has our memory: it
 * would be told as its parent.
 *
 * The instruction is executed by us, without look-up, lock, allocation or frame: allocators call
 * syscall before they can allocate, and children of clone return from it. A futex is told like a
 * condition that nobody is known to signal, so it is no convoy. A raw epoll_wait or read that the
 * model knows nothing of would be blamed for what it waits for.
 */
#include "call/call.h"
#include "call/closing.h"
#include "life/confine.h"
#include "real/belongings.h"
#include "sys/clock.h"
#include "sys/kernel.h"

#include <linux/futex.h>
#include <linux/seccomp.h>

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

static long confining(enum confinement kind, long number, long a, long b, long c, long d, long e,
                      long f)
{
    struct confine confine;
    confine_begin(&confine, kind);
    long result = kernel_call(number, a, b, c, d, e, f);
    bool is_listener = number == SYS_seccomp && b & SECCOMP_FILTER_FLAG_NEW_LISTENER;
    confine_end(&confine, result == 0 || (result > 0 && is_listener));
    return result;
}

/* Which of libc's functions it is that is about a descriptor, or none: CALL_COUNT. */
static enum call_id descriptor_call(long number)
{
    switch (number) {
    case SYS_sendto:
        return CALL_sendto;
    case SYS_sendmsg:
        return CALL_sendmsg;
    case SYS_sendmmsg:
        return CALL_sendmmsg;
    case SYS_recvfrom:
        return CALL_recvfrom;
    case SYS_recvmsg:
        return CALL_recvmsg;
    case SYS_recvmmsg:
        return CALL_recvmmsg;
    case SYS_connect:
        return CALL_connect;
    case SYS_accept:
        return CALL_accept;
    case SYS_accept4:
        return CALL_accept4;
    default:
        return CALL_COUNT;
    }
}

static bool peeks(long number, long c, long d)
{
    if (number == SYS_recvmsg)
        return c & MSG_PEEK;
    return (number == SYS_recvfrom || number == SYS_recvmmsg) && d & MSG_PEEK;
}

/* libc's function is a point of cancellation, and this is none: so it is not called. */
static long socket_seen(struct call *call, long number, long a, long b, long c, long d, long e,
                        long f)
{
    fork_guard_check();
    if (log_on() && number == SYS_connect)
        log_peer(&this_thread, (int)a, TRACE_PEER_CONNECT, (const void *)b, (socklen_t)c);
    call_enter(call);
    if (call->host)
        call_refuse(call, TRACE_REFUSAL_LOGGED_ONLY, NULL);
    call->host = NULL;
    call->log.peeks = peeks(number, c, d);
    long result = call_leave(call, kernel_call(number, a, b, c, d, e, f));
    if (result >= 0 && call->logged && call_role(call->log.id) == ROLE_ACCEPT)
        log_accepted(call->thread, (int)result);
    return result;
}

static int close_really(int fd)
{
    return (int)kernel_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

static int close_range_really(unsigned first, unsigned last, int flags)
{
    return (int)kernel_call(SYS_close_range, first, last, flags, 0, 0, 0);
}

static long close_seen(int fd, const void *caller)
{
    if (call_is_plain() || fork_guard_shares_memory())
        return closing_one(fd, close_really, false);
    struct call call = {.log = {.id = CALL_close, .fd = fd, .caller = caller}};
    call_enter(&call);
    return call_leave(&call, closing_one(fd, close_really, true));
}

static long pkey_alloc_seen(long flags, long rights)
{
    long key = kernel_call(SYS_pkey_alloc, flags, rights, 0, 0, 0, 0);
    if (key >= 0)
        belongings_note_key((int)key);
    return key;
}

long syscall_seen(long number, long a, long b, long c, long d, long e, long f)
{
    if (number == SYS_prctl)
        clock_note_prctl(a, (unsigned long)b);
    if (number == SYS_pkey_alloc)
        return pkey_alloc_seen(a, b);
    if (number == SYS_close)
        return close_seen((int)a, CALLER);
    if (number == SYS_close_range)
        return closing_range((unsigned)a, (unsigned)b, (int)c, close_range_really);
    enum confinement confinement = confine_by_syscall(number, a, b);
    if (confinement)
        return confining(confinement, number, a, b, c, d, e, f);
    if (call_is_plain())
        return kernel_call(number, a, b, c, d, e, f);
    enum call_id id = descriptor_call(number);
    if (id != CALL_COUNT && !fork_guard_shares_memory()) {
        struct call call = {.log = {.id = id, .fd = (int)a, .caller = CALLER}};
        return socket_seen(&call, number, a, b, c, d, e, f);
    }
    if (id != CALL_COUNT || !waits(number, b))
        return kernel_call(number, a, b, c, d, e, f);
    struct call call = {
        .log = {.id = CALL_syscall, .fd = -1, .caller = CALLER, .lock = (const void *)a}};
    call_enter(&call);
    return call_leave(&call, kernel_call(number, a, b, c, d, e, f));
}
