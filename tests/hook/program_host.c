/*
 * greq_host_set: what it returns, what a coroutine finds, and what becomes of one that moves.
 */
#include "expect.h"
#include "suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

START_TEST(refuses_what_it_must)
{
    expect_preloaded(WORDS("host_refusals"), "size: EINVAL\ncurrent: EINVAL\nwait: EINVAL\n"
                                             "flags: EINVAL\nmoves: EOPNOTSUPP\ngood: 0\n"
                                             "coroutine: 0 ERANGE, waited by the host: yes\n"
                                             "limit in ms: yes\n"
                                             "loop: 0 ERANGE, waited by the host: no\n"
                                             "again: 0\n"
                                             "refused: 0 ERANGE, waited by the host: yes\n"
                                             "away: 0\n"
                                             "without: 0 ERANGE, waited by the host: no\n");
}
END_TEST

START_TEST(without_the_preload_there_is_none)
{
    const struct victim victim = {.argv = WORDS("host_refusals")};
    char *facts = expect_success(&victim, NULL);
    ck_assert_ptr_nonnull(strstr(facts, "moves: ENOSYS\ngood: ENOSYS\n"));
    ck_assert_ptr_null(strstr(facts, "host: yes"));
    free(facts);
}
END_TEST

START_TEST(a_coroutine_that_moves_ends_the_process)
{
    const struct victim victim = {.argv = WORDS("host_moves"), .preload = true};
    struct victim_result result;
    victim_run(&result, &victim);
    expect_that(result.signal == SIGABRT, &victim, &result, "it was not ended");
    ck_assert_str_eq(result.out.data, "");
    /* ASan says of each stack what it cannot know of it. */
    const char *said = strstr(result.err.data, "greq: ");
    ck_assert_ptr_nonnull(said);
    ck_assert_ptr_nonnull(strstr(
        said, "greq: greq_host_set: a coroutine went on in another thread than it waited in\n"));
    ck_assert_ptr_null(strstr(said + 1, "greq: "));
    victim_result_free(&result);
}
END_TEST

SUITE("program_host", ONCE(refuses_what_it_must), ONCE(without_the_preload_there_is_none),
      ONCE(a_coroutine_that_moves_ends_the_process))
