/*
 * greq.h: what its functions return, with the preload as without it, and what they do only with it.
 */
#include "expect.h"
#include "peer.h"
#include "suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* ---- the same in both ---- */

static const char *const victims[] = {"api_map", "api_errors", "api_nested", "api_threads",
                                      "marks"};
enum { VICTIMS = sizeof victims / sizeof *victims };

START_TEST(says_the_same)
{
    expect_same(WORDS(victims[_i]));
}
END_TEST

START_TEST(fork_in_a_task)
{
    peer_start();
    expect_same(WORDS("api_fork"));
    peer_stop();
}
END_TEST

START_TEST(task_that_has_forked_may_end)
{
    expect_same(WORDS("api_fork_end"));
}
END_TEST

START_TEST(exit_in_a_task)
{
    for (int preload = 0; preload < 2; preload++) {
        struct victim victim = {.argv = WORDS("api_exit"), .preload = preload};
        struct victim_result result;
        victim_run(&result, &victim);
        expect_that(result.exit_status == 7, &victim, &result, "it did not exit with 7");
        ck_assert_str_eq(result.out.data, "a task exits\nexit handlers run\nand wait\n");
        victim_result_free(&result);
    }
}
END_TEST

/* ---- what a run under the preload measured ---- */

static double preloaded_timing(const char *const *argv, const char *timing)
{
    struct victim victim = {.argv = argv, .preload = true};
    struct victim_result result;
    free(expect_success(&victim, &result));
    double value = expect_timing(&result, timing);
    victim_result_free(&result);
    return value;
}

START_TEST(limit_is_reached_and_kept)
{
    ck_assert_double_eq(preloaded_timing(WORDS("api_map"), "in_flight_1"), 1);
    ck_assert_double_eq(preloaded_timing(WORDS("api_map"), "in_flight_7"), 7);
    ck_assert_double_eq(preloaded_timing(WORDS("api_map"), "in_flight_0"), 50);
}
END_TEST

START_TEST(ten_thousand_wait_at_once)
{
    expect_same(WORDS("api_many", "50"));
    ck_assert_double_eq(preloaded_timing(WORDS("api_many", "1500000"), "at_once"), 10000);
}
END_TEST

START_TEST(parked_tasks_cost_nothing)
{
    expect_preloaded(WORDS("idle_tasks"), "nothing woke the thread of the parked tasks: 1\n");
}
END_TEST

/* Four threads of ten tasks of 0.1 s each. */
START_TEST(threads_overlap)
{
    ck_assert_double_lt(preloaded_timing(WORDS("api_threads"), "threads"), 0.5);
}
END_TEST

START_TEST(joins_and_turns)
{
    expect_preloaded(WORDS("api_join"), "join oneself: EDEADLK\n"
                                        "two join one: 0 EINVAL\n"
                                        "before the first wait: ''\n"
                                        "turns: ababab\n");
}
END_TEST

/* ---- ends ---- */

static void run_unjoined(const char *how, const char *facts)
{
    struct victim victim = {.argv = WORDS("api_unjoined", how), .preload = true, .timeout_s = 10};
    struct victim_result result;
    peer_start();
    char *seen = expect_success(&victim, &result);
    peer_stop();
    ck_assert_str_eq(seen, facts);
    expect_that(result.elapsed_s < 1.5, &victim, &result, "it waited for tasks nobody joined");
    free(seen);
    victim_result_free(&result);
}

START_TEST(unjoined_tasks_are_dropped)
{
    run_unjoined("return", "main ends\nexit handlers run\n");
    run_unjoined("exit", "main ends\nexit handlers run\n");
    run_unjoined("quick", "main ends\n");
    run_unjoined("thread", "main ends\nexit handlers run\n");
}
END_TEST

/* ---- stacks ---- */

static void run_recursion(struct victim_result *result, const char *stack_size, const char *kib)
{
    char variable[64] = "GREQ_STACK_SIZE=";
    strcat(variable, stack_size);
    struct victim victim = {.argv = WORDS("api_recursion", kib),
                            .env = *stack_size ? WORDS(variable) : NULL,
                            .preload = true};
    victim_run(result, &victim);
}

static void expect_depth(const char *stack_size, const char *kib)
{
    struct victim_result result;
    run_recursion(&result, stack_size, kib);
    ck_assert_str_eq(result.out.data, "map: 0\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n");
    ck_assert_int_eq(result.exit_status, 0);
    victim_result_free(&result);
}

START_TEST(stack_is_a_mebibyte)
{
    expect_depth("", "900");
}
END_TEST

START_TEST(stack_size_is_a_variable)
{
    expect_depth("4M", "3500");
    expect_depth("262144", "128");
}
END_TEST

START_TEST(overflow_hits_the_guard)
{
    struct victim_result result;
    run_recursion(&result, "", "1100");
    /* A sanitizer reports the signal and exits by itself. */
    ck_assert_msg(result.signal == SIGSEGV || result.exit_status == 66, "exit %d, signal %d",
                  result.exit_status, result.signal);
    victim_result_free(&result);
}
END_TEST

/* For plain builds: sanitizers need more address space than the victim allows itself. */
START_TEST(memory_ends)
{
    expect_preloaded(WORDS("api_memory"), "some, not all: 1, errno ENOMEM\n"
                                          "all joined 1, all finished 1\n"
                                          "map ENOMEM\n"
                                          "not all of them were started: 1\n"
                                          "map with a limit 0\n"
                                          "finished 2000\n");
}
END_TEST

/* ---- under other tools ---- */

/* Where tasks come and go, nothing is left on the heap that a program's own leak check would find.
 */
START_TEST(nothing_leaks)
{
    struct victim victim = {.argv = WORDS(victims[_i]),
                            .env = WORDS("ASAN_OPTIONS=detect_leaks=1:exitcode=66"),
                            .preload = true};
    struct victim_result result;
    victim_run(&result, &victim);
    bool unable = strstr(result.err.data, "LeakSanitizer has encountered a fatal error");
    expect_that(unable || result.exit_status == 0, &victim, &result, "it leaks");
    victim_result_free(&result);
}
END_TEST

START_TEST(valgrind_follows)
{
    struct victim victim = {
        .argv = WORDS("/usr/bin/valgrind", "-q", "--error-exitcode=9", victim_path(victims[_i])),
        .preload = true,
        .timeout_s = 60};
    struct victim_result result;
    victim_run(&result, &victim);
    expect_that(result.exit_status == 0, &victim, &result, "valgrind found something");
    victim_result_free(&result);
}
END_TEST

SUITE("api", EACH(says_the_same, VICTIMS), ONCE(fork_in_a_task), ONCE(task_that_has_forked_may_end),
      ONCE(exit_in_a_task), ONCE(limit_is_reached_and_kept), ONCE(ten_thousand_wait_at_once),
      ONCE(parked_tasks_cost_nothing), ONCE(threads_overlap), ONCE(joins_and_turns),
      ONCE(unjoined_tasks_are_dropped), ONCE(stack_is_a_mebibyte), ONCE(stack_size_is_a_variable),
      ONCE(overflow_hits_the_guard), EACH(memory_ends, GREQ_PLAIN_BUILD),
      EACH(nothing_leaks, (1 - GREQ_PLAIN_BUILD) * VICTIMS),
      EACH(valgrind_follows, GREQ_PLAIN_BUILD *VICTIMS))
