/*
 * accounts.c: who listens, in which order.
 *
 * What quick calls and each request go through as well are functions in a row, in the same order:
 * the compiler makes one of them, and a report takes a tenth less than with as many listeners.
 */
#include "account/accounts.h"

#include "account/blocking.h"
#include "model/model.h"

static void begin_all(struct accounts *accounts, const struct model *model,
                      struct audience *audience)
{
    struct books *books = &accounts->books;
    *books = (struct books){.told = audience ? &audience->bookings : NULL};
    balances_begin(&accounts->balances, model);
    gaps_begin(&accounts->gaps);
    own_waits_begin(&accounts->own_waits);
    lookups_begin(&accounts->lookups);
    served_begin(&accounts->served);
    serialized_begin(&accounts->serialized, books);
    stretches_begin(&accounts->stretches);
    computing_begin(&accounts->computing, books);
    nested_begin(&accounts->nested, books);
    loop_begin(&accounts->loops, books);
    interpreter_begin(&accounts->interpreter, books);
    held_begin(&accounts->held, books);
    idle_begin(&accounts->idle, books);
    awaited_begin(&accounts->awaited, books);
    convoys_begin(&accounts->convoys, books);
    serials_begin(&accounts->serials);
    flights_begin(&accounts->flights);
    pools_begin(&accounts->pools);
    jobs_begin(&accounts->jobs);
    call_pools_begin(&accounts->call_pools);
    dead_begin(&accounts->dead);
    sharing_begin(&accounts->sharing);
    shapes_begin(&accounts->shapes);
    phases_begin(&accounts->phases, &accounts->lookups, audience);
    replays_begin(&accounts->replays, model);
    critical_begin(&accounts->critical, model);
    parts_begin(&accounts->parts);
    timeline_begin(&accounts->timeline);
}

/* --- each call and request --- */

static struct accounts *accounts_of(struct listener *listener)
{
    return (struct accounts *)listener;
}

static void begin_call(struct listener *listener, struct call *call, uint64_t time)
{
    struct accounts *accounts = accounts_of(listener);
    own_wait_begin_call(call);
    serialized_begin_call(&accounts->serialized, call);
    computing_begin_call(&accounts->computing, call, time);
    interpreter_begin_call(&accounts->interpreter, call);
    nested_begin_call(&accounts->nested, call);
    loop_begin_call(call);
    serials_begin_call(&accounts->serials, call, time);
    job_begin_call(call, time);
    shapes_begin_call(call, time);
    phases_begin_call(call, time);
    replay_begin_call(call, time);
}

static void end_call(struct listener *listener, struct call *call, uint64_t time)
{
    balance_end_call(call);
    gap_end_call(call);
    served_end_call(call, time);
    shapes_end_call(call, time);
    phases_end_call(&accounts_of(listener)->phases, call, time);
    replay_end_call(call, time);
}

static void add_call(struct listener *listener, struct call *call)
{
    interpreter_add_call(&accounts_of(listener)->interpreter, call);
    sharing_add_call(call);
}

static void request(struct listener *listener, struct connection *connection, struct thread *thread,
                    uint64_t time)
{
    struct accounts *accounts = accounts_of(listener);
    serials_request(thread, time);
    flights_request(&accounts->flights, connection, thread, time);
    pool_request(connection, thread, time);
    phases_request(&accounts->phases, connection, time);
    timeline_request(&accounts->timeline, connection);
}

static void answer(struct listener *listener, struct connection *connection, struct thread *thread,
                   uint64_t time)
{
    struct accounts *accounts = accounts_of(listener);
    serials_answer(connection, thread, time);
    pool_answer(connection, thread, time);
    shapes_answer(&accounts->shapes, connection);
    phases_answer(connection, time);
    critical_answer(thread, connection);
    timeline_answer(&accounts->timeline, connection);
}

static void mark(struct listener *listener, struct connection *connection, enum lane_mark mark,
                 uint64_t time)
{
    struct accounts *accounts = accounts_of(listener);
    phases_mark(&accounts->phases, connection, mark, time);
    timeline_mark(&accounts->timeline, connection, mark, time);
}

/* --- what else happens --- */

static void listen_all(struct accounts *accounts, struct listeners *listeners)
{
    listeners_add(listeners, &accounts->balances.listener); /* before those who ask it */
    listeners_add(listeners, &accounts->gaps.listener);
    listeners_add(listeners, &accounts->own_waits.listener);  /* before those who ask it */
    listeners_add(listeners, &accounts->lookups.listener);    /* the same */
    listeners_add(listeners, &accounts->served.listener);     /* the same */
    listeners_add(listeners, &accounts->serialized.listener); /* before those of what blocks */
    listeners_add(listeners, &accounts->stretches.listener);  /* before those who ask it */
    listeners_add(listeners, &accounts->computing.listener);
    listeners_add(listeners, &accounts->interpreter.listener);
    listeners_add(listeners, &accounts->nested.listener); /* before the next one, which asks it */
    listeners_add(listeners, &accounts->loops.listener);
    listeners_add(listeners, &accounts->held.listener);
    listeners_add(listeners, &accounts->idle.listener);
    listeners_add(listeners, &accounts->awaited.listener);
    listeners_add(listeners, &accounts->convoys.listener);
    listeners_add(listeners, &accounts->serials.listener);
    listeners_add(listeners, &accounts->flights.listener);
    listeners_add(listeners, &accounts->pools.listener);
    listeners_add(listeners, &accounts->jobs.listener);
    listeners_add(listeners, &accounts->call_pools.listener);
    listeners_add(listeners, &accounts->dead.listener);
    listeners_add(listeners, &accounts->sharing.listener);
    listeners_add(listeners, &accounts->shapes.listener);
    listeners_add(listeners, &accounts->phases.listener);
    listeners_add(listeners, &accounts->replays.listener);
    listeners_add(listeners, &accounts->critical.listener);
    listeners_add(listeners, &accounts->parts.listener);
    listeners_add(listeners, &accounts->timeline.listener);
    accounts->each = (struct listener){
        .call_begins = begin_call,
        .call_ends = end_call,
        .called = add_call,
        .requested = request,
        .answered = answer,
        .marked = mark,
    };
    listeners_add(listeners, &accounts->each);
}

void accounts_build(struct accounts *accounts, struct model *model, struct trace *trace,
                    struct symbols *symbols, struct audience *audience)
{
    struct listeners listeners = {0};
    begin_all(accounts, model, audience);
    listen_all(accounts, &listeners);
    if (audience)
        listeners_add(&listeners, &audience->listener); /* after what is booked meanwhile */
    model_build(model, trace, symbols, &listeners);
    convoys_close(&accounts->convoys);
    flights_close(&accounts->flights);
    pools_close(&accounts->pools);
    call_pools_close(&accounts->call_pools);
    children_account(&accounts->children, model);
}

static void release_thread(struct thread *thread)
{
    blocking_release(thread);
    loop_release(thread);
    nested_release(thread);
    replay_release(thread);
}

void accounts_finish(struct accounts *accounts, struct model *model)
{
    for (size_t i = 0; i < model->process_count; i++)
        for (struct thread *each = model->processes[i]->threads; each; each = each->next)
            release_thread(each);
    serialized_finish(&accounts->serialized);
    computing_finish(&accounts->computing);
    interpreter_finish(&accounts->interpreter);
    awaited_finish(&accounts->awaited);
    call_pools_finish(&accounts->call_pools);
    children_finish(&accounts->children);
    convoys_finish(&accounts->convoys);
    flights_finish(&accounts->flights);
    serials_finish(&accounts->serials);
    dead_finish(&accounts->dead);
    sharing_finish(&accounts->sharing);
    shapes_finish(&accounts->shapes);
    phases_finish(&accounts->phases);
    lookups_finish(&accounts->lookups);
    gaps_finish(&accounts->gaps);
    parts_finish(&accounts->parts);
    timeline_finish(&accounts->timeline);
    books_finish(&accounts->books);
}
