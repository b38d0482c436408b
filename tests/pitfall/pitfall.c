/*
 * The known pitfalls of a preloaded library: one victim each, named after it. Each says the same
 * alone, preloaded, and preloaded with a trace and a log, which have descriptors, memory and
 * threads of their own to lose.
 */
#include "expect.h"
#include "overlap_run.h"
#include "peer.h"
#include "suite.h"
#include "trace_text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Runs preloaded and recording; babeltrace2 must be able to read what was recorded. */
static char *run_recording(const char *const *argv, struct victim_result *result)
{
    struct victim_result text;
    char *facts = trace_text_of_run(&text, argv, result);
    victim_result_free(&text);
    return facts;
}

static void same_even_recording(const char *const *argv)
{
    const struct victim plain = {.argv = argv};
    peer_start();
    expect_same(argv);
    char *truth = expect_success(&plain, NULL), *facts = run_recording(argv, NULL);
    expect_same_facts(argv, truth, facts);
    peer_stop();
    free(truth);
    free(facts);
}

static const char *const victims[][3] = {
    {"early_call"},
    {"descriptor_theft", "close"},
    {"descriptor_theft", "close_range"},
    {"descriptor_theft", "unshare"},
    {"descriptor_theft", "closefrom"},
    {"descriptor_theft", "dup2"},
    {"descriptor_theft", "syscall"},
    {"fork_storm"},
    {"errno_clobbered"},
    {"handler_reenters"},
    {"helper_threads"},
    {"thread_exit_hooks"},
    {"vfork_exec"},
    {"stdio_program"},
    {"environment_changed"},
    {"high_descriptor"},
    {"raw_calls"},
    {"signal_rules"},
    {"unaligned_handler"},
    {"fork_handlers"},
    {"fork_handlers", "task"},
    {"held_over_waits", "mutex"},
    {"held_over_waits", "recursive"},
    {"held_over_waits", "rwlock"},
    {"held_over_waits", "spin"},
    {"held_over_waits", "mtx"},
    {"held_over_waits", "set"},
    {"held_over_waits", "names"},
    {"held_over_waits", "fork"},
};
enum { VICTIMS = sizeof victims / sizeof *victims };

START_TEST(says_the_same)
{
    same_even_recording(victims[_i]);
}
END_TEST

/* For plain builds: ASan ends a program that opens with RTLD_DEEPBIND, loses its way when a thread
 * is cancelled, or jumps from a task's stack to another, warns of fibers, has an allocator, and
 * looks at what calls are given. */
static const char *const plain_victims[][3] = {
    {"deep_binding", "lazy"},
    {"deep_binding", "now"},
    {"deep_binding", "threads"},
    {"cancelled"},
    {"fibers"},
    {"fibers_in_tasks"},
    {"hooking_allocator"},
    {"overflow_handlers"},
    {"longjmp_out"},
    {"wrong_addresses"},
    {"wrong_addresses", "task"},
};
enum { PLAIN_VICTIMS = GREQ_PLAIN_BUILD * sizeof plain_victims / sizeof *plain_victims };

START_TEST(says_the_same_in_a_plain_build)
{
    same_even_recording(plain_victims[_i]);
}
END_TEST

/* ---- tasks still overlap afterwards ---- */

static const struct {
    const char *argv[3];
    double serial_s; /* what its last ten or five waits would take one after another */
} survivors[] = {
    {{"early_call"}, 0.5},
    {{"environment_changed"}, 0.5},
    {{"descriptor_theft", "closefrom"}, 0.5},
    {{"descriptor_theft", "dup2"}, 0.5},
    {{"longjmp_out"}, 0.5}, /* this and those that follow: for plain builds */
    {{"deep_binding", "lazy"}, 0.5},
    {{"deep_binding", "now"}, 0.5},
};
enum { SURVIVORS = sizeof survivors / sizeof *survivors - 3 * !GREQ_PLAIN_BUILD, ATTEMPTS = 5 };

/* A busy machine may delay any one run; waits that add up delay all of them. */
START_TEST(overlaps_afterwards)
{
    double limit_s = survivors[_i].serial_s * 0.8, best_s = limit_s;
    for (int attempt = 0; attempt < ATTEMPTS && best_s >= limit_s; attempt++) {
        struct victim_result result;
        peer_start();
        free(run_recording(survivors[_i].argv, &result));
        peer_stop();
        best_s = expect_timing(&result, "elapsed");
        victim_result_free(&result);
    }
    ck_assert_double_lt(best_s, limit_s);
}
END_TEST

/* ---- fortified callers ---- */

START_TEST(overflow_is_noticed)
{
    static const char *const calls[] = {"recv", "recvfrom", "read", "poll", "ppoll"};
    struct victim_result result;
    struct victim victim = {.argv = WORDS("fortified_overflow", calls[_i % 5]), .preload = _i >= 5};
    victim_run(&result, &victim);
    expect_that(result.signal == SIGABRT, &victim, &result, "it was not ended");
    expect_that(strstr(result.err.data, "buffer overflow detected") != NULL, &victim, &result,
                "it does not say why");
    expect_that(!strstr(result.out.data, "not reached"), &victim, &result, "it went on");
    victim_result_free(&result);
}
END_TEST

/* That the victims of the overlap tests do call the fortified twins. */
START_TEST(fortified_twins_are_called)
{
    static const struct {
        const char *victim, *symbol;
    } imports[] = {
        {"overlap_receive_fortified", " __recv_chk"},
        {"overlap_receive_fortified", " __recvfrom_chk"},
        {"overlap_receive_fortified", " __read_chk"},
        {"overlap_ready_fortified", " __poll_chk"},
        {"overlap_ready_fortified", " __ppoll_chk"},
    };
    for (size_t i = 0; i < sizeof imports / sizeof *imports; i++) {
        struct victim_result result;
        struct victim nm = {.argv = WORDS("/usr/bin/nm", "-D", victim_path(imports[i].victim))};
        victim_run(&result, &nm);
        expect_that(strstr(result.out.data, imports[i].symbol) != NULL, &nm, &result,
                    "does not import%s", imports[i].symbol);
        victim_result_free(&result);
    }
}
END_TEST

/* ---- libssl that only a plugin sees ---- */

static const char *const tls_calls[] = {"SSL_connect", "SSL_read", "SSL_read_ex", "SSL_write",
                                        "SSL_shutdown"};
enum { TLS_CALLS = sizeof tls_calls / sizeof *tls_calls };

START_TEST(local_libssl)
{
    overlap_expect("local_libssl", tls_calls[_i], "all");
    overlap_expect_not("local_libssl", tls_calls[_i], "-ssl");
}
END_TEST

SUITE("pitfall", EACH(says_the_same, VICTIMS), EACH(says_the_same_in_a_plain_build, PLAIN_VICTIMS),
      EACH(overlaps_afterwards, SURVIVORS), EACH(overflow_is_noticed, 10),
      ONCE(fortified_twins_are_called), EACH(local_libssl, TLS_CALLS))
