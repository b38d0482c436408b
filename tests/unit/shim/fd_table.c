/*
 * How large the kernel's table of descriptors is.
 */
#include "sys/fd_table.h"

#include "suite.h"

#include <errno.h>
#include <unistd.h>

START_TEST(table_grows_with_the_highest_number)
{
    int before = fd_table_size();
    ck_assert_int_ge(before, 3);
    ck_assert_int_eq(dup2(STDERR_FILENO, 900), 900);
    ck_assert_int_gt(fd_table_size(), 900);
    ck_assert_int_ge(fd_table_size(), before);
    close(900);
}
END_TEST

START_TEST(errno_is_kept)
{
    errno = ENOTTY;
    fd_table_size();
    ck_assert_int_eq(errno, ENOTTY);
}
END_TEST

SUITE("fd_table", ONCE(table_grows_with_the_highest_number), ONCE(errno_is_kept))
