/*
 * perfetto.c: the format of ui.perfetto.dev: what happens is written as it is told.
 *
 * The texts that it refers to, and the names of processes and threads, must come before it in the
 * file and are known only when all has been read. So it goes to a temporary file first, and memory
 * does not grow with the number of events. Slices are written when they end; a reader sorts them by
 * time, and keeps the order of what is at the same time.
 */
#include "render/perfetto.h"

#include "base/memory.h"
#include "model/call.h"
#include "render/clean.h"
#include "render/spool.h"

#include <stdlib.h>

enum { FLOWS_MAX = 8 };

/* What held up a connection, or a call that waited for a lock, whose waiting is told next. */
struct flow {
    const struct thread *thread;
    const struct site *site;
    uint64_t time;
};
struct flows {
    struct flow items[FLOWS_MAX];
    size_t count;
};

struct perfetto {
    struct audience audience; /* first: this is what the others are given */
    FILE *spool;
    struct protobuf buffer;
    uint64_t last_flow;
    uint64_t held_up; /* number of the connection that `flows` are about */
    struct flows flows;
    struct flows lock_flows;
};

/* --- packets --- */

size_t packet_begin(struct protobuf *buffer)
{
    protobuf_clear(buffer);
    size_t packet = protobuf_open(buffer, TRACE_PACKET);
    protobuf_number(buffer, PACKET_SEQUENCE, 1);
    return packet;
}

void packet_end(struct protobuf *buffer, size_t packet, FILE *out)
{
    protobuf_close(buffer, packet);
    fwrite(buffer->bytes, 1, buffer->size, out);
}

void perfetto_put_text(struct protobuf *buffer, unsigned field, const char *text)
{
    char *clean = clean_copy(text, false);
    protobuf_text(buffer, field, clean);
    free(clean);
}

void perfetto_put_track(struct protobuf *buffer, uint64_t track, uint64_t parent, const char *name,
                        FILE *out)
{
    size_t packet = packet_begin(buffer);
    size_t descriptor = protobuf_open(buffer, PACKET_TRACK_DESCRIPTOR);
    protobuf_number(buffer, TRACK_UUID, track);
    protobuf_number(buffer, TRACK_PARENT, parent);
    perfetto_put_text(buffer, TRACK_NAME, name);
    protobuf_close(buffer, descriptor);
    packet_end(buffer, packet, out);
}

/* --- events --- */

/* An event whose fields are being added. */
struct event {
    size_t packet;
    size_t body;
};

static struct event event_begin(struct perfetto *perfetto, unsigned type, uint64_t track,
                                uint64_t time)
{
    struct protobuf *buffer = &perfetto->buffer;
    struct event event = {.packet = packet_begin(buffer)};
    protobuf_number(buffer, PACKET_TIMESTAMP, time);
    protobuf_number(buffer, PACKET_SEQUENCE_FLAGS, SEQUENCE_NEEDS_STATE);
    event.body = protobuf_open(buffer, PACKET_TRACK_EVENT);
    protobuf_number(buffer, EVENT_TYPE, type);
    protobuf_number(buffer, EVENT_TRACK, track);
    return event;
}

static void event_end(struct perfetto *perfetto, struct event event)
{
    protobuf_close(&perfetto->buffer, event.body);
    packet_end(&perfetto->buffer, event.packet, perfetto->spool);
}

static void name_event(struct perfetto *perfetto, enum perfetto_category category, uint64_t name)
{
    protobuf_number(&perfetto->buffer, EVENT_CATEGORY, category);
    protobuf_number(&perfetto->buffer, EVENT_NAME, name);
}

static void end_slice(struct perfetto *perfetto, uint64_t track, uint64_t time)
{
    event_end(perfetto, event_begin(perfetto, EVENT_END, track, time));
}

/* An argument: a number, or the number of a text. */
static void annotate(struct perfetto *perfetto, enum perfetto_key key, enum annotation_field type,
                     int64_t value)
{
    struct protobuf *buffer = &perfetto->buffer;
    size_t annotation = protobuf_open(buffer, EVENT_ANNOTATION);
    protobuf_number(buffer, ANNOTATION_KEY, key);
    protobuf_number(buffer, type, value);
    protobuf_close(buffer, annotation);
}

static void annotate_text(struct perfetto *perfetto, enum perfetto_key key, const char *text)
{
    struct protobuf *buffer = &perfetto->buffer;
    size_t annotation = protobuf_open(buffer, EVENT_ANNOTATION);
    protobuf_number(buffer, ANNOTATION_KEY, key);
    perfetto_put_text(buffer, ANNOTATION_TEXT, text);
    protobuf_close(buffer, annotation);
}

static void annotate_site(struct perfetto *perfetto, const struct site *site)
{
    annotate(perfetto, KEY_WHERE, ANNOTATION_STRING, perfetto_where(site));
    annotate(perfetto, KEY_STACK, ANNOTATION_STRING, perfetto_stack(site));
}

/* --- connections --- */

static void put_connection(struct listener *listener, struct connection *connection,
                           struct thread *thread, uint32_t task)
{
    (void)task;
    struct perfetto *perfetto = (struct perfetto *)listener;
    char *name = NULL;
    if (asprintf(&name, "%s #%llu", connection->peer, (unsigned long long)connection->number) < 0)
        abort();
    perfetto_put_track(
        &perfetto->buffer, perfetto_track(TRACK_OF_CONNECTION, thread->process, connection->number),
        perfetto_track(TRACK_OF_CONNECTIONS, thread->process, 0), name, perfetto->spool);
    free(name);
    connection->is_watched = true;
}

/* --- flows --- */

static void keep(struct flows *flows, struct flow flow)
{
    if (flows->count < FLOWS_MAX)
        flows->items[flows->count++] = flow;
}

static void keep_flow(struct perfetto *perfetto, const struct booking *booking)
{
    if (perfetto->held_up != booking->connection->number)
        perfetto->flows.count = 0;
    perfetto->held_up = booking->connection->number;
    keep(&perfetto->flows, (struct flow){booking->thread, booking->site, booking->last});
}

static void keep_flows(struct bookings *bookings, const struct booking *booking)
{
    struct perfetto *perfetto = (struct perfetto *)audience_of(bookings);
    if (booking->rule == RULE_W1 || booking->rule == RULE_W2)
        keep_flow(perfetto, booking);
    else if (booking->rule == RULE_K1)
        keep(&perfetto->lock_flows, (struct flow){booking->thread, booking->site, booking->last});
}

/* An end of a flow: an instant within the call that held up, or within the waiting. */
static void put_flow_end(struct perfetto *perfetto, uint64_t track, uint64_t time,
                         enum event_field field, const struct connection *connection,
                         const struct flow *flow)
{
    bool first = field == EVENT_FLOW;
    struct event event = event_begin(perfetto, EVENT_INSTANT, track, time);
    if (connection)
        name_event(perfetto, CATEGORY_BLAME, first ? NAME_HOLDS_UP : NAME_HELD_UP);
    else
        name_event(perfetto, CATEGORY_BLAME, first ? NAME_HOLDS_LOCK : NAME_LOCKED_OUT);
    protobuf_fixed64(&perfetto->buffer, field, perfetto->last_flow);
    if (connection) {
        annotate(perfetto, KEY_CONNECTION, ANNOTATION_INT, connection->number);
        annotate_text(perfetto, KEY_PEER, connection->peer);
    }
    annotate_site(perfetto, flow->site);
    event_end(perfetto, event);
}

/* Flows lead from the thread's track to that of a connection that waited from `begin` to `end`, or
 * of a call (`connection` is NULL). */
static void put_flows(struct perfetto *perfetto, struct flows *flows,
                      const struct connection *connection, uint64_t track, uint64_t begin,
                      uint64_t end)
{
    for (size_t i = 0; i < flows->count; i++) {
        const struct flow *flow = &flows->items[i];
        uint64_t from =
            perfetto_track(TRACK_OF_THREAD, flow->thread->process, flow->thread->number);
        uint64_t late = flow->time > begin ? flow->time : begin;
        uint64_t time = late < end ? late : end;
        perfetto->last_flow++;
        put_flow_end(perfetto, from, time, EVENT_FLOW, connection, flow);
        put_flow_end(perfetto, track, time, EVENT_TERMINATING_FLOW, connection, flow);
    }
    flows->count = 0;
}

/* --- states --- */

/* A connection that nobody asks anything of is seen by there being no slice. */
static void put_state(struct listener *listener, struct connection *connection,
                      enum lane_state state, uint64_t begin, uint64_t end)
{
    struct perfetto *perfetto = (struct perfetto *)listener;
    uint64_t track = perfetto_track(TRACK_OF_CONNECTION, connection->process, connection->number);
    if (state == LANE_IDLE)
        return;
    struct event event = event_begin(perfetto, EVENT_BEGIN, track, begin);
    name_event(perfetto, CATEGORY_CONNECTION, NAME_STATES + state);
    event_end(perfetto, event);
    if (state == LANE_WAITING && perfetto->held_up == connection->number)
        put_flows(perfetto, &perfetto->flows, connection, track, begin, end);
    end_slice(perfetto, track, end);
}

/* --- calls --- */

static uint64_t task_track(struct perfetto *perfetto, struct task *task)
{
    const struct process *process = task->thread->process;
    uint64_t thread = perfetto_track(TRACK_OF_THREAD, process, task->thread->number);
    if (task->number == 0)
        return thread;
    uint64_t track = perfetto_track(TRACK_OF_TASK, process, task->number);
    if (!task->told) {
        char name[32];
        snprintf(name, sizeof name, "task %u", task->number);
        perfetto_put_track(&perfetto->buffer, track, thread, name, perfetto->spool);
        task->told = true;
    }
    return track;
}

static void annotate_call(struct perfetto *perfetto, const struct call *call)
{
    const struct trace_call *record = &call->record;
    if (record->fd >= 0)
        annotate(perfetto, KEY_FD, ANNOTATION_INT, record->fd);
    if (call_subject(call))
        annotate_text(perfetto, KEY_PEER, call_subject(call)->peer);
    annotate(perfetto, KEY_RESULT, ANNOTATION_INT, record->result);
    if (record->error)
        annotate(perfetto, KEY_ERRNO, ANNOTATION_INT, record->error);
    if (call->parks)
        annotate(perfetto, KEY_PARKED, ANNOTATION_INT, record->parked / 1000);
}

static void put_slice(struct perfetto *perfetto, uint64_t track, const struct call *call)
{
    const struct site *site = call->site;
    struct event event = event_begin(perfetto, EVENT_BEGIN, track, call->record.head.time);
    name_event(perfetto, CATEGORY_CALL, site ? NAME_FUNCTIONS + call->function : NAME_IDLE);
    if (site) {
        annotate_call(perfetto, call);
        annotate_site(perfetto, site);
    }
    event_end(perfetto, event);
    end_slice(perfetto, track, call->end);
}

/* A call of a task is on its track; if it blocks the thread, on the thread's as well. */
static void put_call(struct listener *listener, struct call *call)
{
    struct perfetto *perfetto = (struct perfetto *)listener;
    struct task *task = call->task;
    uint64_t track = task_track(perfetto, task);
    put_slice(perfetto, track, call);
    put_flows(perfetto, &perfetto->lock_flows, NULL, track, call->record.head.time, call->end);
    if (task->number && call->blocks && !call->parks)
        put_slice(perfetto,
                  perfetto_track(TRACK_OF_THREAD, task->thread->process, task->thread->number),
                  call);
}

/* --- the file --- */

static int finish(struct audience *audience, struct error *error)
{
    return spool_finish(((struct perfetto *)audience)->spool, error);
}

static void destroy(struct audience *audience)
{
    struct perfetto *perfetto = (struct perfetto *)audience;
    fclose(perfetto->spool);
    protobuf_finish(&perfetto->buffer);
    free(perfetto);
}

struct audience *perfetto_listen(struct error *error)
{
    FILE *spool = spool_open(error);
    if (!spool)
        return NULL;
    struct perfetto *perfetto = memory_alloc(1, sizeof *perfetto);
    perfetto->spool = spool;
    perfetto->audience = (struct audience){
        .listener = {.opened = put_connection, .was = put_state, .called = put_call},
        .bookings.book = keep_flows,
        .finish = finish,
        .destroy = destroy,
    };
    return &perfetto->audience;
}

void render_perfetto(const struct report *report, const struct style *style, FILE *out)
{
    (void)style;
    static char bytes[1 << 16];
    const struct perfetto *perfetto = (const struct perfetto *)report->audience;
    perfetto_put_head(report->model, out);
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, perfetto->spool)) > 0;)
        fwrite(bytes, 1, size, out);
}
