/*
 * OpenSSL, found and not linked by the shim; its error queue, which a task takes along.
 */
#include "real/openssl.h"

#include "suite.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

static const void *caller(void)
{
    return __builtin_return_address(0);
}

/* Any call to libssl makes its libcrypto known. */
static void begin(void)
{
    ck_assert_ptr_nonnull(openssl_find(CALL_SSL_read, caller()));
    ERR_clear_error();
}

static void raise_error(int reason, const char *file, int line, const char *data)
{
    ERR_new();
    ERR_set_debug(file, line, "function");
    ERR_set_error(ERR_LIB_USER, reason, data ? "%s" : NULL, data);
}

static void expect_error(int reason, const char *file, int line, const char *data)
{
    const char *got_file, *got_function, *got_data;
    int got_line, flags;
    unsigned long code = ERR_get_error_all(&got_file, &got_line, &got_function, &got_data, &flags);
    ck_assert_int_eq(ERR_GET_LIB(code), ERR_LIB_USER);
    ck_assert_int_eq(ERR_GET_REASON(code), reason);
    ck_assert_str_eq(got_file, file);
    ck_assert_int_eq(got_line, line);
    ck_assert_str_eq(got_function, "function");
    ck_assert_str_eq(flags & ERR_TXT_STRING ? got_data : "", data ? data : "");
}

/* ---- functions ---- */

START_TEST(function_is_the_one_that_the_caller_would_call)
{
    ck_assert_ptr_eq(openssl_find(CALL_SSL_read, caller()), (void *)SSL_read);
    ck_assert_ptr_eq(openssl_find(CALL_SSL_write, caller()), (void *)SSL_write);
    ck_assert_ptr_eq(openssl_find(CALL_SSL_read, caller()), (void *)SSL_read);
}
END_TEST

/* More call sites than are remembered: each is found all the same. */
START_TEST(any_number_of_call_sites_is_served)
{
    for (size_t site = 0; site < 3000; site++)
        ck_assert_ptr_eq(openssl_find(CALL_SSL_read, (const char *)caller() + site),
                         (void *)SSL_read);
}
END_TEST

START_TEST(descriptor_is_the_connections)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    ck_assert_int_eq(openssl_descriptor(ssl, (void *)SSL_read), -1);
    ck_assert_int_eq(SSL_set_fd(ssl, 2), 1);
    ck_assert_int_eq(openssl_descriptor(ssl, (void *)SSL_read), 2);
    SSL_free(ssl);
    SSL_CTX_free(context);
}
END_TEST

/* ---- the error queue ---- */

START_TEST(empty_queue_is_nothing)
{
    ck_assert_ptr_null(openssl_errors_take()); /* before OpenSSL is known */
    begin();
    ck_assert_ptr_null(openssl_errors_take());
    openssl_errors_free(NULL);
    openssl_errors_clear();
}
END_TEST

START_TEST(taken_errors_are_gone_and_come_back_in_their_order)
{
    begin();
    raise_error(1, "one.c", 11, NULL);
    raise_error(2, "two.c", 22, "with a text");
    raise_error(3, "three.c", 33, NULL);
    struct openssl_errors *errors = openssl_errors_take();
    ck_assert_ptr_nonnull(errors);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    openssl_errors_put(errors);
    expect_error(1, "one.c", 11, NULL);
    expect_error(2, "two.c", 22, "with a text");
    expect_error(3, "three.c", 33, NULL);
    ck_assert_uint_eq(ERR_get_error(), 0);
}
END_TEST

/* The queue is a ring, and holds copies of names that it frees when it comes round. */
START_TEST(errors_of_others_meanwhile_do_not_touch_them)
{
    char file[] = "of_one_task.c";
    begin();
    raise_error(1, file, 11, "of one task");
    struct openssl_errors *errors = openssl_errors_take();
    memset(file, '?', sizeof file - 1);
    for (int i = 0; i < 50; i++)
        raise_error(9, "of_another_one.c", 99, "of another one");
    ERR_clear_error();
    openssl_errors_put(errors);
    expect_error(1, "of_one_task.c", 11, "of one task");
}
END_TEST

START_TEST(full_queue_is_taken_whole)
{
    begin();
    for (int i = 1; i <= 40; i++)
        raise_error(i, "file.c", i, NULL);
    struct openssl_errors *errors = openssl_errors_take();
    ck_assert_uint_eq(ERR_peek_error(), 0);
    openssl_errors_put(errors);
    int count = 0, last = 0;
    for (unsigned long code; (code = ERR_get_error()); count++)
        last = ERR_GET_REASON(code);
    ck_assert_int_ge(count, 15);
    ck_assert_int_eq(last, 40);
}
END_TEST

/* An errno is packed in another way. */
START_TEST(system_errors_stay_system_errors)
{
    begin();
    ERR_new();
    ERR_set_error(ERR_LIB_SYS, ECONNRESET, NULL);
    openssl_errors_put(openssl_errors_take());
    unsigned long code = ERR_get_error();
    ck_assert_int_eq(ERR_GET_LIB(code), ERR_LIB_SYS);
    ck_assert_int_eq(ERR_GET_REASON(code), ECONNRESET);
}
END_TEST

START_TEST(taken_errors_can_be_dropped)
{
    begin();
    raise_error(1, "one.c", 11, "text");
    openssl_errors_free(openssl_errors_take());
    ck_assert_uint_eq(ERR_peek_error(), 0);
    raise_error(1, "one.c", 11, "text");
    openssl_errors_clear();
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

SUITE("openssl", ONCE(function_is_the_one_that_the_caller_would_call),
      ONCE(any_number_of_call_sites_is_served), ONCE(descriptor_is_the_connections),
      ONCE(empty_queue_is_nothing), ONCE(taken_errors_are_gone_and_come_back_in_their_order),
      ONCE(errors_of_others_meanwhile_do_not_touch_them), ONCE(full_queue_is_taken_whole),
      ONCE(system_errors_stay_system_errors), ONCE(taken_errors_can_be_dropped))
