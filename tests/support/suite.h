/*
 * suite.h: the frame of every test program that runs victims.
 *
 * A test program is a list of Check tests closed by SUITE(). Each test runs in a process of its own
 * (Check's fork mode), in a clean environment, and fails when it leaves a child or a descriptor
 * behind.
 */
#ifndef SUPPORT_SUITE_H
#define SUPPORT_SUITE_H

#include <check.h>
#include <stddef.h>

struct suite_test {
    const TTest *test;
    int count; /* run it for _i = 0 ... count - 1 */
};

/* Runs the tests. Returns what main() returns: 0 when all passed, else 1. */
int suite_run(const char *name, const struct suite_test *tests, size_t count);

/* The status by which a test program says that it cannot do its work on this machine. */
enum { SUITE_SKIPPED = 77 };

/* SUITE("name", ONCE(test_a), EACH(test_b, 3)): defines main(). */
#define ONCE(test) \
    {              \
        test, 1    \
    }
#define EACH(test, count) \
    {                     \
        test, count       \
    }
#define SUITE(name, ...)                                             \
    int main(void)                                                   \
    {                                                                \
        const struct suite_test tests[] = {__VA_ARGS__};             \
        return suite_run(name, tests, sizeof tests / sizeof *tests); \
    }

#endif
