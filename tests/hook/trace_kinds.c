/* A trace with every kind of record there is: babeltrace2 reads it and has nothing to complain of.
 */
#include "expect.h"
#include "peer.h"
#include "scratch.h"
#include "suite.h"
#include "trace_text.h"

#include <greq/trace_format.h>
#include <stdio.h>
#include <stdlib.h>

/* In the order of enum trace_event_id. */
static const char *const kinds[] = {
    "call",       "long_call",    "watch",        "peer",       "name",          "idle",
    "task_start", "task_end",     "thread_start", "thread_end", "process_start", "process_end",
    "module",     "python_stack", "lock",         "epoll",      "unread",        "count",
};
enum { KINDS = sizeof kinds / sizeof *kinds };
static const char *const newer_kinds[] = {"address", "sample", "http", "mutex"};
_Static_assert((int)KINDS == (int)TRACE_COUNT, "every kind up to the last is named");

static void record(const char *const *argv, const char *patch, const char *trace)
{
    const struct victim victim = {
        .argv = argv, .env = WORDS(patch, trace, "GREQ_HTTP=1"), .preload = true};
    free(expect_success(&victim, NULL));
}

static void expect_kind(const struct victim_result *text, const char *kind)
{
    char what[32];
    snprintf(what, sizeof what, " %s: { ", kind);
    ck_assert_msg(trace_text_count(text, what) > 0, "no %s", kind);
}

START_TEST(every_kind_of_record_is_read)
{
    struct scratch scratch;
    struct victim_result text;
    char variable[256];
    scratch_make(&scratch);
    snprintf(variable, sizeof variable, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    peer_start();
    record(WORDS("overlap_receive", "recv", "3", "20"), "GREQ_PATCH=all", variable);
    record(WORDS("overlap_ready", "poll", "3", "20"), "GREQ_PATCH=all", variable);
    record(WORDS("overlap_lock", "pthread_cond_wait", "3", "20"), "GREQ_PATCH=all", variable);
    peer_stop();
    record(WORDS(PYTHON3, PROGRAM), "GREQ_PATCH=none", variable);
    trace_text_read(&text, scratch_path(&scratch, "trace"));
    ck_assert_str_eq(text.err.data, "");
    for (int i = 0; i < KINDS; i++)
        expect_kind(&text, kinds[i]);
    for (size_t i = 0; i < sizeof newer_kinds / sizeof *newer_kinds; i++)
        expect_kind(&text, newer_kinds[i]);
    victim_result_free(&text);
    scratch_remove(&scratch);
}
END_TEST

/* When the call returns another thread may have received it, and have unmapped it. (A sanitizer's
 * own functions look at it all the same.) */
START_TEST(a_request_is_read_before_it_is_sent)
{
    static const char *const argv[][3] = {{"gone_when_sent"}, {"gone_when_sent", "task"}};
    struct scratch scratch;
    struct victim_result text;
    char variable[256];
    scratch_make(&scratch);
    snprintf(variable, sizeof variable, "GREQ_TRACE=%s", scratch_path(&scratch, "trace"));
    const struct victim victim = {
        .argv = argv[_i], .env = WORDS(variable, "GREQ_HTTP=1"), .preload = true};
    char *facts = expect_success(&victim, NULL);
    ck_assert_str_eq(facts, "send: all\nwrite: all\nwritev: all\nsendmsg: all\n");
    trace_text_read(&text, scratch_path(&scratch, "trace"));
    ck_assert_int_eq(trace_text_count(&text, "GET /gone"), 8); /* sent, and received */
    free(facts);
    victim_result_free(&text);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(what_follows_unseen_bytes_is_not_the_first)
{
    static const char *const argv[][3] = {{"late_preface"}, {"late_preface", "http2"}};
    struct victim_result text;
    free(trace_text_of_run(&text, argv[_i], NULL));
    ck_assert_int_eq(trace_text_count(&text, " http: { "), 6 * _i); /* of either end */
    victim_result_free(&text);
}
END_TEST

SUITE("kinds of records", ONCE(every_kind_of_record_is_read),
      EACH(a_request_is_read_before_it_is_sent, 2 * GREQ_PLAIN_BUILD),
      EACH(what_follows_unseen_bytes_is_not_the_first, 2))
