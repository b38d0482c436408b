/*
 * json_critical.c: the critical path in the JSON report.
 */
#include "render/json.h"

static const char *word(enum piece_kind kind)
{
    static const char *const words[] = {
        [PIECE_UNRECORDED] = "unrecorded", [PIECE_OWN] = "own",   [PIECE_CALL] = "call",
        [PIECE_EVENTS] = "events",         [PIECE_REST] = "rest",
    };
    return words[kind];
}

static json_t *segment(const struct blame *blame, const struct blame_segment *segment)
{
    json_t *entry = json_object();
    json_object_set_new(entry, "kind", json_string(word(segment->kind)));
    json_object_set_new(entry, "call",
                        segment->call ? json_integer(segment->call - blame->calls) : json_null());
    if (segment->peer)
        json_object_set_new(entry, "peer", json_text(segment->peer));
    json_object_set_new(entry, "begun_s", json_real(segment->begun_s));
    json_object_set_new(entry, "seconds", json_real(segment->seconds));
    json_object_set_new(entry, "count", json_integer(segment->count));
    return entry;
}

json_t *json_critical_path(const struct report *report)
{
    const struct blame *blame = report->blame;
    json_t *list = json_array();
    for (size_t i = 0; i < blame->segment_count; i++)
        json_array_append_new(list, segment(blame, &blame->segments[i]));
    return list;
}
