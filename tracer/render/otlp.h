/*
 * otlp.h: what the parts of the OTLP format share. otlp.c writes spans to a temporary file as they
 * are told, otlp_span.c makes JSON of them when names are known, otlp_resource.c says whose they
 * are.
 *
 * The format is OTLP/JSON: the messages of opentelemetry-proto's trace/v1/trace.proto by its JSON
 * mapping: names in lowerCamelCase, identifiers in hexadecimal, 64-bit integers as texts,
 * enumerations as numbers.
 */
#ifndef RENDER_OTLP_H
#define RENDER_OTLP_H

#include "account/requests.h"
#include "render/json.h"

#include <stdint.h>

enum { OTLP_NOTES_MAX = 8, OTLP_TRACE_SIZE = 33, OTLP_SPAN_SIZE = 17 };

/* A call that blocked a thread. Times in ns of the trace. */
struct otlp_call {
    const struct thread *thread;
    uint64_t begin;
    uint64_t end;
    uint32_t site; /* its number */
};

/* What happened to a request: the first OTLP_NOTES_MAX of each, and how many more there were. */
struct otlp_notes {
    struct otlp_call blocked[OTLP_NOTES_MAX]; /* calls about its connection */
    size_t blocked_count;
    size_t blocked_more;
    struct otlp_call held_up[OTLP_NOTES_MAX]; /* calls that it waited behind; they have spans */
    uint64_t waited[OTLP_NOTES_MAX];          /* ns, for each of these */
    size_t held_up_count;
    size_t held_up_more;
};

/* In the temporary file. */
struct otlp_piece {
    bool is_request; /* else it is `call`, which held something up */
    struct request request;
    struct otlp_notes notes;
    struct otlp_call call;
};

/* The trace that all spans are part of, out of TRACEPARENT: a text in the form of W3C's Trace
 * Context. Both are empty without it. */
struct otlp_parent {
    char trace[OTLP_TRACE_SIZE];
    char span[OTLP_SPAN_SIZE];
};
void otlp_parent_read(struct otlp_parent *parent, const char *text);

/* The spans of a piece, added to a list. */
void otlp_add_spans(json_t *spans, const struct model *model, const struct otlp_parent *parent,
                    const struct otlp_piece *piece);

/* The process, as OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES (NULL: not set) call it. */
json_t *otlp_resource(const struct model *model, const struct process *process, const char *service,
                      const char *attributes);

/* Attributes. What `value` makes is taken. */
void otlp_attribute(json_t *list, const char *key, json_t *value);
json_t *otlp_text(const char *text);
json_t *otlp_integer(uint64_t value);

#endif
