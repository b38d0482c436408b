#include "suite.h"

#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEST_TIMEOUT_S = 90 };

extern char **environ;

static int descriptors_before;

static int descriptors_count(void)
{
    DIR *dir = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(dir);
    int count = 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void test_begin(void)
{
    descriptors_before = descriptors_count();
}

static void test_end(void)
{
    pid_t child = waitpid(-1, NULL, WNOHANG);
    ck_assert_msg(child == -1 && errno == ECHILD, "the test left a child behind");
    int left = descriptors_count() - descriptors_before;
    ck_assert_msg(left == 0, "the test left %d descriptors open", left);
}

/* Whether a variable may stay: Check's own, and the places that programs need. */
static bool may_stay(const char *entry)
{
    static const char *const kept[] = {"CK_", "HOME=", "TMPDIR="};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (strncmp(entry, kept[i], strlen(kept[i])) == 0)
            return true;
    return false;
}

/* Takes away whatever a developer's shell has set, and victims must not depend on. */
static void environment_clean(void)
{
    for (char **entry = environ; *entry;) {
        if (may_stay(*entry)) {
            entry++;
            continue;
        }
        char *name = strndup(*entry, strcspn(*entry, "="));
        unsetenv(name);
        free(name);
    }
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
}

/* What victims of a sanitizer build read; the runner's own options were read when it started.
 * Leaks are not looked for in victims: tasks that are parked when a program exits are legitimate,
 * and their stacks are not known to the leak detector as roots. */
static void environment_set_sanitizers(void)
{
    setenv("ASAN_OPTIONS", "detect_leaks=0:exitcode=66", 1);
    setenv("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1:exitcode=66", 1);
}

/* The runner's own options. ASan's strstr() reads the whole text each time: to count the lines of a
 * trace by it takes a minute. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "intercept_strstr=0";
}

int suite_run(const char *name, const struct suite_test *tests, size_t count)
{
    environment_clean();
    environment_set_sanitizers();
    setenv("CK_MAX_MSG_SIZE", "65536", 1); /* a failure tells all that a victim said */

    /* What tests that fail, or take too long, leave there goes with it. */
    struct scratch scratch;
    scratch_make(&scratch);
    setenv("TMPDIR", scratch.path, 1);

    Suite *suite = suite_create(name);
    for (size_t i = 0; i < count; i++) {
        TCase *group = tcase_create(tests[i].test->name);
        tcase_set_timeout(group, TEST_TIMEOUT_S);
        tcase_add_checked_fixture(group, test_begin, test_end);
        tcase_add_loop_test(group, tests[i].test, 0, tests[i].count);
        suite_add_tcase(suite, group);
    }

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove(&scratch);
    return failed ? 1 : 0;
}
