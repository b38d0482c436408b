/*
 * One source, built in every way: the same output from all, overlapped under the preload wherever
 * the loader has a say.
 */
#include "expect.h"
#include "suite.h"

#include <stdlib.h>

/* Ten waits of 0.1 s, and one more. */
#define SERIAL_S 1.0
#define QUICK_S  0.5

enum { ATTEMPTS = 5 };

static const char *const dynamic[] = {"variant_pie", "variant_no_pie",     "variant_no_pie_at_all",
                                      "variant_cpp", "variant_cpp_no_pie", "variant_standard_c"};
enum { DYNAMIC = sizeof dynamic / sizeof *dynamic };

static double elapsed_s(const char *name, bool preload, bool overlapped)
{
    struct victim victim = {.argv = WORDS(name), .preload = preload};
    struct victim_result result;
    free(expect_success(&victim, &result));
    expect_that(expect_timing(&result, "active") == overlapped, &victim, &result,
                "greq_active() is wrong");
    double elapsed = expect_timing(&result, "elapsed");
    victim_result_free(&result);
    return elapsed;
}

/* A busy machine may delay any one run; waits that add up delay all of them. */
static void run(const char *name, bool preload, bool overlapped)
{
    double elapsed = elapsed_s(name, preload, overlapped);
    for (int attempt = 1; attempt < ATTEMPTS && overlapped && elapsed >= QUICK_S; attempt++)
        elapsed = elapsed_s(name, preload, overlapped);
    ck_assert_msg(overlapped ? elapsed < QUICK_S : elapsed >= SERIAL_S, "%s took %.3f s", name,
                  elapsed);
}

START_TEST(dynamic_program)
{
    run(dynamic[_i], false, false);
    run(dynamic[_i], true, true);
    expect_same(WORDS(dynamic[_i]));
}
END_TEST

START_TEST(static_program)
{
    run("variant_static", false, false);
    run("variant_static", true, false);
    expect_same(WORDS("variant_static"));
}
END_TEST

SUITE("variants", EACH(dynamic_program, DYNAMIC), ONCE(static_program))
