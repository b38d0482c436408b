/*
 * What is kept per thread belongs to the task: victims that say the same with the preload as
 * without it, where tasks run one after another.
 */
#include "expect.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const victims[] = {"per_thread", "numeric_names", "own_resolver", "lock_kinds",
                                      "own_globals"};
enum { VICTIMS = sizeof victims / sizeof *victims };

START_TEST(each_has_its_own)
{
    expect_same(WORDS(victims[_i]));
}
END_TEST

/* For plain builds: an exception passes a hook there, where ASan has code of its own for the end of
 * local variables, which the copy of libgcc in libgreq.so cannot run. */
enum { INITIALISERS = GREQ_PLAIN_BUILD };

START_TEST(initialisers_run_once)
{
    (void)_i;
    expect_same(WORDS("initialisers"));
}
END_TEST

START_TEST(constructors_of_libraries)
{
    char library[512];
    snprintf(library, sizeof library, "%s", victim_path("libslow_constructor.so"));
    expect_same(WORDS("constructors", library));
}
END_TEST

/* Each has a C++ runtime; not all are in every build and on every machine. */
static const char *const plugins[] = {"libcxx_plugin_shared.so", "libcxx_plugin_inside.so",
                                      "libcxx_plugin_llvm.so"};
enum { PLUGINS = sizeof plugins / sizeof *plugins };

/* Plugin _i alone, and in the end all together. */
START_TEST(exceptions_of_a_runtime_that_came_later)
{
    char paths[PLUGINS][512];
    const char *argv[PLUGINS + 2] = {"cxx_late"};
    int count = 1;
    for (int i = 0; i < PLUGINS; i++) {
        snprintf(paths[i], sizeof paths[i], "%s", victim_path(plugins[i]));
        if ((_i == i || _i == PLUGINS) && access(paths[i], R_OK) == 0)
            argv[count++] = paths[i];
    }
    if (count > 1)
        expect_same(argv);
}
END_TEST

/* Other look-ups are made by a helper thread. */
START_TEST(only_its_own_thread_knows_a_changed_resolver)
{
    static const struct {
        const char *when;
        int itself;
    } cases[] = {{"usual", 0},     {"initialized", 0}, {"retry", 1},
                 {"as before", 0}, {"options", 1},     {"server", 1}};
    const struct victim victim = {.argv = WORDS("own_resolver"), .preload = true};
    struct victim_result result;
    free(expect_success(&victim, &result));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_double_eq(expect_timing(&result, cases[i].when), cases[i].itself);
    victim_result_free(&result);
}
END_TEST

/* The library's naps are made one after another; those of the program, which starts the tasks, go
 * on side by side, and so do the library's where the user says so. */
START_TEST(nobody_is_parked_in_a_library_with_state)
{
    static const struct {
        const char *patch, *facts;
    } cases[] = {
        {"GREQ_PATCH=all", "library own 1 1 1 ended 0 1 2\nprogram own 0 0 0 ended 1 0 2\n"},
        {"GREQ_PATCH=through:libthread_scopes",
         "library own 1 0 0 ended 1 0 2\nprogram own 0 0 0 ended 1 0 2\n"},
        {"GREQ_PATCH=-through:thread_scopes",
         "library own 1 1 1 ended 0 1 2\nprogram own 0 0 0 ended 0 1 2\n"},
    };
    const struct victim victim = {
        .argv = WORDS("thread_scopes"), .env = WORDS(cases[_i].patch), .preload = true};
    char *facts = expect_success(&victim, NULL);
    ck_assert_str_eq(facts, cases[_i].facts);
    free(facts);
}
END_TEST

SUITE("per_thread", EACH(each_has_its_own, VICTIMS), ONCE(constructors_of_libraries),
      EACH(exceptions_of_a_runtime_that_came_later, PLUGINS + 1),
      ONCE(only_its_own_thread_knows_a_changed_resolver), EACH(initialisers_run_once, INITIALISERS),
      EACH(nobody_is_parked_in_a_library_with_state, 3))
