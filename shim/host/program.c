/*
 * The host of coroutines of the program's own: greq_host_set (greq.h).
 *
 * Divisions: whose call it is; one wait; numbers; the public function.
 */
#include "config/config.h"
#include "host/host.h"
#include "host/refusal.h"
#include "real/belongings.h"
#include "sys/clock.h"
#include "sys/stderr.h"
#include "sys/table.h"
#include "sys/text.h"
#include "unwind/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <greq/greq.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* A coroutine in host->wait: what it calls there is the real function. On its own stack. */
struct waiting {
    const void *coroutine;
    struct waiting *next;
};

static __thread struct {
    struct greq_host host;
    void *data;
    struct waiting *waiting;
    bool asking; /* in host->current */
} own __attribute__((tls_model("initial-exec")));

static uint64_t wait_count;

/* ---- whose call it is ---- */

static const void *current(void)
{
    own.asking = true;
    const void *coroutine = own.host.current(own.data);
    own.asking = false;
    return coroutine;
}

static bool is_waiting(const void *coroutine)
{
    const struct waiting *each = own.waiting;
    while (each && each->coroutine != coroutine)
        each = each->next;
    return each;
}

static bool program_has_others(const struct thread *thread)
{
    if (own.asking || thread_in_handler(thread))
        return false;
    const void *coroutine = current();
    return coroutine && !is_waiting(coroutine);
}

static const void *program_runtime(void)
{
    return own.host.runtime;
}

static bool program_is_own_call(enum call_id id, const void *caller)
{
    Dl_info runtime, other;
    (void)id;
    return own.host.runtime && dladdr(own.host.runtime, &runtime) && dladdr(caller, &other) &&
           runtime.dli_fbase == other.dli_fbase;
}

/* ---- one wait ---- */

/* By a pointer that no compiler sees through: the address of a thread's variable is kept over a
 * call, and after this one it may be another thread's. */
static struct thread *thread_address(void)
{
    return &this_thread;
}
static struct thread *(*volatile thread_here)(void) = thread_address;

static void require_thread(const struct thread *thread)
{
    struct text line = {0};
    if (thread_here() == thread)
        return;
    text_add(&line, "greq: greq_host_set: a coroutine went on in another thread than it waited in");
    text_write_line(&line, STDERR_FILENO);
    abort();
}

static int64_t time_until(uint64_t deadline)
{
    uint64_t now = clock_now();
    if (deadline == CLOCK_NEVER)
        return -1;
    return deadline > now ? (int64_t)(deadline - now) : 0;
}

/* Waits with what the thread has of the coroutine put aside. Returns what host->wait does. */
static int wait_aside(struct thread *thread, struct pollfd *set, size_t count, uint64_t deadline)
{
    struct strand *place = thread_strand(thread), strand = *place;
    struct belongings belongings;
    struct waiting me = {current(), own.waiting}, **link = &own.waiting;
    own.waiting = &me;
    belongings_take(&belongings);
    *place = (struct strand){0};
    int error = own.host.wait(own.data, set, count, time_until(deadline));
    require_thread(thread);
    *place = strand;
    belongings_put(&belongings);
    while (*link != &me)
        link = &(*link)->next;
    *link = me.next;
    return error;
}

static enum wake outcome_of(struct thread *thread, int error, enum interruption interruption)
{
    switch (error) {
    case ETIMEDOUT:
        return WAKE_TIMED_OUT;
    case EINTR:
        return interruption == INTERRUPT_NEVER ? WAKE_RETRY : WAKE_SIGNALLED;
    case EBADF:
        return WAKE_CLOSED;
    case ECANCELED:
        return interruption == INTERRUPT_NEVER ? WAKE_RETRY : WAKE_CANCELLED;
    case ENOTSUP:
        return refuse(thread, TRACE_REFUSAL_FAILED, NULL);
    default:
        return WAKE_RETRY;
    }
}

static enum wake program_wait(struct thread *thread, const struct pollfd *set, size_t count,
                              uint64_t deadline, enum interruption interruption)
{
    struct pollfd few[8], *copy = count > 8 ? calloc(count, sizeof *copy) : few;
    if (!copy)
        return refuse(thread, TRACE_REFUSAL_FAILED, NULL);
    if (count)
        memcpy(copy, set, count * sizeof *copy);
    int error = wait_aside(thread, copy, count, deadline);
    if (copy != few)
        free(copy);
    if (error == ETIMEDOUT && clock_now() < deadline)
        error = 0; /* its clock is ahead of ours */
    if (error != ENOTSUP)
        __atomic_fetch_add(&wait_count, 1, __ATOMIC_RELAXED);
    return outcome_of(thread, error, interruption);
}

static enum wake program_run(struct thread *thread, struct job *job)
{
    return host_run_by_waiting(&host_program, thread, job);
}

static uint64_t program_count_waits(void)
{
    return __atomic_load_n(&wait_count, __ATOMIC_RELAXED);
}

/* ---- numbers ---- */

/* A coroutine has the number of its place in here; an address stays, for the next one there. */
enum { PLACES = 4096 };
static TABLE const void *numbered[PLACES];
static uint32_t more = PLACES;

static uint32_t program_number(struct thread *thread)
{
    const void *coroutine = current();
    uintptr_t hash = (uintptr_t)coroutine >> 4;
    (void)thread;
    for (uint32_t i = 0; i < PLACES; i++) {
        uint32_t place = (uint32_t)((hash + i) % PLACES);
        const void *found = __atomic_load_n(&numbered[place], __ATOMIC_RELAXED);
        if (found == coroutine ||
            (!found && __atomic_compare_exchange_n(&numbered[place], &found, coroutine, false,
                                                   __ATOMIC_RELAXED, __ATOMIC_RELAXED)))
            return place + 1;
    }
    return __atomic_add_fetch(&more, 1, __ATOMIC_RELAXED);
}

const struct host host_program = {
    .name = "program",
    .wait = program_wait,
    .run = program_run,
    .has_others = program_has_others,
    .number = program_number,
    .is_own_call = program_is_own_call,
    .runtime = program_runtime,
    .is_known_to_starter = true,
    .begins_anywhere = true,
    .count_waits = program_count_waits,
    .one = "a coroutine",
    .several = "coroutines",
};

/* ---- the public function ---- */

static int check(const struct greq_host *host)
{
    if (host->size < sizeof *host || !host->current || !host->wait ||
        host->flags & ~GREQ_HOST_MOVES)
        return EINVAL;
    return host->flags & GREQ_HOST_MOVES ? ENOTSUP : 0;
}

EXPORT int greq_host_set(const struct greq_host *host, void *data)
{
    struct thread *thread = &this_thread;
    int error = host ? check(host) : 0;
    if (!config.cooperative)
        return ENOSYS;
    if (!error && thread->host && thread->host != &host_program)
        error = EBUSY;
    if (error)
        return error;
    own.host = host ? *host : (struct greq_host){0};
    own.data = data;
    if (host)
        host_adopt(thread, &host_program);
    else
        thread->host = NULL;
    return 0;
}
