/* fibers: calls on stacks that the program made, left, unmapped and mapped again. The scenes stand
 * for libraries; where one had the fault its tracker is named. Each call of recv is counted: all
 * are outermost ones, and a trace must have them. */
#include "facts.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { SIZE = 32 << 10, PAGE = 4096, ROUNDS = 5 };

static int ends[2];
static int received;

/* ---- what is called there ---- */

static __attribute__((noinline)) void receive(void)
{
    char byte = 'x';
    must((int)send(ends[1], &byte, 1, 0), "send");
    must((int)recv(ends[0], &byte, 1, 0), "recv");
    received++;
}

/* Long enough that its stack is recorded. */
static __attribute__((noinline)) void receive_late(void)
{
    struct timespec shortly = {0, 2000000};
    nanosleep(&shortly, NULL);
    receive();
}

/* The same, further down in the stack. */
static __attribute__((noinline)) void receive_below(size_t bytes)
{
    volatile char *room = __builtin_alloca(bytes);
    room[0] = 1;
    receive_late();
    room[bytes - 1] = room[0];
}

static char *map_stack(void *at)
{
    char *stack = mmap(at, SIZE + PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);
    must(stack == MAP_FAILED ? -1 : 0, "mmap");
    must(mprotect(stack + SIZE, PAGE, PROT_NONE), "mprotect");
    return stack;
}

static void unmap_stack(char *stack)
{
    must(munmap(stack, SIZE + PAGE), "munmap");
}

static void end_scene(const char *what)
{
    receive_late();
    fact("%s: received %d", what, received);
}

/* ---- left by siglongjmp: a server's fibers with timeouts ---- */

static ucontext_t main_context, fiber_context;
static sigjmp_buf out;
static volatile bool raising;

static void leave(int number)
{
    (void)number;
    siglongjmp(out, 1);
}

static void leave_in_time(void)
{
    struct itimerval timer = {.it_value = {0, 3000}};
    char byte;
    setitimer(ITIMER_REAL, &timer, NULL);
    (void)!read(ends[0], &byte, 1);
}

static void wait_and_be_left(void)
{
    receive();
    raising ? (void)raise(SIGALRM) : leave_in_time();
}

static void enter(char *stack, void (*function)(void))
{
    getcontext(&fiber_context);
    fiber_context.uc_stack.ss_sp = stack;
    fiber_context.uc_stack.ss_size = SIZE;
    fiber_context.uc_link = &main_context;
    makecontext(&fiber_context, function, 0);
    swapcontext(&main_context, &fiber_context);
}

static void enter_and_leave(char *stack)
{
    if (sigsetjmp(out, 1) == 0)
        enter(stack, wait_and_be_left);
}

static void receive_deep(void)
{
    receive();
    receive_below(8 << 10);
}

static void unmapped(void)
{
    for (volatile int round = 0; round < ROUNDS; round++) {
        raising = round % 2;
        char *stack = map_stack(NULL);
        enter_and_leave(stack);
        unmap_stack(stack);
        receive();
    }
    end_scene("left and unmapped");
}

static void mapped_again(void)
{
    for (volatile int round = 0; round < ROUNDS; round++) {
        raising = round % 2;
        char *stack = map_stack(NULL);
        enter_and_leave(stack);
        map_stack(stack);
        enter(stack, receive_deep);
        unmap_stack(stack);
    }
    end_scene("another at its address");
}

/* The one that was left stays as it is, above the others. */
static void kept(void)
{
    char *stacks = mmap(NULL, 3 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (volatile int round = 0; round < ROUNDS; round++) {
        raising = round % 2;
        enter_and_leave(stacks + 2 * SIZE);
        enter(stacks + SIZE, receive_deep);
        enter(stacks, receive_deep);
    }
    munmap(stacks, 3 * SIZE);
    end_scene("kept, and others below");
}

static void go_back(int number)
{
    (void)number;
    setcontext(&main_context);
}

/* A handler that is left for another context, as preemption by a timer does. */
static void left_for_a_context(void)
{
    sigset_t all;
    char *stack = map_stack(NULL);
    signal(SIGALRM, go_back);
    for (volatile int round = 0; round < ROUNDS; round++) {
        raising = true;
        enter(stack, wait_and_be_left);
        receive();
    }
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGALRM, leave);
    unmap_stack(stack);
    end_scene("left by setcontext");
}

/* ---- in small stacks of several makes ---- */

static void on_the_heap(void)
{
    char *stack = malloc(SIZE);
    memset(stack, 0x5a, SIZE);
    enter(stack, receive_late);
    free(stack);
    char inside[SIZE];
    memset(inside, 0xff, sizeof inside);
    enter(inside, receive_late);
    end_scene("on the heap and in a stack");
}

static void *receive_in_thread(void *none)
{
    receive_late();
    receive();
    return none;
}

static void in_a_thread(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    char *stack = map_stack(NULL);
    pthread_attr_init(&attributes);
    must(-pthread_attr_setstack(&attributes, stack, SIZE), "pthread_attr_setstack");
    must(-pthread_create(&thread, &attributes, receive_in_thread, NULL), "pthread_create");
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    unmap_stack(stack);
    end_scene("a thread's, given to it");
}

/* As GNU Pth makes them where there is nothing else: a handler on an alternate stack keeps its
 * place by sigsetjmp and returns; later somebody jumps there. */
static sigjmp_buf place, caller;

static void keep_place(int number)
{
    (void)number;
    if (sigsetjmp(place, 1) == 0)
        return;
    receive_late();
    receive_below(4 << 10);
    siglongjmp(caller, 1);
}

static void by_an_alternate_stack(void)
{
    char *stack = map_stack(NULL);
    stack_t alternate = {.ss_sp = stack, .ss_size = SIZE}, none = {.ss_flags = SS_DISABLE};
    struct sigaction action = {.sa_handler = keep_place, .sa_flags = SA_ONSTACK};
    must(sigaltstack(&alternate, NULL), "sigaltstack");
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    must(sigaltstack(&none, NULL), "sigaltstack");
    if (sigsetjmp(caller, 1) == 0)
        siglongjmp(place, 1);
    signal(SIGUSR1, SIG_DFL);
    unmap_stack(stack);
    end_scene("by an alternate stack");
}

/* ---- handlers that interrupt handlers, on a fiber: libunwind/libunwind#924 ---- */

static void interrupt_again(int number)
{
    if (number == SIGUSR1)
        raise(SIGUSR2);
    receive_late();
    receive_below(4 << 10);
}

static void be_interrupted_twice(void)
{
    raise(SIGUSR1);
    receive_late();
}

static void interrupted_twice(void)
{
    char *stack = map_stack(NULL);
    signal(SIGUSR1, interrupt_again);
    signal(SIGUSR2, interrupt_again);
    enter(stack, be_interrupted_twice);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGUSR2, SIG_DFL);
    unmap_stack(stack);
    end_scene("interrupted while interrupted");
}

/* ---- a stack that is damaged where it was called from: xroche/coffeecatch#50 ---- */

static __attribute__((noinline)) void receive_below_damage(unsigned char filler)
{
    char *frame = __builtin_frame_address(0), kept[512];
    memcpy(kept, frame, sizeof kept);
    memset(frame, filler, sizeof kept);
    receive_late();
    memcpy(frame, kept, sizeof kept);
}

static void call_with_damage(void)
{
    char room[1024];
    __asm__ volatile("" ::"r"(room) : "memory"); /* what is damaged is this stack's */
    receive_below_damage(0x5a);
    receive_below_damage(0xff);
    receive_below_damage(0);
    __asm__ volatile("" ::"r"(room) : "memory");
}

static void damaged(void)
{
    char *stack = map_stack(NULL);
    enter(stack, call_with_damage);
    unmap_stack(stack);
    end_scene("damaged");
}

/* ---- hand-made: Perl's Coro, libtask, libaco, tarantool/tarantool#3448 and #6889,
 * scylladb/scylla#1909, JuliaLang/julia#23074; with a frame pointer that is nobody's
 * (zml/zml#273, boostorg/context#339) ---- */

#ifdef __x86_64__
static void *main_place, *fiber_place;

/* Saves what a function must keep, and takes up another stack. */
void go(void **from, void *to);
__asm__(".text\n.globl go\ngo:\n"
        "push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
        "mov %rsp, (%rdi); mov %rsi, %rsp\n"
        "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
        "ret\n");

static const struct timespec shortly = {0, 2000000};

static void live_by_hand(void)
{
    for (;;) {
        nanosleep(&shortly, NULL);
        go(&fiber_place, main_place);
    }
}

/* What is above the entry's frame is what it would return to. */
struct hand_made {
    const char *name;
    unsigned char filler;
    unsigned above_count;
    uint64_t above[2];
    uint64_t frame_pointer;
};

static const struct hand_made hand_made[] = {
    {"nothing above", 0, 0, {0}, 0},
    {"nothing above, filled", 0x5a, 0, {0}, 0},
    {"zero above", 0x5a, 1, {0}, 0},
    {"no address above", 0x5a, 1, {0x5a5a5a5a5a5a}, 0},
    {"another above", 0xff, 2, {UINT64_MAX, 1}, 0},
    {"data above", 0, 1, {(uintptr_t)&received}, 0},
    {"code above", 0, 1, {(uintptr_t)&receive}, 0},
    {"frame pointer to nowhere", 0x5a, 1, {0x5a5a5a5a5a5a}, 0x5a5a5a5a5a50},
    {"frame pointer to an odd place", 0xff, 1, {0}, UINT64_MAX},
    {"frame pointer to data", 0, 1, {(uintptr_t)&receive}, (uintptr_t)&main_context},
    {"frame pointer to code", 0, 1, {(uintptr_t)&receive}, (uintptr_t)&receive},
};
enum { HAND_MADE = sizeof hand_made / sizeof *hand_made };

static void by_hand(const struct hand_made *made)
{
    char *stack = map_stack(NULL);
    memset(stack, made->filler, SIZE);
    uint64_t *top = (uint64_t *)(stack + SIZE);
    for (unsigned i = made->above_count; i-- > 0;)
        *--top = made->above[i];
    *--top = (uintptr_t)live_by_hand;
    top -= 6;
    memset(top, 0, 6 * sizeof *top);
    top[5] = made->frame_pointer;
    fiber_place = top;
    for (int round = 0; round < 3; round++)
        go(&main_place, fiber_place);
    unmap_stack(stack);
    end_scene(made->name);
}

/* gperftools/gperftools#1163: a profiler's signal comes at any instruction of a switch. */
static volatile sig_atomic_t samples;

static void take_sample(int number)
{
    (void)number;
    samples++;
    nanosleep(&shortly, NULL);
}

static void live_quickly(void)
{
    for (;;)
        go(&fiber_place, main_place);
}

static void profiled(void)
{
    struct itimerval soon = {.it_value = {0, 1000}};
    char *stack = map_stack(NULL);
    uint64_t *top = (uint64_t *)(stack + SIZE);
    *--top = 0;
    *--top = (uintptr_t)live_quickly;
    fiber_place = top - 6;
    signal(SIGALRM, take_sample);
    for (int sample = 1; sample <= 20; sample++) {
        setitimer(ITIMER_REAL, &soon, NULL);
        while (samples < sample)
            go(&main_place, fiber_place);
    }
    signal(SIGALRM, leave);
    unmap_stack(stack);
    end_scene("profiled");
}

static void all_by_hand(void)
{
    for (int i = 0; i < HAND_MADE; i++)
        by_hand(&hand_made[i]);
    profiled();
}
#else
static void all_by_hand(void) {}
#endif

int main(void)
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    signal(SIGALRM, leave);
    unmapped();
    mapped_again();
    kept();
    left_for_a_context();
    on_the_heap();
    in_a_thread();
    by_an_alternate_stack();
    interrupted_twice();
    damaged();
    all_by_hand();
    end_scene("at the end");
}
