/*
 * The environment as the shim reads it: what it takes, and the one line where it cannot.
 */
#include "config/config.h"

#include "child.h"
#include "scratch.h"
#include "suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* ---- sizes ---- */

struct size {
    const char *text;
    uint64_t stack; /* that it stands for; 0: it is refused */
    const char *complaint;
};

#define NOT_A_SIZE "' is not a size; give 16K or more, for example 512K or 8M; going on with 1M\n"
#define TOO_SMALL  "' is too small; give 16K or more, for example 512K or 8M; going on with 1M\n"

static const struct size sizes[] = {
    {"16384", 16 * KIB, NULL},
    {"16K", 16 * KIB, NULL},
    {"16k", 16 * KIB, NULL},
    {"3M", 3 * MIB, NULL},
    {"2g", 2 * GIB, NULL},
    {"1024G", 1024 * GIB, NULL},
    {"", MIB, NULL},
    {"16383", 0, "'16383" TOO_SMALL},
    {"1", 0, "'1" TOO_SMALL},
    {"many", 0, "'many" NOT_A_SIZE},
    {"K", 0, "'K" NOT_A_SIZE},
    {"12KB", 0, "'12KB" NOT_A_SIZE},
    {"12T", 0, "'12T" NOT_A_SIZE},
    {"64 K", 0, "'64 K" NOT_A_SIZE},
    {"1 ", 0, "'1 " NOT_A_SIZE},
    {"-1", 0, "'-1" NOT_A_SIZE},
    {" -1", 0, "' -1" NOT_A_SIZE},
    {"0x10000", 0, "'0x10000" NOT_A_SIZE},
    {"1025G", 0, "'1025G" NOT_A_SIZE},
    {"17179869185G", 0, "'17179869185G" NOT_A_SIZE}, /* 1G, if it were counted in 64 bits */
    {"99999999999999999999", 0, "'99999999999999999999" NOT_A_SIZE},
};

static void read_size(void *argument)
{
    const struct size *size = argument;
    setenv("GREQ_STACK_SIZE", size->text, 1);
    config_read();
    child_expect(config.stack_size == (size->stack ? size->stack : MIB), "the size");
}

START_TEST(size_is_a_number_with_an_optional_unit)
{
    const struct size *size = &sizes[_i];
    struct child_end end = child_run(read_size, (void *)size);
    ck_assert_int_eq(end.exit_status, 0);
    if (!size->complaint)
        ck_assert_str_eq(end.err, "");
    else
        ck_assert_ptr_eq(strstr(end.err, size->complaint),
                         end.err + strlen("greq: GREQ_STACK_SIZE: "));
}
END_TEST

static void read_trace_limit(void *unused)
{
    (void)unused;
    setenv("GREQ_TRACE_LIMIT", "64K", 1);
    config_read();
    child_expect(config.trace_limit == 64 * KIB, "the least limit");
    setenv("GREQ_TRACE_LIMIT", "63K", 1);
    config_read();
    child_expect(config.trace_limit == 256 * MIB, "the default instead of less");
}

START_TEST(trace_limit_is_a_size_too)
{
    struct child_end end = child_run(read_trace_limit, NULL);
    ck_assert_str_eq(end.err, "greq: GREQ_TRACE_LIMIT: '63K' is too small; give 64K or more, for "
                              "example 512K or 8M; going on with 256M\n");
}
END_TEST

static void read_what_cannot_be_used(void *unused)
{
    (void)unused;
    setenv("GREQ_PATCH", "bogus", 1);
    setenv("GREQ_STACK_SIZE", "bogus", 1);
    setenv("GREQ_TRACE_LIMIT", "64K", 1);
    config_read();
    child_expect(!getenv("GREQ_PATCH") && !getenv("GREQ_STACK_SIZE"), "they are gone");
    child_expect(getenv("GREQ_TRACE_LIMIT") != NULL, "what can be used is not");
}

/* The programs that it starts would only complain again. */
START_TEST(what_cannot_be_used_is_not_passed_on)
{
    ck_assert_int_eq(child_run(read_what_cannot_be_used, NULL).exit_status, 0);
}
END_TEST

/* ---- the other words ---- */

static void read_nothing(void *unused)
{
    (void)unused;
    config_read();
    child_expect(config.cooperative && config.patched[CALL_recv], "everything is patched");
    child_expect(config.stack_size == MIB && config.trace_limit == 256 * MIB, "the usual sizes");
    child_expect(!config.log && !config.trace_dir[0] && !config.quiet, "nothing else");
}

START_TEST(empty_environment_is_the_default)
{
    child_succeeds(read_nothing, NULL);
}
END_TEST

static void read_patch_words(void *unused)
{
    (void)unused;
    setenv("GREQ_PATCH", "none", 1);
    config_read();
    child_expect(!config.cooperative && !config.patched[CALL_recv], "none");
    setenv("GREQ_PATCH", "all,-recv", 1);
    config_read();
    child_expect(config.cooperative && !config.patched[CALL_recv], "all but recv");
}

START_TEST(cooperative_is_whatever_patches_anything)
{
    child_succeeds(read_patch_words, NULL);
}
END_TEST

static void read_unknown_word(void *unused)
{
    (void)unused;
    setenv("GREQ_PATCH", "none,bogus,recv", 1);
    config_read();
    child_expect(config.cooperative && config.patched[CALL_poll], "all, as by default");
}

START_TEST(unknown_word_is_one_line_and_the_default)
{
    struct child_end end = child_run(read_unknown_word, NULL);
    ck_assert_int_eq(end.exit_status, 0);
    ck_assert_str_eq(
        end.err,
        "greq: GREQ_PATCH: unknown word 'bogus'; use all, none, a family (socket select "
        "ssl dns time process file lock thread), a function, asyncio or through:MODULE, '-' "
        "takes away; going on with all\n");
}
END_TEST

static void read_endless_word(void *unused)
{
    static char word[10000];
    (void)unused;
    memset(word, 'w', sizeof word - 1);
    setenv("GREQ_PATCH", word, 1);
    config_read();
}

START_TEST(endless_word_is_still_one_line)
{
    struct child_end end = child_run(read_endless_word, NULL);
    ck_assert_int_eq(end.exit_status, 0);
    ck_assert_ptr_eq(strchr(end.err, '\n'), end.err + strlen(end.err) - 1);
    ck_assert_ptr_nonnull(strstr(end.err, "going on with all"));
}
END_TEST

static void read_quiet(void *unused)
{
    static const struct {
        const char *value;
        bool quiet;
    } cases[] = {{"1", true}, {"yes", true}, {"0", false}, {"", false}};
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setenv("GREQ_QUIET", cases[i].value, 1);
        config_read();
        child_expect(config.quiet == cases[i].quiet, cases[i].value);
    }
}

START_TEST(quiet_is_anything_but_nothing_and_zero)
{
    child_succeeds(read_quiet, NULL);
}
END_TEST

static void read_log(void *unused)
{
    (void)unused;
    setenv("GREQ_LOG", "stderr", 1);
    config_read();
    child_expect(config.log && strcmp(config.log, "stderr") == 0, "the word");
    setenv("GREQ_LOG", "", 1);
    config_read();
    child_expect(!config.log, "an empty one is none");
}

START_TEST(log_is_its_word)
{
    child_succeeds(read_log, NULL);
}
END_TEST

/* ---- the trace's directory ---- */

static void read_relative_dir(void *directory)
{
    char expected[600];
    child_expect(chdir(directory) == 0, "the directory");
    setenv("GREQ_TRACE", "some/trace", 1);
    config_read();
    strcat(strcpy(expected, directory), "/some/trace");
    child_expect(strcmp(config.trace_dir, expected) == 0, "an absolute path");
    child_expect(strcmp(getenv("GREQ_TRACE"), expected) == 0, "for the program's children too");
}

START_TEST(relative_trace_directory_becomes_absolute)
{
    struct scratch scratch;
    scratch_make(&scratch);
    child_succeeds(read_relative_dir, scratch.path);
    scratch_remove(&scratch);
}
END_TEST

static void read_absolute_dir(void *unused)
{
    (void)unused;
    setenv("GREQ_TRACE", "/some/trace", 1);
    config_read();
    child_expect(strcmp(config.trace_dir, "/some/trace") == 0, "the path as it is");
    child_expect(strcmp(getenv("GREQ_TRACE"), "/some/trace") == 0, "in the environment too");
}

START_TEST(absolute_trace_directory_is_left_as_it_is)
{
    child_succeeds(read_absolute_dir, NULL);
}
END_TEST

/* The names of the files in it have to fit where paths are built: see text.h. A path that is cut
 * would be another place. */
static void read_long_dir(void *argument)
{
    size_t length = *(size_t *)argument;
    char *dir = malloc(length + 1);
    memset(dir, 'd', length);
    dir[0] = '/';
    dir[length] = '\0';
    setenv("GREQ_TRACE", dir, 1);
    config_read();
    free(dir);
    child_expect(!config.trace_dir[0], "no trace");
}

static const size_t too_long[] = {1000, 1023, 1024, 1500, 3990, 4096, 9000};

START_TEST(path_that_is_too_long_is_refused)
{
    size_t length = too_long[_i];
    struct child_end end = child_run(read_long_dir, &length);
    ck_assert_str_eq(end.err,
                     "greq: GREQ_TRACE: File name too long; give a shorter path; no trace\n");
    ck_assert_int_eq(end.exit_status, 0);
}
END_TEST

static void read_in_deleted_dir(void *directory)
{
    child_expect(chdir(directory) == 0 && rmdir(directory) == 0, "a directory that is gone");
    setenv("GREQ_TRACE", "trace", 1);
    config_read();
    child_expect(!config.trace_dir[0], "no trace");
}

START_TEST(current_directory_that_is_gone_is_said)
{
    struct scratch scratch;
    scratch_make(&scratch);
    struct child_end end = child_run(read_in_deleted_dir, scratch.path);
    ck_assert_int_eq(end.exit_status, 0);
    ck_assert_str_eq(end.err,
                     "greq: GREQ_TRACE: current directory: No such file or directory; give "
                     "an absolute path; no trace\n");
}
END_TEST

/* ---- in general ---- */

static void read_with_errno(void *unused)
{
    (void)unused;
    setenv("GREQ_STACK_SIZE", "99999999999999999999", 1);
    setenv("GREQ_PATCH", "bogus", 1);
    errno = ENOTTY;
    config_read();
    child_expect(errno == ENOTTY, "errno is as it was");
}

START_TEST(programs_errno_is_kept)
{
    struct child_end end = child_run(read_with_errno, NULL);
    ck_assert_int_eq(end.exit_status, 0);
}
END_TEST

SUITE("config", EACH(size_is_a_number_with_an_optional_unit, sizeof sizes / sizeof *sizes),
      ONCE(trace_limit_is_a_size_too), ONCE(what_cannot_be_used_is_not_passed_on),
      ONCE(empty_environment_is_the_default), ONCE(cooperative_is_whatever_patches_anything),
      ONCE(unknown_word_is_one_line_and_the_default), ONCE(endless_word_is_still_one_line),
      ONCE(quiet_is_anything_but_nothing_and_zero), ONCE(log_is_its_word),
      ONCE(relative_trace_directory_becomes_absolute),
      ONCE(absolute_trace_directory_is_left_as_it_is),
      EACH(path_that_is_too_long_is_refused, sizeof too_long / sizeof *too_long),
      ONCE(current_directory_that_is_gone_is_said), ONCE(programs_errno_is_kept))
