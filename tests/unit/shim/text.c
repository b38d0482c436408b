/*
 * Lines of text without stdio: what they hold, where they are cut, and how they are written.
 */
#include "sys/text.h"

#include "child.h"
#include "suite.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct text text;

START_TEST(strings_follow_each_other)
{
    text_add(&text, "a ");
    text_add(&text, "");
    text_add(&text, "line");
    ck_assert_str_eq(text_string(&text), "a line");
}
END_TEST

START_TEST(numbers_of_any_size)
{
    text_add_number(&text, 0);
    text_add(&text, " ");
    text_add_number(&text, UINT64_MAX);
    text_add(&text, " ");
    text_add_signed(&text, -7);
    text_add(&text, " ");
    text_add_signed(&text, INT64_MIN);
    text_add(&text, " ");
    text_add_signed(&text, INT64_MAX);
    text_add(&text, " ");
    text_add_hex(&text, UINT64_C(0xfedcba9876543210));
    ck_assert_str_eq(text_string(&text), "0 18446744073709551615 -7 -9223372036854775808 "
                                         "9223372036854775807 fedcba9876543210");
}
END_TEST

START_TEST(seconds_have_three_decimals_rounded_down)
{
    static const struct {
        uint64_t ns;
        const char *said;
    } cases[] = {
        {0, "0.000"},
        {999999, "0.000"},
        {1000000, "0.001"},
        {UINT64_C(1999999999), "1.999"},
        {60 * NS_PER_SECOND, "60.000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text.used = 0;
        text_add_seconds(&text, cases[i].ns);
        ck_assert_str_eq(text_string(&text), cases[i].said);
    }
}
END_TEST

static void fill(void)
{
    for (int i = 0; i < TEXT_SIZE; i++)
        text_add(&text, "ab");
}

START_TEST(what_does_not_fit_is_cut)
{
    fill();
    text_add_number(&text, 12345);
    ck_assert_uint_eq(strlen(text_string(&text)), TEXT_SIZE - 1);
    ck_assert_int_eq(text.bytes[TEXT_SIZE - 2], 'a');
}
END_TEST

START_TEST(a_cut_line_still_ends)
{
    char got[2 * TEXT_SIZE];
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    fill();
    text_write_line(&text, ends[1]);
    ck_assert_int_eq(read(ends[0], got, sizeof got), TEXT_SIZE);
    ck_assert_int_eq(got[TEXT_SIZE - 1], '\n');
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* Several processes may write to one log: a line is one write. */
START_TEST(a_line_is_written_at_once)
{
    char got[TEXT_SIZE];
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_DIRECT), 0); /* a read gets what one write wrote */
    text_add(&text, "one ");
    text_add(&text, "line");
    text_write_line(&text, ends[1]);
    ck_assert_int_eq(read(ends[0], got, sizeof got), 9);
    ck_assert_mem_eq(got, "one line\n", 9);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(errors_and_errno_are_left_alone)
{
    errno = ENOTTY;
    text_add(&text, "nobody reads this");
    text_write_line(&text, -1);
    ck_assert_int_eq(errno, ENOTTY);
}
END_TEST

/* A program without the shim would not have written, so it must not die of what the shim writes. */
static void write_to_nobody(void *unused)
{
    int ends[2];
    (void)unused;
    signal(SIGPIPE, SIG_DFL);
    child_expect(pipe(ends) == 0, "a pipe");
    close(ends[0]);
    text_write_line(&text, ends[1]);
}

START_TEST(a_reader_that_is_gone_does_not_kill)
{
    child_succeeds(write_to_nobody, NULL);
}
END_TEST

static void write_beyond_the_limit(void *unused)
{
    static const struct rlimit none = {0, RLIM_INFINITY};
    (void)unused;
    signal(SIGXFSZ, SIG_DFL);
    int fd = open("/tmp", O_WRONLY | O_TMPFILE, 0600);
    child_expect(fd >= 0 && setrlimit(RLIMIT_FSIZE, &none) == 0, "a file and no room in it");
    text_write_line(&text, fd);
}

START_TEST(a_limit_on_files_does_not_kill)
{
    child_succeeds(write_beyond_the_limit, NULL);
}
END_TEST

SUITE("text", ONCE(strings_follow_each_other), ONCE(numbers_of_any_size),
      ONCE(seconds_have_three_decimals_rounded_down), ONCE(what_does_not_fit_is_cut),
      ONCE(a_cut_line_still_ends), ONCE(a_line_is_written_at_once),
      ONCE(errors_and_errno_are_left_alone), ONCE(a_reader_that_is_gone_does_not_kill),
      ONCE(a_limit_on_files_does_not_kill))
