/*
 * step.h: the first things that happened, in their order, as words: open, send, block, recv. The
 * order alone tells a program that waits for each answer before it sends the next request.
 */
#ifndef ACCOUNT_STEP_H
#define ACCOUNT_STEP_H

#include <stddef.h>

enum { STEPS_MAX = 256 };

enum step { STEP_OPEN, STEP_SEND, STEP_BLOCK, STEP_RECEIVE };

struct steps {
    enum step items[STEPS_MAX];
    size_t count;
};

/* Appends a step while there is room. */
static inline void steps_add(struct steps *steps, enum step step)
{
    if (steps->count < STEPS_MAX)
        steps->items[steps->count++] = step;
}

#endif
