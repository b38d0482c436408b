/*
 * computing.c: what a thread has computed, in stretches, and who waited for it.
 *
 *     stretches       from samples; kept back until the round is known that they belong to
 *     rounds          end with a write to a connection or its close, a long call, or the thread
 *     who waited      with data unread, or with a request that was read and is answered now, or
 *                     not before the end of the process
 */
#include "account/computing.h"

#include "account/blocking.h"
#include "account/books.h"
#include "account/loop.h"
#include "account/served.h"
#include "account/slots.h"
#include "account/stretch.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/sample.h"
#include "model/site.h"
#include "model/thread.h"
#include "model/thresholds.h"

#include <stdlib.h>
#include <string.h>

/* So many stretches of a round are kept back, and rounds that nobody has waited for yet. */
enum { KEPT_BACK_MAX = 64, ROUNDS_KEPT_MAX = 256 };

struct round {
    struct site *site; /* that of its longest stretch; NULL: there is none */
    uint64_t longest;  /* ns, that stretch */
    uint64_t all;      /* ns */
    uint64_t end;      /* ns, of its last stretch */
    bool waited_for;
};

/* Of a thread. */
struct worker {
    struct stretch kept_back[KEPT_BACK_MAX];
    size_t kept_back_count;
    struct round round; /* that goes on */
    struct round over[ROUNDS_KEPT_MAX];
    size_t over_count;
};

static struct worker *worker_of(struct thread *thread)
{
    return kept_get(&thread->kept, SLOT_COMPUTING, sizeof(struct worker));
}

/* Whether the request of a connection that the program serves has waited already. */
static bool *was_held_up(struct connection *connection)
{
    return kept_of(&connection->kept, SLOT_COMPUTING);
}

/* --- rounds --- */

static struct rounds *rounds_of(struct computing *computing, const struct site *site)
{
    computing->rounds = memory_reach(computing->rounds, site->number, &computing->capacity,
                                     sizeof *computing->rounds);
    return &computing->rounds[site->number];
}

struct rounds computing_rounds(const struct computing *computing, const struct site *site)
{
    return site->number < computing->capacity ? computing->rounds[site->number]
                                              : (struct rounds){0};
}

/* NULL: nothing is known of it. */
static const struct computing_process *find_process(const struct computing *computing,
                                                    const struct process *process)
{
    return process->number < computing->process_capacity ? &computing->processes[process->number]
                                                         : NULL;
}

static struct computing_process *process_of(struct computing *computing,
                                            const struct process *process)
{
    computing->processes = memory_reach(computing->processes, process->number,
                                        &computing->process_capacity, sizeof *computing->processes);
    return &computing->processes[process->number];
}

/* C10 */
bool computing_is_start(const struct computing *computing, const struct site *site)
{
    const struct computing_process *process = find_process(computing, site->process);
    return process && computing_rounds(computing, site).until <= process->opened;
}

/* From here on others may be found to have waited for these stretches. */
static void release_stretches(struct thread *thread, struct worker *worker)
{
    for (size_t i = 0; i < worker->kept_back_count; i++) {
        const struct stretch *stretch = &worker->kept_back[i];
        blocking_add(thread, BLOCKED_BY_COMPUTING, stretch->site,
                     &(struct blocking_call){.begin = stretch->begin, .end = stretch->end});
    }
    worker->kept_back_count = 0;
}

static void count_round(struct computing *computing, const struct round *round)
{
    struct rounds *rounds = rounds_of(computing, round->site);
    rounds->count++;
    rounds->all += round->all;
    if (rounds->longest < round->all)
        rounds->longest = round->all;
}

/* Somebody may come who has waited for it. */
static void keep_round(struct worker *worker)
{
    if (worker->over_count == ROUNDS_KEPT_MAX)
        memmove(worker->over, worker->over + 1, --worker->over_count * sizeof *worker->over);
    worker->over[worker->over_count++] = worker->round;
}

/* C4 */
static void end_round(struct computing *computing, struct thread *thread)
{
    struct worker *worker = worker_of(thread);
    bool counts = worker->round.all >= TRACE_COMPUTED_NS;
    release_stretches(thread, worker);
    if (counts && worker->round.waited_for)
        count_round(computing, &worker->round);
    else if (counts)
        keep_round(worker);
    worker->round = (struct round){0};
}

/* C9: somebody has waited for all rounds since then. */
static void count_rounds(struct computing *computing, struct thread *thread, uint64_t since)
{
    struct worker *worker = worker_of(thread);
    worker->round.waited_for |= worker->round.end > since;
    while (worker->over_count && worker->over[worker->over_count - 1].end > since)
        count_round(computing, &worker->over[--worker->over_count]);
}

/* --- stretches --- */

static void add_stretch(struct thread *thread, const struct stretch *stretch)
{
    struct worker *worker = worker_of(thread);
    uint64_t took = stretch->end - stretch->begin;
    if (!stretch->site || took < STRETCH_MIN_NS)
        return;
    if (worker->kept_back_count == KEPT_BACK_MAX)
        release_stretches(thread, worker);
    worker->kept_back[worker->kept_back_count++] = *stretch;
    worker->round.all += took;
    worker->round.end = stretch->end;
    if (worker->round.longest < took) {
        worker->round.longest = took;
        worker->round.site = stretch->site;
    }
}

static void take_sample(struct listener *listener, struct thread *thread,
                        const struct sample *sample)
{
    const struct stretch stretch = stretch_last(thread);
    add_stretch(thread, &stretch);
    if (sample->kind == SAMPLE_CALL || sample->kind == SAMPLE_END)
        end_round((struct computing *)listener, thread);
}

/* --- who waited --- */

/* C5: all that was computed since then, once for each site. */
static void book_computed(struct computing *computing, struct booking booking,
                          struct blocking *blocking)
{
    uint64_t since = booking.since;
    struct rounds *rounds = rounds_of(computing, blocking->site);
    while (blocking_cover(blocking, since, UINT64_MAX, &booking.since, &booking.until)) {
        booking.amount = booking.until - booking.since;
        books_add(computing->books, FIGURE_computing_s, &booking);
        if (rounds->until < booking.until)
            rounds->until = booking.until;
    }
}

/* Returns how long it waited for what was computed. */
static uint64_t book(struct computing *computing, struct thread *thread,
                     const struct connection *connection, uint64_t since, uint64_t until,
                     enum rule_name once, enum rule_name each_one)
{
    uint64_t sum = 0;
    count_rounds(computing, thread, since);
    for (struct blocking *each = blocking_first(thread, BLOCKED_BY_COMPUTING);
         each && blocking_end(each) > since; each = each->next) {
        struct booking booking = {
            .rule = each_one,
            .since = since,
            .until = until,
            .amount = blocking_overlap(each, since, UINT64_MAX),
            .connection = connection,
            .thread = thread,
            .site = each->site,
        };
        sum += booking.amount;
        if (booking.amount)
            books_add(computing->books, FIGURE_computing_conn_s, &booking);
        booking.rule = once;
        book_computed(computing, booking, each);
    }
    return sum;
}

/* C2: with nothing done for another connection meanwhile, the thread computed for this one. */
static void add_wait(struct listener *listener, struct connection *connection,
                     struct thread *thread, enum wait_reason reason, uint64_t since, uint64_t until)
{
    struct computing *computing = (struct computing *)listener;
    struct worker *worker = worker_of(thread);
    (void)reason;
    if (thread->last == connection->number)
        return;
    release_stretches(thread, worker);
    uint64_t waited = book(computing, thread, connection, since, until, RULE_C2, RULE_V1);
    if (served_is(connection))
        *was_held_up(connection) |= waited >= TRACE_LONG_CALL_NS;
}

/* C6 */
static void add_woken(struct listener *listener, struct thread *thread, uint64_t since,
                      uint64_t until)
{
    if (!loop_is_run_by(thread))
        return;
    struct computing *computing = (struct computing *)listener;
    release_stretches(thread, worker_of(thread));
    count_rounds(computing, thread, since);
    for (struct blocking *each = blocking_first(thread, BLOCKED_BY_COMPUTING);
         each && blocking_end(each) > since; each = each->next)
        book_computed(computing,
                      (struct booking){.rule = RULE_C6,
                                       .since = since,
                                       .until = until,
                                       .thread = thread,
                                       .site = each->site},
                      each);
}

/* How long the thread has computed since then for others: until the last answer to another one. */
static uint64_t computed_for_others(struct thread *thread, const struct connection *connection,
                                    uint64_t since)
{
    uint64_t sum = 0, until = served_other_answer(thread, connection);
    for (struct blocking *each = blocking_first(thread, BLOCKED_BY_COMPUTING);
         each && blocking_end(each) > since; each = each->next)
        sum += blocking_overlap(each, since, until);
    return sum;
}

/* C3: its request was read, and the thread has not slept since. If it was held up, it waits until
 * its answer. */
static void answer(struct computing *computing, struct connection *connection,
                   struct thread *thread, uint64_t time)
{
    uint64_t asked = served_request(connection).asked;
    bool is_due = served_is_due(connection, thread);
    bool held_up = *was_held_up(connection) ||
                   (is_due && computed_for_others(thread, connection, asked) >= TRACE_LONG_CALL_NS);
    release_stretches(thread, worker_of(thread));
    if (is_due && held_up)
        book(computing, thread, connection, asked, time, RULE_C3, RULE_V2);
    *was_held_up(connection) = false;
}

/* Whether what lies unread on it has been told to wait (C2). */
static bool has_waited_unread(const struct connection *connection, const struct thread *thread)
{
    return connection->arrived && thread->last != connection->number;
}

/* A child that was forked since then has the connection as well, and may answer. */
static bool may_be_handed_on(const struct computing *computing, const struct process *process,
                             uint64_t since)
{
    const struct computing_process *known = find_process(computing, process);
    return known && known->forked >= since;
}

static void begin_thread(struct listener *listener, struct thread *thread, uint64_t time)
{
    struct computing *computing = (struct computing *)listener;
    const struct process *parent = thread->process->parent;
    if (parent && thread == thread->process->main)
        process_of(computing, parent)->forked = time;
}

/* C10: the first one tells. Of an accepted one the client may have waited before. */
static void open_connection(struct listener *listener, struct connection *connection,
                            struct thread *thread, uint32_t task)
{
    (void)task;
    struct computing_process *process = process_of((struct computing *)listener, thread->process);
    if (!process->opened && !connection_asks(connection))
        process->opened = 1;
}

/* What was computed up to this call was computed before it. */
static void end_start(struct computing *computing, const struct process *of, uint64_t time)
{
    struct computing_process *process = process_of(computing, of);
    if (!process->opened)
        process->opened = time;
}

/* C7: what was computed since its request was read led to no answer. Whoever closes a connection
 * while it goes on may want to give none. */
static void end_connection(struct listener *listener, struct connection *connection)
{
    struct computing *computing = (struct computing *)listener;
    struct process *process = connection->process;
    struct served_request request = {0};
    if (connection->left && process->over && served_answers(process))
        request = served_request(connection);
    if (!request.thread || request.is_one_of_many || !served_is_due(connection, request.thread) ||
        has_waited_unread(connection, request.thread) ||
        may_be_handed_on(computing, process, request.asked))
        return;
    release_stretches(request.thread, worker_of(request.thread));
    book(computing, request.thread, connection, request.asked, connection->life.closed, RULE_C7,
         RULE_V3);
}

/* --- calls --- */

void computing_begin_call(struct computing *computing, struct call *call, uint64_t time)
{
    struct connection *connection = call_subject(call);
    bool is_write = call->kind.kind == KIND_WRITE;
    if (call->kind.kind == KIND_CONNECT)
        end_start(computing, call->task->thread->process, time);
    if (!connection || !(is_write || call->kind.kind == KIND_CLOSE))
        return;
    if (is_write && served_is(connection))
        answer(computing, connection, call->task->thread, time);
    end_round(computing, call->task->thread);
}

void computing_begin(struct computing *computing, struct books *books)
{
    *computing = (struct computing){
        .listener = {.keeps = {SLOT_COMPUTING, .connection = sizeof(bool)},
                     .thread_begun = begin_thread,
                     .sampled = take_sample,
                     .waited = add_wait,
                     .woken = add_woken,
                     .opened = open_connection,
                     .closed = end_connection},
        .books = books,
    };
}

void computing_finish(struct computing *computing)
{
    free(computing->rounds);
    free(computing->processes);
}
