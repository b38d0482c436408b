/* From addresses to functions and lines, with this program as the example. */
#include "symbol/symbols.h"

#include "scratch.h"
#include "suite.h"

#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char program[PATH_MAX];

static int first_is_program(struct dl_phdr_info *info, size_t size, void *bias)
{
    (void)size;
    *(uint64_t *)bias = info->dlpi_addr;
    return 1;
}

static void find_program(uint64_t *bias)
{
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    ck_assert_int_gt(size, 0);
    program[size] = '\0';
    dl_iterate_phdr(first_is_program, bias);
}

static __attribute__((noinline)) uint64_t return_address(void)
{
    return (uintptr_t)__builtin_return_address(0);
}

enum { INLINED_LINE = __LINE__ + 3, OUTER_LINE = __LINE__ + 7 };
static inline __attribute__((always_inline)) uint64_t inlined_address(void)
{
    return return_address() + 0;
}
static __attribute__((noinline)) uint64_t outer_address(void)
{
    uint64_t address = inlined_address();
    __asm__ volatile("" : "+r"(address));
    return address;
}

START_TEST(functions_lines_and_inlined_calls_are_found)
{
    uint64_t bias;
    find_program(&bias);
    struct symbols *symbols = symbols_create();
    const struct frames *frames = symbols_find(symbols, program, outer_address() - 1 - bias, 0);
    ck_assert_uint_eq(frames->count, 2);
    const struct frame *inner = frames->items[0], *outer = frames->items[1];
    ck_assert_str_eq(inner->function, "inlined_address");
    ck_assert_uint_eq(inner->line, INLINED_LINE);
    ck_assert_str_eq(outer->function, "outer_address");
    ck_assert_uint_eq(outer->line, OUTER_LINE);
    ck_assert_str_eq(strrchr(outer->file, '/'), "/symbols.c");
    ck_assert_str_eq(outer->module, "test_tracer_symbols");
    ck_assert(!outer->is_runtime);
    symbols_destroy(symbols);
}
END_TEST

START_TEST(the_same_place_is_the_same_pointer)
{
    uint64_t bias;
    find_program(&bias);
    uint64_t in_call = outer_address() - 2 - bias; /* the call instruction has some bytes */
    struct symbols *symbols = symbols_create();
    const struct frames *one = symbols_find(symbols, program, in_call, 0);
    const struct frames *next = symbols_find(symbols, program, in_call + 1, 0);
    ck_assert_ptr_ne(one, next);
    ck_assert_ptr_eq(one->items[0], next->items[0]);
    ck_assert_ptr_eq(one->items[1], next->items[1]);
    symbols_destroy(symbols);
}
END_TEST

START_TEST(libraries_that_calls_pass_through_are_marked)
{
    static const struct {
        const char *path;
        bool is_runtime;
    } cases[] = {{"/x/libc.so.6", true},
                 {"/x/libssl.so.3", true},
                 {"/x/libcrypto.so.3", true},
                 {"/x/libasan.so.8", true},
                 {"/x/libgreq.so", true},
                 {"/x/libcurl.so.4", false},
                 {"/x/libclient.so", false},
                 {"/x/program", false},
                 {"/x/_ssl.cpython-311-x86_64-linux-gnu.so", true}};
    struct symbols *symbols = symbols_create();
    const struct frames *frames = symbols_find(symbols, cases[_i].path, 0x10, 0);
    ck_assert_int_eq(frames->items[0]->is_runtime, cases[_i].is_runtime);
    symbols_destroy(symbols);
}
END_TEST

START_TEST(without_symbols_there_is_the_module_and_the_address)
{
    struct scratch scratch;
    scratch_make(&scratch);
    const char *garbage = scratch_path(&scratch, "garbage");
    const char *fifo = scratch_path(&scratch, "fifo");
    FILE *file = fopen(garbage, "w");
    fputs("\177ELF and nothing else", file);
    fclose(file);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);

    struct symbols *symbols = symbols_create();
    const struct frame *frame = symbols_find(symbols, garbage, 0x1234, 0)->items[0];
    ck_assert_str_eq(frame->function, "garbage+0x1234");
    ck_assert_str_eq(frame->file, "");
    ck_assert_uint_eq(frame->line, 0);
    ck_assert_str_eq(symbols_find(symbols, fifo, 0, 0)->items[0]->function, "fifo+0");
    ck_assert_str_eq(symbols_find(symbols, "/gone (deleted)", 1, 0)->items[0]->function,
                     "gone (deleted)+0x1");
    ck_assert_str_eq(symbols_find(symbols, "", 1, 0)->items[0]->function, "0x1");
    ck_assert_str_eq(symbols_find(symbols, NULL, 0x99, 0)->items[0]->function, "0x99");
    symbols_destroy(symbols);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_file_that_was_changed_since_is_not_asked)
{
    uint64_t bias, past = 1000;
    size_t position = 0;
    find_program(&bias);
    struct symbols *symbols = symbols_create();
    const struct frames *frames =
        symbols_find(symbols, program, (uintptr_t)outer_address - bias, past);
    ck_assert_ptr_nonnull(strstr(frames->items[0]->function, "test_tracer_symbols+0x"));
    ck_assert_str_eq(symbols_changed(symbols, &position), program);
    ck_assert_ptr_null(symbols_changed(symbols, &position));
    symbols_destroy(symbols);
}
END_TEST

SUITE("tracer: symbols", ONCE(functions_lines_and_inlined_calls_are_found),
      ONCE(the_same_place_is_the_same_pointer),
      EACH(libraries_that_calls_pass_through_are_marked, 9),
      ONCE(without_symbols_there_is_the_module_and_the_address),
      ONCE(a_file_that_was_changed_since_is_not_asked))
