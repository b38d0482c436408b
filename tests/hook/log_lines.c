/*
 * GREQ_LOG: one line for every wait of a millisecond or more, on standard error or in a file.
 */
#include "expect.h"
#include "peer.h"
#include "scratch.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS = 5 };

/* How many lines have both texts. */
static int lines_with(const char *text, const char *first, const char *second)
{
    int count = 0;
    char *copy = strdup(text), *rest = copy, *line;
    while ((line = strsep(&rest, "\n")))
        count += strstr(line, first) && strstr(line, second);
    free(copy);
    return count;
}

/* Runs tasks that wait 30 ms in recv or SSL_read, with GREQ_LOG as given. */
static void run_logged(struct victim_result *result, struct victim *victim, const char *log,
                       const char *patch)
{
    victim->env = WORDS(log, patch);
    victim->preload = true;
    peer_start();
    victim_run(result, victim);
    peer_stop();
    expect_that(result->exit_status == 0, victim, result, "it failed");
}

START_TEST(waits_on_standard_error)
{
    static const char *const patches[] = {"GREQ_PATCH=all", "GREQ_PATCH=none"};
    struct victim victim = {.argv = WORDS("overlap_receive", "recv", "5", "30")};
    struct victim_result result;
    run_logged(&result, &victim, "GREQ_LOG=stderr", patches[_i]);
    char peer[32];
    snprintf(peer, sizeof peer, " 127.0.0.1:%s ", getenv("PEER_PORT"));
    expect_that(lines_with(result.err.data, " recv ", peer) == TASKS, &victim, &result,
                "not a line for every recv");
    expect_that(lines_with(result.err.data, "by_recv", " recv ") <= TASKS, &victim, &result,
                "too many lines");
    victim_result_free(&result);
}
END_TEST

/* Which of the nested calls waited? The outermost. */
START_TEST(outermost_call_is_named)
{
    static const char *const patches[] = {"GREQ_PATCH=all", "GREQ_PATCH=-ssl", "GREQ_PATCH=none"};
    struct victim victim = {.argv = WORDS("overlap_tls", "SSL_read", "5", "30")};
    struct victim_result result;
    run_logged(&result, &victim, "GREQ_LOG=stderr", patches[_i]);
    expect_that(lines_with(result.err.data, " SSL_read ", "127.0.0.1") == TASKS, &victim, &result,
                "not a line for every SSL_read");
    expect_that(lines_with(result.err.data, " read ", "127.0.0.1") == 0, &victim, &result,
                "a nested call is named");
    victim_result_free(&result);
}
END_TEST

START_TEST(nothing_for_what_does_not_wait)
{
    struct victim victim = {
        .argv = WORDS("api_recursion", "1"), .env = WORDS("GREQ_LOG=stderr"), .preload = true};
    struct victim_result result;
    victim_run(&result, &victim);
    /* Ten sleeps of 10 ms, and nothing else, but that a busy machine may take a while to write what
     * it prints. */
    expect_that(lines_with(result.err.data, " usleep ", "") == 10, &victim, &result,
                "not a line for every usleep");
    int printed = lines_with(result.err.data, " thread ", " fd 1 blocked ");
    expect_that(lines_with(result.err.data, "", "") - printed == 11, &victim, &result,
                "lines about something else");
    victim_result_free(&result);
}
END_TEST

START_TEST(waits_in_a_file)
{
    struct scratch scratch;
    char log[256] = "GREQ_LOG=";
    struct victim victim = {.argv = WORDS("overlap_receive", "read", "5", "30")};
    scratch_make(&scratch);
    strcat(log, scratch_path(&scratch, "log"));
    for (int run = 1; run <= 2; run++) {
        struct victim_result result;
        run_logged(&result, &victim, log, "GREQ_PATCH=all");
        expect_that(result.err.size == 0, &victim, &result, "it wrote to standard error");
        char *text = scratch_read(scratch_path(&scratch, "log"));
        ck_assert_ptr_nonnull(text);
        ck_assert_int_eq(lines_with(text, " read ", "127.0.0.1"), run * TASKS);
        free(text);
        victim_result_free(&result);
    }
    scratch_remove(&scratch);
}
END_TEST

START_TEST(file_that_cannot_be)
{
    struct victim victim = {.argv = WORDS("overlap_receive", "read", "5", "30")};
    struct victim_result result;
    run_logged(&result, &victim, "GREQ_LOG=/no/such/folder/log", "GREQ_PATCH=all");
    expect_that(lines_with(result.err.data, "greq: ", "/no/such/folder/log") == 1, &victim, &result,
                "no complaint");
    expect_that(lines_with(result.err.data, "", "") == 2, &victim, &result, "not one line");
    victim_result_free(&result);
}
END_TEST

SUITE("log_lines", EACH(waits_on_standard_error, 2), EACH(outermost_call_is_named, 3),
      ONCE(nothing_for_what_does_not_wait), ONCE(waits_in_a_file), ONCE(file_that_cannot_be))
