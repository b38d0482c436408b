/*
 * One call from its begin to its end: whether it is nested, who may park it, the wait, the record.
 *
 * No hook asks whether a call would block. It makes the call in a way that does not block, and
 * parks only on EAGAIN. So what the call returns is always the kernel's own word, and a wake-up may
 * be spurious without harm. O_NONBLOCK is never left changed; connect and accept, which have no
 * flag, have it set around one system call.
 *
 * Hooks have no cleanup handlers. A cancelled thread unwinds by libgcc_s, and a landing pad of ours
 * would run the copy of libgcc that is linked into libgreq.so, which aborts. What a cancelled
 * thread leaves behind is found by its next call, or at the thread's end.
 *
 * EINTR goes to the thread's main task when a handler ran since its call began, also between two
 * attempts; other tasks' waits go on, as other threads' would.
 */
#include "call/call.h"

#include "call/initialiser.h"
#include "call/lock_owner.h"
#include "call/sharing.h"
#include "host/decision.h"
#include "host/refusal.h"
#include "host/stack_check.h"
#include "log/first.h"
#include "log/live.h"
#include "sys/check.h"
#include "sys/clock.h"

#include <greq/trace_format.h>
#include <stddef.h>
#include <time.h>

/* The strand's outermost call, or NULL. A handler on an alternate stack may be taken for not
 * nested, and is then a call of its own, which does no harm. */
static struct call *find_outer(struct call *call)
{
    struct frame *frame = &call->around;
    if (!frame_is_of_call(frame, call->thread, call->strand))
        return NULL;
    return (struct call *)(frame->at - offsetof(struct call, mark));
}

/* ---- whether it may be parked ---- */

static struct decision_subject subject_of(const struct call *call, bool in_handler)
{
    return (struct decision_subject){
        .thread = call->thread,
        .id = call->log.id,
        .fd = call->log.fd,
        .caller = call->log.caller,
        .in_handler = in_handler,
        .in_initialiser = initialiser_is_running(call->strand),
        .has_exclusive = call->thread->exclusive && lock_owner_is_exclusive(call->strand),
        .insists = call->insists,
    };
}

/* An SSL_read over a BIO of the program's own does not know its descriptor; the recv inside it
 * does. */
static __attribute__((noinline)) void enter_nested(struct call *call, bool in_handler)
{
    struct call *outer = call->outer;
    if (outer->log.fd < 0)
        outer->log.fd = call->log.fd;
    struct decision_subject subject = subject_of(call, in_handler);
    call->host = decision_inside(&subject, outer->host);
}

/* The call itself is not recorded: what is begun is begun for those that follow. */
static __attribute__((noinline)) void obey(const struct call *call)
{
    if (!call_in_handler(call->thread))
        live_obey(call->log.lock || call_infos[call->log.id].family == FAMILY_lock);
}

/* What a child of vfork does with descriptors it does with its own: its parent, in whose trace it
 * would be, keeps them. */
static bool is_recorded(const struct call *call)
{
    if (!log_on()) {
        if (mode_now() & MODE_ASKED)
            obey(call);
        return false;
    }
    enum call_role role = call_role(call->log.id);
    return (role != ROLE_CLOSE && role != ROLE_DUP) || !fork_guard_shares_memory();
}

static __attribute__((noinline)) struct decision decide_with_care(const struct call *call,
                                                                  bool in_handler)
{
    struct decision_subject subject = subject_of(call, in_handler);
    return decision_at_entry(&subject);
}

static struct decision decide(const struct call *call, bool in_handler)
{
    if (!in_handler && decision_is_clear(call->thread, call->log.id) &&
        !initialiser_is_running(call->strand))
        return (struct decision){&host_native, true, TRACE_REFUSAL_NONE};
    return decide_with_care(call, in_handler);
}

static void enter_outermost(struct call *call, bool in_handler)
{
    struct decision decision = {NULL, false, TRACE_REFUSAL_NONE};
    if (host_may_be(call->thread))
        decision = decide(call, in_handler);
    call->outer = call;
    frame_put(call->thread, &call->strand->outermost, &call->mark);
    call->host = decision.host;
    call->logged = is_recorded(call);
    if (!call->logged)
        return;
    call->log.flags = (decision.host ? TRACE_FLAG_COOPERATIVE : 0u) |
                      (decision.had_tasks ? TRACE_FLAG_HAD_TASKS : 0u);
    call->log.refusal = decision.refusal;
    if (call_role(call->log.id) == ROLE_EPOLL && host_may_be(call->thread)) /* maybe a hub's */
        thread_turn(call->thread);
    log_call_begin(call->thread, &call->log);
}

void call_enter(struct call *call)
{
    fork_guard_check();
    call->thread = &this_thread;
    call->strand = thread_strand(call->thread);
    call->around = call->strand->outermost;
    call->entry_errno = errno;
    bool in_handler = call_in_handler(call->thread);
    call->outer = find_outer(call);
    if (!in_handler) /* one that runs from here on, also between two waits, may end the call */
        call->strand->signals = call->thread->signals;
    if (call->outer)
        enter_nested(call, in_handler);
    else
        enter_outermost(call, in_handler);
}

void call_sends_first(struct call *call, const void *bytes, size_t size)
{
    if (first_is_http2(call->log.fd, false, bytes, size))
        log_http2(call->thread, call->log.fd);
}

static void tell_first(const struct call *call, bool reads)
{
    int fd = call->log.fd;
    if (!call->log.bytes)
        first_missed(fd, reads);
    else if (first_is_http2(fd, reads, call->log.bytes, call->log.byte_count))
        log_http2(call->thread, fd);
}

/* What it has moved may be the first bytes of the connection. */
static inline void tell_if_first(const struct call *call, int64_t result)
{
    enum call_role role = call_role(call->log.id);
    bool reads = call_role_reads(role);
    bool moved = result > 0 && call_role_moves(role) && role != ROLE_TLS_PEEK && !call->log.peeks;
    if (moved && first_is_unseen(call->log.fd, reads))
        tell_first(call, reads);
}

void call_leave_with(struct call *call, int64_t result, int error)
{
    if (call->outer != call)
        return;
    CHECK(call->mark); /* it was entered, and is left once */
    call->mark = 0;
    if (call->alone || call->quiet)
        call->strand->outermost.at = 0;
    else
        call->strand->outermost = call->around;
    if (call->logged && host_may_be(call->thread))
        sharing_moved(call, result);
    if (call->logged) {
        tell_if_first(call, result);
        log_call_end(call->thread, &call->log, result, error, call->parked);
    }
    if (call->numbered)
        call->strand->task = 0;
}

void call_begin_record(struct call *call)
{
    call->log.process = AT_ONCE_NEVER;
    call_clear(call);
    log_call_begin(call->thread, &call->log);
}

int64_t call_leave_late(struct call *call, int64_t result)
{
    call_clear(call);
    return call_leave(call, result);
}

/* ---- waiting ---- */

static uint64_t parked_in_all;
bool call_times_waits;

void call_time_waits(void)
{
    call_times_waits = true;
}

/* When a wait begins, or 0: two looks at the clock are a good part of a short wait. */
static uint64_t begin_wait(void)
{
    return call_times_waits || log_on() ? clock_kernel_now() : 0;
}

uint64_t call_parked_total(void)
{
    return __atomic_load_n(&parked_in_all, __ATOMIC_RELAXED);
}

/* For the outermost call, whose wait it is. */
static void count_parked(struct call *call, uint64_t begin)
{
    if (!begin)
        return;
    uint64_t parked = clock_kernel_now() - begin;
    call->outer->parked += parked;
    __atomic_fetch_add(&parked_in_all, parked, __ATOMIC_RELAXED);
}

/* While it is parked, its thread makes other calls. In the log it must be told from them. */
static void number_call(struct call *call)
{
    struct call *outer = call->outer;
    if (!outer->logged || outer->numbered || !call->host->number)
        return;
    outer->numbered = true;
    call->strand->task = call->host->number(call->thread);
    log_call_number(&outer->log, call->strand->task);
}

void call_refuse(struct call *call, enum trace_refusal refusal, const char *refuser)
{
    struct call *outer = call->outer;
    CHECK(refusal); /* there is always a reason */
    if (outer->logged)
        log_call_refused(call->thread, &outer->log, refusal,
                         decision_is_alone(outer->log.id, refusal), refuser);
}

/* A handler never parks; nor does what is only logged, and what a helper thread or a thread at its
 * end calls. */
static inline bool may_park(struct call *call)
{
    return call->host && !call->thread->passing && !call_is_logged_only(call->outer->log.id) &&
           !call_in_handler(call->thread);
}

static enum wake park_logged(struct call *call, const struct pollfd *set, size_t count,
                             uint64_t deadline, enum interruption interruption)
{
    struct sharing sharing;
    sharing_begin(&sharing, call, set, count);
    thread_turn(call->thread);
    enum wake wake = call->host->wait(call->thread, set, count, deadline, interruption);
    sharing_end(&sharing, call);
    thread_turn(call->thread);
    return wake;
}

static inline enum wake park(struct call *call, const struct pollfd *set, size_t count,
                             uint64_t deadline, enum interruption interruption)
{
    if (call->outer->logged)
        return park_logged(call, set, count, deadline, interruption);
    return call->host->wait(call->thread, set, count, deadline, interruption);
}

/* After a wait: if it was the thread's, the call's record says why. */
static void note_refusal(struct call *call)
{
    enum trace_refusal refusal = call->strand->refusal;
    call->strand->refusal = TRACE_REFUSAL_NONE;
    if (refusal)
        call_refuse(call, refusal, call->strand->refuser);
}

/* Its stack stays what it is until the call returns, so it is asked about once. */
bool call_may_park(struct call *call)
{
    if (call->decided || !call->host)
        return call->host;
    struct decision_subject subject = subject_of(call, false);
    const char *refuser;
    enum trace_refusal refusal = decision_at_wait(&subject, call->host, &refuser);
    call->decided = true;
    if (!refusal)
        return true;
    refuse(call->thread, refusal, refuser);
    note_refusal(call);
    call->host = NULL;
    return false;
}

bool call_may_insist(const struct call *call)
{
    struct decision_subject subject = subject_of(call, false);
    return decision_may_be_owned(&subject);
}

void call_insist(struct call *call, const struct host *host)
{
    CHECK(call_may_insist(call)); /* only for what a parked task may have */
    call->host = host;
    call->insists = true;
    call->decided = false;
}

enum wake call_wait(struct call *call, const struct pollfd *set, size_t count, uint64_t deadline,
                    enum interruption interruption)
{
    CHECK(may_park(call));
    if (!call_may_park(call))
        return WAKE_NO_HOST;
    uint64_t begin = begin_wait();
    number_call(call);
    call->strand->waits_for_lock = call_infos[call->log.id].family == FAMILY_lock;
    enum wake wake = park(call, set, count, deadline, interruption);
    if (wake != WAKE_NO_HOST)
        count_parked(call, begin);
    note_refusal(call);
    return wake;
}

/* Returns an errno value. */
static int sleep_really(uint64_t deadline)
{
    uint64_t now = clock_now();
    struct timespec left = clock_to_timespec(deadline > now ? deadline - now : 0);
    return REAL(clock_nanosleep)(CLOCK_MONOTONIC, 0, &left, NULL);
}

int call_sleep(struct call *call, uint64_t deadline, enum interruption interruption)
{
    int error = 0;
    while (clock_now() < deadline && !error) {
        enum wake wake = call_wait(call, NULL, 0, deadline, interruption);
        error = wake == WAKE_NO_HOST ? sleep_really(deadline) : wake_error(wake);
    }
    return error;
}

enum wake call_run(struct call *call, struct job *job)
{
    CHECK(may_park(call));
    if (!call_may_park(call))
        return WAKE_NO_HOST;
    uint64_t begin = begin_wait();
    number_call(call);
    enum wake wake = call->host->run(call->thread, job);
    count_parked(call, begin);
    note_refusal(call);
    return wake;
}
