/*
 * Which Pythons have tasks of asyncio that may be parked; the others are told so, once.
 */
#include "host/asyncio.h"

#include "config/config.h"

#include "suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *version;

static const char *get_version(void)
{
    return version;
}

/* What asking twice writes to standard error. */
static void ask(int minor, bool *is_wanted, char *said, size_t size)
{
    const struct python python = {.minor = minor, .Py_GetVersion = get_version};
    int ends[2], before = dup(STDERR_FILENO);
    config.asyncio = true;
    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    *is_wanted = asyncio_is_wanted(&python);
    ck_assert_int_eq(asyncio_is_wanted(&python), *is_wanted);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    ssize_t length = read(ends[0], said, size - 1);
    said[length > 0 ? length : 0] = '\0';
    close(ends[0]);
}

#define REFUSED(what)                          \
    "greq: GREQ_PATCH: asyncio: not for " what \
    "; use Python 3.11; its tasks block their loop as ever\n"

static const struct {
    int minor;
    const char *version;
    bool is_wanted;
    const char *said;
} pythons[] = {
    {11, "3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]", true, ""},
    {9, "3.9.2 (default, Feb 28 2021, 17:03:44) [GCC 10.2.1]", false, REFUSED("Python 3.9")},
    {10, "3.10.0 (main) [GCC 11]", false, REFUSED("Python 3.10")},
    {12, "3.12.0 (main) [GCC 13]", false, REFUSED("Python 3.12")},
    {13, "3.13.0 experimental free-threading build (main) [GCC 13]", false,
     REFUSED("Python 3.13 without the GIL")},
};
enum { PYTHONS = sizeof pythons / sizeof *pythons };

START_TEST(others_are_refused_with_one_line)
{
    char said[512];
    bool is_wanted;
    version = pythons[_i].version;
    ask(pythons[_i].minor, &is_wanted, said, sizeof said);
    ck_assert_int_eq(is_wanted, pythons[_i].is_wanted);
    ck_assert_str_eq(said, pythons[_i].said);
}
END_TEST

START_TEST(nothing_is_said_where_nobody_has_asked)
{
    const struct python python = {.minor = 9, .Py_GetVersion = get_version};
    config.asyncio = false;
    ck_assert(!asyncio_is_wanted(&python));
}
END_TEST

SUITE("asyncio", EACH(others_are_refused_with_one_line, PYTHONS),
      ONCE(nothing_is_said_where_nobody_has_asked))
