#include "json_report.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

json_t *json_report_make(void)
{
    return json_pack("{s:i, s:f, s:f, s:f, s:f, s:f, s:i, s:f, s:i, s:i, s:i, s:[], s:[], s:[]}",
                     "schema", 1, "wall_s", 10.0, "serialized_s", 0.0, "waiting_conn_s", 0.0,
                     "effective_concurrency", 4.0, "what_if_s", 5.0, "peak_in_flight", 8,
                     "coverage", 1.0, "events", 100, "lost", 0, "cut", 0, "pattern", "calls",
                     "findings");
}

void json_report_set(json_t *report, const char *key, double value)
{
    json_object_set_new(report, key, json_real(value));
}

static void add_to(json_t *report, const char *key, double more)
{
    json_report_set(report, key, json_number_value(json_object_get(report, key)) + more);
}

/* One frame: "function file:line". */
static json_t *frame(char *text)
{
    char *place = strrchr(text, ' ');
    ck_assert_ptr_nonnull(place);
    *place++ = '\0';
    char *line = strrchr(place, ':');
    if (line)
        *line++ = '\0';
    bool runtime = *text == '!';
    return json_pack("{s:s, s:s, s:i, s:s, s:b}", "function", text + runtime, "file",
                     strcmp(place, "-") ? place : "", "line", line ? atoi(line) : 0, "module",
                     runtime ? "libc.so.6" : "program", "runtime", runtime);
}

static json_t *stack(const char *text)
{
    json_t *frames = json_array();
    char *copy = strdup(text), *rest = copy;
    for (char *part; (part = strsep(&rest, "|"));)
        json_array_append_new(frames, frame(part));
    free(copy);
    return frames;
}

void json_report_add(json_t *report, struct reported_call call)
{
    json_t *entry =
        json_pack("{s:s, s:i, s:f, s:f, s:o}", "call", call.call, "count", call.count, "blocked_s",
                  call.blocked_s, "longest_s", call.longest_s, "stack", stack(call.stack));
    ck_assert_ptr_nonnull(entry);
    json_array_append_new(json_object_get(report, "calls"), entry);
    if (!call.waiting_conn_s)
        call.waiting_conn_s = 2 * call.serialized_s;
    if (call.excused)
        json_object_set_new(entry, "excused",
                            json_pack("{s:s, s:s, s:s}", "serialized_s", call.excused,
                                      "loop_blocked_s", call.excused, "computing_s", call.excused));
#define FIGURE(name, ...)            \
    add_to(entry, #name, call.name); \
    add_to(report, #name, call.name);
#include "base/figures.def"
#undef FIGURE
}

void json_report_mark(json_t *report, const char *name, double wall_s, int call,
                      double serialized_s)
{
    json_t *parts = json_object_get(report, "marks");
    if (!parts)
        json_object_set_new(report, "marks", parts = json_array());
    json_t *part =
        json_pack("{s:s, s:f, s:f, s:[{s:i, s:i, s:f, s:f, s:f}]}", "mark", name, "wall_s", wall_s,
                  "serialized_s", serialized_s, "calls", "call", call, "count", 1, "blocked_s",
                  serialized_s, "longest_s", serialized_s, "serialized_s", serialized_s);
    ck_assert_ptr_nonnull(part);
    json_array_append_new(parts, part);
}

void json_report_find(json_t *report, int call, const char *evidence, const char *remedy)
{
    json_array_append_new(
        json_object_get(report, "findings"),
        json_pack("{s:i, s:s, s:s}", "call", call, "evidence", evidence, "remedy", remedy));
}

void json_report_read(struct summary *summary, json_t *report)
{
    struct error error;
    ck_assert_msg(summary_read(summary, "run", report, &error) == 0, "%s", error.text);
    json_decref(report);
}

void json_report_write(json_t *report, const char *path)
{
    ck_assert_int_eq(json_dump_file(report, path, 0), 0);
    json_decref(report);
}
