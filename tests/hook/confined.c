/*
 * Programs that give up rights, or system calls altogether: traced and logged they end as alone, in
 * silence. Where system calls are gone the trace of that process ends by itself, and says so.
 */
#include "expect.h"
#include "suite.h"
#include "trace_text.h"

#include <stdlib.h>

/* So many that a trace needs new files for them. */
#define CALLS "5000"

static const struct {
    const char *how;
    bool ends_trace, keeps_trace;
} ways[] = {
    {"strict", true, false},
    {"strict_syscall", true, false},
    {"filter", true, false},
    {"filter_syscall", true, false},
    {"prctl_syscall", true, false},
    {"landlock", false, false},
    {"setuid", false, false},
    {"chroot", false, false},
    {"inheriting", true, false},
    {"no_new_rights", false, true},
    {"asking", false, true},
    {"no_counter", false, true},
    {"no_counter_syscall", false, true},
};
enum { WAYS = sizeof ways / sizeof *ways };

START_TEST(ends_as_alone)
{
    const char *const *argv = WORDS("confines", ways[_i].how, CALLS);
    struct victim_result text;
    char *truth = expect_success(&(struct victim){.argv = argv}, NULL);
    char *facts = trace_text_of_run(&text, argv, NULL);
    expect_same_facts(argv, truth, facts);
    int writes = trace_text_count_calls(&text, "write");
    ck_assert_int_eq(trace_text_count(&text, "text = \"confined\""), ways[_i].ends_trace);
    if (ways[_i].ends_trace)
        ck_assert_int_eq(trace_text_count(&text, " process_end: "), 2);
    ck_assert_msg(!ways[_i].ends_trace || writes < 100, "%d writes were recorded", writes);
    ck_assert_msg(!ways[_i].keeps_trace || writes >= 10000, "%d writes were recorded", writes);
    victim_result_free(&text);
    free(truth);
    free(facts);
}
END_TEST

/* ---- what other programs allow themselves ---- */

static const char *const programs[] = {"sshd",        "memcached", "file",  "asks_first",
                                       "waits_often", "answers",   "spawns"};
enum { PROGRAMS = sizeof programs / sizeof *programs };

static void expect_that_it_ended_well(const char *facts)
{
    ck_assert_str_eq(facts, "exited with 20, killed by 0\n");
}

/* Beside a sanitizer's runtime, which does more itself, they would all be ended. */
START_TEST(programs_of_others_go_on)
{
    const char *const *argv = WORDS("confined_programs", programs[_i]);
    struct victim_result text;
    char *alone = expect_success(&(struct victim){.argv = argv}, NULL);
    char *preloaded = expect_success(&(struct victim){.argv = argv, .preload = true}, NULL);
    char *traced = trace_text_of_run(&text, argv, NULL);
    expect_that_it_ended_well(alone);
    expect_that_it_ended_well(preloaded);
    expect_that_it_ended_well(traced);
    ck_assert_int_eq(trace_text_count(&text, "text = \"confined\""), 1);
    victim_result_free(&text);
    free(alone);
    free(preloaded);
    free(traced);
}
END_TEST

SUITE("confined", EACH(ends_as_alone, WAYS),
      EACH(programs_of_others_go_on, PROGRAMS *GREQ_PLAIN_BUILD))
