#include "account/loop.h"

#include "account/books.h"
#include "account/slots.h"
#include "model/call.h"
#include "model/thread.h"
#include "model/thresholds.h"

/* Calls of a site that blocked a thread since its last wait for many: if another such wait comes,
 * they have blocked a loop. */
struct loop_stall {
    struct site *site;
    uint64_t since; /* ns; the first of them */
    uint64_t until; /* the end of the last */
    uint64_t blocked;
};

/* Of a thread. */
struct loop {
    struct loop_stall *pending;
    size_t pending_count;
    size_t pending_capacity;
    uint64_t blocked; /* ns, between waits for many */
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

/* L1: the loop goes on, so what was between its waits was within it. */
static void wait_for_many(struct listener *listener, struct call *call, uint64_t time)
{
    (void)time;
    struct books *books = ((struct loop_account *)listener)->books;
    struct thread *thread = call->task->thread;
    struct loop *loop = loop_of(thread);
    if (!call->many)
        return;
    for (size_t i = 0; i < loop->pending_count; i++) {
        const struct loop_stall *stall = &loop->pending[i];
        books_add(books, FIGURE_loop_blocked_s,
                  &(struct booking){.rule = RULE_L1,
                                    .since = stall->since,
                                    .until = stall->until,
                                    .amount = stall->blocked,
                                    .thread = thread,
                                    .site = stall->site});
        loop->blocked += stall->blocked;
    }
    loop->pending_count = 0;
}

/* L2: what comes before the first wait for many is the start of the program. */
static void add_call(struct listener *listener, struct call *call)
{
    (void)listener;
    struct thread *thread = call->task->thread;
    struct loop *loop = loop_of(thread);
    uint64_t begin = call->record.head.time, blocked = call->end - begin;
    if (!thread->waits_for_many || !call->site || !call_has_blocked(call))
        return;
    for (size_t i = 0; i < loop->pending_count; i++)
        if (loop->pending[i].site == call->site) {
            loop->pending[i].blocked += blocked;
            loop->pending[i].until = call->end;
            return;
        }
    if (loop->pending_count == LOOP_SITES_MAX)
        return;
    loop->pending = memory_grow(loop->pending, loop->pending_count, &loop->pending_capacity,
                                sizeof *loop->pending);
    loop->pending[loop->pending_count++] =
        (struct loop_stall){call->site, begin, call->end, blocked};
}

/* L2: and what comes after the last one its end. */
static void drop(struct listener *listener, struct thread *thread)
{
    (void)listener;
    loop_of(thread)->pending_count = 0;
}

void loop_begin(struct loop_account *account, struct books *books)
{
    *account = (struct loop_account){
        .listener = {.call_begins = wait_for_many, .called = add_call, .thread_done = drop},
        .books = books,
    };
}

void loop_release(struct thread *thread)
{
    free(loop_of(thread)->pending);
}
