/*
 * semop, semtimedop: System V's semaphores.
 *
 * A set has no descriptor that could be waited for, and a helper thread in it could not be called
 * back: so it is asked again and again without waiting. Who would give it may be a task of the same
 * thread.
 *
 * The pause is 1 to 20 ms. A set that was there when it was asked first, and then is not, was
 * removed meanwhile: EIDRM, as for one who sleeps in it.
 */
#include "call/call.h"
#include "sys/clock.h"
#include "sys/readable.h"

#include <string.h>
#include <sys/sem.h>
#include <time.h>

/* Pauses between two tries grow from the first to the second value. */
#define FIRST_PAUSE   (1 * NS_PER_MS)
#define LONGEST_PAUSE (20 * NS_PER_MS)

/* More in one call, which is rare, are left to the kernel. */
enum { OPERATIONS_MOST = 32 };

struct request {
    int set;
    struct sembuf *operations;
    size_t count;
    const struct timespec *timeout;
    struct sembuf without_waiting[OPERATIONS_MOST];
};

static int really(const struct request *request)
{
    return request->timeout ? REAL(semtimedop)(request->set, request->operations, request->count,
                                               request->timeout)
                            : REAL(semop)(request->set, request->operations, request->count);
}

static bool is_valid(const struct timespec *timeout)
{
    return readable(timeout, sizeof *timeout) && timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 &&
           timeout->tv_nsec < (long)NS_PER_SECOND;
}

/* Whether EAGAIN can only mean that the real call would wait: then the same operations stand in
 * `without_waiting`. */
static bool can_be_asked(struct request *request)
{
    if (!request->count || request->count > OPERATIONS_MOST ||
        !readable(request->operations, request->count * sizeof *request->operations) ||
        (request->timeout && !is_valid(request->timeout)))
        return false;
    for (size_t i = 0; i < request->count; i++) {
        if (request->operations[i].sem_flg & IPC_NOWAIT)
            return false;
        request->without_waiting[i] = request->operations[i];
        request->without_waiting[i].sem_flg |= IPC_NOWAIT;
    }
    return true;
}

static uint64_t deadline_of(const struct request *request)
{
    return request->timeout ? clock_after(clock_from_timespec(request->timeout)) : CLOCK_NEVER;
}

/* Waits in the kernel for what is left of the time. */
static int wait_really(struct request request, uint64_t deadline)
{
    uint64_t now = clock_now();
    struct timespec left = clock_to_timespec(deadline > now ? deadline - now : 0);
    if (request.timeout)
        request.timeout = &left;
    return really(&request);
}

static int ask(const struct request *request, bool has_waited)
{
    int result =
        REAL(semop)(request->set, (struct sembuf *)request->without_waiting, request->count);
    if (result < 0 && errno == EINVAL && has_waited)
        errno = EIDRM;
    return result;
}

/* A handler ends the wait, also under SA_RESTART: signal(7). */
static int ask_until(struct call *call, const struct request *request, uint64_t deadline)
{
    uint64_t pause = FIRST_PAUSE;
    for (bool has_waited = false;; has_waited = true) {
        int result = ask(request, has_waited);
        if (result == 0 || errno != EAGAIN || clock_now() >= deadline)
            return result;
        uint64_t next = clock_after(pause);
        enum wake wake =
            call_wait(call, NULL, 0, next < deadline ? next : deadline, INTERRUPT_ALWAYS);
        if (wake == WAKE_NO_HOST)
            return wait_really(*request, deadline);
        if (wake_error(wake)) {
            errno = wake_error(wake);
            return -1;
        }
        pause = pause < LONGEST_PAUSE / 2 ? pause * 2 : LONGEST_PAUSE;
    }
}

static inline int hook_semop(enum call_id id, const void *caller, struct request *request)
{
    struct call call = {.log = {.id = id, .fd = -1, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, call.host && can_be_asked(request)
                                      ? ask_until(&call, request, deadline_of(request))
                                      : really(request));
}

ENTRY(int, semop, (int set, struct sembuf *operations, size_t count), (set, operations, count))
{
    struct request request = {.set = set, .operations = operations, .count = count};
    if (call_is_plain())
        return REAL(semop)(set, operations, count);
    return hook_semop(CALL_semop, caller, &request);
}

ENTRY(int, semtimedop,
      (int set, struct sembuf *operations, size_t count, const struct timespec *timeout),
      (set, operations, count, timeout))
{
    struct request request = {
        .set = set, .operations = operations, .count = count, .timeout = timeout};
    if (call_is_plain())
        return REAL(semtimedop)(set, operations, count, timeout);
    return hook_semop(CALL_semtimedop, caller, &request);
}
