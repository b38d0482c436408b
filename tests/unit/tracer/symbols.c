/* From addresses to functions and lines, with this program as the example. */
#include "symbol/symbols.h"
#include "live/made_code.h"
#include "symbol/demangle.h"
#include "symbol/installed.h"
#include "symbol/perf_map.h"

#include "scratch.h"
#include "suite.h"

#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
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
    struct symbols *symbols = symbols_create(NULL);
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

/* Of namespaced.S; nobody calls it. */
void namespaced_address(void);

START_TEST(functions_in_namespaces_have_their_inlined_calls)
{
    uint64_t bias;
    find_program(&bias);
    struct symbols *symbols = symbols_create(NULL);
    uint64_t address = (uintptr_t)namespaced_address + 1 - bias;
    const struct frames *frames = symbols_find(symbols, program, address, 0);
    ck_assert_uint_eq(frames->count, 2);
    ck_assert_str_eq(frames->items[0]->function, "inlined_call");
    ck_assert_str_eq(frames->items[1]->function, "around");
    ck_assert_uint_eq(frames->items[1]->line, 42);
    ck_assert(frames->items[1]->is_installed);
    symbols_destroy(symbols);
}
END_TEST

void nested_address(void); /* the same */

START_TEST(functions_in_others_have_their_inlined_calls)
{
    uint64_t bias;
    find_program(&bias);
    struct symbols *symbols = symbols_create(NULL);
    uint64_t address = (uintptr_t)nested_address + 1 - bias;
    const struct frames *frames = symbols_find(symbols, program, address, 0);
    ck_assert_uint_eq(frames->count, 2);
    ck_assert_str_eq(frames->items[0]->function, "inlined_call");
    ck_assert_str_eq(frames->items[1]->function, "nested_address");
    ck_assert_uint_eq(frames->items[1]->line, 43);
    symbols_destroy(symbols);
}
END_TEST

START_TEST(the_same_place_is_the_same_pointer)
{
    uint64_t bias;
    find_program(&bias);
    uint64_t in_call = outer_address() - 2 - bias; /* the call instruction has some bytes */
    struct symbols *symbols = symbols_create(NULL);
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
    struct symbols *symbols = symbols_create(NULL);
    const struct frames *frames = symbols_find(symbols, cases[_i].path, 0x10, 0);
    ck_assert_int_eq(frames->items[0]->is_runtime, cases[_i].is_runtime);
    symbols_destroy(symbols);
}
END_TEST

START_TEST(names_are_as_people_write_them)
{
    static const struct {
        const char *symbol, *name;
    } cases[] = {
        {"_ZN2ns4Pool4takeEi", "ns::Pool::take"},
        {"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt"},
        {"_RNvCskwGfYPst2Cb_3foo16example_function", "foo::example_function"},
        {"_ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZ4mainEUlvE_EEEEE6_M_runEv",
         "std::thread::_State_impl::_M_run"},
        {"_ZStlsISt11char_traitsIcEERSt13basic_ostreamIcT_ES5_PKc", "std::operator<<"},
        {"_RNvMNtNtNtNtCsjrHSEGnQ3l9_3std3sys4sync7condvar5futexNtB2_7Condvar4wait",
         "std::sys::sync::condvar::futex::Condvar::wait"},
        {"_ZN71_$LT$$RF$mio..net..tcp..stream..TcpStream$u20$as$u20$std..io..Write$GT$"
         "5write17h6ec0be87dc233f85E",
         "mio::net::tcp::stream::TcpStream::write"},
        {"_RINvNtCsgEmfK2I1SDS_4core9panicking13assert_failedjjEB4_",
         "core::panicking::assert_failed"},
        {"_RNvXNvMNtNtCsjrHSEGnQ3l9_3std3sys9backtraceNtB5_13BacktraceLock5printNtB2_"
         "16DisplayBacktraceNtNtCsgEmfK2I1SDS_4core3fmt7Display3fmt",
         "std::sys::backtrace::BacktraceLock::print::DisplayBacktrace::fmt"},
        {"_RINvNtNtC4core3ops8function9call_onceFjEjlE", "core::ops::function::call_once"},
        {"_ZN4PickIXltLi1ELi2EEE27name_that_is_long_and_a_lot4takeEv",
         "Pick<(1)<(2)>::name_that_is_long_and_a_lot::take"},
        {"_ZN6HolderaSISt6vectorINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESaIS7_EEEERS_"
         "RKT_",
         "Holder::operator="},
        {"_ZN19a_name_that_is_long11my_operatorIJSt6vectorIiSaIiEEEE4takeEv",
         "a_name_that_is_long::my_operator::take"},
        {"_ZN62_$LT$$RF$mut$u20$F$u20$as$u20$core..future..future..Future$GT$"
         "4poll17hcbc9b372b8a5353cE",
         "F::poll"},
        {"_RNvXs1h_C4coreQRQDNtC4core5ShapeEL_NtC4core5Debug3fmt", "core::Shape::fmt"},
        {"_ZNoName", NULL},
        {"_RNvC7mycrateu8gdel_5qa", "mycrate::gödel"},
        /* Each type has the one before twice: the names are of megabytes. */
        {"_Z1fI1AIiiES0_IS1_S1_ES0_IS2_S2_ES0_IS3_S3_ES0_IS4_S4_ES0_IS5_S5_ES0_IS6_S6_ES0_IS7_S7_E"
         "S0_IS8_S8_ES0_IS9_S9_ES0_ISA_SA_ES0_ISB_SB_ES0_ISC_SC_ES0_ISD_SD_ES0_ISE_SE_EEvv",
         NULL},
        {"_RINvC1a1fNvC1au8gdel_5qaTB7_B7_ETBm_Bm_ETBu_Bu_ETBC_BC_ETBK_BK_ETBS_BS_ETB10_B1"
         "0_ETB18_B18_ETB1i_B1i_ETB1s_B1s_ETB1C_B1C_ETB1M_B1M_EE",
         NULL},
        {"main", NULL},
        {"_start", NULL},
    };
    char *name = demangle(cases[_i].symbol);
    if (cases[_i].name)
        ck_assert_str_eq(name, cases[_i].name);
    else
        ck_assert_ptr_null(name);
    free(name);
}
END_TEST

START_TEST(a_frame_with_a_name_says_more_than_an_address)
{
    static const struct {
        const char *function, *module;
        bool is_nameless, says_more;
    } cases[] = {{"server+0x12", "server", true, false},
                 {"server_loop", "server", false, true}, /* it begins like the module */
                 {"server", "server", false, true},
                 {"_start", "server", false, false},
                 {"loop", "libother.so", false, false},
                 {"0x1234", "", true, false},
                 {"JS:f", "", false, false}};
    static const struct frame nameless = {.function = "server+0x99", .module = "server"};
    const struct frame frame = {.function = cases[_i].function, .module = cases[_i].module};
    ck_assert_int_eq(symbols_is_nameless(&frame), cases[_i].is_nameless);
    ck_assert_int_eq(symbols_says_more(&frame, &nameless), cases[_i].says_more);
}
END_TEST

START_TEST(installed_code_is_not_the_programs_own)
{
    static const struct {
        const char *module, *folder, *source;
        bool is_installed;
    } cases[] = {
        {"/usr/bin/python3.11", "", "", true},
        {"/lib/x86_64-linux-gnu/libcurl.so.4", "", "", true},
        {"/x/lib/python3.11/site-packages/m/_m.so", "", "", true},
        {"/x/program", "/x", "/usr/include/c++/12/thread", true},
        {"/x/program", "/x", "/x/program.c", false},
        {"/x/program", "/usr/src/x", "program.c", false},
        {"/x/program", "/rustc/0123", "library/std/src/thread.rs", true},
        {"/x/program", "/x/.cargo/registry/src/mio-0.8.4", "src/poll.rs", true},
        {"/x/program", "/usr/share/cargo/registry/mio-0.8.4", "/x/main.rs", false},
        {"/x/program", "/x", "/usr/local/cargo/git/checkouts/a/b/c/lib.rs", true},
        {"/x/program", "", "", false},
    };
    ck_assert_int_eq(installed_is_code(cases[_i].module, cases[_i].folder, cases[_i].source),
                     cases[_i].is_installed);
}
END_TEST

START_TEST(python_s_own_library_is_installed)
{
    static const struct {
        const char *file;
        bool is_installed;
    } cases[] = {{"/usr/lib/python3.11/socket.py", true},
                 {"/usr/lib/python3/dist-packages/urllib3/util/wait.py", true},
                 {"/x/venv/lib/python3.11/site-packages/requests/api.py", true},
                 {"<frozen importlib._bootstrap>", true},
                 {"/x/fetch.py", false},
                 {"fetch.py", false}};
    struct symbols *symbols = symbols_create(NULL);
    const struct frame *frame = symbols_python(symbols, "f", cases[_i].file, 1);
    ck_assert_int_eq(frame->is_installed, cases[_i].is_installed);
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

    struct symbols *symbols = symbols_create(NULL);
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
    struct symbols *symbols = symbols_create(NULL);
    const struct frames *frames =
        symbols_find(symbols, program, (uintptr_t)outer_address - bias, past);
    ck_assert_ptr_nonnull(strstr(frames->items[0]->function, "test_tracer_symbols+0x"));
    ck_assert_str_eq(symbols_changed(symbols, &position), program);
    ck_assert_ptr_null(symbols_changed(symbols, &position));
    symbols_destroy(symbols);
}
END_TEST

START_TEST(names_that_runtimes_gave_are_the_programs_own_or_not)
{
    static const struct {
        const char *name;
        bool is_installed;
    } cases[] = {
        {"JS:~innerWait /x/hang.js:1:19", false},
        {"Eval:~ [eval]:1:1", false},
        {"JS:*readSync node:fs:735:18", true},
        {"JS:^get /x/node_modules/m/index.js:3:9", true},
        {"Builtin:RegExpPrototypeExec", true},
        {"BytecodeHandler:Wide.Nop", true},
        {"int com.example.Shop.take(java.lang.Object)", false},
        {"boolean java.util.HashMap.isEmpty()", true},
        {"void com.sun.proxy.$Proxy1.run()", true},
        {"Interpreter", true},
        {"StubRoutines (1)", true},
        {"void [shop] Shop::Take(int32)[Tier0]", false},
        {"void [System.Private.CoreLib] System.Threading.Thread::Sleep(int32)[PreJIT]", true},
        {"py::inner:/x/hang.py", false},
        {"py::_find_and_load:<frozen importlib._bootstrap>", true},
    };
    struct symbols *symbols = symbols_create(NULL);
    const struct frames *frames = symbols_made(symbols, cases[_i].name);
    ck_assert_ptr_eq(symbols_made(symbols, cases[_i].name), frames);
    ck_assert_uint_eq(frames->count, 1);
    ck_assert_str_eq(frames->items[0]->function, cases[_i].name);
    ck_assert_int_eq(frames->items[0]->is_installed, cases[_i].is_installed);
    symbols_destroy(symbols);
}
END_TEST

static void write_map(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void expect_made(const struct perf_map *map, uint64_t address, const char *last,
                        const char *only)
{
    ck_assert_pstr_eq(perf_map_find(map, address, false), last);
    ck_assert_pstr_eq(perf_map_find(map, address, true), only);
}

START_TEST(names_are_read_that_a_runtime_wrote)
{
    static const char text[] = "1000 10 first one\n"
                               "0x0000000000002000 0x20 void a.B.c(int, int)\n"
                               "1008 10 second\n"
                               "1018 8 second\n"
                               "4000 1000 large\n"
                               "4100 10 small\n"
                               "4080 100 over both\n"
                               "4000 0 nothing\n"
                               "ffffffffffffff00 100 last\n"
                               "3000 10\n"
                               "3000 10 \n"
                               "3000  10 blanks\n"
                               "-3000 7000 negative\n"
                               " 3000 10 blank\n"
                               "3000 -1 negative\n"
                               "zz 10 no number\n"
                               "3000 10 cut";
    const struct perf_map_terms terms = {geteuid(), 0, INT64_MAX};
    struct scratch scratch;
    scratch_make(&scratch);
    const char *path = scratch_path(&scratch, "map");
    write_map(path, text);
    struct perf_map *map = perf_map_open(path, &terms);
    expect_made(map, 0xfff, NULL, NULL);
    expect_made(map, 0x1000, "first one", "first one");
    expect_made(map, 0x100f, "second", NULL);
    expect_made(map, 0x1018, "second", "second");
    expect_made(map, 0x1020, NULL, NULL);
    expect_made(map, 0x201f, "void a.B.c(int, int)", "void a.B.c(int, int)");
    expect_made(map, UINT64_MAX, "last", "last");
    expect_made(map, 0x3000, NULL, NULL);
    expect_made(map, 0x4000, "large", "large");
    expect_made(map, 0x4107, "over both", NULL);
    expect_made(map, 0x4fff, "large", "large");
    perf_map_close(map);
    scratch_remove(&scratch);
}
END_TEST

/* At one address it may have been compiled twice. */
START_TEST(a_function_has_one_name_in_all_tiers)
{
    static const struct {
        const char *written, *name;
    } cases[] = {
        {"JS:~ask /x/a.js:1:19", "JS:ask /x/a.js:1:19"},
        {"JS:^ask /x/a.js:1:19", "JS:ask /x/a.js:1:19"},
        {"JS:+'ask /x/a.js:1:19", "JS:ask /x/a.js:1:19"},
        {"JS:*ask /x/a.js:1:19", "JS:ask /x/a.js:1:19"},
        {"LazyCompile:*ask /x/a.js:1:19", "LazyCompile:ask /x/a.js:1:19"},
        {"Eval:~ [eval]:1:1", "Eval: [eval]:1:1"},
        {"JS:ask /x/a.js:1:19", "JS:ask /x/a.js:1:19"},
        {"JS:'ask' /x/a.js:1:19", "JS:'ask' /x/a.js:1:19"},
        {"JS:", "JS:"},
        {"Builtin:*ask", "Builtin:*ask"},
        {"void [shop] Shop::Take(int32)[Tier0]", "void [shop] Shop::Take(int32)"},
        {"void [shop] Shop::Take(int32[])[OptimizedTier1]", "void [shop] Shop::Take(int32[])"},
        {"void [shop] Shop::Take(int32[])", "void [shop] Shop::Take(int32[])"},
        {"GenerateLookupStub[1]", "GenerateLookupStub[1]"},
        {"f()[abi:cxx11]", "f()[abi:cxx11]"},
        {")[]", ")[]"},
        {"]", "]"},
    };
    const struct perf_map_terms terms = {geteuid(), 0, INT64_MAX};
    struct scratch scratch;
    char text[256];
    scratch_make(&scratch);
    const char *path = scratch_path(&scratch, "map");
    snprintf(text, sizeof text, "1000 10 %s\n1008 10 %s\n", cases[_i].written, cases[_i].name);
    write_map(path, text);
    struct perf_map *map = perf_map_open(path, &terms);
    expect_made(map, 0x1000, cases[_i].name, cases[_i].name);
    perf_map_close(map);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(of_a_large_map_the_end_is_read)
{
    const struct perf_map_terms terms = {geteuid(), 0, INT64_MAX};
    struct scratch scratch;
    scratch_make(&scratch);
    const char *path = scratch_path(&scratch, "map");
    write_map(path, "1000 10 old\n");
    ck_assert_int_eq(truncate(path, 33 << 20), 0);
    FILE *file = fopen(path, "a");
    fputs("\n2000 10 new\n", file);
    fclose(file);
    struct perf_map *map = perf_map_open(path, &terms);
    expect_made(map, 0x1000, NULL, NULL);
    expect_made(map, 0x2000, "new", NULL); /* it may have had another name */
    perf_map_close(map);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_running_process_s_map_is_read_when_a_name_is_asked_for)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    struct made_code *made = made_code_open(getpid());
    write_map(path, "1000 10 first\n");
    const char *first = made_code_find(made, 0x1000);
    unlink(path);
    ck_assert_pstr_eq(first, "first");
    ck_assert_ptr_eq(made_code_find(made, 0x1000), first); /* it is not read again */
    made_code_close(made);
}
END_TEST

static void expect_refused(const char *path, uid_t owner, int64_t since, int64_t until)
{
    const struct perf_map_terms terms = {owner, since, until};
    struct perf_map *map = perf_map_open(path, &terms);
    expect_made(map, 0x1000, NULL, NULL);
    perf_map_close(map);
}

START_TEST(another_process_s_names_are_not_believed)
{
    struct scratch scratch;
    struct stat status;
    scratch_make(&scratch);
    const char *path = scratch_path(&scratch, "map"), *link = scratch_path(&scratch, "link"),
               *fifo = scratch_path(&scratch, "fifo");
    write_map(path, "1000 10 name\n");
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    int64_t written = status.st_mtim.tv_sec;
    const struct perf_map_terms terms = {geteuid(), written, written};
    struct perf_map *map = perf_map_open(path, &terms);
    expect_made(map, 0x1000, "name", "name");
    perf_map_close(map);
    expect_refused(path, geteuid() + 1, 0, INT64_MAX);
    expect_refused(path, geteuid(), written + 1, INT64_MAX);
    expect_refused(path, geteuid(), 0, written - 1);
    expect_refused(link, geteuid(), 0, INT64_MAX);
    expect_refused(fifo, geteuid(), 0, INT64_MAX);
    expect_refused("/nowhere", geteuid(), 0, INT64_MAX);
    scratch_remove(&scratch);
}
END_TEST

SUITE("tracer: symbols", ONCE(functions_lines_and_inlined_calls_are_found),
      ONCE(functions_in_namespaces_have_their_inlined_calls),
      ONCE(functions_in_others_have_their_inlined_calls), ONCE(the_same_place_is_the_same_pointer),
      EACH(libraries_that_calls_pass_through_are_marked, 9),
      EACH(names_are_as_people_write_them, 21),
      EACH(a_frame_with_a_name_says_more_than_an_address, 7),
      EACH(installed_code_is_not_the_programs_own, 11), EACH(python_s_own_library_is_installed, 6),
      ONCE(without_symbols_there_is_the_module_and_the_address),
      ONCE(a_file_that_was_changed_since_is_not_asked),
      EACH(names_that_runtimes_gave_are_the_programs_own_or_not, 15),
      ONCE(names_are_read_that_a_runtime_wrote), EACH(a_function_has_one_name_in_all_tiers, 17),
      ONCE(of_a_large_map_the_end_is_read),
      ONCE(a_running_process_s_map_is_read_when_a_name_is_asked_for),
      ONCE(another_process_s_names_are_not_believed))
