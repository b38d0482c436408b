/*
 * Beside libfaketime, before and behind libgreq.so: waits in tasks take as long as the program's
 * clock says, and a trace has the kernel's times.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"
#include "trace_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *faketime, *rate;
    double second; /* of the program's, in the kernel's */
} clocks[] = {
    {"FAKETIME=-10d", "1", 1},
    {"FAKETIME=+10d", "1", 1},
    {"FAKETIME=+0 x10", "10", 0.1},
    {"FAKETIME=+0 x0.8", "0.8", 1.25},
    {"FAKETIME=2020-01-01 00:00:00", "0", 1},
};
enum { CLOCKS = sizeof clocks / sizeof *clocks, ATTEMPTS = 5 };

/* Behind: libfaketime comes after libgreq.so. In front of it, it remembers per thread that a call
 * is in progress, and so takes all tasks for one: only one waits then. Fails the test if a wait was
 * too short, and returns whether each was right: a busy machine may delay any one run. */
static bool run(int clock, bool is_behind, const char *trace)
{
    char preload[1024];
    struct victim_result result;
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s:%s", is_behind ? victim_preload() : FAKETIME,
             is_behind ? FAKETIME : victim_preload());
    struct victim victim = {.argv =
                                WORDS("altered_clock", clocks[clock].rate, is_behind ? "6" : "1"),
                            .env = WORDS(preload, clocks[clock].faketime, trace)};
    free(expect_success(&victim, &result));
    expect_that(!strstr(result.out.data, "too short"), &victim, &result, "a wait was too short");
    bool is_right = !strstr(result.out.data, "too long");
    victim_result_free(&result);
    return is_right;
}

static double monotonic_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The number behind the first `name` from `text` on. */
static double number_after(const char *text, const char *name)
{
    const char *found = text ? strstr(text, name) : NULL;
    ck_assert_msg(found, "no %s", name);
    return strtod(found + strlen(name), NULL) / 1e9;
}

/* Returns whether no wait took longer than it should. */
static bool run_and_read(int clock, bool is_behind)
{
    struct scratch scratch;
    struct victim_result text;
    char trace[256];
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    double begin = monotonic_now();
    bool is_right = run(clock, is_behind, trace);
    double end = monotonic_now();
    trace_text_read(&text, scratch_path(&scratch, "trace"));
    double start = number_after(text.out.data, "process_start = ");
    ck_assert_msg(begin < start && start < end, "started at %f, not in %f to %f", start, begin,
                  end);
    double duration = number_after(text.out.data, "duration = "); /* of usleep */
    ck_assert_double_gt(duration, clocks[clock].second * 0.9);
    is_right &= duration < clocks[clock].second + 0.7;
    victim_result_free(&text);
    scratch_remove(&scratch);
    return is_right;
}

START_TEST(waits_are_right_and_the_trace_has_the_kernels_times)
{
    bool is_right = !GREQ_PLAIN_BUILD || !*FAKETIME;
    for (int attempt = 0; attempt < ATTEMPTS && !is_right; attempt++)
        is_right = run_and_read(_i / 2, _i % 2);
    ck_assert_msg(is_right, "beside %s waits are too long", clocks[_i / 2].faketime);
}
END_TEST

SUITE("altered_clock", EACH(waits_are_right_and_the_trace_has_the_kernels_times, 2 * CLOCKS))
