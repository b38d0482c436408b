/* The doctor's table of functions: true to the shim's rows, and to libc. */
#include "doctor/catalogue.h"

#include "doctor/waiting.h"
#include "suite.h"

#include <dlfcn.h>
#include <string.h>

static struct catalogue catalogue;

static const struct known_function *known(const char *name)
{
    int number = catalogue_find(&catalogue, name);
    return number < 0 ? NULL : &catalogue.items[number];
}

START_TEST(what_is_hooked_is_what_the_shim_says)
{
    catalogue_make(&catalogue);
    ck_assert(known("recv")->hooked && !strcmp(known("recv")->group, "socket"));
    ck_assert(known("__poll_chk")->hooked && !strcmp(known("__poll_chk")->group, "select"));
    ck_assert(known("SSL_read")->hooked && known("SSL_read")->of_openssl);
    ck_assert(!known("recv")->of_openssl);
    ck_assert(!known("recv_no") && !known(""));
    catalogue_finish(&catalogue);
}
END_TEST

START_TEST(each_function_is_there_once_and_hooked_ones_come_first)
{
    catalogue_make(&catalogue);
    ck_assert_uint_gt(catalogue.count, catalogue.hooked_count);
    for (size_t i = 0; i < catalogue.count; i++) {
        ck_assert_int_eq(catalogue_find(&catalogue, catalogue.items[i].name), (int)i);
        ck_assert_int_eq(catalogue.items[i].hooked, i < catalogue.hooked_count);
    }
    catalogue_finish(&catalogue);
}
END_TEST

/* Functions of libraries that need not be here, and of a newer glibc. */
static bool may_be_missing(const struct known_function *function)
{
    return !strncmp(function->remark, "lib", 3) || !strncmp(function->name, "__isoc23_", 9);
}

/* Under its present version, or under the first of a machine, by which old programs import it. */
static bool has(void *library, const char *name)
{
    return library && (dlsym(library, name) || dlvsym(library, name, "GLIBC_2.2.5") ||
                       dlvsym(library, name, "GLIBC_2.17"));
}

/* A name that is misspelt would never be found in a program. */
START_TEST(the_functions_that_wait_exist)
{
    void *libraries[] = {dlopen("libc.so.6", RTLD_NOW), dlopen("libresolv.so.2", RTLD_NOW),
                         dlopen("libpthread.so.0", RTLD_NOW), dlopen("librt.so.1", RTLD_NOW),
                         dlopen("libanl.so.1", RTLD_NOW)};
    catalogue_make(&catalogue);
    for (size_t i = catalogue.hooked_count; i < catalogue.count; i++) {
        bool found = may_be_missing(&catalogue.items[i]);
        for (size_t j = 0; j < sizeof libraries / sizeof *libraries; j++)
            found |= has(libraries[j], catalogue.items[i].name);
        ck_assert_msg(found, "no library has %s", catalogue.items[i].name);
    }
    catalogue_finish(&catalogue);
    for (size_t j = 0; j < sizeof libraries / sizeof *libraries; j++)
        if (libraries[j])
            dlclose(libraries[j]);
}
END_TEST

SUITE("doctor: catalogue", ONCE(what_is_hooked_is_what_the_shim_says),
      ONCE(each_function_is_there_once_and_hooked_ones_come_first),
      ONCE(the_functions_that_wait_exist))
