/*
 * Functions that are called often and seldom wait: a program has them as it has them alone, and a
 * trace has those that took a while, and those that never end.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"
#include "trace_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const cases[] = {
    "files", "open_fifo", "open_for_ever", "fwrite",       "fputs",      "fprintf",
    "fputc", "fflush",    "fclose",        "with_handler", "own_stream", "quick",
};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(a_program_has_them_as_alone)
{
    expect_same(WORDS("brief_calls", cases[_i]));
}
END_TEST

static void record(struct victim_result *text, const char *name, const char *slow_disk)
{
    struct scratch scratch;
    char trace[256];
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    struct victim victim = {
        .argv = WORDS("brief_calls", name), .env = WORDS(trace, slow_disk), .preload = true};
    free(expect_success(&victim, NULL));
    trace_text_read(text, scratch_path(&scratch, "trace"));
    scratch_remove(&scratch);
}

START_TEST(quick_ones_leave_no_record)
{
    static const char *const functions[] = {"fopen",  "fprintf", "fputs", "fflush",
                                            "fwrite", "fclose",  "stat",  "access"};
    struct victim_result text;
    int found = 0;
    record(&text, "quick", "SLOW_DISK_MS=0");
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        found += trace_text_count_calls(&text, functions[i]);
    /* Of 7000, those whose thread was not let run for a millisecond. */
    ck_assert_int_lt(found, 100);
    victim_result_free(&text);
}
END_TEST

static const struct {
    const char *function;
    int count;
} of_files[] = {{"fopen", 1}, {"stat", 1},    {"access", 1},  {"rename", 1},
                {"mkdir", 1}, {"opendir", 1}, {"readdir", 3}, {"pread", 1},
                {"rmdir", 2}, {"unlink", 1},  {"fclose", 1}};

START_TEST(those_of_a_slow_disk_are_recorded)
{
    struct victim_result text;
    record(&text, "files", "SLOW_DISK_MS=2");
    for (size_t i = 0; i < sizeof of_files / sizeof *of_files; i++)
        ck_assert_msg(trace_text_count_calls(&text, of_files[i].function) == of_files[i].count,
                      "%d of %s", trace_text_count_calls(&text, of_files[i].function),
                      of_files[i].function);
    victim_result_free(&text);
}
END_TEST

/* The duration in ns of the longest call of a function; 0: there is none. */
static unsigned long long longest(const struct victim_result *text, const char *function)
{
    unsigned long long most = 0;
    char name[64];
    snprintf(name, sizeof name, "call = ( \"%s\" ", function);
    for (const char *at = text->out.data; (at = strstr(at, name)); at++) {
        const char *line = at;
        while (line > text->out.data && line[-1] != '\n')
            line--;
        const char *duration = strstr(line, "duration = ");
        unsigned long long ns = duration ? strtoull(strchr(duration, '=') + 1, NULL, 10) : 0;
        if (duration && duration < strchr(at, '\n') && ns > most)
            most = ns;
    }
    return most;
}

/* ASan's fprintf stands in front of ours, and calls vfprintf. */
#define FPRINTF (GREQ_PLAIN_BUILD ? "fprintf" : "vfprintf")

static const struct {
    const char *name, *function;
} waits[] = {{"open_fifo", "open"}, {"fwrite", "fwrite"},      {"fputs", "fputs"},
             {"fprintf", FPRINTF},  {"fputc", "fputc"},        {"fflush", "fflush"},
             {"fclose", "fclose"},  {"with_handler", "fwrite"}};
enum { WAITS = sizeof waits / sizeof *waits };

START_TEST(one_that_waits_is_recorded)
{
    struct victim_result text;
    record(&text, waits[_i].name, "SLOW_DISK_MS=0");
    ck_assert_uint_ge(longest(&text, waits[_i].function), 5000000);
    ck_assert_ptr_nonnull(strstr(text.out.data, "\"logged_only\""));
    victim_result_free(&text);
}
END_TEST

START_TEST(one_that_never_ends_is_recorded)
{
    struct victim_result text;
    record(&text, "open_for_ever", "SLOW_DISK_MS=0");
    ck_assert_uint_eq(longest(&text, "open"), -1ull);
    victim_result_free(&text);
}
END_TEST

START_TEST(what_is_called_inside_is_a_call_of_its_own)
{
    struct victim_result text;
    record(&text, "own_stream", "SLOW_DISK_MS=0");
    ck_assert_uint_ge(longest(&text, "usleep"), 20000000);
    ck_assert_uint_lt(longest(&text, "fputs"), longest(&text, "usleep"));
    victim_result_free(&text);
}
END_TEST

SUITE("brief", EACH(a_program_has_them_as_alone, CASES), ONCE(quick_ones_leave_no_record),
      ONCE(those_of_a_slow_disk_are_recorded), EACH(one_that_waits_is_recorded, WAITS),
      ONCE(one_that_never_ends_is_recorded), ONCE(what_is_called_inside_is_a_call_of_its_own))
