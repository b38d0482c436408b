/*
 * pthread_join, pthread_timedjoin_np, pthread_clockjoin_np, thrd_join.
 *
 * A thread's end has no descriptor (a pidfd can name a thread from Linux 6.9 on only), and a helper
 * thread that joined it could not give the join back when the caller is gone. So the thread is
 * asked for again after a pause, by the real function with a time limit that is over: that one
 * takes the thread's result when there is one, and says at once what no wait would mend.
 *
 * The pause is 0.1 to 20 ms. EDEADLK, EINVAL and ESRCH come at once, where pthread_tryjoin_np says
 * EBUSY.
 */
#include "call/c11.h"
#include "call/lock.h"
#include "sys/clock.h"

#include <pthread.h>
#include <stdint.h>

/* Pauses grow from the first to the second value. */
#define FIRST_PAUSE   (NS_PER_MS / 10)
#define LONGEST_PAUSE (20 * NS_PER_MS)

struct join {
    pthread_t thread;
    void **result;
    clockid_t clock; /* of `until` */
    const struct timespec *until;
};

static int really_join(const struct join *join)
{
    if (!join->until)
        return REAL(pthread_join)(join->thread, join->result);
    return join->clock == CLOCK_REALTIME
               ? REAL(pthread_timedjoin_np)(join->thread, join->result, join->until)
               : REAL(pthread_clockjoin_np)(join->thread, join->result, join->clock, join->until);
}

/* Returns ETIMEDOUT while the thread runs. */
static int try_join(const struct join *join)
{
    static const struct timespec over = {0, 0};
    return REAL(pthread_timedjoin_np)(join->thread, join->result, &over);
}

static int coop_join(struct call *call, const struct join *join)
{
    uint64_t pause = FIRST_PAUSE;
    int error;
    while ((error = try_join(join)) == ETIMEDOUT) {
        uint64_t deadline = lock_deadline(join->clock, join->until), next = clock_after(pause);
        if (!deadline)
            break;
        if (call_wait(call, NULL, 0, deadline < next ? deadline : next, INTERRUPT_NEVER) ==
            WAKE_NO_HOST)
            return really_join(join);
        pause = pause < LONGEST_PAUSE / 2 ? pause * 2 : LONGEST_PAUSE;
    }
    return error;
}

static int hook_join(enum call_id id, const void *caller, const struct join *join)
{
    struct call call = {.log = {.id = id, .fd = -1, .caller = caller}};
    if (call_is_plain())
        return really_join(join);
    call_enter(&call);
    bool parks = call.host && lock_limit_is_valid(join->clock, join->until);
    return lock_leave(&call, parks ? coop_join(&call, join) : really_join(join));
}

WAIT_ENTRY(int, pthread_join, (pthread_t thread, void **result), (thread, result))
{
    return hook_join(CALL_pthread_join, caller,
                     &(struct join){thread, result, CLOCK_REALTIME, NULL});
}

WAIT_ENTRY(int, pthread_timedjoin_np,
           (pthread_t thread, void **result, const struct timespec *until), (thread, result, until))
{
    return hook_join(CALL_pthread_timedjoin_np, caller,
                     &(struct join){thread, result, CLOCK_REALTIME, until});
}

WAIT_ENTRY(int, pthread_clockjoin_np,
           (pthread_t thread, void **result, clockid_t clock, const struct timespec *until),
           (thread, result, clock, until))
{
    return hook_join(CALL_pthread_clockjoin_np, caller,
                     &(struct join){thread, result, clock, until});
}

/* A thread of C11 returns an int, which libc keeps as a pointer. */
WAIT_ENTRY(int, thrd_join, (thrd_t thread, int *result), (thread, result))
{
    void *pointer = NULL;
    int error =
        hook_join(CALL_thrd_join, caller, &(struct join){thread, &pointer, CLOCK_REALTIME, NULL});
    if (result && !error)
        *result = (int)(intptr_t)pointer;
    return c11_result(error);
}
