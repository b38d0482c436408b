/*
 * Standard error as the program was given it, and the complaints that go there and nowhere else.
 */
#include "sys/stderr.h"

#include "child.h"
#include "config/complain.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void change_nothing(void) {}

static void close_it(void)
{
    close(STDERR_FILENO);
}

/* What the next open gives has its number. */
static void close_and_open_a_file(void)
{
    close(STDERR_FILENO);
    open("/tmp", O_RDWR | O_TMPFILE, 0600);
}

static void send_it_elsewhere(void)
{
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    close(null);
}

static const struct change {
    void (*make)(void);
    bool same;
} changes[] = {{change_nothing, true},
               {close_it, false},
               {close_and_open_a_file, false},
               {send_it_elsewhere, false}};
enum { CHANGES = sizeof changes / sizeof *changes };

static void change(void *argument)
{
    const struct change *change = argument;
    stderr_remember();
    change->make();
    _exit(stderr_is_same() != change->same);
}

START_TEST(it_is_the_same_until_the_number_is_anothers)
{
    child_succeeds(change, (void *)&changes[_i]);
}
END_TEST

static void be_started_without(void *unused)
{
    (void)unused;
    close(STDERR_FILENO);
    stderr_remember();
    open("/tmp", O_RDWR | O_TMPFILE, 0600);
    _exit(stderr_is_same());
}

START_TEST(what_was_closed_at_the_start_is_never_it)
{
    child_succeeds(be_started_without, NULL);
}
END_TEST

START_TEST(it_is_the_same_when_nobody_has_looked)
{
    ck_assert(stderr_is_same());
}
END_TEST

START_TEST(errno_is_kept)
{
    errno = ENOTTY;
    stderr_remember();
    stderr_is_same();
    ck_assert_int_eq(errno, ENOTTY);
}
END_TEST

/* ---- complaints ---- */

static void complain_of_a_file(void *unused)
{
    (void)unused;
    complain("/a/file", "cannot be read", EACCES, "make it readable");
}

static void complain_without_an_error(void *unused)
{
    (void)unused;
    complain("VARIABLE", "is odd", 0, "change it");
}

static void complain_of_an_error_alone(void *unused)
{
    (void)unused;
    complain("VARIABLE", "", ENAMETOOLONG, "shorten it");
}

static const struct {
    void (*complain)(void *);
    const char *said;
} complaints[] = {
    {complain_of_a_file, "greq: /a/file: cannot be read: Permission denied; make it readable\n"},
    {complain_without_an_error, "greq: VARIABLE: is odd; change it\n"},
    {complain_of_an_error_alone, "greq: VARIABLE: File name too long; shorten it\n"},
};
enum { COMPLAINTS = sizeof complaints / sizeof *complaints };

START_TEST(complaint_says_where_what_and_what_to_do)
{
    ck_assert_str_eq(child_run(complaints[_i].complain, NULL).err, complaints[_i].said);
}
END_TEST

/* The program's file must not get our line. */
static void complain_to_a_file(void *unused)
{
    (void)unused;
    stderr_remember();
    close_and_open_a_file();
    complain_of_a_file(NULL);
    _exit(lseek(STDERR_FILENO, 0, SEEK_END) != 0);
}

START_TEST(complaint_does_not_go_to_another_file)
{
    child_succeeds(complain_to_a_file, NULL);
}
END_TEST

START_TEST(complaint_keeps_errno)
{
    errno = ENOTTY;
    close(STDERR_FILENO);
    complain_of_a_file(NULL);
    ck_assert_int_eq(errno, ENOTTY);
    open("/dev/null", O_WRONLY);
}
END_TEST

SUITE("stderr", EACH(it_is_the_same_until_the_number_is_anothers, CHANGES),
      ONCE(what_was_closed_at_the_start_is_never_it), ONCE(it_is_the_same_when_nobody_has_looked),
      ONCE(errno_is_kept), EACH(complaint_says_where_what_and_what_to_do, COMPLAINTS),
      ONCE(complaint_does_not_go_to_another_file), ONCE(complaint_keeps_errno))
