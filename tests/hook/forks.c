/*
 * Forks while tasks look names up: the child finds no lock of the resolver's taken, no fork waits
 * longer than a second, and no task runs in one.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"
#include "trace_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(no_lock_is_left_behind)
{
    expect_same(WORDS("fork_look_up", "short"));
}
END_TEST

START_TEST(the_loader_s_lock_is_not_left_behind)
{
    expect_same(WORDS("fork_beside_switches"));
}
END_TEST

/* Nor what is noted of forks, in a copy that was made beside one. */
START_TEST(a_copy_made_beside_a_fork_goes_on)
{
    expect_same(WORDS("fork_inside_fork"));
}
END_TEST

/* What waits for a lock here ends by alarm(). */
static void expect_traced_is_same(const char *const *argv)
{
    struct scratch scratch;
    char trace[256];
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    const struct victim plain = {.argv = argv};
    const struct victim victim = {.argv = argv, .env = WORDS(trace), .preload = true};
    char *truth = expect_success(&plain, NULL), *facts = expect_success(&victim, NULL);
    expect_same_facts(argv, truth, facts);
    free(truth);
    free(facts);
    scratch_remove(&scratch);
}

/* A child finds the lock taken by a thread that it does not have; of a process that ends, the
 * thread that has it waits for the one that ends. */
static const char *const ends[] = {"fork", "exit", "_exit", "quick_exit", "exec"};
enum { ENDS = sizeof ends / sizeof *ends };

START_TEST(nobody_waits_for_the_loader)
{
    expect_traced_is_same(WORDS("loader_taken", ends[_i]));
}
END_TEST

/* Longer than a second nobody waits, and who was waited for in vain holds up no other fork: a
 * look-up takes three, and forty forks would wait for forty. */
START_TEST(no_fork_waits_for_long)
{
    struct scratch scratch;
    struct victim_result result;
    char trace[256];
    scratch_make(&scratch);
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    const struct victim plain = {.argv = WORDS("fork_look_up", "long")};
    const struct victim victim = {
        .argv = plain.argv, .env = WORDS(trace), .preload = true, .timeout_s = 90};
    char *truth = expect_success(&plain, NULL), *facts = expect_success(&victim, &result);
    expect_same_facts(plain.argv, truth, facts);
    ck_assert_double_lt(expect_timing(&result, "longest"), 2.7);
    ck_assert_double_lt(expect_timing(&result, "all"), 30);
    victim_result_free(&result);

    trace_text_read(&result, scratch_path(&scratch, "trace"));
    ck_assert_ptr_nonnull(strstr(result.out.data, "fork, which waits a second"));
    victim_result_free(&result);
    scratch_remove(&scratch);
    free(truth);
    free(facts);
}
END_TEST

SUITE("forks", ONCE(no_lock_is_left_behind), ONCE(the_loader_s_lock_is_not_left_behind),
      ONCE(a_copy_made_beside_a_fork_goes_on), EACH(nobody_waits_for_the_loader, ENDS),
      ONCE(no_fork_waits_for_long))
