#include "hook/call.h"

#include "config/config.h"
#include "sys/clock.h"
#include "task/task.h"

#include <greq/trace_format.h>

/* In a call's memory while it is in progress. */
#define MAGIC 0x67726571

/*
 * Whether `outer` is really around `call`. It is not when the program left it by siglongjmp: then
 * it lies below, or other frames have overwritten it. A handler on an alternate stack may be taken
 * for not nested, and is then a call of its own, which does no harm.
 */
static bool is_around(const struct call *outer, const struct call *call)
{
    return outer && outer > call && outer->magic == MAGIC;
}

/* An SSL_read over a BIO of the program's own does not know its descriptor; the recv inside it
 * does. */
static void enter_nested(struct call *call, struct call *outer, bool in_handler)
{
    if (outer->log.fd < 0)
        outer->log.fd = call->log.fd;
    call->host = in_handler ? NULL : outer->host;
}

static void enter_outermost(struct call *call, bool in_handler)
{
    const struct host *host = host_current(call->thread);
    call->outermost = true;
    call->strand->outermost = call;
    call->host = config.patched[call->log.id] && !in_handler ? host : NULL;
    call->logged = log_on();
    if (!call->logged)
        return;
    call->log.flags =
        (call->host ? TRACE_FLAG_COOPERATIVE : 0u) | (host ? TRACE_FLAG_HAD_TASKS : 0u);
    log_call_begin(call->thread, &call->log);
}

/* A handler that runs from here on, also between two of its waits, may end the call. */
static void note_signals(struct call *call)
{
    call->strand->signals = call->thread->signals;
    call->strand->signals_restart = call->thread->signals_restart;
}

void call_enter(struct call *call)
{
    fork_guard_check();
    call->thread = &this_thread;
    call->strand = thread_strand(call->thread);
    call->around = call->strand->outermost;
    call->magic = MAGIC;
    call->entry_errno = errno;
    bool in_handler = call_in_handler(call->thread);
    if (!in_handler)
        note_signals(call);
    if (!is_around(call->around, call))
        enter_outermost(call, in_handler);
    else
        enter_nested(call, call->around, in_handler);
}

void call_leave_with(struct call *call, int64_t result, int error)
{
    call->magic = 0;
    if (!call->outermost)
        return;
    call->strand->outermost = call->around;
    if (call->logged)
        log_call_end(call->thread, &call->log, result, error, call->parked);
}

/* ---- waiting ---- */

static uint64_t parked_in_all;

uint64_t call_parked_total(void)
{
    return __atomic_load_n(&parked_in_all, __ATOMIC_RELAXED);
}

/* For the outermost call, whose wait it is. */
static void count_parked(struct call *call, uint64_t begin)
{
    uint64_t parked = clock_now() - begin;
    (call->outermost ? call : call->strand->outermost)->parked += parked;
    __atomic_fetch_add(&parked_in_all, parked, __ATOMIC_RELAXED);
}

int call_wait(struct call *call, const struct pollfd *set, size_t count, uint64_t deadline,
              enum host_interruption interruption)
{
    uint64_t begin = clock_now();
    int reason = call->host->wait(call->thread, set, count, deadline, interruption);
    count_parked(call, begin);
    return reason;
}

int call_run(struct call *call, struct job *job)
{
    uint64_t begin = clock_now();
    int reason = call->host->run(call->thread, job);
    count_parked(call, begin);
    return reason;
}
