/*
 * stack.h: the stack of the calling strand, from the hook's caller on (unwind/unwind.h).
 */
#ifndef LOG_STACK_H
#define LOG_STACK_H

#include <stdbool.h>
#include <stdint.h>

/* Why a walk came to its end. Of the first two all frames are known. */
enum stack_end {
    STACK_START,     /* the first frame of a thread or of one of greq's tasks */
    STACK_COROUTINE, /* the first of a coroutine's: what lies beyond it is of any coroutine */
    STACK_FULL,      /* there are more than `max` */
    STACK_NO_MODULE, /* code that is in no module */
    STACK_NO_TABLE,  /* a module does not tell how its frames are */
    STACK_BAD,       /* the table or the stack breaks the rules */
};

static inline bool stack_is_whole(enum stack_end end)
{
    return end == STACK_START || end == STACK_COROUTINE;
}

/*
 * Stores up to `max` return addresses, innermost first, without the frames of libgreq.so that are
 * innermost or outermost. Returns how many. `end` may be NULL.
 */
uint32_t stack_walk(uint64_t *frames, uint32_t max, enum stack_end *end);

#endif
