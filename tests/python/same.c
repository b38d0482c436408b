/*
 * Programs with greenlets that do under the preload what they do without it: processes, signals,
 * threads and ends; failing TLS handshakes among good requests; other loops; Python as a plug-in.
 */
#include "scene.h"

#include <stdlib.h>

static const char *const process_cases[] = {
    "fork_in_greenlet",     "fork_beside_waits",   "with_multiprocessing", "with_subprocess",
    "signal_handlers",      "signal_exception",    "signals_wake",         "exit_with_parked",
    "sys_exit_in_greenlet", "os_exit_with_parked", "daemon_threads",       "threads_with_hubs",
    "threads_without_hubs", "thread_pool",         "second_reader",        "hub_waits",
};
enum { PROCESS_CASES = sizeof process_cases / sizeof *process_cases };

static const char *const tls_libraries[] = {"ssl", "pyopenssl"};
static const char *const loops[] = {"asyncio", "uvloop", "beside"};
static const char *const scopes[] = {"local", "global"};

START_TEST(processes)
{
    scene_expect_same(PYTHON("processes.py", process_cases[_i]));
}
END_TEST

START_TEST(tls_errors_stay_with_their_own)
{
    scene_expect_same(PYTHON("tls_mix.py", tls_libraries[_i]));
}
END_TEST

START_TEST(other_loops)
{
    scene_expect_same(PYTHON("asyncio_uvloop.py", loops[_i]));
}
END_TEST

START_TEST(embedded)
{
    scene_expect_same(WORDS(EMBEDDER, scopes[_i], LIBPYTHON, PROGRAMS "embedded.py"));
}
END_TEST

PYTHON_SUITE("same", WORDS(WEB, DATABASES), EACH(processes, PROCESS_CASES),
             EACH(tls_errors_stay_with_their_own, 2), EACH(other_loops, 3), EACH(embedded, 2))
