/*
 * otlp_span.c: a request as a span with its phases as children, and a call that held requests up as
 * another one, which these link to.
 *
 * Identifiers are made of what they stand for, so a trace that is exported twice has the same ones.
 */
#include "render/otlp.h"

#include "base/map.h"
#include "model/mark.h"
#include "model/process.h"
#include "model/thread.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Span.SpanKind and Status.StatusCode. */
enum { KIND_INTERNAL = 1, KIND_SERVER = 2, KIND_CLIENT = 3 };
enum { STATUS_ERROR = 2 };

/* Statuses of HTTP. A server that refuses a client's request has done its work. */
enum { CLIENT_ERRORS = 400, SERVER_ERRORS = 500 };

/* --- values --- */

json_t *otlp_text(const char *text)
{
    return json_pack("{s:o}", "stringValue", json_text(text));
}

static json_t *decimal(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

json_t *otlp_integer(uint64_t value)
{
    return json_pack("{s:o}", "intValue", decimal(value));
}

static json_t *real(double value)
{
    return json_pack("{s:f}", "doubleValue", value);
}

void otlp_attribute(json_t *list, const char *key, json_t *value)
{
    json_array_append_new(list, json_pack("{s:o, s:o}", "key", json_text(key), "value", value));
}

/* ns since 1970. */
static json_t *moment(const struct process *process, uint64_t time)
{
    return decimal(process->realtime ? process->realtime + (time - process->begun) : time);
}

/* --- identifiers --- */

struct identity {
    char trace[OTLP_TRACE_SIZE];
    char span[OTLP_SPAN_SIZE];
};

enum what { WHAT_REQUEST, WHAT_PHASE, WHAT_CALL };

static uint64_t hash_of(uint64_t seed, const struct process *process, enum what what,
                        uint64_t number, uint64_t time)
{
    uint64_t hash = map_mix(map_mix(seed, process->pid), process->start);
    hash = map_mix(map_mix(hash, process->realtime), what);
    hash = map_mix(map_mix(map_mix(hash, number), time), seed);
    return hash ? hash : 1; /* all zeros is no identifier */
}

static struct identity identify(const struct otlp_parent *parent, const struct process *process,
                                enum what what, uint64_t number, uint64_t time)
{
    struct identity identity;
    snprintf(identity.trace, sizeof identity.trace, "%016" PRIx64 "%016" PRIx64,
             hash_of(1, process, what, number, time), hash_of(2, process, what, number, time));
    snprintf(identity.span, sizeof identity.span, "%016" PRIx64,
             hash_of(3, process, what, number, time));
    if (*parent->trace)
        memcpy(identity.trace, parent->trace, sizeof identity.trace);
    return identity;
}

static struct identity identify_call(const struct otlp_parent *parent, const struct otlp_call *call)
{
    return identify(parent, call->thread->process, WHAT_CALL, call->thread->number, call->begin);
}

/* "00-TRACE-SPAN-FLAGS"; later versions begin alike. */
void otlp_parent_read(struct otlp_parent *parent, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    *parent = (struct otlp_parent){"", ""};
    if (!text || strlen(text) < 55 || !strncmp(text, "ff", 2) || strspn(text, digits) != 2 ||
        text[2] != '-' || strspn(text + 3, digits) != 32 || text[35] != '-' ||
        strspn(text + 36, digits) != 16 || text[52] != '-')
        return;
    if (strspn(text + 3, "0") == 32 || strspn(text + 36, "0") == 16)
        return;
    memcpy(parent->trace, text + 3, 32);
    parent->trace[32] = '\0';
    memcpy(parent->span, text + 36, 16);
    parent->span[16] = '\0';
}

/* --- spans --- */

static json_t *span(const struct identity *identity, const char *parent, const char *name, int kind,
                    const struct process *process, uint64_t begin, uint64_t end)
{
    json_t *span = json_pack("{s:s, s:s, s:o, s:i, s:o, s:o}", "traceId", identity->trace, "spanId",
                             identity->span, "name", json_text(name), "kind", kind,
                             "startTimeUnixNano", moment(process, begin), "endTimeUnixNano",
                             moment(process, end < begin ? begin : end));
    if (*parent)
        json_object_set_new(span, "parentSpanId", json_string(parent));
    return span;
}

/* --- calls --- */

static const struct call_group *group_of(const struct model *model, const struct otlp_call *call)
{
    return model->sites.items[call->site]->group;
}

/* The program's own line, if one led to it, and the part that the program has named. */
static void add_place(json_t *attributes, const struct model *model, const struct otlp_call *call)
{
    const struct call_group *group = group_of(model, call);
    const struct mark *mark = model->sites.items[call->site]->mark;
    const struct frame *own = group_own_site(group);
    const struct frame *frame = own ? own : group_call_site(group);
    otlp_attribute(attributes, "code.function", otlp_text(frame->function));
    if (*frame->file)
        otlp_attribute(attributes, "code.filepath", otlp_text(frame->file));
    if (frame->line)
        otlp_attribute(attributes, "code.lineno", otlp_integer(frame->line));
    if (mark)
        otlp_attribute(attributes, "greq.mark", otlp_text(mark->name));
}

static json_t *event(const struct model *model, const struct otlp_call *call)
{
    const struct call_group *group = group_of(model, call);
    json_t *attributes = json_array();
    add_place(attributes, model, call);
    otlp_attribute(attributes, "greq.blocked_s", real((call->end - call->begin) / 1e9));
    return json_pack("{s:o, s:o, s:o}", "timeUnixNano", moment(call->thread->process, call->begin),
                     "name", json_text(model_function(model, group->function)), "attributes",
                     attributes);
}

static json_t *link_to(const struct model *model, const struct otlp_parent *parent,
                       const struct otlp_call *call, uint64_t waited)
{
    const struct identity identity = identify_call(parent, call);
    json_t *attributes = json_array();
    add_place(attributes, model, call);
    otlp_attribute(attributes, "greq.waited_s", real(waited / 1e9));
    return json_pack("{s:s, s:s, s:o}", "traceId", identity.trace, "spanId", identity.span,
                     "attributes", attributes);
}

static void add_call_span(json_t *spans, const struct model *model,
                          const struct otlp_parent *parent, const struct otlp_call *call)
{
    const struct call_group *group = group_of(model, call);
    const struct identity identity = identify_call(parent, call);
    json_t *attributes = json_array();
    json_t *entry = span(&identity, parent->span, model_function(model, group->function),
                         KIND_INTERNAL, call->thread->process, call->begin, call->end);
    add_place(attributes, model, call);
    otlp_attribute(attributes, "thread.id", otlp_integer(call->thread->tid));
    json_object_set_new(entry, "attributes", attributes);
    json_array_append_new(spans, entry);
}

/* --- requests --- */

/* "GET /users/{id}", or the host: few enough to be counted by. */
static const char *name_of(const struct request_kind *kind)
{
    if (kind->label)
        return kind->label;
    if (kind->is_served)
        return "serve";
    return kind->name ? kind->name : kind->peer ? kind->peer : "request";
}

static void add_address(json_t *attributes, const struct request_kind *kind)
{
    if (kind->name)
        otlp_attribute(attributes, "server.address", otlp_text(kind->name));
    if (kind->peer)
        otlp_attribute(attributes, "network.peer.address", otlp_text(kind->peer));
}

/* "GET /users/{id}" is both. */
static void add_label(json_t *attributes, const struct request_kind *kind)
{
    const char *blank = strchr(kind->label, ' ');
    char method[32];
    if (!blank || (size_t)(blank - kind->label) >= sizeof method)
        return;
    snprintf(method, sizeof method, "%.*s", (int)(blank - kind->label), kind->label);
    otlp_attribute(attributes, "http.request.method", otlp_text(method));
    otlp_attribute(attributes, kind->is_served ? "http.route" : "url.template",
                   otlp_text(blank + 1));
}

static json_t *attributes_of(const struct request *request, const struct otlp_notes *notes)
{
    json_t *attributes = json_array();
    add_address(attributes, &request->kind);
    if (request->kind.label)
        add_label(attributes, &request->kind);
    if (request->status)
        otlp_attribute(attributes, "http.response.status_code", otlp_integer(request->status));
    if (request->connection)
        otlp_attribute(attributes, "greq.connection", otlp_integer(request->connection));
    if (notes->held_up_more)
        otlp_attribute(attributes, "greq.links_left_out", otlp_integer(notes->held_up_more));
    return attributes;
}

static void set_notes(json_t *entry, const struct model *model, const struct otlp_parent *parent,
                      const struct otlp_notes *notes)
{
    json_t *events = json_array(), *links = json_array();
    for (size_t i = 0; i < notes->blocked_count; i++)
        json_array_append_new(events, event(model, &notes->blocked[i]));
    for (size_t i = 0; i < notes->held_up_count; i++)
        json_array_append_new(links, link_to(model, parent, &notes->held_up[i], notes->waited[i]));
    json_object_set_new(entry, "events", events);
    json_object_set_new(entry, "links", links);
    if (notes->blocked_more)
        json_object_set_new(entry, "droppedEventsCount", json_integer(notes->blocked_more));
}

/* The span of a request has all its phases in it, also the time that an accepted connection waited
 * before the request on it came. */
static uint64_t begin_of(const struct request *request)
{
    uint64_t begin = request->begun;
    for (unsigned part = 0; part < PART_TOTAL; part++)
        if (request->has & 1u << part && request->since[part] < begin)
            begin = request->since[part];
    return begin;
}

static bool is_error(const struct request *request)
{
    return request->failed ||
           request->status >= (request->kind.is_served ? SERVER_ERRORS : CLIENT_ERRORS);
}

static void add_phases(json_t *spans, const struct request *request, const struct identity *whole)
{
    for (unsigned part = 0; part < PART_TOTAL; part++) {
        if (!(request->has & 1u << part))
            continue;
        struct identity identity = *whole;
        uint64_t since = request->since[part];
        snprintf(identity.span, sizeof identity.span, "%016" PRIx64,
                 hash_of(3, request->process, WHAT_PHASE, request->connection << 4 | part,
                         request->begun));
        json_array_append_new(spans, span(&identity, whole->span,
                                          part_name(part, request->kind.is_served), KIND_INTERNAL,
                                          request->process, since, since + request->parts[part]));
    }
}

static void add_request_spans(json_t *spans, const struct model *model,
                              const struct otlp_parent *parent, const struct otlp_piece *piece)
{
    const struct request *request = &piece->request;
    const struct identity identity =
        identify(parent, request->process, WHAT_REQUEST, request->connection, request->begun);
    json_t *entry = span(&identity, parent->span, name_of(&request->kind),
                         request->kind.is_served ? KIND_SERVER : KIND_CLIENT, request->process,
                         begin_of(request), request->begun + request->parts[PART_TOTAL]);
    json_object_set_new(entry, "attributes", attributes_of(request, &piece->notes));
    set_notes(entry, model, parent, &piece->notes);
    if (is_error(request))
        json_object_set_new(entry, "status", json_pack("{s:i}", "code", STATUS_ERROR));
    json_array_append_new(spans, entry);
    add_phases(spans, request, &identity);
}

void otlp_add_spans(json_t *spans, const struct model *model, const struct otlp_parent *parent,
                    const struct otlp_piece *piece)
{
    if (piece->is_request)
        add_request_spans(spans, model, parent, piece);
    else
        add_call_span(spans, model, parent, &piece->call);
}
