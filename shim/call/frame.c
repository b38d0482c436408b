#include "call/frame.h"

#include "sys/self.h"
#include "unwind/unwind.h"

/* Further apart than this, a frame may be on another stack: fibers' stacks may be small. */
#define NEAR 4096

/* Whether the stack that this stands on goes up to `at`. */
static __attribute__((noinline)) bool reaches(uint64_t at, bool unknown)
{
    struct unwind unwind;
    enum unwind_state state;
    unwind_begin(&unwind);
    while ((state = unwind_next(&unwind)) == UNWIND_FRAME)
        if (unwind.registers.column[STACK_POINTER] > at)
            return true;
    return state != UNWIND_START && unknown;
}

/* Whether what stands at `at` is a frame of code of ours that has called others, and these us: what
 * lies within a frame of the hook that asks was left, and the hook has not written there. Where the
 * walk fails nobody knows. */
static __attribute__((noinline)) bool is_ours(uint64_t at)
{
    struct unwind unwind;
    enum unwind_state state;
    bool is_here, was_elsewhere = false;
    unwind_begin(&unwind);
    do {
        is_here = self_contains((const void *)unwind.pc);
        was_elsewhere |= !is_here;
        state = unwind_next(&unwind);
    } while (state == UNWIND_FRAME && unwind.registers.column[STACK_POINTER] <= at);
    return state == UNWIND_FRAME ? is_here && was_elsewhere : state != UNWIND_START;
}

/* Whether it is in the memory where it was, which its function may have left all the same. */
static bool is_there(struct frame *frame, uint64_t here)
{
    struct memory memory;
    uint64_t mark;
    if (frame->at <= here)
        return false;
    memory_begin(&memory, here);
    if (memory_read(&memory, frame->at, &mark) && mark == frame->mark)
        return true;
    frame->at = 0;
    return false;
}

bool frame_is_below(struct frame *frame, bool unknown)
{
    uint64_t here = (uintptr_t)__builtin_frame_address(0);
    return is_there(frame, here) && (frame->at - here < NEAR || reaches(frame->at, unknown));
}

bool frame_is_around(struct frame *frame)
{
    return is_there(frame, (uintptr_t)__builtin_frame_address(0)) && is_ours(frame->at);
}
