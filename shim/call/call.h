/*
 * call.h: what all hooks have in common: entering and leaving a call.
 *
 * A hook reads: take the short way, enter, do it cooperatively or really, leave.
 *
 *     ENTRY(ssize_t, recv, (int fd, void *buffer, size_t size, int flags),
 *           (fd, buffer, size, flags))
 *     {
 *         if (call_is_plain())
 *             return REAL(recv)(fd, buffer, size, flags);
 *         struct call call = {.log = {.id = CALL_recv, .fd = fd, .caller = caller}};
 *         call_enter(&call);
 *         ssize_t got = call.host ? coop_recv(&call, ...) : REAL(recv)(fd, buffer, size, flags);
 *         return call_leave(&call, got);
 *     }
 *
 * The outermost call decides for all that it makes: SSL_read's choice is also that of the read
 * inside it, and the log gets one entry, SSL_read's.
 */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include "call/frame.h"
#include "host/decision.h"
#include "host/host.h"
#include "host/stack_check.h"
#include "log/at_once.h"
#include "log/http.h"
#include "log/live.h"
#include "log/log.h"
#include "real/belongings.h"
#include "real/real.h"
#include "sys/fork_guard.h"
#include "sys/inline.h"
#include "sys/mode.h"
#include "sys/thread.h"

#include <errno.h>
#include <greq/trace_format.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

/* The real function where there is nothing to do but its call, and that takes one look; else NULL.
 */
static inline void *call_real_in(unsigned mode, enum call_id id)
{
    return __builtin_expect(mode == 0, 1) ? real_known(id) : NULL;
}

static inline void *call_real_at_once(enum call_id id)
{
    return call_real_in(mode_now(), id);
}

/*
 * Begins a hook: its body follows, and has its caller in `caller`. The exported function makes the
 * real call where nothing else is to be done, without the frame that the body needs. Not for hooks
 * that have something to do in any program, or that have no parameters.
 */
#define CALL_WITH_CALLER(...) (__VA_ARGS__, const void *caller __attribute__((unused)))
#define CALL_FROM_HERE(...)   (__VA_ARGS__, CALLER) /* last: the others stay in their registers */
#define CALL_ENTRY(find_real, type, symbol, parameters, arguments)                    \
    static __attribute__((noinline)) type enter_##symbol CALL_WITH_CALLER parameters; \
    EXPORT type symbol parameters                                                     \
    {                                                                                 \
        __typeof__(&symbol) real = (__typeof__(&symbol))find_real(CALL_##symbol);     \
        return real ? real arguments : enter_##symbol CALL_FROM_HERE arguments;       \
    }                                                                                 \
    static type enter_##symbol CALL_WITH_CALLER parameters
#define ENTRY(type, symbol, parameters, arguments) \
    CALL_ENTRY(call_real_at_once, type, symbol, parameters, arguments)

static inline bool call_on_alternate(void)
{
    return thread_has_variables() && thread_on_alternate(&this_thread);
}

/*
 * The same for a call that waits by its nature: on the way it looks whether the process is old
 * enough to get its page (log/live.h). Afterwards that costs nothing, for it is one look at two
 * words. On a handler's alternate stack there is room neither for that nor for the body's frame.
 */
static inline void *call_real_of_wait(enum call_id id)
{
    if (mode_is_young() && !call_on_alternate())
        live_look();
    void *real = call_real_at_once(id);
    return real || !call_on_alternate() ? real : real_known(id);
}

#define WAIT_ENTRY(type, symbol, parameters, arguments) \
    CALL_ENTRY(call_real_of_wait, type, symbol, parameters, arguments)

/*
 * The same for a call that a task makes mostly without a struct call: where no log is kept, the
 * program's threads have tasks and TRY_FIRST's body follows instead. What else it has to do, it
 * leaves to enter_##symbol.
 */
#define QUIET_ENTRY(type, symbol, parameters, arguments)                                   \
    static __attribute__((noinline)) type enter_##symbol CALL_WITH_CALLER parameters;      \
    static __attribute__((noinline)) type try_##symbol CALL_WITH_CALLER parameters;        \
    EXPORT type symbol parameters                                                          \
    {                                                                                      \
        unsigned mode = mode_now();                                                        \
        __typeof__(&symbol) real = (__typeof__(&symbol))call_real_in(mode, CALL_##symbol); \
        return real                 ? real arguments                                       \
               : mode == MODE_TASKS ? try_##symbol CALL_FROM_HERE arguments                \
                                    : enter_##symbol CALL_FROM_HERE arguments;             \
    }                                                                                      \
    static type enter_##symbol CALL_WITH_CALLER parameters
#define TRY_FIRST(type, symbol, parameters) static type try_##symbol CALL_WITH_CALLER parameters

/* One hooked call in progress; on the caller's stack. */
struct call {
    struct log_call log; /* id, fd, caller: set by the hook */
    struct frame around; /* what the strand's outermost call was */
    struct call *outer;  /* the outermost call, which is the one in the log: maybe this one */
    struct thread *thread;
    struct strand *strand;
    const struct host *host; /* who parks while it waits; NULL: make the real call */
    uint64_t parked;         /* ns */
    uint64_t mark;           /* told from other frames by it: call/frame.h */
    int entry_errno;
    bool logged;
    bool alone;    /* nothing but its record was made at its begin: see call_enter_at_once */
    bool quiet;    /* a task's, and neither was a record: the same */
    bool numbered; /* the strand has got its host's number for it */
    bool decided;  /* that it may be parked where it waits; else host is NULL */
    bool insists;  /* though it was refused */
};

/* Whether the time of waits is kept; see call_time_waits. */
extern bool call_times_waits;

/* Whether there is nothing to do but the real call. On a handler's alternate stack there is no room
 * for more, and no record of it is made. */
static inline bool call_is_plain(void)
{
    return __builtin_expect(mode_now() == 0, 1) || !thread_has_variables() || this_thread.passing ||
           thread_on_alternate(&this_thread);
}

/* Whether somebody is told of what is no call, and so has no record of its own. */
static inline bool call_is_told(void)
{
    if (call_is_plain())
        return false;
    fork_guard_check();
    return log_on();
}

/* Enters a call. Reads call->log's id, fd, caller, watched and name; fills in the rest. */
void call_enter(struct call *call);

/* Leaves it. `result` is what the hook is going to return; errno is kept. */
void call_leave_with(struct call *call, int64_t result, int error);

/*
 * The same for the usual convention, -1 and errno. Returns the result. A call that succeeds leaves
 * errno as it was, whatever attempts it was made of: OpenSSL looks at errno after a read that
 * returned 0.
 */
static inline int64_t call_leave(struct call *call, int64_t result)
{
    if (call->host && result >= 0)
        errno = call->entry_errno;
    call_leave_with(call, result, result < 0 ? errno : 0);
    return result;
}

/*
 * ---- most calls: of a thread without tasks, outermost, with nothing to be made but a record ----
 *
 *     struct call call;
 *     CALL_ENTER_OR_RETURN(&call, CALL_recv, fd, caller, REAL(recv)(fd, buffer, size, flags));
 *     ssize_t got = ...
 *     return call_leave_fast(&call, got);
 *
 * is the same as with call_enter and call_leave, without a call of a function where that is all.
 */

/* What call_enter and call_leave read that is nothing in most calls. Of the log's it is all that
 * stands behind LOG_CALL_REST, whatever comes to be there. */
static inline void call_clear(struct call *call)
{
    size_t rest = offsetof(struct log_call, LOG_CALL_REST);
    memset((char *)&call->log + rest, 0, sizeof call->log - rest);
    call->parked = 0;
}

static ALWAYS_INLINE void call_begin(struct call *call, enum call_id id, int fd, const void *caller)
{
    call->log.id = id;
    call->log.fd = fd;
    call->log.caller = caller;
    call->host = NULL;
    call->quiet = call->numbered = call->decided = call->insists = false;
}

/*
 * Whether it is in the log, where its record may be made at once, and nobody can be parked or ask
 * about it. Then it is not plain, for that is asked here too, with what is asked of the thread
 * anyway; and this is no forked child that has not been noticed, for such a one has no log
 * (at_once_log). A thread that has a log has a strand.
 */
static ALWAYS_INLINE bool call_is_alone(const struct thread *thread, enum call_id id, int fd)
{
    if (!log_on() || !thread_has_variables() || !at_once_may_begin(thread->log, id, fd))
        return false;
    uintptr_t scheduler = (uintptr_t)thread->scheduler, host = (uintptr_t)thread->host;
    return !(thread->strand->outermost.at | thread->handler.frame.at | scheduler | host |
             thread->alternate_end | thread->passing);
}

/* The rest of call_enter_at_once where a record takes more. */
void call_begin_record(struct call *call);

/* The rest of call_leave_at_once where there is more to tell. Returns the result. */
int64_t call_leave_late(struct call *call, int64_t result);

/*
 * Whether there is nothing to do but to record the real call, between this and call_leave_at_once.
 * If not, `call` is not touched: a plain call is then made without the hook's frame, for it may
 * stand on a small stack. What this does not fill in, call_leave_late does, where it is needed
 * after all: nobody else reads it of a call without host.
 */
static ALWAYS_INLINE bool call_enter_at_once(struct call *call, enum call_id id, int fd,
                                             const void *caller)
{
    struct thread *thread = &this_thread;
    if (__builtin_expect(!call_is_alone(thread, id, fd), 0))
        return false;
    CHECK(!fork_guard_is_tripped());
    struct strand *strand = thread->strand;
    call_begin(call, id, fd, caller);
    call->thread = thread;
    call->strand = strand;
    call->outer = call;
    call->logged = call->alone = true;
    strand->signals = thread->signals;
    frame_put(thread, &strand->outermost, &call->mark);
    if (!at_once_begin(thread, &call->log, id, fd, caller))
        call_begin_record(call);
    return true;
}

static ALWAYS_INLINE int64_t call_leave_at_once(struct call *call, int64_t result)
{
    if (__builtin_expect(!at_once_end(call->thread, &call->log, result), 0))
        return call_leave_late(call, result);
    CHECK(call->mark);
    call->mark = 0;
    call->strand->outermost.at = 0;
    return result;
}

/* ---- and the calls of tasks that are in no log ---- */

/* Whether the strand is a task of ours, that the call may be parked is known beforehand, and nobody
 * is told of it. A strand of its own is a task's. */
static inline bool call_is_quiet(const struct thread *thread, enum call_id id)
{
    const struct strand *strand = thread->strand;
    return mode_now() == MODE_TASKS && strand && strand != &thread->self && !strand->outermost.at &&
           !thread_in_handler(thread) && !strand->initialiser.at && !strand->guards &&
           decision_is_clear_for_task(thread, id);
}

/* Who has left its thread once, as each task's thread has, knows where errno is. */
static ALWAYS_INLINE void call_enter_quiet(struct call *call, struct thread *thread)
{
    call->thread = thread;
    call->strand = thread->strand;
    call->outer = call;
    call->host = &host_native;
    call->quiet = true;
    call->parked = 0;
    call->entry_errno = *belongings_places.error;
    call->strand->signals = thread->signals;
    frame_put(thread, &call->strand->outermost, &call->mark);
}

/*
 * Whether the call is quiet and needs no struct call before it has to wait for more than an answer:
 * the first attempt is mostly all of it, and what nobody is told of has no begin and no end. Who
 * finds that it has to wait after all puts errno back and enters it then.
 */
static ALWAYS_INLINE bool call_is_only_tried(enum call_id id)
{
    if (call_is_plain())
        return false;
    fork_guard_check();
    return call_is_quiet(&this_thread, id);
}

/* Whether it may be parked without a struct call: nothing is to be found out of its wait. */
static ALWAYS_INLINE bool call_waits_untold(struct thread *thread)
{
    if (call_times_waits || !stack_is_harmless())
        return false;
    thread->strand->waits_for_lock = thread->strand->insists = false;
    return true;
}

static ALWAYS_INLINE int64_t call_leave_quiet(struct call *call, int64_t result)
{
    CHECK(call->mark);
    call->mark = 0;
    call->strand->outermost.at = 0;
    if (result >= 0)
        *belongings_places.error = call->entry_errno;
    return result;
}

/* Of a call that has not been entered at once. */
static ALWAYS_INLINE void call_enter_fast(struct call *call, enum call_id id, int fd,
                                          const void *caller)
{
    struct thread *thread = &this_thread;
    fork_guard_check();
    call_begin(call, id, fd, caller);
    call->logged = call->alone = false;
    if (call_is_quiet(thread, id)) {
        call_enter_quiet(call, thread);
    } else {
        call->log.process = AT_ONCE_NEVER;
        call_clear(call);
        call_enter(call);
    }
}

/*
 * What the hooks of reads and writes begin with, each in a function that returns what the call
 * does. Mostly the real call is all there is to do: it is told of at once, or nobody is told of it.
 * If not, the call is entered, and the function goes on.
 */
#define CALL_ENTER_OR_RETURN(call, id, fd, caller, real) \
    do {                                                 \
        if (call_enter_at_once(call, id, fd, caller))    \
            return call_leave_at_once(call, real);       \
        if (call_is_plain())                             \
            return real;                                 \
        call_enter_fast(call, id, fd, caller);           \
    } while (0)

static ALWAYS_INLINE int64_t call_leave_fast(struct call *call, int64_t result)
{
    return call->quiet ? call_leave_quiet(call, result) : call_leave(call, result);
}

/* The rest of call_sends where it is the first one. */
void call_sends_first(struct call *call, const void *bytes, size_t size);

/*
 * A write that is to be made next: the bytes may be the first that a connection sends. They are
 * looked at now, for when the write has returned another thread may know already that they have
 * come, and have unmapped them.
 */
static inline void call_sends(struct call *call, const void *bytes, size_t size)
{
    if (call->logged && first_is_unseen(call->log.fd, false))
        call_sends_first(call, bytes, size);
}

/* The same of what may begin a message of HTTP, if anybody wants to know. What is found stays in
 * `line` until the call has been left: so whoever has room for it is a function of its own, for a
 * hook may stand on a small stack. */
static inline bool call_may_say(const struct call *call)
{
    return http_on() && call->logged;
}

static inline void call_says(struct call *call, struct http_line *line, const void *bytes,
                             size_t size)
{
    call->log.line = http_look(line, call->log.fd, false, bytes, size);
}

/* What a call has read, for those who look at the begin of it. Only when it has: what a program
 * gives to a call need not be there. */
static inline void call_has_read(struct call *call, const void *bytes, int64_t count)
{
    if (count <= 0)
        return;
    call->log.bytes = bytes;
    call->log.byte_count = (size_t)count;
}

/* Whether the calling code runs in one of the program's signal handlers, where no task may be
 * parked. See signal.c. */
bool call_handler_is_live(struct thread *thread);

static inline bool call_in_handler(struct thread *thread)
{
    return thread_in_handler(thread) && call_handler_is_live(thread);
}

/* Whether the call may be parked where it waits; if not, host is NULL from then on. For those that
 * must know before they let a lock go; call_wait and call_run see to it themselves. */
bool call_may_park(struct call *call);

/* Whether nothing is to be found out about a wait of a task's call for a descriptor, and nobody is
 * told of it: then the task may park itself. */
static inline bool call_waits_quietly(const struct call *call)
{
    return call->quiet && call->host && call_waits_untold(call->thread);
}

/* Whether the call waits for what a parked task of its thread may have. If it was refused, it waits
 * in the thread for a while and then insists. */
bool call_may_insist(const struct call *call);
void call_insist(struct call *call, const struct host *host);

/*
 * Parks the call's task, as host->wait does, and counts the time. Returns what that returns.
 */
enum wake call_wait(struct call *call, const struct pollfd *set, size_t count, uint64_t deadline,
                    enum interruption interruption);

/*
 * Parks the call's task until `deadline` (ns), with nothing else to wait for; the thread itself
 * when there is no parking. Returns 0, or EINTR or ECANCELED: it was ended.
 */
int call_sleep(struct call *call, uint64_t deadline, enum interruption interruption);

/* The same as call_wait, for host->run. */
enum wake call_run(struct call *call, struct job *job);

/* Notes in the log that the call is the real one after all. `refuser`: the module that it is for,
 * or NULL. */
void call_refuse(struct call *call, enum trace_refusal refusal, const char *refuser);

/* Has the time of waits kept, for the summary; without, only a log has it kept. */
void call_time_waits(void);

/* ns that tasks have been parked in calls, all threads; 0 when it is not kept. */
uint64_t call_parked_total(void);

#endif
