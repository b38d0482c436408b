/*
 * Signals do to a program what they do without us: alone, preloaded, recorded, and in a task. What
 * handlers see is told by a victim of the pitfalls; here processes end by their own handlers.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>

static const char *const ways[] = {"signal", "sigset", "sigaction", "nodefer", "kept", "once"};
enum { WAYS = sizeof ways / sizeof *ways };

struct run {
    const char *const *argv;
    bool preload, recorded;
};

static void ends_by_sigterm(struct run run)
{
    struct scratch scratch;
    struct victim_result result;
    char trace[256];
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    struct victim victim = {
        .argv = run.argv, .env = WORDS(run.recorded ? trace : "NONE="), .preload = run.preload};
    victim_run(&result, &victim);
    expect_that(result.signal == SIGTERM, &victim, &result, "it did not end by SIGTERM");
    victim_result_free(&result);
    scratch_remove(&scratch);
}

START_TEST(a_handler_ends_the_process)
{
    const char *way = ways[_i];
    ends_by_sigterm((struct run){WORDS("signal_ends", way), false, false});
    for (int recorded = 0; recorded < 2; recorded++) {
        ends_by_sigterm((struct run){WORDS("signal_ends", way), true, recorded});
        ends_by_sigterm((struct run){WORDS("signal_ends", way, "task"), true, recorded});
    }
}
END_TEST

SUITE("signals", EACH(a_handler_ends_the_process, WAYS))
