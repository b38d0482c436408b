/*
 * The report names lines of Python for calls of a millisecond or more: of threads, of coroutines,
 * and of greenlets, whether these wait for each other or not. Tasks of asyncio are named as well.
 */
#include "scene.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *program, *patch, *tasks;
} runs[] = {{"threads", "none", NULL},
            {"asyncio", "none", "\"tasks\": [\n        \"baker\"\n"},
            {"greenlets", "none", NULL},
            {"greenlets", "all", NULL}};
enum { RUNS = sizeof runs / sizeof *runs };

/* Whether a JSON report has a stack with this function, in this line of traced.py. */
static int json_names(const char *report, const char *function, int line)
{
    char start[128], file[] = "/programs/traced.py\"", number[32];
    snprintf(start, sizeof start, "\"function\": \"%s\"", function);
    snprintf(number, sizeof number, "\"line\": %d,", line);
    for (const char *at = report; (at = strstr(at, start)); at++) {
        const char *end = strchr(at, '}');
        const char *found_file = strstr(at, file), *found_line = strstr(at, number);
        if (end && found_file && found_file < end && found_line && found_line < end)
            return 1;
    }
    return 0;
}

/* Every "function line" that the program told must be in the JSON report, and in the other one
 * where it is among the first, which it is when it blocked. */
static void expect_named(const struct victim *victim, const struct victim_result *told,
                         const struct victim_result *json, bool blocked)
{
    char lines[1024], function[64], named[128];
    int line, count = 0;
    snprintf(lines, sizeof lines, "%s", told->out.data);
    for (char *fact = strtok(lines, "\n"); fact; fact = strtok(NULL, "\n"), count++) {
        ck_assert_int_eq(sscanf(fact, "%63s %d", function, &line), 2);
        snprintf(named, sizeof named, "%s (traced.py:%d)", function, line);
        expect_that(!blocked || strstr(told->err.data, named), victim, told, "no %s in the report",
                    named);
        expect_that(json_names(json->out.data, function, line), victim, json,
                    "no %s in line %d in the JSON report", function, line);
    }
    ck_assert_int_gt(count, 0);
}

START_TEST(lines_are_named)
{
    struct scratch scratch;
    struct victim_result told, json;
    scratch_make(&scratch);
    bool parks = strcmp(runs[_i].patch, "all") == 0;
    const char *trace = scratch_path(&scratch, "trace");
    const struct victim traced = {
        .argv =
            WORDS(GREQ, "trace", "--patch", runs[_i].patch, "-o", trace, "--", "/usr/bin/python3",
                  "-B", PROGRAMS "traced.py", runs[_i].program, parks ? "patched" : "observed"),
    };
    const struct victim report = {.argv = WORDS(GREQ, "report", "--format", "json", trace)};
    victim_run(&told, &traced);
    expect_that(told.exit_status == 0, &traced, &told, "it failed");
    free(expect_success(&report, &json));
    expect_named(&traced, &told, &json, !parks);
    expect_that(!runs[_i].tasks || strstr(json.out.data, runs[_i].tasks), &report, &json,
                "no tasks %s", runs[_i].tasks);
    victim_result_free(&told);
    victim_result_free(&json);
    scratch_remove(&scratch);
}
END_TEST

static const char *const between[] = {PROGRAMS "strikes.py", PROGRAMS "finalizers.py"};
enum { BETWEEN = sizeof between / sizeof *between };

/* To write down who called runs nothing of the program's, nor is that written into the middle. */
START_TEST(nothing_runs_in_the_middle_of_a_record)
{
    struct scratch scratch;
    struct victim_result told, report;
    char trace[256];
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    const char *const *argv = WORDS("/usr/bin/python3", "-B", between[_i]);
    const struct victim plain = {.argv = argv},
                        traced = {.argv = argv, .env = WORDS(trace), .preload = true};
    const struct victim reader = {.argv = WORDS(GREQ, "report", scratch_path(&scratch, "trace"))};
    char *truth = expect_success(&plain, NULL), *facts = expect_success(&traced, &told);
    expect_same_facts(argv, truth, facts);
    victim_run(&report, &reader);
    expect_that(report.exit_status == 0 && !*report.err.data, &reader, &report,
                "it has something to say");
    victim_result_free(&told);
    victim_result_free(&report);
    scratch_remove(&scratch);
}
END_TEST

PYTHON_SUITE("stacks", WORDS(NULL), EACH(lines_are_named, RUNS),
             EACH(nothing_runs_in_the_middle_of_a_record, BETWEEN))
