/*
 * perfetto.h: what the parts of the Perfetto format share: the fields of its messages, the numbers
 * of tracks, and packets. perfetto.c writes what happens as it is told, perfetto_head.c what it
 * refers to.
 *
 * The numbers are those that the Perfetto project publishes in its repository, in protos/perfetto:
 * trace/trace_packet.proto, trace/clock_snapshot.proto, common/builtin_clock.proto,
 * trace/trace_packet_defaults.proto, trace/interned_data/interned_data.proto,
 * trace/profiling/profile_common.proto, and in trace/track_event/ track_descriptor.proto,
 * process_descriptor.proto, thread_descriptor.proto, track_event.proto, debug_annotation.proto.
 */
#ifndef RENDER_PERFETTO_H
#define RENDER_PERFETTO_H

#include "model/model.h"
#include "render/protobuf.h"
#include "render/render.h"

#include <stdio.h>

enum { TRACE_PACKET = 1 }; /* in Trace, the file as a whole */

enum trace_packet_field {
    PACKET_CLOCK_SNAPSHOT = 6,
    PACKET_TIMESTAMP = 8,
    PACKET_SEQUENCE = 10, /* trusted_packet_sequence_id */
    PACKET_TRACK_EVENT = 11,
    PACKET_INTERNED_DATA = 12,
    PACKET_SEQUENCE_FLAGS = 13,
    PACKET_DEFAULTS = 59,
    PACKET_TRACK_DESCRIPTOR = 60,
    PACKET_FIRST = 87, /* first_packet_on_sequence */
};
enum { SEQUENCE_STATE_CLEARED = 1, SEQUENCE_NEEDS_STATE = 2 };

enum { SNAPSHOT_CLOCKS = 1, SNAPSHOT_PRIMARY_CLOCK = 2 };
enum { CLOCK_ID = 1, CLOCK_TIMESTAMP = 2 };
enum { PERFETTO_REALTIME = 1, PERFETTO_MONOTONIC = 3 }; /* BuiltinClock */
enum { DEFAULTS_CLOCK_ID = 58 };

enum { INTERNED_CATEGORIES = 1, INTERNED_EVENTS = 2, INTERNED_KEYS = 3, INTERNED_STRINGS = 29 };
enum { INTERNED_ID = 1, INTERNED_TEXT = 2 }; /* of each of these */

enum track_field {
    TRACK_UUID = 1,
    TRACK_NAME = 2,
    TRACK_PROCESS = 3,
    TRACK_THREAD = 4,
    TRACK_PARENT = 5,
};
enum { PROCESS_PID = 1, PROCESS_CMDLINE = 2, PROCESS_NAME = 6 };
enum { THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };

enum event_field {
    EVENT_CATEGORY = 3,   /* category_iids */
    EVENT_ANNOTATION = 4, /* debug_annotations */
    EVENT_TYPE = 9,
    EVENT_NAME = 10, /* name_iid */
    EVENT_TRACK = 11,
    EVENT_FLOW = 47,
    EVENT_TERMINATING_FLOW = 48,
};
enum { EVENT_BEGIN = 1, EVENT_END = 2, EVENT_INSTANT = 3 };

enum annotation_field {
    ANNOTATION_KEY = 1, /* name_iid */
    ANNOTATION_INT = 4,
    ANNOTATION_TEXT = 6,
    ANNOTATION_STRING = 17, /* string_value_iid */
};

/* What events are named by: numbers of interned texts, from 1. */
enum perfetto_category { CATEGORY_CALL = 1, CATEGORY_CONNECTION, CATEGORY_BLAME };
enum perfetto_key {
    KEY_FD = 1,
    KEY_PEER,
    KEY_RESULT,
    KEY_ERRNO,
    KEY_PARKED,
    KEY_WHERE,
    KEY_STACK,
    KEY_CONNECTION,
};
enum perfetto_name { /* functions come behind these */
                     NAME_IDLE = 1,
                     NAME_HOLDS_UP,
                     NAME_HELD_UP,
                     NAME_HOLDS_LOCK,
                     NAME_LOCKED_OUT,
                     NAME_STATES, /* of enum lane_state */
                     NAME_FUNCTIONS = NAME_STATES + LANE_STATES,
};

/* Texts of a call site. */
static inline uint64_t perfetto_where(const struct site *site)
{
    return 2 * site->number + 1;
}
static inline uint64_t perfetto_stack(const struct site *site)
{
    return 2 * site->number + 2;
}

/* Tracks are told apart by what they are of, the process and a number. */
enum track_kind {
    TRACK_OF_PROCESS = 1,
    TRACK_OF_THREAD,
    TRACK_OF_TASK,
    TRACK_OF_CONNECTIONS,
    TRACK_OF_CONNECTION
};
static inline uint64_t perfetto_track(enum track_kind kind, const struct process *process,
                                      uint32_t number)
{
    return (uint64_t)kind << 60 | (uint64_t)process->number << 32 | number;
}

/* A packet of the one sequence that there is, from its begin to when it is written to `out`. */
size_t packet_begin(struct protobuf *buffer);
void packet_end(struct protobuf *buffer, size_t packet, FILE *out);

/* A track below another one. The name is cleaned. */
void perfetto_put_track(struct protobuf *buffer, uint64_t track, uint64_t parent, const char *name,
                        FILE *out);

/* A text field, cleaned. */
void perfetto_put_text(struct protobuf *buffer, unsigned field, const char *text);

/* The begin of the file: the clock, the texts that are referred to, processes and threads. */
void perfetto_put_head(const struct model *model, FILE *out);

#endif
