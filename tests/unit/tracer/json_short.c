/* The short JSON report: its size, and that what it has belongs together. */
#include "render/render.h"

#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SITES = 400, FINDINGS = 50, MODULES = 8, NAMES = 40, LONGEST_OF_TEN = 8192 };

static struct scratch scratch;
static struct stream stream, process;

static void add_host(const char *name)
{
    const struct trace_record record = {EPOCH, TRACE_HOST, 0};
    stream_add(&process, &record, sizeof record, name, strlen(name) + 1);
}

/* With names that are long, and that JSON makes longer yet. */
static void add_modules(void)
{
    char path[600] = "/nowhere/";
    for (size_t i = strlen(path); i < sizeof path - 1; i++)
        path[i] = i % 2 ? '"' : '\\';
    for (uint64_t i = 0; i < MODULES; i++) {
        path[sizeof path - 2] = 'a' + i;
        stream_add_module(&process, 0, path, 0x10000 * (i + 1), 0x10000);
    }
}

static void add_call(uint64_t number, uint64_t at, uint64_t takes)
{
    const uint64_t frames[] = {0x10000 * (number % MODULES + 1) + 0x40 * number};
    stream_add_long_call(
        &stream,
        (struct synthetic_call){
            .at = at, .takes = takes, .function = number % 2 ? FN_RECV : FN_SLEEP, .fd = -1},
        0, frames, 1);
}

/* A loop that is blocked in many places, each for more than noise, and calls that are noise. */
static void add_calls(void)
{
    for (uint64_t i = 0; i < FINDINGS; i++) {
        uint64_t at = i * 110 * MS;
        stream_add_watch(&stream, at, 0, (const int[]){5, 6}, 2);
        CALL(&stream, .at = at, .takes = 1 * MS, .function = FN_POLL, .fd = -1, .result = 1);
        add_call(i, at + 5 * MS, 100 * MS);
    }
    for (uint64_t i = FINDINGS; i < SITES; i++) {
        add_call(i, FINDINGS * 110 * MS + i * 3 * MS, 2 * MS);
        if (i % 100 == 99)
            stream_next(&stream);
    }
}

/* Each is left at once, so that no call is in any. */
static void add_parts(void)
{
    char name[300];
    memset(name, '"', sizeof name);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < NAMES; i++) {
        name[0] = 'A' + i;
        stream_add_mark(&stream, i, 0, name);
        stream_add_mark(&stream, i, 0, "");
    }
    stream_next(&stream);
}

static void begin(void)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&process, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_begin(&stream, scratch.path, 10, 0, 0);
    stream_add_process_start(&process, 0, "/nowhere/program", "program …");
    add_host("node \"7\"");
    add_modules();
    add_parts();
    add_calls();
    stream_end(&stream);
    stream_end(&process);
}

/* The document, and its length in `*size`. */
static json_t *render(size_t top, const char *whole, size_t *size)
{
    struct run run;
    char *text = NULL;
    run_read(&run, scratch.path);
    const struct report report = {.model = &run.model,
                                  .accounts = &run.accounts,
                                  .blame = &run.blame,
                                  .symbols = run.symbols,
                                  .top = top,
                                  .whole = whole};
    FILE *out = open_memstream(&text, size);
    render_json(&report, &(struct style){0}, out);
    fclose(out);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(json);
    free(text);
    run_finish(&run);
    return json;
}

static size_t count(const json_t *report, const char *list)
{
    return json_array_size(json_object_get(report, list));
}

static size_t left_out(const json_t *report, const char *list)
{
    return json_integer_value(json_object_get(json_object_get(report, "left_out"), list));
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

START_TEST(ten_are_less_than_8_kb_whatever_the_names_are)
{
    size_t size;
    begin();
    json_t *whole = render(0, NULL, &size), *report = render(10, "greq report x", &size);
    ck_assert_uint_lt(size, LONGEST_OF_TEN);
    ck_assert_uint_ge(count(whole, "calls"), SITES);
    ck_assert_uint_gt(count(whole, "findings"), 40);
    ck_assert_uint_gt(count(report, "calls"), 5);
    ck_assert_uint_gt(count(report, "findings"), 5);
    ck_assert_uint_eq(count(report, "calls") + left_out(report, "calls"), count(whole, "calls"));
    ck_assert_uint_eq(count(report, "findings") + left_out(report, "findings"),
                      count(whole, "findings"));
    ck_assert_uint_gt(count(report, "marks"), 5);
    ck_assert_uint_eq(count(report, "marks") + left_out(report, "marks"), NAMES);
    json_decref(report);
    json_decref(whole);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_command_that_is_too_long_is_not_cut)
{
    size_t size;
    char long_command[5000];
    memset(long_command, 'x', sizeof long_command);
    long_command[sizeof long_command - 1] = '\0';
    begin();
    json_t *report = render(10, long_command, &size);
    ck_assert_uint_lt(size, LONGEST_OF_TEN);
    ck_assert_str_eq(text(report, "whole"), "greq report -f json DIR");
    json_decref(report);
    scratch_remove(&scratch);
}
END_TEST

/* Its `call` is a place in the calls of its own document. */
START_TEST(each_finding_has_its_call)
{
    size_t size, i;
    json_t *finding;
    begin();
    json_t *whole = render(0, NULL, &size), *report = render(3, "greq report x", &size);
    ck_assert_uint_eq(count(report, "calls"), 3);
    json_array_foreach(json_object_get(report, "findings"), i, finding)
    {
        const json_t *same = json_array_get(json_object_get(whole, "findings"), i);
        size_t expected = json_integer_value(json_object_get(same, "call"));
        size_t shown = json_integer_value(json_object_get(finding, "call"));
        ck_assert_str_eq(
            text(json_array_get(json_object_get(report, "calls"), shown), "fingerprint"),
            text(json_array_get(json_object_get(whole, "calls"), expected), "fingerprint"));
    }
    ck_assert_uint_eq(i, 3);
    json_decref(report);
    json_decref(whole);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(the_whole_report_says_where_it_was)
{
    size_t size;
    begin();
    json_t *report = render(0, NULL, &size);
    ck_assert_str_eq(text(report, "host"), "node \"7\"");
    ck_assert_str_eq(text(report, "program"), "/nowhere/program");
    ck_assert_str_eq(text(report, "start"), ""); /* synthetic traces have no date */
    json_decref(report);
    scratch_remove(&scratch);
}
END_TEST

SUITE("tracer: json_short", ONCE(ten_are_less_than_8_kb_whatever_the_names_are),
      ONCE(a_command_that_is_too_long_is_not_cut), ONCE(each_finding_has_its_call),
      ONCE(the_whole_report_says_where_it_was))
