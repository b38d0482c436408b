/*
 * examples/hosts: libraries that know nothing of a program's coroutine runtime wait in its
 * coroutines. The servers are those of Python's tests.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 10, ATTEMPTS = 3 };

static const char *place(const char *name)
{
    size_t length = strlen(name);
    for (const char *const *each = scene_environment(); *each; each++)
        if (!strncmp(*each, name, length) && (*each)[length] == '=')
            return *each + length + 1;
    ck_abort_msg("no %s", name);
    return NULL;
}

/* Runs it; all of `count` waits of a second must be good. Returns the seconds. */
static double time_of(const char *const *argv, int count, bool preload)
{
    const struct victim victim = {.argv = argv, .preload = preload};
    char *said = expect_success(&victim, NULL);
    int good = 0, all = 0;
    double seconds = 0;
    ck_assert_int_eq(sscanf(said, "%d of %d in %lf s", &good, &all, &seconds), 3);
    ck_assert_int_eq(good, count);
    ck_assert_int_eq(all, count);
    free(said);
    return seconds;
}

/* Ten at once; two alone take two seconds. */
static void expect_overlap(const char *const *ten, const char *const *two)
{
    double best = 1e9;
    for (int i = 0; i < ATTEMPTS && best > 1.5; i++) {
        double seconds = time_of(ten, COUNT, true);
        best = seconds < best ? seconds : best;
    }
    ck_assert_double_lt(best, 4);
    ck_assert_double_ge(time_of(two, 2, false), 2);
}

START_TEST(ucontext)
{
    const char *port = strrchr(place("HTTPS"), ':') + 1;
    expect_overlap(WORDS(EXAMPLES "host_ucontext", port, "10"),
                   WORDS(EXAMPLES "host_ucontext", port, "2"));
}
END_TEST

#ifdef HAVE_STATE_THREADS
START_TEST(state_threads)
{
    char url[256];
    snprintf(url, sizeof url, "https://%s/delay/1", place("HTTPS"));
    expect_overlap(WORDS(EXAMPLES "host_state_threads", url, "10"),
                   WORDS(EXAMPLES "host_state_threads", url, "2"));
}
END_TEST
#endif

#ifdef HAVE_BOOST_FIBER
START_TEST(boost_fiber)
{
    const char *path = place("MARIADB_SOCKET");
    expect_overlap(WORDS(EXAMPLES "host_boost_fiber", path, "tester", "10"),
                   WORDS(EXAMPLES "host_boost_fiber", path, "tester", "2"));
}
END_TEST
#endif

PYTHON_SUITE("host_examples", WORDS(WEB, DATABASES),
#ifdef HAVE_STATE_THREADS
             ONCE(state_threads),
#endif
#ifdef HAVE_BOOST_FIBER
             ONCE(boost_fiber),
#endif
             ONCE(ucontext))
