/*
 * GREQ_PATCH: what a list of words makes overlap, and what not; and the other variables' bad
 * values.
 */
#include "expect.h"
#include "overlap_run.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static const struct list {
    const char *words;
    const char *victim, *function;
    bool overlaps;
} lists[] = {
    {"all", "overlap_receive", "recv", true},
    {"", "overlap_receive", "recv", true},
    {"none", "overlap_receive", "recv", false},
    {"none", "overlap_time", "usleep", false},

    /* a family */
    {"socket", "overlap_receive", "read", true},
    {"socket", "overlap_ready", "poll", false},
    {"select", "overlap_ready", "epoll_wait", true},
    {"select", "overlap_receive", "recv", false},
    {"time", "overlap_time", "nanosleep", true},
    {"dns", "overlap_dns", "getaddrinfo", true},
    {"all,-dns", "overlap_dns", "getaddrinfo", false},
    {"all,-time", "overlap_time", "clock_nanosleep", false},

    /* a family's name wins over a function's */
    {"select", "overlap_ready", "poll", true},
    {"fn:select", "overlap_ready", "select", true},
    {"fn:select", "overlap_ready", "poll", false},
    {"all,-select", "overlap_ready", "poll", false},
    {"all,-fn:select", "overlap_ready", "poll", true},
    {"all,-fn:select", "overlap_ready", "select", false},

    /* a function, with its twins and without its relatives */
    {"all,-poll", "overlap_ready", "poll", false},
    {"all,-poll", "overlap_ready_fortified", "poll", false},
    {"all,-poll", "overlap_ready", "ppoll", true},
    {"all,-recv", "overlap_receive_fortified", "recv", false},
    {"recv", "overlap_receive_fortified", "recv", true},
    {"recv", "overlap_receive", "read", false},

    /* from left to right, from the default when the first has a sign */
    {"-usleep", "overlap_time", "usleep", false},
    {"-usleep", "overlap_time", "nanosleep", true},
    {"-time,usleep", "overlap_time", "usleep", true},
    {"-time,usleep", "overlap_time", "nanosleep", false},
    {"usleep,-time", "overlap_time", "usleep", false},
    {"none,recv,usleep", "overlap_receive", "recv", true},
    {"recv,none", "overlap_receive", "recv", false},

    /* the outermost call decides */
    {"-ssl", "overlap_tls", "SSL_read", false},
    {"-ssl", "overlap_receive", "read", true},
    {"all,-SSL_read", "overlap_tls", "SSL_read", false},
    {"all,-SSL_read", "overlap_tls", "SSL_read_ex", true},
    {"ssl", "overlap_tls", "SSL_read", true},
    {"-socket", "overlap_tls", "SSL_write", true},
    {"-socket", "overlap_receive", "read", false},

    /* families that may have no function yet, and the one that must be asked for */
    {"all,-process,-file,-lock,thread", "overlap_receive", "recv", true},
    {"process,file,lock,thread", "overlap_receive", "recv", false},
};
enum { LISTS = sizeof lists / sizeof *lists };

START_TEST(list_is_followed)
{
    const struct list *list = &lists[_i];
    if (list->overlaps)
        overlap_expect(list->victim, list->function, list->words);
    else
        overlap_expect_not(list->victim, list->function, list->words);
}
END_TEST

/* ---- greq_active() ---- */

static double active_with(const char *variable)
{
    struct victim victim = {.argv = WORDS("variant_pie"), .env = WORDS(variable), .preload = true};
    struct victim_result result;
    free(expect_success(&victim, &result));
    double active = expect_timing(&result, "active");
    victim_result_free(&result);
    return active;
}

START_TEST(active_unless_none)
{
    ck_assert_double_eq(active_with("GREQ_PATCH=all"), 1);
    ck_assert_double_eq(active_with("GREQ_PATCH=recv"), 1);
    ck_assert_double_eq(active_with("GREQ_PATCH=none"), 0);
}
END_TEST

/* ---- bad values: one line, and the program runs with the default ---- */

static const struct {
    const char *variable, *word; /* that the line must name */
} bad_values[] = {
    {"GREQ_PATCH=alll", "alll"},           {"GREQ_PATCH=all,-nonsense,recv", "nonsense"},
    {"GREQ_PATCH=fn:socket", "fn:socket"}, {"GREQ_PATCH=-", "-"},
    {"GREQ_STACK_SIZE=big", "big"},        {"GREQ_STACK_SIZE=17", "17"},
    {"GREQ_TRACE_LIMIT=-5", "-5"},
};
enum { BAD_VALUES = sizeof bad_values / sizeof *bad_values };

START_TEST(bad_value_is_one_line)
{
    struct victim victim = {
        .argv = WORDS("variant_pie"), .env = WORDS(bad_values[_i].variable), .preload = true};
    struct victim_result result;
    victim_run(&result, &victim);
    expect_that(result.exit_status == 0, &victim, &result, "the program did not run");
    expect_that(strncmp(result.err.data, "greq: ", 6) == 0, &victim, &result, "no complaint");
    expect_that(strchr(result.err.data, '\n') == result.err.data + result.err.size - 1, &victim,
                &result, "not one line");
    expect_that(strstr(result.err.data, bad_values[_i].word) != NULL, &victim, &result,
                "the word is not named");
    expect_that(expect_timing(&result, "elapsed") < 0.5, &victim, &result,
                "the default does not hold");
    victim_result_free(&result);
}
END_TEST

SUITE("patch_words", EACH(list_is_followed, LISTS), ONCE(active_unless_none),
      EACH(bad_value_is_one_line, BAD_VALUES))
