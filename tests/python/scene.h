/*
 * scene.h: what the tests of Python hosts need around them: servers, started once for all tests of
 * a program, and programs/NAME.py as victims that know where these are.
 */
#ifndef PYTHON_SCENE_H
#define PYTHON_SCENE_H

#include "expect.h"
#include "suite.h"

/* A victim: programs/NAME.py with its arguments, by the system's Python. */
#define PYTHON(...) WORDS("/usr/bin/python3", "-B", PROGRAMS __VA_ARGS__)

/* The environment of the victims: where the servers are. NULL-terminated; valid until the runner
 * ends. */
const char *const *scene_environment(void);

/* The same with more entries, a NULL-terminated list that must stay valid. Valid until the next
 * call. */
const char *const *scene_environment_with(const char *const *entries);

/* Runs the program without the preload and with it; both must succeed, silently on standard error,
 * and say the same, which is not nothing. */
void scene_expect_same(const char *const *argv);

/* Runs the program preloaded; it must succeed and print exactly `facts`. */
void scene_expect_preloaded(const char *const *argv, const char *facts);

/* Starts the servers that are named, runs the tests, stops the servers. Returns what main()
 * returns. The servers end with the runner, however it ends. */
int scene_run(const char *name, const char *const *servers, const struct suite_test *tests,
              size_t count);

/* Servers of scene_run(): the example server, and the databases. */
#define WEB       "web"
#define DATABASES "databases"

/* PYTHON_SUITE("name", WORDS(WEB, ...), ONCE(test), ...): defines main(). */
#define PYTHON_SUITE(name, servers, ...)                                      \
    int main(void)                                                            \
    {                                                                         \
        const struct suite_test tests[] = {__VA_ARGS__};                      \
        return scene_run(name, servers, tests, sizeof tests / sizeof *tests); \
    }

#endif
