/*
 * CPython's own tests of sockets, TLS, polling, processes, locks and threads pass, fail and are
 * skipped under the preload as they are without it: run in a greenlet beside others, in the main
 * one, in a program that has none, and in one that gevent has patched.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_S = 80, FULL_LIMIT_S = 300, MOST_WORDS = 32, LEAST_PASSED = 20 };

#define SOCKET "test.test_socket."

static const char *const lists[][MOST_WORDS] = {
    {"main", "test.test_select", "test.test_epoll", SOCKET "GeneralModuleTests",
     SOCKET "BasicTCPTest", SOCKET "BasicUDPTest", SOCKET "BasicSocketPairTest",
     SOCKET "NonBlockingTCPTests", SOCKET "FileObjectClassTestCase", SOCKET "TestUnixDomain"},
    {"greenlet", "test.test_ssl.BasicSocketTests", "test.test_ssl.SimpleBackgroundTests",
     "test.test_smtplib", "test.test_telnetlib"},
    {"greenlet", "test.test_thread", "test.test_threading.ThreadTests",
     "test.test_threading.LockTests", "test.test_threading.CRLockTests",
     "test.test_threading.ConditionTests", "test.test_threading.EventTests",
     "test.test_threading.BarrierTests", "test.test_queue.CQueueTest"},
    /* those that CK_GREQ_FULL adds */
    {"main", SOCKET "TCPTimeoutTest", SOCKET "UDPTimeoutTest", SOCKET "RecvmsgTCPTest",
     SOCKET "RecvmsgIntoTCPTest", SOCKET "SendmsgTCPTest", SOCKET "BufferIOTest",
     SOCKET "SendfileUsingSendTest", SOCKET "InterruptedRecvTimeoutTest",
     SOCKET "InterruptedSendTimeoutTest", "test.test_eintr"},
    {"greenlet", "test.test_subprocess.ProcessTestCase", "test.test_os.PidTests"},
    {"plain", "test.test_select", "test.test_epoll", SOCKET "BasicTCPTest", SOCKET "UDPTimeoutTest",
     SOCKET "InterruptedRecvTimeoutTest", "test.test_telnetlib", "test.test_threading.LockTests"},
    {"patched", "test.test_select", SOCKET "GeneralModuleTests", SOCKET "BasicUDPTest",
     SOCKET "BasicSocketPairTest", SOCKET "TCPTimeoutTest", SOCKET "UDPTimeoutTest",
     SOCKET "RecvmsgTCPTest", SOCKET "SendmsgTCPTest", SOCKET "TestUnixDomain",
     SOCKET "InterruptedRecvTimeoutTest"},
};
enum { LISTS = sizeof lists / sizeof *lists, SHORT_LISTS = 3 };

static int passed(const char *facts)
{
    int count = 0;
    while ((facts = strstr(facts, " passed\n"))) {
        facts++;
        count++;
    }
    return count;
}

static void outcomes(struct victim_running *running, char **facts)
{
    struct victim_result result;
    victim_finish(running, &result);
    expect_that(result.exit_status == 0, running->victim, &result, "it failed");
    expect_that(passed(result.out.data) >= LEAST_PASSED, running->victim, &result,
                "hardly any test was run");
    *facts = result.out.data;
    free(result.err.data);
}

/* Both at once, for they mostly wait. */
START_TEST(outcomes_are_the_same)
{
    const char *argv[MOST_WORDS + 4] = {"/usr/bin/python3", "-B", PROGRAMS "stdlib.py"};
    for (int i = 0; lists[_i][i]; i++)
        argv[3 + i] = lists[_i][i];
    int limit_s = getenv("CK_GREQ_FULL") ? FULL_LIMIT_S : LIMIT_S;
    const struct victim plain = {.argv = argv, .timeout_s = limit_s};
    const struct victim preloaded = {.argv = argv, .timeout_s = limit_s, .preload = true};
    struct victim_running runs[2];
    char *truth, *facts;
    victim_start(&runs[0], &plain);
    victim_start(&runs[1], &preloaded);
    outcomes(&runs[0], &truth);
    outcomes(&runs[1], &facts);
    expect_same_facts(argv, truth, facts);
    free(truth);
    free(facts);
}
END_TEST

PYTHON_SUITE("stdlib", WORDS(NULL),
             EACH(outcomes_are_the_same, getenv("CK_GREQ_FULL") ? LISTS : SHORT_LISTS))
