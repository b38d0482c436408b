/*
 * Cooperation never lies: victims that say the same with the preload as without it. What a victim
 * says without it is the truth, for then the kernel says it; each plays its scene alone, beside
 * another task and in a task.
 */
#include "expect.h"
#include "peer.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

static void same(const char *name)
{
    peer_start();
    expect_same(WORDS(name));
    peer_stop();
}

static const char *const victims[] = {
    "nonblocking",     "flags_kept",        "socket_timeouts", "many_timeouts",     "message_flags",
    "datagrams",       "connect_outcomes",  "broken_pipe",     "poll_rules",        "select_rules",
    "epoll_rules",     "tls_waits",         "dns_outcomes",    "interrupted",       "masked_waits",
    "errno_kept",      "tls_errors",        "exceptions",      "reused_descriptor", "duplicates",
    "pipes_and_files", "connect_unix_full", "lock_rules",      "wait_rules",        "file_rules",
    "transfer_rules",  "stdio_rules",       "popen_rules",     "wrong_end",         "number_storm",
    "error_queue",
};
enum { VICTIMS = sizeof victims / sizeof *victims };

START_TEST(says_the_same)
{
    same(victims[_i]);
}
END_TEST

/* ASan itself loses its way when a thread is cancelled, as in the first, and has a vfork of its
 * own, which is called as it is: hook/vfork_x86_64.S. */
static const char *const plain[] = {"join_rules", "vfork_waits"};
enum { PLAIN = sizeof plain / sizeof *plain };

START_TEST(says_the_same_in_a_plain_build)
{
    same(plain[_i]);
}
END_TEST

/* A sanitizer's runtime has one as well, and is called first. */
START_TEST(the_next_vfork_is_called)
{
    expect_preloaded(WORDS("vfork_of_another"), "ended with 3, counted 1\n");
}
END_TEST

static const char *const unversioned[] = {"unversioned_calls_lazy", "unversioned_calls_now",
                                          "unversioned_calls_code", "unversioned_calls_high"};
enum { UNVERSIONED = sizeof unversioned / sizeof *unversioned };

/* A sanitizer's runtime is called first, and goes on to the newest body itself. */
START_TEST(says_the_same_without_versions)
{
    same(unversioned[_i]);
}
END_TEST

/* A sanitizer's runtime calls dlsym by its linkage table itself. */
START_TEST(runs_under_an_auditor_of_the_loader)
{
    char auditor[4096];
    snprintf(auditor, sizeof auditor, "LD_AUDIT=%s", victim_path("auditor.so"));
    struct victim victim = {
        .argv = WORDS("unversioned_calls_now"), .env = WORDS(auditor), .preload = true};
    free(expect_success(&victim, NULL));
}
END_TEST

START_TEST(dies_by_the_same_signal)
{
    for (int preload = 0; preload < 2; preload++) {
        struct victim victim = {.argv = WORDS("broken_pipe", "die"), .preload = preload};
        struct victim_result result;
        victim_run(&result, &victim);
        expect_that(result.signal == 13, &victim, &result, "it did not die of SIGPIPE");
        victim_result_free(&result);
    }
}
END_TEST

START_TEST(every_reader_is_served)
{
    peer_start();
    expect_preloaded(WORDS("two_readers"), "readers got everything: 1\n"
                                           "writer 4194304, reader a\n"
                                           "pollers 1 1\n"
                                           "at the end 0 0\n");
    peer_stop();
}
END_TEST

START_TEST(who_is_parked_while_its_process_is_copied_is_woken)
{
    expect_preloaded(WORDS("parked_and_copied"), "woken by a child: 20 of 20\n"
                                                 "the child ended with 7\n"
                                                 "woken by programs: 20 of 20\n"
                                                 "woken by what children became: 20 of 20\n"
                                                 "the child ended with 0\n"
                                                 "recv: EAGAIN\n"
                                                 "at once: 1\n"
                                                 "two threads took 4000 of 4000\n");
}
END_TEST

START_TEST(every_reader_of_a_stream_is_served)
{
    expect_preloaded(WORDS("two_stream_readers"), "a line: one\n\na line: two\n\n");
}
END_TEST

START_TEST(dup2_that_fails_takes_nothing)
{
    expect_preloaded(WORDS("dup2_fails"), "recv 1\ndup2 EBADF\ndup3 EINVAL\nrecv 1\n");
}
END_TEST

START_TEST(close_wakes_who_waits)
{
    static const char *const ways[] = {"close", "syscall", "syscall_range"};
    peer_start();
    expect_preloaded(WORDS("close_wakes", ways[_i]), "close 0\nrecv: EBADF, at once 1\n"
                                                     "close 0\nread: EBADF, at once 1\n"
                                                     "close 0\naccept: EBADF, at once 1\n"
                                                     "close 0\nsend: some, at once 1\n"
                                                     "the shim has some 1\n");
    peer_stop();
}
END_TEST

/* It has no host any more when it has to wait after all. */
START_TEST(lock_in_an_answer_leaves_the_real_call)
{
    expect_preloaded(WORDS("lock_in_answer"), "recv 1, errno 0\nrecv 1, errno 0\n");
}
END_TEST

SUITE("semantics", EACH(says_the_same, VICTIMS), ONCE(lock_in_an_answer_leaves_the_real_call),
      EACH(says_the_same_in_a_plain_build, PLAIN *GREQ_PLAIN_BUILD),
      EACH(the_next_vfork_is_called, GREQ_PLAIN_BUILD),
      EACH(says_the_same_without_versions, UNVERSIONED *GREQ_PLAIN_BUILD),
      EACH(runs_under_an_auditor_of_the_loader, GREQ_PLAIN_BUILD), ONCE(dies_by_the_same_signal),
      ONCE(every_reader_is_served), ONCE(every_reader_of_a_stream_is_served),
      ONCE(who_is_parked_while_its_process_is_copied_is_woken), EACH(close_wakes_who_waits, 3),
      ONCE(dup2_that_fails_takes_nothing))
