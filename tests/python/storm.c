/*
 * Many waits: under random kills and timeouts nothing is lost and nobody gets what is another's,
 * and memory stays flat. The soak test, `soak`, runs many more storms.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STORM_LIMIT_S = 60 };

static void storm(const char *seed, const char *strikes)
{
    const struct victim victim = {
        .argv = PYTHON("storm.py", seed, strikes),
        .env = scene_environment(),
        .preload = true,
        .timeout_s = STORM_LIMIT_S,
    };
    char expected[256];
    struct victim_result result;
    char *facts = expect_success(&victim, &result);
    snprintf(expected, sizeof expected,
             "struck %s wrong []\nall operations right True\n"
             "locked False descriptors left 0\nchildren running False\n",
             strikes);
    expect_same_facts(victim.argv, expected, facts);
    expect_that(expect_timing(&result, "cancelled") > 0, &victim, &result, "nobody was struck");
    free(facts);
    victim_result_free(&result);
}

START_TEST(a_storm_that_was_seen_before)
{
    storm("1", "200");
}
END_TEST

/* Its seed is in the complaint, if there is one. */
START_TEST(a_new_storm)
{
    char seed[32];
    snprintf(seed, sizeof seed, "%lld", (long long)time(NULL));
    storm(seed, "200");
}
END_TEST

START_TEST(memory_stays_flat)
{
    const struct victim victim = {
        .argv = PYTHON("memory.py", "200000"),
        .preload = true,
        .timeout_s = STORM_LIMIT_S,
    };
    struct victim_result result;
    char *facts = expect_success(&victim, &result);
    expect_that(strcmp(facts, "flat True\n") == 0, &victim, &result, "it grows");
    free(facts);
    victim_result_free(&result);
}
END_TEST

PYTHON_SUITE("storm", WORDS(WEB, DATABASES), ONCE(a_storm_that_was_seen_before), ONCE(a_new_storm),
             ONCE(memory_stays_flat))
