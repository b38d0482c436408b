/*
 * Functions that are only logged: they say what they say without the preload, and the trace has
 * each of them, with the reason why it was not parked although a task made it.
 */
#include "expect.h"
#include "scratch.h"
#include "suite.h"
#include "trace_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const waits[] = {
    "pause",        "sigsuspend",      "sigwait",         "sigwaitinfo",
    "sigtimedwait", "mq_receive",      "mq_timedreceive", "mq_send",
    "mq_timedsend", "msgrcv",          "msgsnd",          "tee",
    "vmsplice",     "res_query",       "res_search",      "res_nquery",
    "res_send",     "copy_file_range", "getaddrinfo_a",
};
enum { WAITS = sizeof waits / sizeof *waits, QUICK_ONES = 2 };

START_TEST(a_wait_says_what_it_says_alone)
{
    expect_same(WORDS("logged_waits", waits[_i]));
}
END_TEST

static void record(struct scratch *scratch, const char *wait, struct victim_result *text)
{
    char trace[256];
    snprintf(trace, sizeof trace, "GREQ_TRACE=%s", scratch_path(scratch, "trace"));
    struct victim victim = {
        .argv = WORDS("logged_waits", wait), .env = WORDS(trace), .preload = true};
    free(expect_success(&victim, NULL));
    trace_text_read(text, scratch_path(scratch, "trace"));
}

/* The call of this function that held a task up, in the text of a trace; NULL: there is none. */
static const char *refused_call(const struct victim_result *text, const char *function)
{
    char name[64];
    snprintf(name, sizeof name, "call = ( \"%s\" ", function);
    for (const char *at = text->out.data; (at = strstr(at, name)); at++) {
        const char *refusal = strstr(at, "\"logged_only\"");
        if (refusal && refusal < strchr(at, '\n'))
            return at;
    }
    return NULL;
}

START_TEST(a_wait_is_recorded_and_never_parked)
{
    struct scratch scratch;
    struct victim_result text;
    scratch_make(&scratch);
    record(&scratch, waits[_i], &text);
    ck_assert_msg(refused_call(&text, waits[_i]), "no %s that is only logged", waits[_i]);
    if (_i < WAITS - QUICK_ONES)
        ck_assert_int_ge(trace_text_count(&text, " long_call: "), 1);
    victim_result_free(&text);
    scratch_remove(&scratch);
}
END_TEST

SUITE("logged", EACH(a_wait_says_what_it_says_alone, WAITS),
      EACH(a_wait_is_recorded_and_never_parked, WAITS))
