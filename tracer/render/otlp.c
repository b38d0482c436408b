/*
 * otlp.c: requests as spans of OpenTelemetry, in the lines of OTLP/JSON that its collector reads.
 *
 *     calls          those that blocked a thread, as long as something may be found behind them
 *     notes          what happened to a request that is not over
 *     the audience   requests and the calls that held them up go to a temporary file
 *     printing       the file once more, with names
 *
 * Memory does not grow with the number of requests: notes are kept for connections that are open,
 * and the table of calls has one size. A call that has been driven out of it is no link then, which
 * is counted with the request.
 */
#include "render/otlp.h"

#include "base/map.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/thread.h"
#include "render/spool.h"

#include <stdlib.h>

enum { CALLS = 4096, PIECES_AT_ONCE = 256 };

struct blocked_call {
    struct otlp_call call;
    bool is_told; /* it is in the file */
};

struct otlp {
    struct audience audience; /* first */
    FILE *spool;
    struct blocked_call calls[CALLS]; /* by thread and begin */
    struct map notes;                 /* by the connection's number */
};

/* --- calls --- */

static struct blocked_call *place_of(struct otlp *otlp, const struct thread *thread, uint64_t begin)
{
    /* no address: what is driven out is the same in each report of a trace */
    uint64_t hash = map_mix(map_mix(thread->process->number, thread->number), begin);
    return &otlp->calls[hash % CALLS];
}

static void put_piece(struct otlp *otlp, const struct otlp_piece *piece)
{
    fwrite(piece, sizeof *piece, 1, otlp->spool);
}

/* The call of a thread that began then, which is in the file from now on; or NULL. */
static const struct otlp_call *tell_call(struct otlp *otlp, const struct thread *thread,
                                         uint64_t begin)
{
    struct blocked_call *blocked = place_of(otlp, thread, begin);
    if (blocked->call.thread != thread || blocked->call.begin != begin)
        return NULL;
    if (!blocked->is_told)
        put_piece(otlp, &(struct otlp_piece){.call = blocked->call});
    blocked->is_told = true;
    return &blocked->call;
}

/* --- notes --- */

static struct otlp_notes *notes_of(struct otlp *otlp, const struct connection *connection)
{
    struct otlp_notes *notes = map_get(&otlp->notes, connection->number);
    if (!notes) {
        notes = memory_alloc(1, sizeof *notes);
        map_put(&otlp->notes, connection->number, notes);
    }
    return notes;
}

static void note_blocked(struct otlp_notes *notes, const struct otlp_call *call)
{
    if (notes->blocked_count == OTLP_NOTES_MAX)
        notes->blocked_more++;
    else
        notes->blocked[notes->blocked_count++] = *call;
}

static void note_held_up(struct otlp_notes *notes, const struct otlp_call *behind, uint64_t waited)
{
    if (!behind || notes->held_up_count == OTLP_NOTES_MAX) {
        notes->held_up_more++;
        return;
    }
    notes->waited[notes->held_up_count] = waited;
    notes->held_up[notes->held_up_count++] = *behind;
}

/* --- the audience --- */

static void keep_call(struct listener *listener, struct call *call)
{
    struct otlp *otlp = (struct otlp *)listener;
    const struct thread *thread = call->task->thread;
    const struct connection *about = call_subject(call);
    if (!call->site || !call_has_blocked(call))
        return;
    uint64_t begin = call->record.head.time;
    const struct otlp_call kept = {thread, begin, call->end, call->site->number};
    *place_of(otlp, thread, begin) = (struct blocked_call){.call = kept};
    if (about)
        note_blocked(notes_of(otlp, about), &kept);
}

static void keep_wait(struct bookings *bookings, const struct booking *booking)
{
    struct otlp *otlp = (struct otlp *)audience_of(bookings);
    enum rule_name rule = booking->rule;
    bool is_wait = rule == RULE_W1 || rule == RULE_W2 || rule == RULE_W3 || rule == RULE_W4;
    if (!is_wait || !booking->connection || !booking->amount)
        return;
    note_held_up(notes_of(otlp, booking->connection),
                 tell_call(otlp, booking->thread, booking->last), booking->amount);
}

static void keep_request(struct audience *audience, const struct request *request)
{
    struct otlp *otlp = (struct otlp *)audience;
    struct otlp_piece piece = {.is_request = true, .request = *request};
    struct otlp_notes *notes = map_remove(&otlp->notes, request->connection);
    if (notes)
        piece.notes = *notes;
    free(notes);
    put_piece(otlp, &piece);
}

static void forget(struct listener *listener, struct connection *connection)
{
    free(map_remove(&((struct otlp *)listener)->notes, connection->number));
}

static int finish(struct audience *audience, struct error *error)
{
    return spool_finish(((struct otlp *)audience)->spool, error);
}

static void destroy(struct audience *audience)
{
    struct otlp *otlp = (struct otlp *)audience;
    size_t position = 0;
    for (struct otlp_notes *notes; (notes = map_next(&otlp->notes, &position));)
        free(notes);
    map_clear(&otlp->notes);
    fclose(otlp->spool);
    free(otlp);
}

struct audience *otlp_listen(struct error *error)
{
    FILE *spool = spool_open(error);
    if (!spool)
        return NULL;
    struct otlp *otlp = memory_alloc(1, sizeof *otlp);
    otlp->spool = spool;
    otlp->audience = (struct audience){
        .listener = {.slow_called = keep_call, .forgotten = forget},
        .bookings.book = keep_wait,
        .requested = keep_request,
        .finish = finish,
        .destroy = destroy,
    };
    return &otlp->audience;
}

/* --- printing --- */

/* Spans that are not printed yet, by process: a line is of one. */
struct lines {
    const struct model *model;
    FILE *out;
    json_t **spans; /* by the number of the process; NULL: none */
    size_t count;   /* pieces that they are of */
};

/* Takes the spans. */
static void print_line(const struct lines *lines, const struct process *process, json_t *spans)
{
    json_t *resource = otlp_resource(lines->model, process, getenv("OTEL_SERVICE_NAME"),
                                     getenv("OTEL_RESOURCE_ATTRIBUTES"));
    json_t *root =
        json_pack("{s:[{s:o, s:[{s:{s:s, s:s}, s:o}]}]}", "resourceSpans", "resource", resource,
                  "scopeSpans", "scope", "name", "greq", "version", GREQ_VERSION, "spans", spans);
    json_dumpf(root, lines->out, JSON_COMPACT);
    fputc('\n', lines->out);
    json_decref(root);
}

static void print_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->model->process_count; i++)
        if (lines->spans[i]) {
            print_line(lines, lines->model->processes[i], lines->spans[i]);
            lines->spans[i] = NULL;
        }
    lines->count = 0;
}

static json_t *spans_of(struct lines *lines, const struct process *process)
{
    json_t **spans = &lines->spans[process->number];
    if (!*spans)
        *spans = json_array();
    return *spans;
}

void render_otlp(const struct report *report, const struct style *style, FILE *out)
{
    (void)style;
    FILE *spool = ((const struct otlp *)report->audience)->spool;
    struct lines lines = {.model = report->model, .out = out};
    struct otlp_parent parent;
    struct otlp_piece piece;
    otlp_parent_read(&parent, getenv("TRACEPARENT"));
    lines.spans = memory_alloc(report->model->process_count + 1, sizeof *lines.spans);
    while (fread(&piece, sizeof piece, 1, spool) == 1) {
        const struct process *process =
            piece.is_request ? piece.request.process : piece.call.thread->process;
        otlp_add_spans(spans_of(&lines, process), report->model, &parent, &piece);
        if (++lines.count == PIECES_AT_ONCE)
            print_lines(&lines);
    }
    print_lines(&lines);
    free(lines.spans);
}
