/*
 * Ten greenlets that wait for one second each take little more than one second together, whatever
 * they wait in, though nothing is monkey-patched. Alone they take their sum.
 */
#include "scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A busy machine may delay any one run; a wait that blocks delays all of them. */
enum { ATTEMPTS = 3 };
/* Of a second each: some start ten processes, which takes a busy machine another one; three that
 * are not made at once are too many. */
#define LIMIT_S 2.8

/* Fourteen waits of 1 s, as above. */
#define PATCHED_LIMIT_S 2.8

/* programs/overlap.py has them. */
static const char *const waits[] = {
    "mysql_tcp",     "mysql_unix",     "mysql_tls",     "postgres_tcp",   "postgres_unix",
    "postgres_tls",  "pycurl_http",    "pycurl_https",  "requests_ssl",   "requests_pyopenssl",
    "ssl_read",      "socket_timeout", "time_sleep",    "subprocess_run", "subprocess_output",
    "waitpid",       "pipe_read",      "poll",          "select_select",  "epoll",
    "lock_timeout",  "event_wait",     "queue_get",     "accept",         "getaddrinfo",
    "gethostbyname", "thread_join",    "future_result", "child_process",  "file_lock",
    "c_popen",       "c_thread_join",  "os_sendfile",
};
enum { WAITS = sizeof waits / sizeof *waits };

static const char *const eventlet_waits[] = {
    "mysql_tcp",    "mysql_unix",   "mysql_tls",          "postgres_tcp", "postgres_unix",
    "postgres_tls", "pycurl_https", "requests_pyopenssl", "time_sleep",   "getaddrinfo",
};
enum { EVENTLET_WAITS = sizeof eventlet_waits / sizeof *eventlet_waits };

static const char *const *with_slow_resolver(bool preload, const char *ms)
{
    static char preloads[2048], slowness[64];
    snprintf(preloads, sizeof preloads, "LD_PRELOAD=%s " SLOW_RESOLVER,
             preload ? victim_preload() : "");
    snprintf(slowness, sizeof slowness, "SLOW_RESOLVER_MS=%s", ms);
    return scene_environment_with(WORDS(preloads, slowness));
}

/* The seconds that `count` greenlets took; their calls' results must be right. */
static double run(const char *host, const char *wait, bool preload, const char *count,
                  const char *seconds, const char *ms)
{
    char expected[64];
    struct victim_result result;
    struct victim victim = {
        .argv = PYTHON("overlap.py", host, wait, count, seconds),
        .env = scene_environment(),
        .preload = preload,
    };
    if (strncmp(wait, "get", 3) == 0)
        victim.env = with_slow_resolver(preload, ms);
    char *facts = expect_success(&victim, &result);
    snprintf(expected, sizeof expected, "%s right\n", wait);
    ck_assert_str_eq(facts, expected);
    double elapsed = expect_timing(&result, "all");
    free(facts);
    victim_result_free(&result);
    return elapsed;
}

static void ten_take_as_long_as_one(const char *host, const char *wait)
{
    double best = 1e9;
    for (int attempt = 0; attempt < ATTEMPTS && best >= LIMIT_S; attempt++) {
        double elapsed = run(host, wait, true, "10", "1", "1000");
        best = fmin(best, elapsed);
    }
    ck_assert_msg(best < LIMIT_S, "%s: ten of %s took %.3f s", host, wait, best);
}

START_TEST(gevent_ten_take_as_long_as_one)
{
    ten_take_as_long_as_one("gevent", waits[_i]);
}
END_TEST

START_TEST(eventlet_ten_take_as_long_as_one)
{
    ten_take_as_long_as_one("eventlet", eventlet_waits[_i]);
}
END_TEST

START_TEST(alone_they_take_their_sum)
{
    double elapsed = run("gevent", waits[_i], false, "3", "0.1", "100");
    ck_assert_msg(elapsed >= 0.3, "%s overlaps by itself: %.3f s", waits[_i], elapsed);
}
END_TEST

/* ---- programs that patch something themselves ---- */

static const char *const orders[] = {
    "everything_first", "everything_last", "as_grequests_does", "select_alone",
    "ssl_and_time",     "nothing",         "after_waits",
};
enum { ORDERS = sizeof orders / sizeof *orders };

START_TEST(whatever_was_patched)
{
    double best = 1e9;
    for (int attempt = 0; attempt < ATTEMPTS && best >= PATCHED_LIMIT_S; attempt++) {
        struct victim_result result;
        const struct victim victim = {
            .argv = PYTHON("patching.py", orders[_i], "1.0"),
            .env = scene_environment(),
            .preload = true,
        };
        char *facts = expect_success(&victim, &result);
        ck_assert_str_eq(facts, "is all that went wrong\n");
        best = fmin(best, expect_timing(&result, "all"));
        free(facts);
        victim_result_free(&result);
    }
    ck_assert_msg(best < PATCHED_LIMIT_S, "%s: fourteen waits took %.3f s", orders[_i], best);
}
END_TEST

PYTHON_SUITE("waits", WORDS(WEB, DATABASES), EACH(gevent_ten_take_as_long_as_one, WAITS),
             EACH(eventlet_ten_take_as_long_as_one, EVENTLET_WAITS),
             EACH(alone_they_take_their_sum, WAITS), EACH(whatever_was_patched, ORDERS))
