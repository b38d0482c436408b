/*
 * Stacks of tasks: their size, their guard, and how they are kept for the next task.
 */
#include "task/stack.h"

#include "child.h"
#include "step.h"
#include "suite.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 64 << 10, PAGE = 4096, MANY = 1500 };

static struct stack *get(size_t size)
{
    struct stack *stack = stack_get(size);
    ck_assert_ptr_nonnull(stack);
    return stack;
}

static bool is_mapped(const void *address)
{
    unsigned char resident;
    void *page = (void *)((uintptr_t)address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1));
    return mincore(page, 1, &resident) == 0;
}

static bool is_resident(const void *address)
{
    unsigned char resident = 0;
    void *page = (void *)((uintptr_t)address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1));
    return mincore(page, 1, &resident) == 0 && resident & 1;
}

START_TEST(all_of_it_can_be_used)
{
    struct stack *stack = get(SIZE);
    size_t usable = (size_t)((char *)stack_top(stack) - (char *)stack_bottom(stack));
    ck_assert_uint_ge(usable, SIZE - sizeof *stack - 16);
    memset(stack_bottom(stack), 0xaa, usable);
    stack_put(stack);
}
END_TEST

START_TEST(top_is_aligned_as_calls_want_it)
{
    static const size_t sizes[] = {1, PAGE - 1, PAGE, PAGE + 1, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        ck_assert_uint_eq((uintptr_t)stack_top(get(sizes[i])) % 16, 0);
}
END_TEST

/* Else ten thousand parked tasks would need ten thousand times the whole size. */
START_TEST(memory_is_taken_as_it_is_touched)
{
    struct stack *stack = get(1 << 20);
    ck_assert(is_resident(stack));
    ck_assert(!is_resident((char *)stack_bottom(stack) + (512 << 10)));
    stack_put(stack);
}
END_TEST

static void touch(void *address)
{
    signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own handler */
    *(volatile char *)address = 1;
}

/* Below every stack, also one that has been used before, and one that was mapped with others. */
START_TEST(what_runs_over_faults)
{
    struct stack *stack = get(SIZE);
    if (_i == 1) {
        stack_put(stack);
        ck_assert_ptr_eq(get(SIZE), stack);
    }
    for (int i = 0; _i == 2 && i < 11; i++)
        stack = get(SIZE);
    char *bottom = stack_bottom(stack);
    ck_assert_int_eq(child_run(touch, bottom - 1).signal, SIGSEGV);
    ck_assert_int_eq(child_run(touch, bottom - PAGE).signal, SIGSEGV);
    child_succeeds(touch, bottom);
    stack_put(stack);
}
END_TEST

START_TEST(stack_is_kept_for_the_next_task)
{
    struct stack *stack = get(SIZE);
    stack_put(stack);
    ck_assert_ptr_eq(get(SIZE), stack);
    ck_assert_ptr_ne(get(SIZE), stack);
}
END_TEST

START_TEST(kept_stack_that_is_too_small_is_not_given)
{
    stack_put(get(SIZE));
    struct stack *large = get(4 * SIZE);
    memset(stack_bottom(large), 0xaa, 4 * SIZE - PAGE);
    stack_put(large);
    ck_assert_ptr_eq(get(SIZE), large);
}
END_TEST

START_TEST(only_so_many_are_kept)
{
    static struct stack *stacks[MANY];
    int kept = 0;
    for (int i = 0; i < MANY; i++)
        stacks[i] = get(PAGE);
    for (int i = 0; i < MANY; i++)
        stack_put(stacks[i]);
    for (int i = 0; i < MANY; i++)
        kept += is_mapped(stacks[i]);
    ck_assert_int_ge(kept, 100);
    ck_assert_int_lt(kept, MANY);
}
END_TEST

/* They are mapped several at a time, and what is left of one size is of no use to another. */
START_TEST(none_lies_in_another)
{
    static struct stack *stacks[200];
    for (int i = 0; i < 200; i++) {
        stacks[i] = get((size_t)SIZE << (i / 10 % 2));
        memset(stack_bottom(stacks[i]), i, stack_usable(stacks[i]));
    }
    for (int i = 0; i < 200; i++) {
        const unsigned char *bytes = stack_bottom(stacks[i]);
        for (size_t at = 0; at < stack_usable(stacks[i]); at += PAGE / 2)
            ck_assert_uint_eq(bytes[at], (unsigned char)i);
        stack_put(stacks[i]);
    }
}
END_TEST

/* Neighbours go together, and none that is not to go. */
START_TEST(those_in_use_stay_when_others_go)
{
    static struct stack *stacks[2 * MANY];
    int gone = 0;
    for (int i = 0; i < 2 * MANY; i++)
        stacks[i] = get(PAGE);
    for (int i = 0; i < 2 * MANY; i++)
        if (i % 4)
            stack_put(stacks[i]);
    for (int i = 0; i < 2 * MANY; i++)
        if (i % 4 == 0)
            memset(stack_bottom(stacks[i]), 0xaa, stack_usable(stacks[i]));
        else
            gone += !is_mapped(stacks[i]);
    ck_assert_int_gt(gone, MANY / 4);
}
END_TEST

static void use_after_fork(void *unused)
{
    (void)unused;
    stack_after_fork();
    struct stack *stack = stack_get(SIZE);
    child_expect(stack != NULL, "a stack");
    memset(stack_bottom(stack), 0xaa, SIZE - PAGE);
    stack_put(stack);
}

START_TEST(forked_child_has_stacks_too)
{
    stack_put(get(SIZE));
    child_succeeds(use_after_fork, NULL);
}
END_TEST

/* ---- a handler after each instruction, which forks ---- */

static volatile bool is_child;
static volatile int forks, failures;

static void fork_here(int number)
{
    int status = -1;
    (void)number;
    if (is_child)
        return;
    pid_t child = fork();
    if (child == 0) {
        is_child = true;
        stack_after_fork();
        return;
    }
    waitpid(child, &status, 0);
    forks++;
    failures += status != 0;
}

/* The stack that was being taken, and another one. */
static void use_two(struct stack *stack)
{
    struct stack *other = stack_get(SIZE);
    memset(stack_bottom(stack), 0xaa, stack_usable(stack));
    memset(stack_bottom(other), 0xaa, stack_usable(other));
    _exit(other == stack);
}

START_TEST(handler_that_forks_in_the_middle_of_it_leaves_its_child_stacks)
{
    for (int i = 0; i < 4; i++)
        get(SIZE); /* three more have been mapped now */
    ck_assert(signal(SIGTRAP, fork_here) != SIG_ERR);
    step(true);
    struct stack *stack = stack_get(SIZE);
    step(false);
    if (is_child)
        use_two(stack);
    ck_assert_int_gt(forks, 20);
    ck_assert_int_eq(failures, 0);
}
END_TEST

static rlim_t address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    child_expect(file && fscanf(file, "%lu", &pages) == 1, "statm");
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Seven of SIZE have been mapped that nobody uses; five of them leave room for one large one. */
static void use_their_room(void *unused)
{
    (void)unused;
    for (int i = 0; i < 8; i++)
        child_expect(stack_get(SIZE) != NULL, "a stack");
    const rlim_t space = address_space();
    struct rlimit limit = {space, space};
    child_expect(setrlimit(RLIMIT_AS, &limit) == 0, "a limit");
    struct stack *stack = stack_get(5 * SIZE);
    child_expect(stack != NULL, "a large stack");
    memset(stack_bottom(stack), 0xaa, stack_usable(stack));
}

START_TEST(room_of_those_that_nobody_uses_is_given_up_for_one_that_is_needed)
{
    child_succeeds(use_their_room, NULL);
}
END_TEST

START_TEST(size_that_cannot_be_had_is_refused)
{
    ck_assert_ptr_null(stack_get((size_t)1 << 60));
}
END_TEST

SUITE("stack", ONCE(all_of_it_can_be_used), ONCE(top_is_aligned_as_calls_want_it),
      ONCE(memory_is_taken_as_it_is_touched), EACH(what_runs_over_faults, 3),
      ONCE(stack_is_kept_for_the_next_task), ONCE(kept_stack_that_is_too_small_is_not_given),
      ONCE(none_lies_in_another), ONCE(only_so_many_are_kept),
      ONCE(those_in_use_stay_when_others_go), ONCE(forked_child_has_stacks_too),
      EACH(handler_that_forks_in_the_middle_of_it_leaves_its_child_stacks, CAN_STEP),
      ONCE(room_of_those_that_nobody_uses_is_given_up_for_one_that_is_needed),
      ONCE(size_that_cannot_be_had_is_refused))
