#include "log/stack.h"

#include "sys/self.h"
#include "unwind/unwind.h"

#include <stddef.h>

static enum stack_end end_of(enum unwind_state state)
{
    switch (state) {
    case UNWIND_START:
        return STACK_START;
    case UNWIND_NO_MODULE:
        return STACK_NO_MODULE;
    case UNWIND_NO_TABLE:
        return STACK_NO_TABLE;
    default:
        return STACK_BAD;
    }
}

static enum stack_end walk(uint64_t *frames, uint32_t max, uint32_t *count)
{
    struct unwind unwind;
    enum unwind_state state;
    unwind_begin(&unwind);
    while ((state = unwind_next(&unwind)) == UNWIND_FRAME) {
        if (*count == 0 && self_contains((const void *)unwind.pc))
            continue;
        if (*count == max)
            return STACK_FULL;
        frames[(*count)++] = unwind.pc;
        if (unwind_begins_in(unwind.module.name))
            return STACK_COROUTINE;
    }
    return end_of(state);
}

uint32_t stack_walk(uint64_t *frames, uint32_t max, enum stack_end *end)
{
    uint32_t count = 0;
    enum stack_end reason = walk(frames, max, &count);
    /* A task's stack ends in the shim's own entry function. */
    while (count && self_contains((const void *)frames[count - 1]))
        count--;
    if (end)
        *end = reason;
    return count;
}
