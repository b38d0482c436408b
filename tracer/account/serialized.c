/*
 * A wait is known when it is over, and so is what blocked the thread meanwhile: add_call remembers
 * each call that did (account/blocking.h), and book lays a wait over them.
 *
 * Four events end a wait: a connection is used (add_wait), or opened after its name was looked up
 * (open_connection); a loop takes a wake-up (add_woken); an answer begins behind another one's
 * (serialized_begin_call). Of a call's time only what no wait has covered before goes to S
 * (book_serialized); all of it goes to W, for each who waited (book_waiting).
 */
#include "account/serialized.h"

#include "account/blocking.h"
#include "account/books.h"
#include "account/lookups.h"
#include "account/loop.h"
#include "account/own_wait.h"
#include "account/served.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/connection.h"
#include "model/site.h"

/* --- what blocks --- */

/* S4, L4 */
static void add_call(struct listener *listener, struct call *call)
{
    (void)listener;
    if (!call->site || !call_has_blocked(call) || own_wait_is_call(call))
        return;
    const struct blocking_call blocked = {
        .begin = call->record.head.time,
        .end = call->end,
        .address = call->lock.address,
        .holder = call->kind.traits & TRAIT_CONDITION ? call->lock.waker : call->lock.holder,
    };
    struct blocking *blocking =
        blocking_add(call->task->thread, BLOCKED_BY_CALLS, call->site, &blocked);
    if (!blocking)
        return;
    blocking->is_accept = call->kind.traits & TRAIT_ACCEPT;
    blocking->is_of_helper = own_wait_is_for_work(call);
}

/* --- who waits --- */

static struct victims *victims_of(struct serialized *serialized, const struct site *site)
{
    size_t number = site->place->number;
    serialized->victims = memory_reach(serialized->victims, number, &serialized->capacity,
                                       sizeof *serialized->victims);
    return &serialized->victims[number];
}

/* Whether this wait has not been counted there, behind calls of another part of the program. */
static bool is_first(struct serialized *serialized, struct victims *victims)
{
    bool is_new = victims->counted != serialized->waits;
    victims->counted = serialized->waits;
    return is_new;
}

/* S6: what of a site's calls nobody else has waited for is booked once. */
static void book_serialized(struct books *books, struct booking booking, struct blocking *blocking)
{
    uint64_t since = booking.since, until = booking.until;
    while (blocking_cover(blocking, since, until, &booking.since, &booking.until)) {
        booking.amount = booking.until - booking.since;
        books_add(books, FIGURE_serialized_s, &booking);
    }
}

/* S7: each who waits is booked for all that it waits. */
static void book_waiting(struct serialized *serialized, const struct booking *booking)
{
    const struct connection *connection = booking->connection;
    struct victims *victims = victims_of(serialized, booking->site);
    if (!booking->amount)
        return;
    victims->waits += is_first(serialized, victims);
    victims_add(victims, connection->number, connection->peer, booking->amount);
    books_add(serialized->books, FIGURE_waiting_conn_s, booking);
}

/* Under S, and under W. */
struct wait_rules {
    enum rule_name once, each;
};

/* S12: what was sent to a connection in the backlog did not wait behind the call that accepted it.
 */
static uint64_t behind_from(const struct blocking *blocking, const struct connection *connection,
                            uint64_t since)
{
    uint64_t opened = connection->life.opened;
    return blocking->is_accept && since < opened ? opened : since;
}

static void book_behind(struct serialized *serialized, const struct connection *connection,
                        struct thread *thread, enum blocked_by by, struct wait_rules rules,
                        uint64_t since, uint64_t until)
{
    for (struct blocking *each = blocking_first(thread, by); each && blocking_end(each) > since;
         each = each->next) {
        uint64_t from = behind_from(each, connection, since);
        if (each->is_of_helper && !loop_is_run_by(thread))
            continue;
        struct booking booking = {
            .rule = rules.each,
            .since = from,
            .until = until,
            .amount = blocking_overlap(each, from, until),
            .connection = connection,
            .thread = thread,
            .site = each->site,
            .last = blocking_call(each, each->begun - 1)->begin,
        };
        book_waiting(serialized, &booking);
        booking.rule = rules.once;
        book_serialized(serialized->books, booking, each);
    }
}

static void book(struct serialized *serialized, const struct connection *connection,
                 struct thread *thread, struct wait_rules rules, uint64_t since, uint64_t until)
{
    serialized->waits++;
    book_behind(serialized, connection, thread, BLOCKED_BY_CALLS, rules, since, until);
    book_behind(serialized, connection, thread, BLOCKED_BY_NESTED, rules, since, until);
}

/* S17: what the thread did since it opened it, it did before its first request. A loop, or another
 * task, would have sent that meanwhile. */
static bool is_for_itself(const struct connection *connection, const struct thread *thread)
{
    return thread->last == connection->number && !connection->owner.task && !loop_is_run_by(thread);
}

/* S1, S2 */
static void add_wait(struct listener *listener, struct connection *connection,
                     struct thread *thread, enum wait_reason reason, uint64_t since, uint64_t until)
{
    struct wait_rules rules = {RULE_S2, RULE_W2};
    if (reason == WAIT_TO_BE_USED && is_for_itself(connection, thread))
        return;
    if (reason == WAIT_TO_BE_USED)
        rules = (struct wait_rules){RULE_S1, RULE_W1};
    book((struct serialized *)listener, connection, thread, rules, since, until);
}

/* S11 */
static void open_connection(struct listener *listener, struct connection *connection,
                            struct thread *thread, uint32_t task)
{
    (void)task;
    const struct origin *origin = lookups_origin(connection);
    if (lookups_is_for_loop(connection, thread))
        book((struct serialized *)listener, connection, thread,
             (struct wait_rules){RULE_S11, RULE_W3}, origin->begun + origin->took,
             connection->life.opened);
}

static void book_woken_behind(struct serialized *serialized, struct thread *thread,
                              enum blocked_by by, uint64_t since, uint64_t until)
{
    for (struct blocking *each = blocking_first(thread, by); each && blocking_end(each) > since;
         each = each->next) {
        struct victims *victims = victims_of(serialized, each->site);
        victims->woken += is_first(serialized, victims);
        book_serialized(serialized->books,
                        (struct booking){.rule = RULE_S14,
                                         .since = since,
                                         .until = until,
                                         .thread = thread,
                                         .site = each->site},
                        each);
    }
}

/* S14: nobody knows for how many tasks a wake-up is, so it is not counted under W. */
static void add_woken(struct listener *listener, struct thread *thread, uint64_t since,
                      uint64_t until)
{
    struct serialized *serialized = (struct serialized *)listener;
    if (!loop_is_run_by(thread))
        return;
    serialized->waits++;
    book_woken_behind(serialized, thread, BLOCKED_BY_CALLS, since, until);
    book_woken_behind(serialized, thread, BLOCKED_BY_NESTED, since, until);
}

/* S13: what the thread did before its last answer to another connection, it did for that one. */
void serialized_begin_call(struct serialized *serialized, struct call *call)
{
    struct thread *thread = call->task->thread;
    struct connection *connection = call_subject(call);
    if (call->kind.kind != KIND_WRITE || !served_is(connection) ||
        !served_is_due(connection, thread))
        return;
    uint64_t asked = served_request(connection).asked;
    uint64_t until = served_other_answer(thread, connection);
    if (until > asked)
        book(serialized, connection, thread, (struct wait_rules){RULE_S13, RULE_W4}, asked, until);
}

const struct victims *serialized_victims(const struct serialized *serialized,
                                         const struct site *site)
{
    return site->number < serialized->capacity ? &serialized->victims[site->number] : NULL;
}

void serialized_begin(struct serialized *serialized, struct books *books)
{
    *serialized = (struct serialized){
        .listener =
            {
                .slow_called = add_call,
                .opened = open_connection,
                .waited = add_wait,
                .woken = add_woken,
            },
        .books = books,
    };
}

void serialized_finish(struct serialized *serialized)
{
    for (size_t i = 0; i < serialized->capacity; i++)
        victims_finish(&serialized->victims[i]);
    free(serialized->victims);
}
