/*
 * expect.h: what tests say about a victim, in one line each.
 *
 * A victim prints facts, one a line. Lines that start with '~' hold measured times: they are left
 * out when outputs are compared, and read with expect_timing().
 */
#ifndef SUPPORT_EXPECT_H
#define SUPPORT_EXPECT_H

#include "victim.h"

/* Runs the victim; it must exit with status 0, silently on standard error, and leave nobody behind.
 * Returns its facts, to be freed by the caller. `result` may be NULL. */
char *expect_success(const struct victim *victim, struct victim_result *result);

/* Fails the test, showing the lines that differ, unless both are the same. */
void expect_same_facts(const char *const *argv, const char *truth, const char *facts);

/* The victim succeeds without the preload and with it, and says the same. */
void expect_same(const char *const *argv);

/* The victim succeeds under the preload and prints exactly `facts`. */
void expect_preloaded(const char *const *argv, const char *facts);

/* The seconds of the line "~NAME SECONDS" of a result. */
double expect_timing(const struct victim_result *result, const char *name);

/* Fails the test, telling everything about this run, unless `condition` holds. */
void expect_that(int condition, const struct victim *victim, const struct victim_result *result,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
