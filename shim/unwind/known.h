/*
 * known.h: code that was walked over before, for walks of a few nanoseconds a frame, and a question
 * to the kernel for each page of stack.
 *
 * Of each return address one word is kept: where the frame's caller is, and a mark that whoever
 * walks has made. The table holds what was true in a generation of loaded objects, which the caller
 * counts: after an object was loaded nothing is known. The stack is read as by unwind.h: where a
 * fiber's stack begins there may be any word as a return address, and what was above one fiber's
 * stack need not be above the next one's.
 *
 * From any thread, without a lock; a frame that two threads write at once is not known.
 */
#ifndef UNWIND_KNOWN_H
#define UNWIND_KNOWN_H

#include "unwind/unwind.h"

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#    define FRAME_POINTER 6
#elif defined(__aarch64__)
#    define FRAME_POINTER 29
#endif

enum { KNOWN_MARK_BITS = 12 };

struct known_walk {
    uint64_t pc, stack_pointer, frame_pointer;
    struct memory memory;
    unsigned generation;
    unsigned mark; /* of the frame */
};

enum known_state { KNOWN_FRAME, KNOWN_START, KNOWN_NOT };

/* A walk from where an unwind has begun. */
static inline struct known_walk known_begin(const struct unwind *unwind, unsigned generation)
{
    return (struct known_walk){unwind->pc,
                               unwind->registers.column[STACK_POINTER],
                               unwind->registers.column[FRAME_POINTER],
                               unwind->memory,
                               generation,
                               0};
}

/* Looks at the frame and goes on to its caller. KNOWN_START: the stack begins in this frame. */
enum known_state known_next(struct known_walk *walk);

/* A frame that an unwind has walked over: where it was when it stood there. */
struct known_frame {
    struct module module;
    uint64_t pc;
    bool at_instruction;
};

static inline struct known_frame known_frame_of(const struct unwind *unwind)
{
    return (struct known_frame){unwind->module, unwind->pc, unwind->at_instruction};
}

/* Keeps it, if its rule is simple enough. */
void known_add(const struct known_frame *frame, unsigned generation, unsigned mark);

/* The same where the stack begins. */
void known_add_start(uint64_t pc, unsigned generation, unsigned mark);

#endif
