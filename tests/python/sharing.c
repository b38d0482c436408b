/*
 * Greenlets of one thread share locks, connections and descriptors that were made for threads: no
 * deadlock, and the right results.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *facts;
} cases[] = {
    {"lock_over_sleep", "lock: at once 1 in all 15 left locked False\n"},
    {"lock_from_a_thread",
     "lock of a thread: taken [True, True] others meanwhile [True, True, True, True, True]\n"},
    {"lock_tries", "lock tries ([False, False, True], True)\n"},
    {"condition", "condition [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] left []\n"},
    {"queues", "queue [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] left 0\n"},
    {"event_semaphore_barrier", "semaphore: at once 2 in all 4 barrier [0, 1, 2, 3]\n"},
    {"postgres_connection",
     "one connection: [0, 1, 2, 3, 4, 5] one after another True others 10\n"},
    {"one_file", "one file: written by three\n"},
    {"one_import", "one import: [7, 7, 7]\n"},
    {"closed_meanwhile", "closed: ['nothing', 'nothing', 'nothing']\n"},
    {"poll_after_close", "numbers that change hands [b'x', 1]\n"},
};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(shared)
{
    scene_expect_preloaded(PYTHON("sharing.py", cases[_i].name), cases[_i].facts);
}
END_TEST

/* An RLock knows its owner by the thread: either greenlets are kept apart, or it is said that they
 * cannot be. */
START_TEST(rlock_keeps_apart_or_says_so)
{
    const struct victim victim = {.argv = PYTHON("sharing.py", "rlock"), .preload = true};
    struct victim_result result;
    victim_run(&result, &victim);
    expect_that(result.exit_status == 0, &victim, &result, "it failed");
    int apart = strcmp(result.out.data, "rlock: at once 1 in all 12\n") == 0;
    int said = strncmp(result.err.data, "greq: ", 6) == 0 && strstr(result.err.data, "RLock");
    expect_that(apart || said, &victim, &result, "two were in, and nobody said so");
    victim_result_free(&result);
}
END_TEST

/* Locks are counted before there is anything to wait for, whoever makes the first epoll descriptor.
 */
START_TEST(rlock_of_the_first_wait)
{
    static const char *const hosts[] = {"gevent", "eventlet"};
    scene_expect_preloaded(PYTHON("first_wait.py", hosts[_i]), "at once 1 in all 3\n");
}
END_TEST

/* What a library locks is no task's own; what it does not is found, and both queries named. */
START_TEST(one_database_connection_is_found_unless_it_is_locked)
{
    static const struct {
        const char *name;
        bool is_found;
    } ways[] = {{"both_query", true}, {"locked_by_its_library", false}};
    const struct victim victim = {
        .argv = PYTHON("meetings.py", _i < 2 ? "gevent" : "asyncio", ways[_i % 2].name),
        .env = scene_environment_with(WORDS("GREQ_LOG=stderr", "GREQ_PATCH=all,asyncio")),
        .preload = true};
    struct victim_result result;
    victim_run(&result, &victim);
    const char *line = strstr(result.err.data, "shared connection fd ");
    expect_that(!line == !ways[_i % 2].is_found, &victim, &result, "it is found, or not");
    const char *second = line ? strstr(line, " query, task ") : NULL;
    expect_that(!line || (second && strstr(second, " query\n")), &victim, &result,
                "a place is not named");
    victim_result_free(&result);
}
END_TEST

PYTHON_SUITE("sharing", WORDS(DATABASES), EACH(shared, CASES), ONCE(rlock_keeps_apart_or_says_so),
             EACH(rlock_of_the_first_wait, 2),
             EACH(one_database_connection_is_found_unless_it_is_locked, 4))
