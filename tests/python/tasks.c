/*
 * asyncio under GREQ_PATCH=all,asyncio: a task whose line blocks leaves the loop to the others, and
 * finds what it would find if it had awaited. Loops: asyncio's own and uvloop's.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORD "GREQ_PATCH=all,asyncio"

/* A busy machine may delay any one run; a wait that blocks delays all of them. */
enum { ATTEMPTS = 3 };

static struct victim victim_of(const char *const *argv)
{
    return (struct victim){
        .argv = argv, .env = scene_environment_with(WORDS(WORD)), .preload = true};
}

/* The program succeeds with the word, and prints exactly `facts`. */
static void expect_facts(const char *const *argv, const char *expected)
{
    const struct victim victim = victim_of(argv);
    char *facts = expect_success(&victim, NULL);
    ck_assert_str_eq(facts, expected);
    free(facts);
}

static double time_of(const char *const *argv, const char *name)
{
    const struct victim victim = victim_of(argv);
    struct victim_result result;
    free(expect_success(&victim, &result));
    double seconds = expect_timing(&result, name);
    victim_result_free(&result);
    return seconds;
}

/* ---- waits ---- */

static const char *const waits[] = {"sleep", "socket", "tls",  "http",     "postgres",
                                    "mysql", "child",  "lock", "file_lock"};
enum { WAITS = sizeof waits / sizeof *waits };

/* Five of half a second; alone 2.5. */
static void expect_overlap(const char *const *argv, const char *name)
{
    char facts[64];
    double best = 1e9;
    snprintf(facts, sizeof facts, "%s 5 others went on True\n", name);
    expect_facts(argv, facts);
    for (int i = 0; i < ATTEMPTS && best > 1.2; i++) {
        double seconds = time_of(argv, "took");
        best = seconds < best ? seconds : best;
    }
    ck_assert_double_lt(best, 2);
}

START_TEST(blocking_tasks_overlap)
{
    expect_overlap(PYTHON("tasks.py", "overlap", waits[_i]), waits[_i]);
}
END_TEST

START_TEST(blocking_tasks_overlap_on_uvloop)
{
    expect_overlap(PYTHON("tasks.py", "uvloop", "overlap", waits[_i]), waits[_i]);
}
END_TEST

START_TEST(a_thousand_blocked_tasks)
{
    const char *const *argv = PYTHON("tasks.py", "many", "1000");
    expect_facts(argv, "sum 499500\ndescriptors 0\n");
    ck_assert_double_lt(time_of(argv, "took"), 100);
}
END_TEST

/* A storm of cancellations, of which no task is lost; its seed is another one each time. */
START_TEST(storm)
{
    char seed[32];
    const char *seconds = getenv("CK_GREQ_FULL") ? "120" : "4";
    snprintf(seed, sizeof seed, "%u", (unsigned)time(NULL));
    struct victim victim = victim_of(PYTHON("tasks.py", "storm", seconds, seed));
    victim.timeout_s = atoi(seconds) + 30;
    char *facts = expect_success(&victim, NULL);
    ck_assert_str_eq(facts, "left 0 each ended True\ndescriptors []\n");
    free(facts);
}
END_TEST

/* ---- what must hold ---- */

#define CANCELLED(name) name " ['cancelled', 'finally', True] True\n"

static const struct {
    const char *name, *facts;
} cases[] = {
    {"facts_of_tasks", "names ['n0', 'n1', 'n2']\noutside None\ngenerators [0, 1, 2]\npool 7\n"
                       "child b'hi\\n'\n"},
    {"called_back", "[([3, 2, 1], '-1 -1', -3), ([4, 3, 2], '-2 -2', -3)]\n"},
    {"tracebacks", "['tracebacks', 'at_once']\n['tracebacks', 'later']\n"
                   "['tracebacks', 'awaited', 'later']\nshown True sleep ['sleep']\n"},
    {"cancelled", CANCELLED("sleep") CANCELLED("socket") CANCELLED("tls") CANCELLED("postgres")
                      CANCELLED("child") CANCELLED("lock")},
    {"nothing_is_kept", "kept False\nkept False\n"},
    {"limits", "timeout\nwait_for\nevent\ngroup\nin time True\n"},
    {"beside_the_loop", "callback\nthread's own loop True\nreader of the program's own [b'x']\n"},
    {"shared_descriptor", "all b'abc' reader True\nclosed\n"},
    {"parked_at_close", "closed True\nleft\n"},
    {"interrupted", "cancelled\ninterrupted\n"},
    {"under_gevent", "[0, 1, 2]\n"},
    {"forked", "child 7\n"},
    {"in_debug_mode", "debug [b'x', b'x', b'x']\n"},
    {"forgotten", "kept [False, False, False]\nkept [False, False, False]\nstrands 0\n"},
    {"in_the_next_thread", "went on True\n"},
    {"a_loop_within", "(1, 2)\n"},
    {"stepped_by_another", "left\nclosed None b'x'\nleft\nthrown b'x'\n"},
    {"signal_at_a_switch", "raised\nraised\nraised\n"},
    {"taken_up_and_stopped", "blocked 1\nclosed None 0\n"},
    {"loops_of_threads", "mixed []\n"},
    {"other_coroutines", "b'x'\nb'x'\n[b'x', b'x']\nleft\nleft\n"},
    {"made_before", "before [0, 0] by itself 0\nafter b'x'\nagain b'x' goes on True\n"},
};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(a_blocked_task_is_as_one_that_awaits)
{
    expect_facts(PYTHON("tasks.py", cases[_i].name), cases[_i].facts);
}
END_TEST

START_TEST(so_it_is_on_uvloop)
{
    expect_facts(PYTHON("tasks.py", "uvloop", cases[_i].name), cases[_i].facts);
}
END_TEST

/* What does not block does the same with the word as without the preload. */
static const char *const programs[] = {"asyncio", "uvloop", "beside"};

START_TEST(what_awaits_is_not_changed)
{
    const char *const *argv = PYTHON("asyncio_uvloop.py", programs[_i]);
    const struct victim plain = {.argv = argv, .env = scene_environment()};
    char *truth = expect_success(&plain, NULL);
    expect_facts(argv, truth);
    free(truth);
}
END_TEST

/* Whoever waits in it has nothing else to do. */
START_TEST(a_loops_own_wait_holds_nobody_up)
{
    struct victim_result result;
    const struct victim victim = {
        .argv = PYTHON("asyncio_uvloop.py", programs[_i]),
        .env = scene_environment_with(WORDS(WORD, "GREQ_LOG=stderr")),
        .preload = true,
    };
    victim_run(&result, &victim);
    expect_that(result.exit_status == 0, &victim, &result, "it failed");
    unsigned waits_seen = 0;
    for (const char *line = result.err.data; (line = strstr(line, " epoll_wait ")); waits_seen++) {
        const char *end = strchr(line, '\n');
        const char *held = strstr(line, "held up");
        ck_assert_msg(!held || held > end, "its wait:%.*s", (int)(end - line), line);
        line = end;
    }
    ck_assert_uint_ge(waits_seen, 1);
    victim_result_free(&result);
}
END_TEST

/* What is no task to us, or not yet, blocks the others, and the log says so. */
START_TEST(what_falls_through_is_told)
{
    struct victim victim = victim_of(PYTHON("tasks.py", "made_before"));
    struct victim_result result;
    victim.env = scene_environment_with(WORDS(WORD, "GREQ_LOG=stderr"));
    victim_run(&result, &victim);
    expect_that(result.exit_status == 0, &victim, &result, "it failed");
    unsigned told = 0;
    for (const char *line = result.err.data; (line = strstr(line, " clock_nanosleep ")); told++) {
        const char *end = strchr(line, '\n');
        const char *why =
            strstr(line, ", and held up the thread's other tasks (in the hub itself)");
        ck_assert_msg(why && why < end, "its sleep:%.*s", (int)(end - line), line);
        line = end;
    }
    ck_assert_uint_eq(told, 3);
    victim_result_free(&result);
}
END_TEST

/* A program that has Python as a plug-in, ends it and begins it again: the second time all is as
 * without the word. */
START_TEST(a_second_interpreter_does_without)
{
    expect_facts(WORDS(EMBEDDER, "global", LIBPYTHON, PROGRAMS "embedded_tasks.py"),
                 "others went on True\nothers went on False\n");
}
END_TEST

/* ---- bad input ---- */

/* The program runs as without the word, and one line says why. */
static void expect_line(const char *const *argv, const char *line)
{
    const struct victim victim = victim_of(argv);
    struct victim_result result;
    victim_run(&result, &victim);
    expect_that(result.exit_status == 0 && strcmp(result.err.data, line) == 0, &victim, &result,
                "it says something else than %s", line);
    victim_result_free(&result);
}

START_TEST(no_greenlet_package)
{
    expect_line(WORDS("/usr/bin/python3", "-S", "-c",
                      "import asyncio, time; asyncio.run(asyncio.sleep(0)); "
                      "asyncio.run(asyncio.sleep(0))"),
                "greq: GREQ_PATCH: asyncio: Python finds no package greenlet; install it "
                "(python3-greenlet); tasks block their loop as ever\n");
}
END_TEST

START_TEST(no_python)
{
    expect_line(WORDS("/bin/true"),
                "greq: GREQ_PATCH: asyncio: /usr/bin/true has no Python; take the "
                "word away\n");
}
END_TEST

/* What a Python program starts need not have one. */
START_TEST(children_say_nothing)
{
    expect_line(WORDS("/usr/bin/python3", "-c",
                      "import subprocess; subprocess.run(['/bin/true'], check=True)"),
                "");
}
END_TEST

PYTHON_SUITE("tasks", WORDS(WEB, DATABASES), EACH(blocking_tasks_overlap, WAITS),
             EACH(blocking_tasks_overlap_on_uvloop, WAITS), ONCE(a_thousand_blocked_tasks),
             ONCE(storm), EACH(a_blocked_task_is_as_one_that_awaits, CASES),
             EACH(so_it_is_on_uvloop, CASES), EACH(a_loops_own_wait_holds_nobody_up, 2),
             EACH(what_awaits_is_not_changed, 3), ONCE(what_falls_through_is_told),
             ONCE(a_second_interpreter_does_without), ONCE(no_greenlet_package), ONCE(no_python),
             ONCE(children_say_nothing))
