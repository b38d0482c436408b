/*
 * Whatever cancels a greenlet (a timeout, a kill, Ctrl-C) ends its wait, wherever it waits: it
 * comes to the greenlet that it was meant for, once, as itself, and what was waited for can be used
 * again. programs/cancel.py has the forms, programs/places.py the waits.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const gevent_places[] = {
    "time_sleep",    "socket_recv",    "socket_recv_timeout", "socket_send",
    "socket_accept", "pipe_read",      "select_poll",         "select_select",
    "select_epoll",  "ssl_read",       "ssl_handshake",       "postgres",
    "mysql",         "pycurl_perform", "subprocess_wait",     "subprocess_communicate",
    "lock_acquire",  "lock_timeout",   "event_wait",          "queue_get",
    "getaddrinfo",   "c_fgets",        "os_sendfile",
};
enum { GEVENT_PLACES = sizeof gevent_places / sizeof *gevent_places };

static const char *const eventlet_places[] = {"time_sleep",  "socket_recv", "ssl_read",
                                              "select_poll", "postgres",    "mysql"};
enum { EVENTLET_PLACES = sizeof eventlet_places / sizeof *eventlet_places };

/* What gevent itself has a cooperative form of. */
static const char *const patched_places[] = {"time_sleep", "socket_recv", "ssl_read",
                                             "lock_timeout"};
enum { PATCHED_PLACES = sizeof patched_places / sizeof *patched_places };

/* ---- what must be said ---- */

static char expected[8192];

static void expect_line(const char *where, const char *form, const char *came)
{
    size_t used = strlen(expected);
    snprintf(expected + used, sizeof expected - used,
             "%s %s: came %s, then None, mistaken 0, finally 1, others went on, works True\n",
             where, form, came);
}

static void expect_timeouts(const char *where)
{
    static const char *const forms[] = {"timeout_bare", "timeout_around", "timeout_swallowed",
                                        "timeout_own_exception", "timeout_inner_and_outer"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        expect_line(where, forms[i], "it");
}

static void expect_kills(const char *where)
{
    expect_line(where, "killed", "GreenletExit");
    expect_line(where, "killed_with_instance", "it");
}

static void expect_all(const char *host)
{
    *expected = '\0';
    expect_timeouts("main");
    expect_timeouts("greenlet");
    expect_kills("main");
    if (strcmp(host, "gevent") == 0) {
        expect_line("main", "interrupted", "KeyboardInterrupt");
        expect_line("main", "interrupted_elsewhere", "KeyboardInterrupt");
        expect_timeouts("thread");
        expect_kills("thread");
    }
}

/* ---- runs ---- */

static void cancel(const char *host, const char *place, const char *option, bool preload)
{
    static char preloads[2048];
    struct victim victim = {
        .argv = PYTHON("cancel.py", host, place, option),
        .env = scene_environment(),
        .preload = preload,
    };
    if (strcmp(place, "getaddrinfo") == 0) {
        snprintf(preloads, sizeof preloads, "LD_PRELOAD=%s " SLOW_RESOLVER, victim_preload());
        victim.env = scene_environment_with(WORDS(preloads, "SLOW_RESOLVER_MS=300"));
    }
    char *facts = expect_success(&victim, NULL);
    expect_all(host);
    expect_same_facts(victim.argv, expected, facts);
    free(facts);
}

START_TEST(gevent_cancels)
{
    cancel("gevent", gevent_places[_i], NULL, true);
}
END_TEST

START_TEST(eventlet_cancels)
{
    cancel("eventlet", eventlet_places[_i], NULL, true);
}
END_TEST

/* That it is asked of the preload what gevent itself does; and that both go together. */
START_TEST(patched_cancels)
{
    cancel("gevent", patched_places[_i], "patched", false);
    cancel("gevent", patched_places[_i], "patched", true);
}
END_TEST

/* The handler of a signal may run in any Python code, also in the shim's own. */
START_TEST(signals_arrive)
{
    static const char *const hosts[] = {"gevent", "eventlet", "asyncio"};
    static const char *const environment[] = {"GREQ_PATCH=all,asyncio", NULL};
    struct victim victim = {
        .argv = PYTHON("arrives.py", hosts[_i], MODULES "/libarrives.so"),
        .env = scene_environment_with(environment),
    };
    char *truth = expect_success(&victim, NULL);
    victim.preload = true;
    char *facts = expect_success(&victim, NULL);
    expect_same_facts(victim.argv, truth, facts);
    free(truth);
    free(facts);
}
END_TEST

PYTHON_SUITE("cancellation", WORDS(WEB, DATABASES), EACH(gevent_cancels, GEVENT_PLACES),
             EACH(eventlet_cancels, EVENTLET_PLACES), EACH(patched_cancels, PATCHED_PLACES),
             EACH(signals_arrive, 3))
