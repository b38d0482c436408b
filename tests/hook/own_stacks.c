/*
 * Stacks that a program made, and those of its handlers, have room for what the program does: a
 * hook takes little more. And what a hook remembers of them is never taken for what came later.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"
#include "trace_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALONE, PRELOADED, RECORDED, MODES };

/* What a handler may call that moves bytes or waits leaves all but its wrapper's frame. */
static bool is_little(const char *call)
{
    static const char *const little[] = {"write",  "read",   "writev",    "readv", "poll",
                                         "select", "usleep", "nanosleep", "close", "waitpid"};
    bool is = false;
    for (size_t i = 0; i < sizeof little / sizeof *little; i++)
        is |= strcmp(call, little[i]) == 0;
    return is;
}

static void run(struct victim_result *result, const char *kind, int mode)
{
    struct scratch scratch;
    char trace[256];
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    struct victim victim = {.argv = WORDS("stack_use", kind),
                            .env = WORDS(mode == RECORDED ? trace : "NONE="),
                            .preload = mode != ALONE};
    free(expect_success(&victim, result));
    scratch_remove(&scratch);
}

static const char *const calls[] = {
    "none",      "write",  "read",   "send",      "recv",   "writev", "readv",
    "poll",      "select", "usleep", "nanosleep", "signal", "close",  "waitpid",
    "sigaction", "open",   "_exit",  "exit",      "execl",
};

/* Bytes. On a fiber, exec looks at the program, and a call of 1 ms is recorded with its stack. */
static const struct {
    const char *kind;
    double least, more[MODES], little;
} limits[] = {
    {"handler", 1000, {0, 512, 512}, 256},
    {"fiber", 16, {0, 1280, 2560}, 2560},
};
enum { LIMITS = sizeof limits / sizeof *limits };

/* A sanitizer's functions have stack frames of another size. */
START_TEST(a_hook_takes_little_of_a_stack)
{
    struct victim_result results[MODES];
    for (int mode = 0; mode < MODES; mode++)
        run(&results[mode], limits[_i].kind, mode);
    for (size_t call = 0; call < sizeof calls / sizeof *calls; call++) {
        double alone = expect_timing(&results[ALONE], calls[call]);
        ck_assert_double_ge(alone, limits[_i].least);
        for (int mode = PRELOADED; mode < MODES; mode++) {
            double used = expect_timing(&results[mode], calls[call]);
            double more = limits[_i].more[mode];
            if (is_little(calls[call]) && limits[_i].little < more)
                more = limits[_i].little;
            ck_assert_msg(used <= alone + more, "%s, mode %d: %g bytes, alone %g", calls[call],
                          mode, used, alone);
        }
    }
    for (int mode = 0; mode < MODES; mode++)
        victim_result_free(&results[mode]);
}
END_TEST

/* None is taken for one inside a call that was left. (ASan warns of fibers.) */
START_TEST(every_call_on_a_fiber_is_recorded)
{
    struct scratch scratch;
    struct victim_result result, text;
    char trace[256];
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    struct victim victim = {.argv = WORDS("fibers"), .env = WORDS(trace), .preload = true};
    char *facts = expect_success(&victim, &result);
    trace_text_read(&text, scratch_path(&scratch, "trace"));
    const char *last = strstr(facts, "at the end: received ");
    ck_assert_ptr_nonnull(last);
    ck_assert_int_eq(trace_text_count_calls(&text, "recv"), atoi(strrchr(last, ' ')));
    ck_assert_int_gt(trace_text_count_calls(&text, "recv"), 50);
    victim_result_free(&text);
    victim_result_free(&result);
    free(facts);
    scratch_remove(&scratch);
}
END_TEST

SUITE("own_stacks", EACH(a_hook_takes_little_of_a_stack, GREQ_PLAIN_BUILD *LIMITS),
      EACH(every_call_on_a_fiber_is_recorded, GREQ_PLAIN_BUILD))
