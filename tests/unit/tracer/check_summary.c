/* What is taken out of a JSON report, and what identifies a call site. */
#include "check/summary.h"

#include "check/call_site.h"
#include "json_report.h"
#include "scratch.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

/* The fingerprint of one call's site. */
static uint64_t fingerprint(const char *call, const char *stack)
{
    struct summary summary;
    json_t *report = json_report_make();
    REPORTED(report, .call = call, .stack = stack);
    json_report_read(&summary, report);
    uint64_t fingerprint = summary.sites[0].fingerprint;
    summary_finish(&summary);
    return fingerprint;
}

START_TEST(figures_and_calls_are_read)
{
    struct summary summary;
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = "!__poll -|wait wait.c:33|main main.c:5", .count = 7,
             .blocked_s = 3.5, .longest_s = 1.5, .serialized_s = 2.5, .loop_blocked_s = 0.5);
    json_report_read(&summary, report);
    ck_assert_double_eq(summary.wall_s, 10);
    ck_assert_double_eq(summary.serialized_s, 2.5);
    ck_assert_double_eq(summary.loop_blocked_s, 0.5);
    ck_assert_double_eq(summary.effective_concurrency, 4);
    ck_assert_double_eq(summary.coverage, 1);
    ck_assert_uint_eq(summary.site_count, 1);
    const struct call_site *site = &summary.sites[0];
    ck_assert_uint_eq(site->count, 7);
    ck_assert_double_eq(site->blocked_s, 3.5);
    ck_assert_double_eq(site->longest_s, 1.5);
    ck_assert_uint_eq(site->depth, 3);
    ck_assert_str_eq(call_site_place(site)->function, "wait");
    ck_assert_uint_eq(call_site_place(site)->line, 33);
    ck_assert(call_site_passes_through(site, "main"));
    ck_assert(call_site_passes_through(site, "ma*"));
    ck_assert(!call_site_passes_through(site, "mai"));
    summary_finish(&summary);
}
END_TEST

/* What changes between two builds and runs of the same program. */
static const struct {
    const char *before, *after;
} alike[] = {
    {"wait wait.c:33|main main.c:5", "wait wait.c:40|main main.c:9"},
    {"wait wait.c:33|main main.c:5", "wait moved/wait.c:33|main main.c:5"},
    {"wait wait.c:33|main main.c:5", "wait -|main -"},
    {"program+0x1234 -|main -", "program+0x99 -|main -"},
    {"0x7f0012 -|main -", "0x7e9912 -|main -"},
    {"wait -|walk -|main -", "wait -|walk -|walk -|walk -|main -"},
    {"!__poll -|wait -", "!__GI___poll -|wait -"},
    {"wait -|main -|!__libc_start_main -", "wait -|main -|__libc_start_call_main -|_start -"},
};

START_TEST(a_site_is_known_again)
{
    ck_assert_uint_eq(fingerprint("poll", alike[_i].before), fingerprint("poll", alike[_i].after));
}
END_TEST

static const char *const different[][2] = {
    {"wait wait.c:33|main main.c:5", "wait wait.c:33|other main.c:5"},
    {"wait -|main -", "main -|wait -"},
    {"wait -|main -", "wait -"},
    {"ab -|c -", "a -|bc -"},
    {"program+0x1234 -", "program -|program+0x1 -|x -"},
};

START_TEST(another_site_is_told_apart)
{
    ck_assert_uint_ne(fingerprint("poll", different[_i][0]), fingerprint("poll", different[_i][1]));
    ck_assert_uint_ne(fingerprint("poll", different[_i][0]),
                      fingerprint("select", different[_i][0]));
}
END_TEST

/* It is kept in files of others. */
START_TEST(a_fingerprint_does_not_change_from_version_to_version)
{
    ck_assert_uint_eq(fingerprint("poll", "!__poll -|wait wait.c:33|main main.c:5"),
                      0x64324c38fc601a32u);
}
END_TEST

START_TEST(lines_of_one_function_are_one_site)
{
    struct summary summary;
    json_t *report = json_report_make();
    REPORTED(report, .call = "recv", .stack = "read_all r.c:9", .count = 2, .blocked_s = 2,
             .longest_s = 1, .serialized_s = 1.5);
    REPORTED(report, .call = "recv", .stack = "other r.c:9", .count = 1, .blocked_s = 1);
    REPORTED(report, .call = "recv", .stack = "read_all r.c:4", .count = 1, .blocked_s = 3,
             .longest_s = 3, .serialized_s = 0.5);
    json_report_read(&summary, report);
    ck_assert_uint_eq(summary.site_count, 2);
    ck_assert_uint_eq(summary.sites[0].count, 3);
    ck_assert_double_eq(summary.sites[0].blocked_s, 5);
    ck_assert_double_eq(summary.sites[0].longest_s, 3);
    ck_assert_double_eq(summary.sites[0].serialized_s, 2);
    ck_assert_uint_eq(summary.sites[0].stack[0].line, 9);
    summary_finish(&summary);
}
END_TEST

/* The worst comes first, and is kept; what is about no call is nobody's. */
START_TEST(parts_have_figures_of_their_own)
{
    struct summary summary;
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = "wait wait.c:33", .serialized_s = 2);
    REPORTED(report, .call = "poll", .stack = "wait wait.c:40", .serialized_s = 1);
    json_report_mark(report, "pay", 2.5, 0, 0.75);
    json_t *part = json_array_get(json_object_get(report, "marks"), 0);
    json_t *more = json_deep_copy(json_array_get(json_object_get(part, "calls"), 0));
    json_object_set_new(more, "call", json_integer(1)); /* another line of the same site */
    json_array_append_new(json_object_get(part, "calls"), more);
    json_report_read(&summary, report);
    ck_assert_uint_eq(summary.part_count, 1);
    ck_assert_str_eq(summary.parts[0].mark, "pay");
    ck_assert_double_eq(summary.parts[0].wall_s, 2.5);
    ck_assert_uint_eq(summary.parts[0].call_count, 1);
    ck_assert_double_eq(summary.parts[0].calls[0].serialized_s, 1.5);
    ck_assert_double_eq(summary.sites[0].serialized_s, 3);
    summary_finish(&summary);
}
END_TEST

START_TEST(a_part_with_a_call_that_is_none_is_refused)
{
    struct summary summary;
    struct error error;
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = "wait wait.c:33");
    json_report_mark(report, "pay", 2.5, 1, 0.75);
    ck_assert_int_eq(summary_read(&summary, "name", report, &error), -1);
    ck_assert_msg(strstr(error.text, "\"call\" of a mark is no call of the report"), "%s",
                  error.text);
    json_decref(report);
}
END_TEST

START_TEST(a_site_has_its_worst_finding)
{
    struct summary summary;
    json_t *report = json_report_make();
    REPORTED(report, .call = "recv", .stack = "read_all r.c:9");
    REPORTED(report, .call = "poll", .stack = "wait w.c:9");
    REPORTED(report, .call = "recv", .stack = "read_all r.c:4");
    json_report_find(report, -1, "nobody", "");
    json_report_find(report, 3, "nobody", "");
    json_report_find(report, 2, "worst", "do this");
    json_report_find(report, 0, "less bad", "do that");
    json_report_read(&summary, report);
    ck_assert_str_eq(summary.sites[0].evidence, "worst");
    ck_assert_str_eq(summary.sites[0].remedy, "do this");
    ck_assert_str_eq(summary.sites[1].evidence, "");
    summary_finish(&summary);
}
END_TEST

START_TEST(a_run_of_which_too_little_was_seen_is_not_complete)
{
    static const char *const keys[] = {"lost", "cut", "coverage"};
    static const double values[] = {1, 1, 0.94};
    struct summary summary;
    json_t *report = json_report_make();
    json_report_read(&summary, json_incref(report));
    ck_assert(summary_is_complete(&summary, 0.95));
    summary_finish(&summary);
    json_report_set(report, keys[_i], values[_i]);
    json_report_read(&summary, report);
    ck_assert(!summary_is_complete(&summary, 0.95));
    summary_finish(&summary);
}
END_TEST

static const struct {
    const char *text, *fault;
} faults[] = {
    {"{", "report.json:1: not JSON: "},
    {"[]", "report.json: not a report of greq's: make one by greq report -f json"},
    {"{\"schema\": 1}", "report.json: not a report of greq's"},
    {"{\"schema\": 2, \"calls\": []}",
     "report.json: a report of schema 2, this greq reads 1: use the greq that made it"},
    {"{\"schema\": 1, \"calls\": []}",
     "report.json: \"wall_s\" is not a number of 0 or more: make the report anew"},
    {"{\"schema\": 1, \"calls\": [1], \"wall_s\": -1}", "\"wall_s\" is not a number of 0 or more"},
    {"{\"schema\": 1, \"schema\": 1, \"calls\": []}", "not JSON: duplicate object key"},
};

START_TEST(what_is_no_report_is_told)
{
    struct summary summary;
    struct error error;
    struct scratch scratch;
    scratch_make(&scratch);
    FILE *file = fopen(scratch_path(&scratch, "report.json"), "w");
    fputs(faults[_i].text, file);
    fclose(file);
    ck_assert_int_eq(summary_load(&summary, scratch_path(&scratch, "report.json"), &error), -1);
    ck_assert_msg(strstr(error.text, faults[_i].fault), "%s", error.text);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_report_with_a_bad_call_is_refused)
{
    static const char *const calls[] = {"{}", "1", "{\"call\": \"poll\", \"stack\": []}",
                                        "{\"call\": \"poll\", \"stack\": [1]}"};
    struct summary summary;
    struct error error;
    json_t *report = json_report_make();
    json_array_append_new(json_object_get(report, "calls"),
                          json_loads(calls[_i], JSON_DECODE_ANY, NULL));
    ck_assert_int_eq(summary_read(&summary, "run", report, &error), -1);
    ck_assert_msg(strstr(error.text, "run: \""), "%s", error.text);
    json_decref(report);
}
END_TEST

START_TEST(a_missing_report_is_told)
{
    struct summary summary;
    struct error error;
    ck_assert_int_eq(summary_load(&summary, "/no/such/report.json", &error), -1);
    ck_assert_msg(strstr(error.text, "/no/such/report.json"), "%s", error.text);
    ck_assert_msg(strstr(error.text, "No such file"), "%s", error.text);
    ck_assert_int_eq(summary_load(&summary, "/", &error), -1);
    ck_assert_msg(strstr(error.text, "/: a directory"), "%s", error.text);
}
END_TEST

SUITE("tracer: check summary", ONCE(figures_and_calls_are_read),
      EACH(a_site_is_known_again, sizeof alike / sizeof *alike),
      EACH(another_site_is_told_apart, sizeof different / sizeof *different),
      ONCE(a_fingerprint_does_not_change_from_version_to_version),
      ONCE(lines_of_one_function_are_one_site), ONCE(a_site_has_its_worst_finding),
      ONCE(parts_have_figures_of_their_own), ONCE(a_part_with_a_call_that_is_none_is_refused),
      EACH(a_run_of_which_too_little_was_seen_is_not_complete, 3),
      EACH(what_is_no_report_is_told, sizeof faults / sizeof *faults),
      EACH(a_report_with_a_bad_call_is_refused, 4), ONCE(a_missing_report_is_told))
