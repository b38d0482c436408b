/*
 * shapes.c: what is known by its shape.
 *
 *     reconnect      connections that are used once and closed, one after another
 *     expect         a write, a second of waiting for the peer, and another write
 *     nagle          the second of two small writes that was held back
 *     resolver       multiples of the time after which libc asks the next name server
 */
#include "account/shapes.h"

#include "account/slots.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/thresholds.h"

#include <stdlib.h>

/* NULL when there is no room. */
static struct shape *find(struct shapes *shapes, enum shape_kind kind, const char *with)
{
    uint64_t hash = map_mix_text(kind + 1, with);
    struct shape *shape = map_get(&shapes->by_kind, hash);
    if (shape || shapes->count == SHAPES_MAX)
        return shape;
    shape = memory_alloc(1, sizeof *shape);
    *shape = (struct shape){.kind = kind, .with = memory_copy(with)};
    map_put(&shapes->by_kind, hash, shape);
    shapes->items =
        memory_grow(shapes->items, shapes->count, &shapes->capacity, sizeof *shapes->items);
    return shapes->items[shapes->count++] = shape;
}

static void add(struct shapes *shapes, enum shape_kind kind, const char *with, uint64_t time)
{
    struct shape *shape = find(shapes, kind, with);
    if (!shape)
        return;
    shape->count++;
    shape->time += time;
}

/* What is kept with a connection. Times in ns. */
struct seen {
    bool is_again;       /* an earlier one to its peer could have been kept */
    uint64_t written;    /* the end of its last write, if nothing has been read since */
    bool was_waited_for; /* and since then a wait for it found nothing */
    bool has_read;       /* after that */
    unsigned writes;     /* since it had read before */
    uint64_t largest;    /* bytes of one of them */
    unsigned pauses;     /* of a second, in its request */
    uint64_t paused;
};

static struct seen *seen_of(struct connection *connection)
{
    return kept_of(&connection->kept, SLOT_SHAPES);
}

/* --- reconnect --- */

/* Of a process: how many connections to each peer were used and closed, and no later one has taken
 * their place. By the hash of the peer; counts are stored as pointers. */
struct closed {
    struct map by_peer;
};

static struct map *closed_of(const struct connection *connection)
{
    struct closed *closed =
        kept_get(&connection->process->kept, SLOT_SHAPES, sizeof(struct closed));
    return &closed->by_peer;
}

static uintptr_t closed_count(const struct connection *connection)
{
    return (uintptr_t)map_get(closed_of(connection), map_mix_text(1, connection->peer));
}

static void set_closed(const struct connection *connection, uintptr_t count)
{
    uint64_t hash = map_mix_text(1, connection->peer);
    if (count)
        map_put(closed_of(connection), hash, (void *)count);
    else
        map_remove(closed_of(connection), hash);
}

/* F1 */
static void open_connection(struct listener *listener, struct connection *connection,
                            struct thread *thread, uint32_t task)
{
    (void)listener, (void)thread, (void)task;
    uintptr_t closed = connection_asks(connection) ? closed_count(connection) : 0;
    if (!closed)
        return;
    seen_of(connection)->is_again = true;
    set_closed(connection, closed - 1);
}

static void close_connection(struct listener *listener, struct connection *connection)
{
    const struct lifeline *life = &connection->life;
    if (!connection_asks(connection) || !life->answered)
        return;
    if (seen_of(connection)->is_again && life->ready > life->opened)
        add((struct shapes *)listener, SHAPE_RECONNECT, connection->peer,
            life->ready - life->opened);
    if (!connection->process->over && closed_of(connection)->count < PEERS_MAX)
        set_closed(connection, closed_count(connection) + 1);
}

static void end_process(struct listener *listener, struct process *process)
{
    (void)listener;
    struct closed *closed = kept_get(&process->kept, SLOT_SHAPES, sizeof(struct closed));
    map_clear(&closed->by_peer);
}

/* --- expect --- */

static bool is_pause(const struct seen *seen, uint64_t time)
{
    uint64_t took = time - seen->written;
    return seen->written && seen->was_waited_for && took >= EXPECT_MIN_NS && took <= EXPECT_MAX_NS;
}

void shapes_begin_call(const struct call *call, uint64_t time)
{
    struct connection *connection = call_subject(call);
    if (call->kind.kind != KIND_WRITE || !connection || !connection_asks(connection))
        return;
    struct seen *seen = seen_of(connection);
    if (!is_pause(seen, time))
        return;
    seen->pauses++;
    seen->paused = time - seen->written;
}

static void count_write(struct seen *seen, uint64_t bytes)
{
    if (seen->has_read)
        seen->writes = seen->largest = 0;
    seen->has_read = false;
    seen->writes++;
    if (seen->largest < bytes)
        seen->largest = bytes;
}

void shapes_end_call(const struct call *call, uint64_t time)
{
    if (call->kind.kind == KIND_READ && call_subject(call) && call->record.result > 0)
        seen_of(call_subject(call))->has_read = true;
    bool found_nothing = call->kind.kind == KIND_WAIT && call->record.result == 0;
    bool wrote = call->kind.kind == KIND_WRITE && call->record.result > 0;
    for (size_t i = 0; (found_nothing || wrote) && i < call->about_count; i++) {
        struct seen *seen = seen_of(call->about[i]);
        seen->was_waited_for = found_nothing;
        if (wrote) {
            seen->written = time;
            count_write(seen, call->record.result);
        }
    }
}

/* F2: more than one pause in a request are something else: a peer that is told something every
 * second. */
void shapes_answer(struct shapes *shapes, struct connection *connection)
{
    struct seen *seen = seen_of(connection);
    if (seen->pauses == 1)
        add(shapes, SHAPE_EXPECT, connection->peer, seen->paused);
    seen->written = 0;
    seen->pauses = 0;
}

/* --- nagle --- */

/* F4: what is large is sent for a while, and waits for room. */
static void hold_back(struct listener *listener, struct connection *connection, uint64_t since,
                      uint64_t until)
{
    const struct seen *seen = seen_of(connection);
    bool is_small = seen->writes > 1 && seen->largest <= NAGLE_MAX_BYTES;
    if (is_small && until - since <= NAGLE_MAX_NS)
        add((struct shapes *)listener, SHAPE_NAGLE, connection->peer, until - since);
}

/* --- resolver --- */

/* F3 */
static void add_call(struct listener *listener, struct call *call)
{
    if (!(call->kind.traits & TRAIT_LOOKUP) || call->end <= call->record.head.time)
        return;
    uint64_t took = call->end - call->record.head.time;
    const struct call_name *name = &call->task->lookup;
    bool is_named = name->text && name->call_begin == call->record.head.time;
    if (took >= RESOLVER_TIMEOUT_NS && took % RESOLVER_TIMEOUT_NS <= RESOLVER_LATE_NS)
        add((struct shapes *)listener, SHAPE_RESOLVER, is_named ? name->text : "a name",
            took - took % RESOLVER_TIMEOUT_NS);
}

void shapes_begin(struct shapes *shapes)
{
    *shapes =
        (struct shapes){.listener = {.keeps = {SLOT_SHAPES, .connection = sizeof(struct seen)},
                                     .opened = open_connection,
                                     .closed = close_connection,
                                     .process_over = end_process,
                                     .held_back = hold_back,
                                     .slow_called = add_call}};
}

void shapes_finish(struct shapes *shapes)
{
    for (size_t i = 0; i < shapes->count; i++) {
        free(shapes->items[i]->with);
        free(shapes->items[i]);
    }
    free(shapes->items);
    map_clear(&shapes->by_kind);
}
