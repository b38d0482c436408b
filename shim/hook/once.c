/*
 * pthread_once, call_once, and of C++ __cxa_guard_acquire, __cxa_guard_release, __cxa_guard_abort:
 * code that runs once, during which no other task may run.
 */
#include "call/call.h"
#include "call/initialiser.h"
#include "real/cxx.h"

#include <pthread.h>
#include <threads.h>

/* glibc's states of a pthread_once_t, and of a once_flag, which is one: in their two lowest bits.
 */
enum { ONCE_STATE = 3, ONCE_OPEN = 1, ONCE_DONE = 2 };

static int once_state(const void *control)
{
    return __atomic_load_n((const int *)control, __ATOMIC_ACQUIRE) & ONCE_STATE;
}

static bool is_once_open(const void *control)
{
    return once_state(control) == ONCE_OPEN;
}

ENTRY(int, pthread_once, (pthread_once_t * control, void (*routine)(void)), (control, routine))
{
    struct initialiser initialiser;
    if (call_is_plain() || once_state(control) == ONCE_DONE)
        return REAL(pthread_once)(control, routine);
    initialiser_await_other(control, is_once_open);
    initialiser_begin(&initialiser, control);
    int error = REAL(pthread_once)(control, routine);
    initialiser_end(&initialiser);
    return error;
}

EXPORT void call_once(once_flag *flag, void (*routine)(void))
{
    struct initialiser initialiser;
    if (call_is_plain() || once_state(flag) == ONCE_DONE) {
        REAL(call_once)(flag, routine);
        return;
    }
    initialiser_await_other(flag, is_once_open);
    initialiser_begin(&initialiser, flag);
    REAL(call_once)(flag, routine);
    initialiser_end(&initialiser);
}

/* ---- C++ ---- */

/* What all runtimes have in common: the first byte says that it is done. */
static bool is_guard_open(const void *guard)
{
    return !__atomic_load_n((const char *)guard, __ATOMIC_ACQUIRE);
}

EXPORT int __cxa_guard_acquire(uint64_t *guard);
EXPORT void __cxa_guard_release(uint64_t *guard);
EXPORT void __cxa_guard_abort(uint64_t *guard);

EXPORT int __cxa_guard_acquire(uint64_t *guard)
{
    int (*real)(uint64_t * guard);
    *(void **)&real = cxx_find(CALL___cxa_guard_acquire, CALLER);
    if (call_is_plain())
        return real(guard);
    initialiser_await_other(guard, is_guard_open);
    int is_mine = real(guard);
    if (is_mine)
        initialiser_guard_begin(guard, __builtin_frame_address(0));
    return is_mine;
}

EXPORT void __cxa_guard_release(uint64_t *guard)
{
    void (*real)(uint64_t * guard);
    *(void **)&real = cxx_find(CALL___cxa_guard_release, CALLER);
    initialiser_guard_end(guard);
    real(guard);
}

EXPORT void __cxa_guard_abort(uint64_t *guard)
{
    void (*real)(uint64_t * guard);
    *(void **)&real = cxx_find(CALL___cxa_guard_abort, CALLER);
    initialiser_guard_end(guard);
    real(guard);
}
