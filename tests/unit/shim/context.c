/*
 * The switch from one stack to another, by hand: no scheduler, and no sanitizer told of it.
 */
#include "task/context.h"

#include "suite.h"

#include <fenv.h>
#include <stdbool.h>
#include <stdint.h>
#include <unwind.h>

static _Alignas(16) char stack[64 << 10];
static void *const stack_top = stack + sizeof stack;
static void *here, *there;

static void go_there(void)
{
    context_switch(&here, there);
}

static void go_back(void)
{
    context_switch(&there, here);
}

/* ---- going and coming ---- */

static int visits;
static uintptr_t frame;

static void visit(void *argument)
{
    frame = (uintptr_t)__builtin_frame_address(0);
    for (;;) {
        visits += *(int *)argument;
        go_back();
    }
}

START_TEST(each_side_goes_on_where_it_was_left)
{
    int step = 5;
    there = context_prepare(stack_top, visit, &step);
    go_there();
    ck_assert_int_eq(visits, 5);
    step = 2;
    go_there();
    go_there();
    ck_assert_int_eq(visits, 9);
}
END_TEST

/* The ABI wants it so at a call, and vector instructions fault otherwise. */
START_TEST(stack_is_aligned_at_the_entry)
{
    int step = 1;
    there = context_prepare(stack_top, visit, &step);
    go_there();
    ck_assert_uint_eq(frame % 16, 0);
    ck_assert_uint_gt(frame, (uintptr_t)stack);
    ck_assert_uint_lt(frame, (uintptr_t)stack_top);
}
END_TEST

/* ---- what the callee has to keep ---- */

#if defined(__x86_64__)
/* Fills the callee-saved registers with `value` and its successors, switches, and counts those that
 * came back different. */
int switch_with_registers(void **save, void *load, uint64_t value);
__asm__(".text\n"
        "switch_with_registers:\n"
        "    push %rbx\n"
        "    push %rbp\n"
        "    push %r12\n"
        "    push %r13\n"
        "    push %r14\n"
        "    push %r15\n"
        "    push %rdx\n"
        "    lea 0(%rdx), %rbx\n"
        "    lea 1(%rdx), %rbp\n"
        "    lea 2(%rdx), %r12\n"
        "    lea 3(%rdx), %r13\n"
        "    lea 4(%rdx), %r14\n"
        "    lea 5(%rdx), %r15\n"
        "    call context_switch\n"
        "    pop %rdx\n"
        "    sub %rdx, %rbx\n"
        "    sub %rdx, %rbp\n"
        "    sub %rdx, %r12\n"
        "    sub %rdx, %r13\n"
        "    sub %rdx, %r14\n"
        "    sub %rdx, %r15\n"
        "    xor %eax, %eax\n"
        "    xor %ecx, %ecx\n"
        "    cmp $0, %rbx\n"
        "    setne %cl\n"
        "    add %ecx, %eax\n"
        "    cmp $1, %rbp\n"
        "    setne %cl\n"
        "    add %ecx, %eax\n"
        "    cmp $2, %r12\n"
        "    setne %cl\n"
        "    add %ecx, %eax\n"
        "    cmp $3, %r13\n"
        "    setne %cl\n"
        "    add %ecx, %eax\n"
        "    cmp $4, %r14\n"
        "    setne %cl\n"
        "    add %ecx, %eax\n"
        "    cmp $5, %r15\n"
        "    setne %cl\n"
        "    add %ecx, %eax\n"
        "    pop %r15\n"
        "    pop %r14\n"
        "    pop %r13\n"
        "    pop %r12\n"
        "    pop %rbp\n"
        "    pop %rbx\n"
        "    ret\n");

static int lost_there;

static void use_registers(void *unused)
{
    (void)unused;
    for (uint64_t value = 1000;; value += 1000)
        lost_there += switch_with_registers(&there, here, value);
}

START_TEST(registers_of_both_sides_survive)
{
    there = context_prepare(stack_top, use_registers, NULL);
    for (uint64_t value = 7; value < 70; value += 7)
        ck_assert_int_eq(switch_with_registers(&here, there, value), 0);
    ck_assert_int_eq(lost_there, 0);
}
END_TEST
#    define REGISTER_TESTS ONCE(registers_of_both_sides_survive),
#else
#    define REGISTER_TESTS
#endif

static bool rounding_changed;

static void round_down(void *unused)
{
    (void)unused;
    fesetround(FE_DOWNWARD);
    for (;;) {
        go_back();
        rounding_changed |= fegetround() != FE_DOWNWARD;
    }
}

START_TEST(each_side_rounds_its_own_way)
{
    there = context_prepare(stack_top, round_down, NULL);
    fesetround(FE_UPWARD);
    for (int i = 0; i < 3; i++) {
        go_there();
        ck_assert_int_eq(fegetround(), FE_UPWARD);
    }
    ck_assert(!rounding_changed);
    fesetround(FE_TONEAREST);
}
END_TEST

static int rounding_found;

static void look_at_rounding(void *unused)
{
    (void)unused;
    rounding_found = fegetround();
    for (;;)
        go_back();
}

/* As a new thread does. */
START_TEST(new_side_rounds_as_its_maker_did)
{
    fesetround(FE_TOWARDZERO);
    there = context_prepare(stack_top, look_at_rounding, NULL);
    fesetround(FE_TONEAREST);
    go_there();
    ck_assert_int_eq(rounding_found, FE_TOWARDZERO);
}
END_TEST

/* ---- unwinding ---- */

static int frames;
static _Unwind_Reason_Code ended_with;

static _Unwind_Reason_Code count_frame(struct _Unwind_Context *context, void *unused)
{
    (void)context, (void)unused;
    return ++frames < 50 ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

static void unwind(void *unused)
{
    (void)unused;
    ended_with = _Unwind_Backtrace(count_frame, NULL);
    for (;;)
        go_back();
}

/* An exception or a backtrace of a task must not wander over whatever lies above its stack. */
START_TEST(unwinders_stop_at_the_entry)
{
    there = context_prepare(stack_top, unwind, NULL);
    go_there();
    ck_assert_int_eq(ended_with, _URC_END_OF_STACK);
    ck_assert_int_ge(frames, 1);
    ck_assert_int_le(frames, 3);
}
END_TEST

SUITE("context", ONCE(each_side_goes_on_where_it_was_left), ONCE(stack_is_aligned_at_the_entry),
      REGISTER_TESTS ONCE(each_side_rounds_its_own_way), ONCE(new_side_rounds_as_its_maker_did),
      ONCE(unwinders_stop_at_the_entry))
