#include "account/nested.h"

#include "account/blocking.h"
#include "account/books.h"
#include "account/loop.h"
#include "account/own_wait.h"
#include "account/python_loop.h"
#include "account/slots.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/site.h"
#include "model/thread.h"
#include "model/thresholds.h"

#include <stdlib.h>

/* What is too much is added to the last one, if that is of the same site. Times in ns. */
struct inner_wait {
    struct site *site;
    uint64_t begin;
    uint64_t end;
    uint64_t until; /* the end of the last one that was added */
    uint64_t took;  /* all of them */
    uint64_t idle;  /* of that, if they are none */
};

/* Of a thread. */
struct nested {
    int32_t set;                        /* of epoll, that its loop waits for */
    uint64_t set_waits;                 /* how often it has; 0: there is no set */
    int32_t watched[TRACE_MAX_WATCHED]; /* by the waits since the last of these, and open still */
    uint32_t watched_count;
    bool is_unknown;          /* not all that these watch is known */
    struct inner_wait *waits; /* these, as far as they were long; LOOP_SITES_MAX at most */
    size_t count;
    size_t capacity;
    uint64_t kept; /* when the last one began */
};

static struct nested *nested_of(struct thread *thread)
{
    return kept_get(&thread->kept, SLOT_NESTED, sizeof(struct nested));
}

/* I1: those that were inside of nothing were the thread's own. */
static void book_idle(struct books *books, struct thread *thread)
{
    struct nested *nested = nested_of(thread);
    for (size_t i = 0; i < nested->count; i++) {
        const struct inner_wait *wait = &nested->waits[i];
        books_add(books, FIGURE_idle_s,
                  &(struct booking){.rule = RULE_I1,
                                    .since = wait->begin,
                                    .until = wait->until,
                                    .amount = wait->idle,
                                    .thread = thread,
                                    .site = wait->site});
    }
    nested->count = 0;
}

/* What comes from now on is inside of nothing that was before. */
static void forget_waits(struct nested *nested)
{
    nested->watched_count = 0;
    nested->is_unknown = false;
    nested->count = 0;
}

static void take_set(struct nested *nested, int32_t set)
{
    forget_waits(nested);
    nested->set = set;
    nested->set_waits = 1;
}

static bool is_for_set(const struct nested *nested, const struct call *call)
{
    return nested->set_waits && call->kind.traits & TRAIT_EPOLL && call->record.fd == nested->set;
}

bool nested_goes_on(const struct call *call)
{
    const struct nested *nested = nested_of(call->task->thread);
    return is_for_set(nested, call) && nested->set_waits > 1;
}

/* --- what is waited for inside --- */

static void add_watched(struct nested *nested, int32_t fd)
{
    for (uint32_t i = 0; i < nested->watched_count; i++)
        if (nested->watched[i] == fd)
            return;
    if (nested->watched_count == TRACE_MAX_WATCHED)
        nested->is_unknown = true;
    else
        nested->watched[nested->watched_count++] = fd;
}

/* Who watches the loop's own set beside others waits for the loop as well. */
static void remember_watched(struct nested *nested, const struct call *call)
{
    const struct watch *watch = call->task->watch;
    if (call->kind.traits & TRAIT_EPOLL) {
        add_watched(nested, call->record.fd);
        return;
    }
    if (!watch || watch->call_begin != call->record.head.time || watch->total != watch->count) {
        nested->is_unknown = true;
        return;
    }
    for (uint32_t i = 0; i < watch->count; i++)
        add_watched(nested, watch->descriptors[i]);
}

static void forget_watched(struct books *books, struct thread *thread, int32_t fd)
{
    struct nested *nested = nested_of(thread);
    if (nested->set_waits && fd == nested->set) {
        book_idle(books, thread);
        *nested = (struct nested){.waits = nested->waits, .capacity = nested->capacity};
    }
    for (uint32_t i = 0; i < nested->watched_count; i++)
        if (nested->watched[i] == fd)
            nested->watched[i--] = nested->watched[--nested->watched_count];
}

void nested_begin_call(struct nested_account *account, struct call *call)
{
    if (call->kind.kind == KIND_CLOSE)
        forget_watched(account->books, call->task->thread, call->record.fd);
}

static void keep_wait(struct nested *nested, const struct inner_wait *wait)
{
    struct inner_wait *last = nested->count ? &nested->waits[nested->count - 1] : NULL;
    if (nested->count < LOOP_SITES_MAX) {
        nested->waits =
            memory_grow(nested->waits, nested->count, &nested->capacity, sizeof *nested->waits);
        nested->waits[nested->count++] = *wait;
    } else if (last->site == wait->site) {
        last->until = wait->until;
        last->took += wait->took;
        last->idle += wait->idle;
    } else {
        return;
    }
    nested->kept = wait->begin;
}

static void add_call(struct listener *listener, struct call *call)
{
    (void)listener;
    struct nested *nested = nested_of(call->task->thread);
    bool is_loops = call->many || own_wait_is_call(call);
    if (call->kind.kind != KIND_WAIT || !nested->set_waits || !call->site ||
        is_for_set(nested, call) || !is_loops || !call_has_kept_thread(call))
        return;
    keep_wait(nested, &(struct inner_wait){.site = call->site,
                                           .begin = call->record.head.time,
                                           .end = call->end,
                                           .until = call->end,
                                           .took = call->end - call->record.head.time,
                                           .idle = call->blocks ? call->blocked : 0});
}

bool nested_keeps(const struct call *call)
{
    const struct nested *nested = nested_of(call->task->thread);
    return nested->count && nested->kept == call->record.head.time;
}

/* --- the loop comes back --- */

static void book(struct books *books, struct thread *thread, const struct inner_wait *wait)
{
    blocking_add(thread, BLOCKED_BY_NESTED, wait->site,
                 &(struct blocking_call){.begin = wait->begin, .end = wait->end});
    books_add(books, FIGURE_loop_blocked_s,
              &(struct booking){.rule = RULE_L10,
                                .since = wait->begin,
                                .until = wait->until,
                                .amount = wait->took,
                                .thread = thread,
                                .site = wait->site});
    loop_add_blocked(thread, wait->took);
}

/* L11: those that were made between two runs of the loop are left. */
static void book_blocked(struct books *books, struct thread *thread, bool are_inner)
{
    struct nested *nested = nested_of(thread);
    size_t left = 0;
    for (size_t i = 0; i < nested->count; i++) {
        const struct inner_wait *wait = &nested->waits[i];
        bool is_inner =
            are_inner ? !loop_was_left(thread, wait->site) : python_loop_is_inside(wait->site);
        if (is_inner)
            book(books, thread, wait);
        else
            nested->waits[left++] = *wait;
    }
    nested->count = left;
}

/* L7: other threads may have gone on with the loop. */
static void come_back(struct books *books, struct thread *thread)
{
    struct nested *nested = nested_of(thread);
    if (!own_wait_shares_loop(thread))
        book_blocked(books, thread, !nested->watched_count && !nested->is_unknown);
    book_idle(books, thread);
    forget_waits(nested);
    nested->set_waits++;
}

static void wait_for_many(struct listener *listener, struct call *call, uint64_t time)
{
    (void)time;
    struct thread *thread = call->task->thread;
    struct nested *nested = nested_of(thread);
    if (call->kind.kind != KIND_WAIT)
        return;
    if (is_for_set(nested, call))
        come_back(((struct nested_account *)listener)->books, thread);
    else if (nested->set_waits)
        remember_watched(nested, call);
    else if (call->many && call->kind.traits & TRAIT_EPOLL)
        take_set(nested, call->record.fd);
}

static void end_thread(struct listener *listener, struct thread *thread)
{
    book_idle(((struct nested_account *)listener)->books, thread);
}

void nested_begin(struct nested_account *account, struct books *books)
{
    *account = (struct nested_account){
        .listener = {.slow_call_begins = wait_for_many,
                     .slow_called = add_call,
                     .thread_done = end_thread},
        .books = books,
    };
}

void nested_release(struct thread *thread)
{
    free(nested_of(thread)->waits);
}
