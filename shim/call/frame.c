#include "call/frame.h"

#include "unwind/unwind.h"

/* Further apart than this, a frame may be on another stack: fibers' stacks may be small. */
#define NEAR 4096

void frame_put(struct thread *thread, struct frame *frame, uint64_t *mark)
{
    uint64_t count = ++thread->marks;
    *mark = (count << 48) ^ (count << 1) ^ (uintptr_t)thread;
    *frame = (struct frame){(uintptr_t)mark, *mark};
}

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

bool frame_is_live(struct frame *frame, bool unknown)
{
    uint64_t here = (uintptr_t)__builtin_frame_address(0), mark;
    struct memory memory;
    if (frame->at <= here)
        return false;
    memory_begin(&memory, here);
    if (!memory_read(&memory, frame->at, &mark) || mark != frame->mark) {
        frame->at = 0;
        return false;
    }
    return frame->at - here < NEAR || reaches(frame->at, unknown);
}
