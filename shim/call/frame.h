/*
 * frame.h: frames of ours on stacks that may be gone.
 *
 * A call in progress and a running handler are found again later. They lie on a stack of the
 * program, which may have left them by siglongjmp, have gone to another stack, or have unmapped the
 * one they were on and mapped another there. So where they are and a mark that is in them are kept
 * by value (struct frame, sys/thread.h), and nothing else of them is read before it is known that
 * they still are where they were.
 */
#ifndef CALL_FRAME_H
#define CALL_FRAME_H

#include "sys/thread.h"

#include <stdbool.h>

/* From a thread's mark to its next one. */
#define FRAME_STEP ((UINT64_C(1) << 48) + 2)

/* Marks a frame; `mark` is a variable in it. No two marks of a process are the same. */
static inline void frame_put(struct thread *thread, struct frame *frame, uint64_t *mark)
{
    thread->marks += FRAME_STEP;
    *mark = thread->marks ^ (uintptr_t)thread;
    *frame = (struct frame){(uintptr_t)mark, *mark};
}

/*
 * Whether the calling code runs in a function that the frame's function has called. `unknown` is
 * the answer where the frame is far away and the code between has no unwind tables. A frame that is
 * nowhere any more is forgotten (at is 0); another may be on a stack that waits.
 */
bool frame_is_below(struct frame *frame, bool unknown);

static inline bool frame_is_live(struct frame *frame, bool unknown)
{
    return frame->at && frame_is_below(frame, unknown);
}

/* The same, and whose frame is there now is looked up: one that was left may not have been
 * overwritten yet. Costs a walk up the stack. */
bool frame_is_around(struct frame *frame);

/*
 * Whether a strand's outermost call is in progress around the calling code. A handler may have left
 * it by siglongjmp, and the mark may still be in memory where nobody has written since, while what
 * stood beside it is gone: where one has run since the strand's last call the stack is walked. A
 * frame that was left is forgotten.
 */
static inline bool frame_is_of_call(struct frame *frame, const struct thread *thread,
                                    const struct strand *strand)
{
    if (!frame_is_live(frame, false))
        return false;
    if (strand->signals.all == thread->signals.all || frame_is_around(frame))
        return true;
    frame->at = 0;
    return false;
}

#endif
