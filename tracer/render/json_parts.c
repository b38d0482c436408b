/*
 * json_parts.c: the parts that the program has named, in the JSON report. Of a part's calls those
 * are left out that have no figure and were never long, and a figure that is 0: there may be many
 * parts.
 */
#include "render/json.h"

static json_t *call(const struct blame *blame, const struct blame_part_call *call)
{
    json_t *entry = json_object();
    json_object_set_new(entry, "call", json_integer(call->call - blame->calls));
    json_object_set_new(entry, "count", json_integer(call->count));
    json_object_set_new(entry, "blocked_s", json_real(call->blocked_s));
    json_object_set_new(entry, "longest_s", json_real(call->longest_s));
#define FIGURE(name, ...) json_set_if_any(entry, #name, call->name);
#include "base/figures.def"
#undef FIGURE
    return entry;
}

static bool is_worth_telling(const struct blame_part_call *call)
{
    bool has_figure = false;
#define FIGURE(name, ...) has_figure |= call->name > 0;
#include "base/figures.def"
#undef FIGURE
    return has_figure || call->longest_s >= TRACE_LONG_CALL_NS / 1e9;
}

static json_t *part(const struct blame *blame, const struct blame_part *part)
{
    json_t *entry = json_object(), *calls = json_array();
    json_object_set_new(entry, "mark", json_text(part->name));
    json_object_set_new(entry, "count", json_integer(part->count));
    json_object_set_new(entry, "wall_s", json_real(part->wall_s));
    json_object_set_new(entry, "longest_s", json_real(part->longest_s));
    json_object_set_new(entry, "blocked_s", json_real(part->blocked_s));
#define FIGURE(name, ...) json_object_set_new(entry, #name, json_real(part->name));
#include "base/figures.def"
#undef FIGURE
    for (size_t i = 0; i < part->call_count; i++)
        if (is_worth_telling(&part->calls[i]))
            json_array_append_new(calls, call(blame, &part->calls[i]));
    json_object_set_new(entry, "calls", calls);
    return entry;
}

json_t *json_parts(const struct blame *blame)
{
    json_t *list = json_array();
    for (size_t i = 0; i < blame->part_count; i++)
        json_array_append_new(list, part(blame, &blame->parts[i]));
    return list;
}
