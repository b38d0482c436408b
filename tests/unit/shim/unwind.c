/*
 * The walk up the stack, against what libgcc's unwinder says of the same stack: in plain code, in
 * callbacks, at every single instruction of other people's code, on stacks of many makes; and on
 * stacks that end in garbage, where it must end as well.
 */
#include "unwind/unwind.h"
#include "task/context.h"

#include "suite.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum { MAX_FRAMES = 200 };

struct stack_trace {
    uint64_t frames[MAX_FRAMES];
    unsigned count;
    enum unwind_state end;
};

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *argument)
{
    struct stack_trace *trace = argument;
    if (!_Unwind_GetIP(context) || trace->count == MAX_FRAMES)
        return _URC_END_OF_STACK;
    trace->frames[trace->count++] = _Unwind_GetIP(context);
    return _URC_NO_REASON;
}

static __attribute__((noinline)) void walk_by_libgcc(struct stack_trace *trace)
{
    trace->count = 0;
    _Unwind_Backtrace(visit, trace);
}

static __attribute__((noinline)) void walk(struct stack_trace *trace)
{
    struct unwind unwind;
    trace->count = 0;
    unwind_begin(&unwind);
    while ((trace->end = unwind_next(&unwind)) == UNWIND_FRAME && trace->count < MAX_FRAMES)
        trace->frames[trace->count++] = unwind.pc;
}

/* ---- the same stack, walked twice ---- */

static struct stack_trace ours, theirs;
static unsigned compared, differing;

/* The first one or two frames are of the functions that ask. */
static __attribute__((noinline)) void compare(void)
{
    walk(&ours);
    walk_by_libgcc(&theirs);
    compared++;
    unsigned same = theirs.count < ours.count ? theirs.count - 1 : ours.count - 1;
    if (ours.count + 1 < theirs.count || theirs.count + 1 < ours.count || same < 2 ||
        memcmp(&ours.frames[ours.count - same], &theirs.frames[theirs.count - same],
               same * sizeof *ours.frames) != 0)
        differing++;
}

static void begin_comparing(void)
{
    compared = differing = 0;
    module_open();
}

static __attribute__((noinline)) int recurse(int depth, char *around)
{
    char here[16] = {(char)depth};
    if (depth == 0)
        compare();
    else
        here[0] = (char)recurse(depth - 1, here);
    return here[0] + around[depth % 16];
}

START_TEST(a_deep_stack_is_that_of_libgcc)
{
    begin_comparing();
    recurse(100, (char[16]){0});
    ck_assert_uint_eq(compared, 1);
    ck_assert_uint_eq(differing, 0);
    ck_assert_uint_gt(ours.count, 100);
    ck_assert_int_eq(ours.end, UNWIND_START);
}
END_TEST

/* A stack of variable size: its frames are found by the frame pointer. */
static __attribute__((noinline)) void use_much(size_t size)
{
    volatile char *room = __builtin_alloca(size);
    room[0] = room[size - 1] = 1;
    compare();
    room[0] = room[1];
}

static int compare_items(const void *left, const void *right)
{
    use_much(5000);
    return *(const int *)left - *(const int *)right;
}

START_TEST(a_callback_of_libc_is_walked_through)
{
    int items[] = {3, 1, 2};
    begin_comparing();
    qsort(items, 3, sizeof *items, compare_items);
    ck_assert_uint_ge(compared, 2);
    ck_assert_uint_eq(differing, 0);
    ck_assert_int_eq(ours.end, UNWIND_START);
}
END_TEST

static void *compare_in_thread(void *unused)
{
    compare();
    return unused;
}

START_TEST(a_thread_has_a_beginning)
{
    pthread_t thread;
    begin_comparing();
    ck_assert_int_eq(pthread_create(&thread, NULL, compare_in_thread, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(differing, 0);
    ck_assert_int_eq(ours.end, UNWIND_START);
}
END_TEST

static void compare_in_handler(int number)
{
    (void)number;
    compare();
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    ck_assert_int_eq(sigaction(number, &action, NULL), 0);
}

/* On the stack that it interrupts, and on one of its own. */
START_TEST(a_handler_is_walked_through)
{
    static char room[64 << 10];
    stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    begin_comparing();
    handle(SIGUSR1, compare_in_handler, _i ? SA_ONSTACK : 0);
    ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
    raise(SIGUSR1);
    handle(SIGUSR1, SIG_DFL, 0);
    ck_assert_uint_eq(compared, 1);
    ck_assert_uint_eq(differing, 0);
    ck_assert_int_eq(ours.end, UNWIND_START);
}
END_TEST

/* ---- every instruction ---- */

#if defined(__x86_64__)

/* The processor's trap flag: a SIGTRAP after each instruction, while it is set. */
enum { TRAP_FLAG = 0x100 };
static volatile bool stepping;

static void compare_at_step(int number, siginfo_t *info, void *context)
{
    greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];
    (void)number, (void)info;
    if (stepping)
        *flags |= TRAP_FLAG;
    else
        *flags &= ~(greg_t)TRAP_FLAG;
    if (compared < 10000)
        compare();
}

static void step_through(void (*action)(void))
{
    struct sigaction step = {.sa_sigaction = compare_at_step, .sa_flags = SA_SIGINFO};
    ck_assert_int_eq(sigaction(SIGTRAP, &step, NULL), 0);
    stepping = true;
    raise(SIGTRAP);
    action();
    stepping = false;
    handle(SIGTRAP, SIG_DFL, 0);
}

static void digest(void)
{
    unsigned char text[200] = "", result[EVP_MAX_MD_SIZE];
    unsigned size;
    EVP_Digest(text, sizeof text, result, &size, EVP_sha256(), NULL);
}

static void look_at_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
}

static void print(void)
{
    char text[100];
    snprintf(text, sizeof text, "%d %s %5.2f", 5, "words", 1.5);
}

/* Hand-written code whose frames are found by expressions. */
static void multiply(void)
{
    static BN_MONT_CTX *montgomery;
    static BIGNUM *number;
    static BN_CTX *context;
    if (!montgomery) {
        context = BN_CTX_new();
        number = BN_new();
        montgomery = BN_MONT_CTX_new();
        BN_set_bit(number, 1023);
        BN_set_bit(number, 0);
        BN_MONT_CTX_set(montgomery, number, context);
        BN_clear_bit(number, 1023);
        BN_set_bit(number, 1000);
    }
    BN_mod_mul_montgomery(number, number, number, montgomery, context);
}

/* Through entries of the linkage table, bound now and later; the vDSO; libcrypto's assembly. */
static void (*const actions[])(void) = {look_at_clock, print, digest, multiply};
enum { ACTIONS = sizeof actions / sizeof *actions };

START_TEST(every_instruction_is_known)
{
    begin_comparing();
    actions[_i]();
    step_through(actions[_i]);
    ck_assert_uint_gt(compared, 50);
    ck_assert_uint_eq(differing, 0);
}
END_TEST
#    define STEP_TESTS EACH(every_instruction_is_known, ACTIONS),
#else
#    define STEP_TESTS
#endif

/* ---- stacks of other makes ---- */

static ucontext_t here_context, there_context;
static void *here, *there;

static void walk_in_context(void)
{
    walk(&ours);
}

START_TEST(a_ucontext_ends)
{
    size_t size = 64 << 10;
    char *stack = malloc(size);
    memset(stack, 0x5a, size);
    getcontext(&there_context);
    there_context.uc_stack.ss_sp = stack;
    there_context.uc_stack.ss_size = size;
    there_context.uc_link = &here_context;
    makecontext(&there_context, walk_in_context, 0);
    swapcontext(&here_context, &there_context);
    ck_assert_int_ne(ours.end, UNWIND_FRAME);
    ck_assert_uint_ge(ours.count, 1);
    ck_assert_uint_le(ours.count, 3);
    free(stack);
}
END_TEST

static void walk_in_task(void *unused)
{
    (void)unused;
    walk(&ours);
    context_switch(&there, here);
}

START_TEST(a_task_has_a_beginning)
{
    static _Alignas(16) char stack[64 << 10];
    module_open();
    there = context_prepare(stack + sizeof stack, walk_in_task, NULL);
    context_switch(&here, there);
    ck_assert_int_eq(ours.end, UNWIND_START);
    ck_assert_uint_ge(ours.count, 1);
    ck_assert_uint_le(ours.count, 3);
}
END_TEST

#if defined(__x86_64__)
/*
 * A stack as a coroutine library of few lines makes it: `entry` is returned to, and there is
 * nothing to return to from there. Above it lies a page that cannot be read.
 */
static char *make_stack(size_t size, int filler)
{
    char *stack =
        mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(stack, MAP_FAILED);
    ck_assert_int_eq(mprotect(stack + size, 4096, PROT_NONE), 0);
    memset(stack, filler, size);
    return stack;
}

/* Libraries of that kind do not all care for the stack's alignment. */
static __attribute__((force_align_arg_pointer)) void entry(void)
{
    walk(&ours);
    context_switch(&there, here);
}

/* context_switch pops six registers and the control words. */
static void enter_by_hand(char *stack_end, uint64_t above[], unsigned count)
{
    uint64_t *top = (uint64_t *)stack_end;
    for (unsigned i = count; i-- > 0;)
        *--top = above[i];
    *--top = (uintptr_t)entry;
    top -= 7;
    memset(top, 0, 7 * sizeof *top);
    *top = UINT64_C(0x037f) << 32 | 0x1f80;
    there = top;
    context_switch(&here, there);
}

struct hand_made {
    uint64_t above[3];
    unsigned count;
    enum unwind_state end;
    int filler;
    unsigned frames;
};

/* What lies above the entry: nothing that can be read, zero, no address, the address of data. */
static const struct hand_made hand_made[] = {
    {{0}, 0, UNWIND_BAD_STACK, 0, 1},
    {{0}, 1, UNWIND_START, 0x5a, 1},
    {{0x5a5a5a5a5a5a}, 1, UNWIND_NO_MODULE, 0x5a, 1},
    {{0x5a5a5a5a5a5a5a5a}, 1, UNWIND_NO_MODULE, 0x5a, 1},
    {{UINT64_MAX, UINT64_MAX}, 2, UNWIND_NO_MODULE, 0xff, 1},
    {{(uintptr_t)&ours}, 1, UNWIND_NO_TABLE, 0, 2},
};
enum { HAND_MADE = sizeof hand_made / sizeof *hand_made };

START_TEST(a_hand_made_stack_ends)
{
    struct hand_made made = hand_made[_i];
    size_t size = 32 << 10;
    module_open();
    char *stack = make_stack(size, made.filler);
    enter_by_hand(stack + size, made.above, made.count);
    ck_assert_int_eq(ours.end, made.end);
    ck_assert_uint_eq(ours.count, made.frames);
    munmap(stack, size + 4096);
}
END_TEST

/* Code that nobody describes calls ours, as a JIT's or a closure's does. */
START_TEST(code_of_no_module_ends_the_walk)
{
    static const unsigned char code[] = {0x48, 0x83, 0xec, 0x08, /* sub $8, %rsp */
                                         0xff, 0xd7,             /* call *%rdi */
                                         0x48, 0x83, 0xc4, 0x08, /* add $8, %rsp */
                                         0xc3};
    void *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void (*closure)(void (*)(void));
    ck_assert_ptr_ne(page, MAP_FAILED);
    module_open();
    memcpy(page, code, sizeof code);
    *(void **)&closure = page;
    closure(walk_in_context);
    ck_assert_int_eq(ours.end, UNWIND_NO_MODULE);
    munmap(page, 4096);
}
END_TEST
#    define HAND_TESTS \
        EACH(a_hand_made_stack_ends, HAND_MADE), ONCE(code_of_no_module_ends_the_walk),
#else
#    define HAND_TESTS
#endif

/* ---- the rest ---- */

START_TEST(errno_is_kept)
{
    struct memory memory = {0};
    uint64_t word;
    errno = 1234;
    ck_assert(!memory_read(&memory, 8, &word));
    ck_assert(!memory_read(&memory, (uintptr_t)&word + 1, &word));
    ck_assert(memory_read(&memory, (uintptr_t)&ours, &word));
    ck_assert_int_eq(errno, 1234);
}
END_TEST

SUITE("unwind", ONCE(a_deep_stack_is_that_of_libgcc), ONCE(a_callback_of_libc_is_walked_through),
      ONCE(a_thread_has_a_beginning), EACH(a_handler_is_walked_through, 2),
      STEP_TESTS ONCE(a_ucontext_ends), ONCE(a_task_has_a_beginning),
      HAND_TESTS ONCE(errno_is_kept))
