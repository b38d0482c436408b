/* Which sites are one place: those that look alike with names, whatever their addresses. */
#include "model/place.h"
#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct scratch scratch;
static struct stream stream;
static struct run run;
static uint64_t now; /* us */

static void begin(void)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&stream, scratch.path, 10, 0, 0);
    now = 10 * MS;
}

/* A long call from a stack of two frames, in lines of Python's, or NULL. */
static void call_from(uint64_t inner, uint64_t outer, const char *lines)
{
    const uint64_t frames[] = {inner, outer};
    if (lines)
        stream_add_python(&stream, now, lines);
    stream_add_long_call(&stream,
                         (struct synthetic_call){.at = now,
                                                 .takes = 5 * MS,
                                                 .function = FN_RECV,
                                                 .fd = 5,
                                                 .result = 100,
                                                 .caller = inner},
                         0, frames, outer ? 2 : 1);
    now += 10 * MS;
}

static void read_back(void)
{
    stream_end(&stream);
    run_read(&run, scratch.path);
}

static void end(void)
{
    run_finish(&run);
    scratch_remove(&scratch);
}

static const struct site *site(size_t number)
{
    ck_assert_uint_lt(number, run.model.sites.count);
    return run.model.sites.items[number];
}

static void expect_one_place(size_t sites)
{
    ck_assert_uint_eq(run.model.sites.count, sites);
    for (size_t i = 1; i < sites; i++) {
        ck_assert_ptr_eq(site(i)->place, site(0));
        ck_assert_ptr_eq(site(i)->group, site(0)->group);
    }
}

static void expect_places(size_t sites)
{
    ck_assert_uint_eq(run.model.sites.count, sites);
    for (size_t i = 0; i < sites; i++)
        ck_assert_ptr_eq(site(i)->place, site(i));
}

/* The interpreter is the program, or a library. */
START_TEST(a_line_of_python_is_one_place)
{
    static const char *const modules[] = {"/usr/bin/python3.11", "/usr/lib/libpython3.12.so.1.0"};
    begin();
    stream_add_module(&stream, 0, "/usr/lib/_ssl.so", 0x1000, 0x1000);
    stream_add_module(&stream, 0, modules[_i], 0x5000, 0x1000);
    call_from(0x1040, 0x5100, "/srv/a.py:1 ask\n/srv/a.py:9 main\n");
    call_from(0x1040, 0x5200, "/srv/a.py:1 ask\n/srv/a.py:9 main\n");
    call_from(0x1040, 0x5300, "/srv/a.py:1 ask\n/srv/a.py:9 main\n");
    read_back();
    expect_one_place(3);
    end();
}
END_TEST

START_TEST(other_lines_and_callers_of_python_are_other_places)
{
    begin();
    stream_add_module(&stream, 0, "/usr/lib/_ssl.so", 0x1000, 0x1000);
    stream_add_module(&stream, 0, "/usr/bin/python3.11", 0x5000, 0x1000);
    call_from(0x1040, 0x5100, "/srv/a.py:1 ask\n/srv/a.py:9 main\n");
    call_from(0x1040, 0x5100, "/srv/a.py:2 ask\n/srv/a.py:9 main\n"); /* line */
    call_from(0x1040, 0x5100, "/srv/a.py:1 ask\n/srv/a.py:8 main\n"); /* its caller */
    call_from(0x1090, 0x5100, "/srv/a.py:1 ask\n/srv/a.py:9 main\n"); /* library function */
    call_from(0x1040, 0x5100, NULL);                                  /* no line is known */
    read_back();
    expect_places(5);
    end();
}
END_TEST

/* Its stack ends where it runs code that it made; before that, the interpreter has a long one. */
START_TEST(where_pypy_calls_from_is_one_place)
{
    begin();
    stream_add_module(&stream, 0, "/usr/lib/libpypy3.9-c.so", 0x5000, 0x1000);
    call_from(0x5100, 0x5200, NULL);
    call_from(0x5100, 0x5300, NULL);
    call_from(0x5100, 0, NULL);
    read_back();
    expect_one_place(3);
    ck_assert_uint_eq(site(0)->group->depth, 1);
    end();
}
END_TEST

/* Of an interpreter it is the same for all lines. */
START_TEST(a_short_call_is_at_no_line_of_python)
{
    begin();
    stream_add_module(&stream, 0, "/usr/bin/python3.11", 0x5000, 0x1000);
    call_from(0x5040, 0x5100, "/srv/a.py:1 ask\n");
    CALL(&stream, .at = now, .takes = 10, .function = FN_RECV, .fd = 5, .caller = 0x5040);
    read_back();
    expect_places(2);
    end();
}
END_TEST

/* --- copies of code --- */

static uint64_t bias;

static int take_bias(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    bias = info->dlpi_addr;
    return 1;
}

/* This program is a module of the trace's, at another address. */
static void add_program(uint64_t base)
{
    char program[PATH_MAX] = {0};
    ck_assert_int_gt(readlink("/proc/self/exe", program, sizeof program - 1), 0);
    dl_iterate_phdr(take_bias, NULL);
    stream_add_module(&stream, 0, program, base, 0x10000000);
}

static __attribute__((noinline)) uint64_t here(void)
{
    __asm__ volatile(""); /* it is not the same each time */
    return (uintptr_t)__builtin_return_address(0) - bias;
}

static inline __attribute__((always_inline)) uint64_t copied(void)
{
    return here() + 0;
}

START_TEST(copies_of_a_line_are_one_place)
{
    enum { BASE = 0x10000000 };
    begin();
    add_program(BASE);
    uint64_t twice[2], next;
    twice[0] = copied(), twice[1] = copied();
    next = copied();
    ck_assert_uint_ne(twice[0], twice[1]);
    call_from(BASE + twice[0], 0, NULL);
    call_from(BASE + twice[1], 0, NULL);
    call_from(BASE + next, 0, NULL);
    read_back();
    ck_assert_ptr_eq(site(1)->place, site(0));
    ck_assert_ptr_eq(site(2)->place, site(2));
    end();
}
END_TEST

/* A function without lines, in a section that the compiler knows nothing of. Nobody calls it. */
void lineless(void);
__asm__(".pushsection .text.lineless, \"ax\", %progbits\n"
        ".globl lineless\n"
        ".type lineless, %function\n"
        "lineless:\n"
        ".skip 8\n"
        ".size lineless, 8\n"
        ".popsection\n");

/* Nobody knows whether it is one call or two. */
START_TEST(where_no_line_is_known_each_address_is_a_place)
{
    enum { BASE = 0x10000000 };
    begin();
    add_program(BASE);
    uint64_t function = BASE + (uintptr_t)lineless - bias;
    call_from(function + 2, 0, NULL);
    call_from(function + 3, 0, NULL);
    read_back();
    expect_places(2);
    ck_assert_ptr_eq(site(0)->group, site(1)->group); /* though they look alike */
    end();
}
END_TEST

/* It was closed, and opened again. */
START_TEST(a_module_that_is_loaded_again_has_the_same_places)
{
    begin();
    stream_add_module(&stream, 0, "/nowhere/plugin", 0x5000, 0x1000);
    call_from(0x5040, 0x5100, NULL);
    stream_add_module(&stream, now++, "/nowhere/other", 0x5000, 0x1000);
    stream_add_module(&stream, now++, "/nowhere/plugin", 0x8000, 0x1000);
    call_from(0x8040, 0x8100, NULL);
    call_from(0x5040, 0x5100, NULL);
    read_back();
    ck_assert_uint_eq(run.model.sites.count, 3);
    ck_assert_ptr_eq(site(1)->place, site(0));
    ck_assert_ptr_eq(site(2)->place, site(2));
    end();
}
END_TEST

/* A runtime compiles what runs often anew; the map that it writes has its name twice, with how it
 * was compiled. */
START_TEST(code_that_was_made_anew_is_one_place)
{
    char path[64];
    begin();
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    FILE *map = fopen(path, "w");
    ck_assert_ptr_nonnull(map);
    fputs("5000 100 JS:~ask /a.js:1:1\n5100 100 JS:~main /a.js:2:1\n6000 100 JS:*ask /a.js:1:1\n",
          map);
    ck_assert_int_eq(fclose(map), 0);
    stream_end(&stream);
    stream_begin(&stream, scratch.path, getpid(), 0, 0);
    call_from(0x5040, 0, NULL);
    call_from(0x6040, 0, NULL);
    call_from(0x5140, 0, NULL);
    read_back();
    unlink(path);
    ck_assert_ptr_eq(site(1)->place, site(0));
    ck_assert_ptr_eq(site(2)->place, site(2));
    end();
}
END_TEST

SUITE("tracer: place", EACH(a_line_of_python_is_one_place, 2),
      ONCE(other_lines_and_callers_of_python_are_other_places),
      ONCE(where_pypy_calls_from_is_one_place), ONCE(a_short_call_is_at_no_line_of_python),
      ONCE(copies_of_a_line_are_one_place), ONCE(where_no_line_is_known_each_address_is_a_place),
      ONCE(a_module_that_is_loaded_again_has_the_same_places),
      ONCE(code_that_was_made_anew_is_one_place))
