/*
 * What of a vector of buffers is still to be transferred.
 */
#include "call/iovec.h"
#include "suite.h"

#include <stdbool.h>

static char bytes[16];
static const struct iovec buffers[] = {{bytes, 3}, {bytes + 3, 0}, {bytes + 3, 5}, {bytes + 8, 8}};
enum { BUFFERS = sizeof buffers / sizeof *buffers, BYTES = sizeof bytes };

START_TEST(size_is_the_sum)
{
    ck_assert_uint_eq(iovec_size(buffers, BUFFERS), BYTES);
    ck_assert_uint_eq(iovec_size(buffers, 0), 0);
}
END_TEST

/* _i: how many bytes are done. */
START_TEST(rest_is_all_that_follows)
{
    struct iovec rest[BUFFERS];
    size_t done = (size_t)_i, count = iovec_rest(buffers, BUFFERS, done, rest);
    ck_assert_uint_eq(iovec_size(rest, count), BYTES - done);
    const char *next = bytes + done;
    for (size_t i = 0; i < count; i++) {
        ck_assert_ptr_eq(rest[i].iov_base, next);
        next += rest[i].iov_len;
    }
}
END_TEST

/* A call with an empty first buffer may say 0, which would look like the end of the stream. */
START_TEST(rest_does_not_begin_with_an_empty_buffer)
{
    struct iovec rest[BUFFERS];
    ck_assert_uint_eq(iovec_rest(buffers, BUFFERS, 3, rest), 2);
    ck_assert_uint_eq(rest[0].iov_len, 5);
}
END_TEST

START_TEST(nothing_is_left_after_all)
{
    struct iovec rest[BUFFERS];
    ck_assert_uint_eq(iovec_rest(buffers, BUFFERS, BYTES, rest), 0);
    ck_assert_uint_eq(iovec_rest(buffers, 0, 0, rest), 0);
}
END_TEST

START_TEST(given_buffers_are_left_alone)
{
    struct iovec given[BUFFERS], rest[BUFFERS];
    memcpy(given, buffers, sizeof given);
    iovec_rest(given, BUFFERS, 5, rest);
    ck_assert_mem_eq(given, buffers, sizeof given);
}
END_TEST

SUITE("iovec", ONCE(size_is_the_sum), EACH(rest_is_all_that_follows, BYTES + 1),
      ONCE(rest_does_not_begin_with_an_empty_buffer), ONCE(nothing_is_left_after_all),
      ONCE(given_buffers_are_left_alone))
