/* fibers_in_tasks: tasks wait on fibers that are made as libcoro makes them: the topmost word of a
 * stack is the address of abort, which the entry would return to. What is above one fiber's stack
 * is not above the next one's. */
#include "facts.h"
#include "must_tasks.h"

#include <greq/greq.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#ifdef __x86_64__
enum { SIZE = 64 << 10, PAGE = 4096, ROUNDS = 3 };

/* So that the program is one that keeps something per thread. */
static __thread volatile int waits;

static void *outside, *fiber;

/* Saves what a function must keep, and takes up another stack. */
void go(void **from, void *to);
__asm__(".text\n.globl go\ngo:\n"
        "push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
        "mov %rsp, (%rdi); mov %rsi, %rsp\n"
        "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
        "ret\n");

static void live(void)
{
    struct timespec shortly = {0, 1000000};
    waits += nanosleep(&shortly, NULL) == 0;
    go(&fiber, outside);
    abort();
}

static void run_fiber(int rights_above)
{
    char *stack =
        mmap(NULL, SIZE + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(stack == MAP_FAILED ? -1 : 0, "mmap");
    must(mprotect(stack + SIZE, PAGE, rights_above), "mprotect");
    uintptr_t *top = (uintptr_t *)(stack + SIZE);
    *--top = (uintptr_t)abort;
    *--top = (uintptr_t)live;
    go(&outside, top - 6);
    must(munmap(stack, SIZE + PAGE), "munmap");
}

static void *run_fibers(void *none)
{
    for (int round = 0; round < ROUNDS; round++) {
        run_fiber(PROT_READ | PROT_WRITE);
        run_fiber(PROT_NONE);
    }
    fact("waits %d", waits);
    return none;
}
#else
static void *run_fibers(void *none)
{
    return none;
}
#endif

int main(void)
{
    void *item = NULL, *result;
    must_map(run_fibers, &item, &result, 1, 0);
    fact("the end");
}
