/*
 * poll, ppoll, select, pselect, epoll_wait, epoll_pwait, epoll_pwait2.
 *
 * Each asks the real function without a timeout and parks while the answer is "nothing", so what it
 * returns is always the kernel's own word.
 */
#include "call/call.h"
#include "sys/clock.h"
#include "sys/fd_table.h"
#include "sys/kernel.h"
#include "sys/readable.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>

EXPORT int __poll(struct pollfd *set, nfds_t count, int timeout);
EXPORT int __poll_chk(struct pollfd *set, nfds_t count, int timeout, size_t room);
EXPORT int __ppoll_chk(struct pollfd *set, nfds_t count, const struct timespec *timeout,
                       const sigset_t *mask, size_t room);
EXPORT int __select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
                    struct timeval *timeout);
__attribute__((noreturn)) void __chk_fail(void);

/* ---- deadlines and masks ---- */

static uint64_t deadline_of_ms(int timeout)
{
    return timeout < 0 ? CLOCK_NEVER : clock_after((uint64_t)timeout * NS_PER_MS);
}

static bool is_valid(const struct timespec *timeout)
{
    return !timeout || (timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 &&
                        timeout->tv_nsec < (long)NS_PER_SECOND);
}

static uint64_t deadline_of(const struct timespec *timeout)
{
    return timeout ? clock_after(clock_from_timespec(timeout)) : CLOCK_NEVER;
}

static struct timespec time_left(uint64_t deadline)
{
    uint64_t now = clock_now();
    return clock_to_timespec(deadline > now ? deadline - now : 0);
}

/* ---- the loop that all of them share ---- */

/* A call that can be asked for its answer again and again. */
struct question {
    const struct pollfd *set; /* what may change the answer */
    size_t count;
    int (*ask)(
        const struct question *question); /* without waiting: 0 when there is no answer yet */
    int (*really)(const struct question *question, const struct timespec *timeout);
    /* the call's own arguments */
    int epoll, max;
    struct epoll_event *events;
    struct select_call *select;
};

static int ask_really(const struct question *question, uint64_t deadline)
{
    struct timespec left = time_left(deadline);
    return question->really(question, deadline == CLOCK_NEVER ? NULL : &left);
}

static int await_changes(struct call *call, const struct question *question, uint64_t deadline)
{
    int answer = 0;
    bool time_is_up = false;
    while (!answer && !time_is_up) {
        enum wake wake =
            call_wait(call, question->set, question->count, deadline, INTERRUPT_ALWAYS);
        if (wake == WAKE_NO_HOST)
            return ask_really(question, deadline);
        if (wake_error(wake)) {
            errno = wake_error(wake);
            return -1;
        }
        /* Also of a closed descriptor: the real call knows how to say that. */
        time_is_up = wake == WAKE_TIMED_OUT;
        answer = question->ask(question);
    }
    return answer;
}

/* The p-forms hold a signal mask while they wait: it is the thread's for as long as its main task
 * is parked. A signal that it lets in at once ends the call before it waits. */
static int await_masked(struct call *call, const struct question *question, uint64_t deadline,
                        const sigset_t *mask)
{
    sigset_t before;
    uint32_t signals = call->thread->signals.all;
    int answer = -1;
    pthread_sigmask(SIG_SETMASK, mask, &before);
    if (call->thread->signals.all == signals)
        answer = await_changes(call, question, deadline);
    else
        errno = EINTR;
    int saved_errno = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved_errno;
    return answer;
}

static int await_answer(struct call *call, const struct question *question, uint64_t deadline,
                        const sigset_t *mask)
{
    if (mask && !readable(mask, sizeof mask->__val[0])) {
        errno = EFAULT;
        return -1;
    }
    int answer = question->ask(question);
    if (answer)
        return answer;
    return mask ? await_masked(call, question, deadline, mask)
                : await_changes(call, question, deadline);
}

/* ---- poll ---- */

static int poll_ask(const struct question *question)
{
    return REAL(poll)((struct pollfd *)question->set, question->count, 0);
}

static int poll_really(const struct question *question, const struct timespec *timeout)
{
    return REAL(ppoll)((struct pollfd *)question->set, question->count, timeout, NULL);
}

static int coop_poll(struct call *call, struct pollfd *set, nfds_t count, uint64_t deadline,
                     const sigset_t *mask)
{
    struct question question = {.set = set, .count = count, .ask = poll_ask, .really = poll_really};
    return await_answer(call, &question, deadline, mask);
}

static struct log_call poll_log(enum call_id id, const void *caller, const struct pollfd *set,
                                nfds_t count)
{
    if (!readable(set, count * sizeof *set))
        return (struct log_call){.id = id, .fd = -1, .caller = caller};
    return (struct log_call){.id = id,
                             .fd = count == 1 ? set->fd : -1,
                             .caller = caller,
                             .watched = set,
                             .watched_count = count};
}

static inline int hook_poll(enum call_id id, const void *caller, struct pollfd *set, nfds_t count,
                            int timeout)
{
    if (call_is_plain())
        return REAL(poll)(set, count, timeout);
    struct call call = {.log = poll_log(id, caller, set, count)};
    call_enter(&call);
    return (int)call_leave(&call, call.host && timeout
                                      ? coop_poll(&call, set, count, deadline_of_ms(timeout), NULL)
                                      : REAL(poll)(set, count, timeout));
}

WAIT_ENTRY(int, poll, (struct pollfd * set, nfds_t count, int timeout), (set, count, timeout))
{
    return hook_poll(CALL_poll, caller, set, count, timeout);
}

WAIT_ENTRY(int, __poll, (struct pollfd * set, nfds_t count, int timeout), (set, count, timeout))
{
    return hook_poll(CALL___poll, caller, set, count, timeout);
}

WAIT_ENTRY(int, __poll_chk, (struct pollfd * set, nfds_t count, int timeout, size_t room),
           (set, count, timeout, room))
{
    if (room / sizeof *set < count)
        __chk_fail();
    return hook_poll(CALL___poll_chk, caller, set, count, timeout);
}

static inline int hook_ppoll(enum call_id id, const void *caller, struct pollfd *set, nfds_t count,
                             const struct timespec *timeout, const sigset_t *mask)
{
    if (call_is_plain())
        return REAL(ppoll)(set, count, timeout, mask);
    struct call call = {.log = poll_log(id, caller, set, count)};
    call_enter(&call);
    return (int)call_leave(&call, call.host && is_valid(timeout)
                                      ? coop_poll(&call, set, count, deadline_of(timeout), mask)
                                      : REAL(ppoll)(set, count, timeout, mask));
}

WAIT_ENTRY(int, ppoll,
           (struct pollfd * set, nfds_t count, const struct timespec *timeout,
            const sigset_t *mask),
           (set, count, timeout, mask))
{
    return hook_ppoll(CALL_ppoll, caller, set, count, timeout, mask);
}

WAIT_ENTRY(int, __ppoll_chk,
           (struct pollfd * set, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
            size_t room),
           (set, count, timeout, mask, room))
{
    if (room / sizeof *set < count)
        __chk_fail();
    return hook_ppoll(CALL___ppoll_chk, caller, set, count, timeout, mask);
}

/* ---- select ---- */

/* The three sets of a select: readable, writable, exceptional. */
#define SETS 3
static const short set_events[SETS] = {POLLIN, POLLOUT, POLLPRI};

struct select_call {
    int count;
    fd_set *given[SETS];    /* the caller's, any of them NULL */
    struct pollfd *watched; /* those that are in any */
    size_t watched_count;
    void *memory;
    struct pollfd few[8];
};

/* Programs make sets larger than FD_SETSIZE by allocating them: only `count` bits may be touched.
 */
static size_t set_bytes(int count)
{
    size_t bits = 8 * sizeof(fd_mask);
    return ((size_t)count + bits - 1) / bits * sizeof(fd_mask);
}

static bool set_has(const fd_set *set, int fd)
{
    const fd_mask *words = (const fd_mask *)set;
    return set && words[fd / NFDBITS] >> (fd % NFDBITS) & 1;
}

static short wanted_events(const struct select_call *sets, int fd)
{
    short events = 0;
    for (int i = 0; i < SETS; i++)
        if (set_has(sets->given[i], fd))
            events |= set_events[i];
    return events;
}

static size_t count_watched(const struct select_call *sets)
{
    size_t watched = 0;
    for (int fd = 0; fd < sets->count; fd++)
        watched += wanted_events(sets, fd) != 0;
    return watched;
}

static bool are_readable(const struct select_call *sets)
{
    bool are = true;
    for (int i = 0; i < SETS; i++)
        are = are && (!sets->given[i] || readable(sets->given[i], set_bytes(sets->count)));
    return are;
}

/* Fills in what is watched. Returns false when memory is short, or not the program's. */
static bool select_open(struct select_call *sets)
{
    if (!are_readable(sets))
        return false;
    size_t watched = count_watched(sets);
    sets->watched = sets->few;
    if (watched > sizeof sets->few / sizeof *sets->few) {
        sets->memory = FALLIBLE(malloc, NULL, watched * sizeof *sets->watched);
        sets->watched = sets->memory;
    }
    if (!sets->watched)
        return false;
    for (int fd = 0; fd < sets->count; fd++) {
        short events = wanted_events(sets, fd);
        if (events)
            sets->watched[sets->watched_count++] = (struct pollfd){fd, events, 0};
    }
    return true;
}

/* The caller's sets are changed only when there is an answer. */
static int select_ask(const struct question *question)
{
    const struct select_call *sets = question->select;
    size_t bytes = set_bytes(sets->count);
    fd_mask copies[SETS][bytes ? bytes / sizeof(fd_mask) : 1];
    fd_set *asked[SETS];
    struct timeval now = {0, 0};
    for (int i = 0; i < SETS; i++) {
        asked[i] = sets->given[i] ? (fd_set *)copies[i] : NULL;
        if (asked[i])
            memcpy(asked[i], sets->given[i], bytes);
    }
    int ready = REAL(select)(sets->count, asked[0], asked[1], asked[2], &now);
    for (int i = 0; i < SETS && ready > 0; i++)
        if (asked[i])
            memcpy(sets->given[i], asked[i], bytes);
    return ready;
}

static int select_really(const struct question *question, const struct timespec *timeout)
{
    const struct select_call *sets = question->select;
    return REAL(pselect)(sets->count, sets->given[0], sets->given[1], sets->given[2], timeout,
                         NULL);
}

static int coop_select(struct call *call, struct select_call *sets, uint64_t deadline,
                       const sigset_t *mask)
{
    struct question question = {.set = sets->watched,
                                .count = sets->watched_count,
                                .ask = select_ask,
                                .really = select_really,
                                .select = sets};
    int ready = await_answer(call, &question, deadline, mask);
    for (int i = 0; i < SETS && !ready; i++)
        if (sets->given[i])
            memset(sets->given[i], 0, set_bytes(sets->count));
    return ready;
}

static bool is_valid_timeval(const struct timeval *timeout)
{
    return !timeout || (timeout->tv_sec >= 0 && timeout->tv_usec >= 0);
}

/* select(2) on Linux stores the time left. */
static void store_time_left(struct timeval *timeout, uint64_t deadline)
{
    struct timespec left = time_left(deadline);
    timeout->tv_sec = left.tv_sec;
    timeout->tv_usec = left.tv_nsec / 1000;
}

static uint64_t deadline_of_timeval(const struct timeval *timeout)
{
    struct timespec precise;
    if (!timeout)
        return CLOCK_NEVER;
    precise.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
    precise.tv_nsec = timeout->tv_usec % 1000000 * 1000;
    return deadline_of(&precise);
}

/* The largest number of descriptors that sets on a task's stack are made for. */
#define SELECT_MAX (1 << 16)

/* A program may pass any number that its limit allows, with sets of FD_SETSIZE bits: the kernel
 * touches no more of them than its table of descriptors has entries, and neither do we. */
static int touched_count(int count)
{
    if (count <= FD_SETSIZE)
        return count;
    int table = fd_table_size();
    return table < count ? table : count;
}

/* Fills in what the log says of the call. Returns false when only the real call can be made. */
static bool select_log(struct call *call, struct select_call *sets, int count, fd_set *in,
                       fd_set *out, fd_set *exceptional)
{
    call->log.fd = -1;
    sets->memory = NULL;
    /* In a handler there is no memory to be had. */
    if (count < 0 || call_in_handler(&this_thread))
        return false;
    *sets = (struct select_call){.count = touched_count(count), .given = {in, out, exceptional}};
    if (sets->count > SELECT_MAX || !select_open(sets))
        return false;
    call->log.watched = sets->watched;
    call->log.watched_count = sets->watched_count;
    if (sets->watched_count == 1)
        call->log.fd = sets->watched->fd;
    return true;
}

/* The answer lies in the caller's sets. */
static void select_log_ready(struct call *call, struct select_call *sets)
{
    for (size_t i = 0; i < call->log.watched_count; i++)
        sets->watched[i].revents = wanted_events(sets, sets->watched[i].fd);
}

static int leave_select(struct call *call, struct select_call *sets, int ready)
{
    if (ready > 0 && call->logged)
        select_log_ready(call, sets);
    call_leave(call, ready);
    int saved_errno = errno;
    free(sets->memory);
    errno = saved_errno;
    return ready;
}

static inline int hook_select(enum call_id id, const void *caller, int count, fd_set *readable,
                              fd_set *writable, fd_set *exceptional, struct timeval *timeout)
{
    if (call_is_plain())
        return REAL(select)(count, readable, writable, exceptional, timeout);
    struct select_call sets;
    struct call call = {.log = {.id = id, .caller = caller}};
    bool usable = select_log(&call, &sets, count, readable, writable, exceptional);
    call_enter(&call);
    if (!call.host || !usable || !is_valid_timeval(timeout))
        return leave_select(&call, &sets,
                            REAL(select)(count, readable, writable, exceptional, timeout));
    uint64_t deadline = deadline_of_timeval(timeout);
    int ready = coop_select(&call, &sets, deadline, NULL);
    if (timeout)
        store_time_left(timeout, deadline);
    return leave_select(&call, &sets, ready);
}

WAIT_ENTRY(int, select,
           (int count, fd_set *restrict readable, fd_set *restrict writable,
            fd_set *restrict exceptional, struct timeval *restrict timeout),
           (count, readable, writable, exceptional, timeout))
{
    return hook_select(CALL_select, caller, count, readable, writable, exceptional, timeout);
}

WAIT_ENTRY(int, __select,
           (int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
            struct timeval *timeout),
           (count, readable, writable, exceptional, timeout))
{
    return hook_select(CALL___select, caller, count, readable, writable, exceptional, timeout);
}

WAIT_ENTRY(int, pselect,
           (int count, fd_set *restrict readable, fd_set *restrict writable,
            fd_set *restrict exceptional, const struct timespec *restrict timeout,
            const sigset_t *restrict mask),
           (count, readable, writable, exceptional, timeout, mask))
{
    if (call_is_plain())
        return REAL(pselect)(count, readable, writable, exceptional, timeout, mask);
    struct select_call sets;
    struct call call = {.log = {.id = CALL_pselect, .caller = caller}};
    bool usable = select_log(&call, &sets, count, readable, writable, exceptional);
    call_enter(&call);
    if (!call.host || !usable || !is_valid(timeout))
        return leave_select(&call, &sets,
                            REAL(pselect)(count, readable, writable, exceptional, timeout, mask));
    return leave_select(&call, &sets, coop_select(&call, &sets, deadline_of(timeout), mask));
}

/* ---- epoll: the epoll descriptor itself becomes readable ---- */

static int epoll_ask(const struct question *question)
{
    return REAL(epoll_wait)(question->epoll, question->events, question->max, 0);
}

static int epoll_really(const struct question *question, const struct timespec *timeout)
{
    uint64_t ms = timeout ? clock_from_timespec(timeout) / NS_PER_MS + 1 : 0;
    return REAL(epoll_wait)(question->epoll, question->events, question->max,
                            !timeout        ? -1
                            : ms > 1u << 30 ? 1 << 30
                                            : (int)ms);
}

static int coop_epoll(struct call *call, int epoll, struct epoll_event *events, int max,
                      uint64_t deadline, const sigset_t *mask)
{
    struct pollfd interest = {epoll, POLLIN, 0};
    struct question question = {.set = &interest,
                                .count = 1,
                                .ask = epoll_ask,
                                .really = epoll_really,
                                .epoll = epoll,
                                .max = max,
                                .events = events};
    return await_answer(call, &question, deadline, mask);
}

EXPORT int epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
    int result = REAL(epoll_ctl)(epoll, op, fd, event);
    if (result == 0 && call_is_told())
        log_epoll(&this_thread, epoll, op, fd, event);
    return result;
}

WAIT_ENTRY(int, epoll_wait, (int epoll, struct epoll_event *events, int max, int timeout),
           (epoll, events, max, timeout))
{
    if (call_is_plain())
        return REAL(epoll_wait)(epoll, events, max, timeout);
    struct call call = {
        .log = {.id = CALL_epoll_wait, .fd = epoll, .caller = caller, .events = events}};
    call_enter(&call);
    return (int)call_leave(
        &call, call.host && timeout
                   ? coop_epoll(&call, epoll, events, max, deadline_of_ms(timeout), NULL)
                   : REAL(epoll_wait)(epoll, events, max, timeout));
}

WAIT_ENTRY(int, epoll_pwait,
           (int epoll, struct epoll_event *events, int max, int timeout, const sigset_t *mask),
           (epoll, events, max, timeout, mask))
{
    if (call_is_plain())
        return REAL(epoll_pwait)(epoll, events, max, timeout, mask);
    struct call call = {
        .log = {.id = CALL_epoll_pwait, .fd = epoll, .caller = caller, .events = events}};
    call_enter(&call);
    return (int)call_leave(
        &call, call.host ? coop_epoll(&call, epoll, events, max, deadline_of_ms(timeout), mask)
                         : REAL(epoll_pwait)(epoll, events, max, timeout, mask));
}

WAIT_ENTRY(int, epoll_pwait2,
           (int epoll, struct epoll_event *events, int max, const struct timespec *timeout,
            const sigset_t *mask),
           (epoll, events, max, timeout, mask))
{
    if (call_is_plain())
        return REAL(epoll_pwait2)(epoll, events, max, timeout, mask);
    struct call call = {
        .log = {.id = CALL_epoll_pwait2, .fd = epoll, .caller = caller, .events = events}};
    call_enter(&call);
    return (int)call_leave(&call,
                           call.host && is_valid(timeout)
                               ? coop_epoll(&call, epoll, events, max, deadline_of(timeout), mask)
                               : REAL(epoll_pwait2)(epoll, events, max, timeout, mask));
}
