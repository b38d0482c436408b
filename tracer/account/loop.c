/*
 * loop.c: what lies between two waits for many of a thread.
 *
 *     pending         stalls since the last wait; dropped where all that it watched is closed
 *     within          those after which the loop went on with something else that it watches
 *     doubtful        waits that may be the loop's own: decided at the thread's end
 */
#include "account/loop.h"

#include "account/books.h"
#include "account/nested.h"
#include "account/own_wait.h"
#include "account/python_loop.h"
#include "account/slots.h"
#include "model/call.h"
#include "model/site.h"
#include "model/thread.h"
#include "model/thresholds.h"

/* Calls of a site that blocked a thread since its last wait for many: if another such wait comes,
 * they have blocked a loop. */
struct loop_stall {
    struct site *site;
    int32_t fd;               /* that all of them were about; -1: none */
    enum own_wait may_be_own; /* it may turn out to be the loop's own */
    uint64_t caller;
    uint64_t since; /* ns; the first of them */
    uint64_t until; /* the end of the last */
    uint64_t blocked;
};

/* At most LOOP_SITES_MAX, one for each site. */
struct stalls {
    struct loop_stall *items;
    size_t count;
    size_t capacity;
};

/* Of a thread. */
struct loop {
    int32_t watched[TRACE_MAX_WATCHED]; /* by its last wait for many, and open still */
    uint32_t watched_count;             /* 0: they are not known */
    bool is_over;                       /* all of these have been closed since then */
    struct stalls pending;  /* nothing has come since that tells whether the loop goes on */
    struct stalls within;   /* it went on with another of these descriptors */
    struct stalls doubtful; /* waits that blocked a loop, unless they are its own */
    uint64_t blocked;       /* ns, between waits for many */
    bool is_pythons;        /* it has waited for many in a loop of Python's */
};

static struct loop *loop_of(struct thread *thread)
{
    return kept_get(&thread->kept, SLOT_LOOP, sizeof(struct loop));
}

bool loop_is_run_by(const struct thread *thread)
{
    return thread->waits_for_many >= LOOP_WAITS_MIN;
}

uint64_t loop_blocked(struct thread *thread)
{
    return loop_of(thread)->blocked;
}

void loop_add_blocked(struct thread *thread, uint64_t time)
{
    loop_of(thread)->blocked += time;
}

bool loop_was_left(struct thread *thread, const struct site *site)
{
    return loop_of(thread)->is_pythons && python_loop_is_outside(site);
}

static void add_stall(struct stalls *stalls, const struct loop_stall *stall)
{
    for (size_t i = 0; i < stalls->count; i++)
        if (stalls->items[i].site == stall->site) {
            stalls->items[i].blocked += stall->blocked;
            stalls->items[i].until = stall->until;
            if (stalls->items[i].fd != stall->fd)
                stalls->items[i].fd = -1;
            return;
        }
    if (stalls->count == LOOP_SITES_MAX)
        return;
    stalls->items =
        memory_grow(stalls->items, stalls->count, &stalls->capacity, sizeof *stalls->items);
    stalls->items[stalls->count++] = *stall;
}

/* L7: where other threads run it as well nothing has blocked the loop. */
static void book(struct books *books, struct thread *thread, const struct loop_stall *stall)
{
    if (own_wait_shares_loop(thread) || loop_was_left(thread, stall->site))
        return;
    books_add(books, FIGURE_loop_blocked_s,
              &(struct booking){.rule = RULE_L1,
                                .since = stall->since,
                                .until = stall->until,
                                .amount = stall->blocked,
                                .thread = thread,
                                .site = stall->site});
    loop_add_blocked(thread, stall->blocked);
}

/* An epoll set, or what is polled, if that is known of all. */
static void remember_watched(struct loop *loop, const struct call *call)
{
    const struct watch *watch = call->task->watch;
    loop->is_over = false;
    loop->watched_count = 0;
    if (call->kind.traits & TRAIT_EPOLL)
        loop->watched[loop->watched_count++] = call->record.fd;
    else if (watch && watch->call_begin == call->record.head.time && watch->total == watch->count)
        for (; loop->watched_count < watch->count; loop->watched_count++)
            loop->watched[loop->watched_count] = watch->descriptors[loop->watched_count];
}

static void forget_watched(struct loop *loop, int32_t fd)
{
    for (uint32_t i = 0; i < loop->watched_count; i++)
        if (loop->watched[i] == fd)
            loop->watched[i--] = loop->watched[--loop->watched_count];
    loop->is_over = !loop->watched_count;
}

static bool watches(const struct loop *loop, int32_t fd)
{
    for (uint32_t i = 0; i < loop->watched_count; i++)
        if (loop->watched[i] == fd)
            return true;
    return false;
}

/* The loop goes on with this one, which calls about others have kept waiting. */
static void go_on_with(struct loop *loop, int32_t fd)
{
    size_t left = 0;
    for (size_t i = 0; i < loop->pending.count; i++) {
        struct loop_stall *stall = &loop->pending.items[i];
        if (stall->fd == fd)
            loop->pending.items[left++] = *stall;
        else
            add_stall(&loop->within, stall);
    }
    loop->pending.count = left;
}

static bool uses_descriptor(const struct call *call)
{
    return call->kind.kind == KIND_READ || call->kind.kind == KIND_WRITE ||
           call->kind.kind == KIND_WAIT;
}

/* L9 */
void loop_begin_call(const struct call *call)
{
    struct loop *loop = loop_of(call->task->thread);
    int32_t fd = call->record.fd;
    if (!loop->watched_count)
        return;
    if (call->kind.kind == KIND_CLOSE)
        forget_watched(loop, fd);
    else if (loop->pending.count && uses_descriptor(call) && watches(loop, fd))
        go_on_with(loop, fd);
}

static void book_all(struct books *books, struct thread *thread, struct stalls *stalls)
{
    for (size_t i = 0; i < stalls->count; i++) {
        const struct loop_stall *stall = &stalls->items[i];
        if (stall->may_be_own)
            add_stall(&loop_of(thread)->doubtful, stall);
        else
            book(books, thread, stall);
    }
    stalls->count = 0;
}

/* L1: the loop goes on, so what was between its waits was within it. L9: or it is another one, but
 * for one that was inside of it (L10). */
static void wait_for_many(struct listener *listener, struct call *call, uint64_t time)
{
    (void)time;
    struct books *books = ((struct loop_account *)listener)->books;
    struct thread *thread = call->task->thread;
    struct loop *loop = loop_of(thread);
    if (!call->many)
        return;
    if (loop->is_over && !nested_goes_on(call))
        loop->pending.count = 0;
    remember_watched(loop, call);
    book_all(books, thread, &loop->within);
    book_all(books, thread, &loop->pending);
}

/* L2: what comes before the first wait for many is the start of the program. */
static void add_call(struct listener *listener, struct call *call)
{
    (void)listener;
    struct thread *thread = call->task->thread;
    uint64_t begin = call->record.head.time;
    if (call->many && call->site)
        loop_of(thread)->is_pythons |= python_loop_runs(call->site);
    if (!thread->waits_for_many || !call->site || !call_has_blocked(call))
        return;
    add_stall(&loop_of(thread)->pending, &(struct loop_stall){
                                             .site = call->site,
                                             .fd = call->record.fd,
                                             .may_be_own = own_wait_may_be(call),
                                             .caller = call->record.caller,
                                             .since = begin,
                                             .until = call->end,
                                             .blocked = call->end - begin,
                                         });
}

/* L2: and what comes after the last one its end. L4: by now the loop's own waits are known. */
static void end_thread(struct listener *listener, struct thread *thread)
{
    struct loop *loop = loop_of(thread);
    for (size_t i = 0; i < loop->doubtful.count; i++) {
        const struct loop_stall *stall = &loop->doubtful.items[i];
        if (!own_wait_is(thread, stall->site, stall->caller, stall->may_be_own))
            book(((struct loop_account *)listener)->books, thread, stall);
    }
    loop->pending.count = loop->within.count = loop->doubtful.count = 0;
}

void loop_begin(struct loop_account *account, struct books *books)
{
    *account = (struct loop_account){
        .listener = {.slow_call_begins = wait_for_many,
                     .slow_called = add_call,
                     .thread_done = end_thread},
        .books = books,
    };
}

void loop_release(struct thread *thread)
{
    free(loop_of(thread)->pending.items);
    free(loop_of(thread)->within.items);
    free(loop_of(thread)->doubtful.items);
}
