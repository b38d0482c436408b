/*
 * initialiser.h: code that runs once, while others who want it done wait in libc or in a C++
 * runtime: by pthread_once, call_once, or for a static variable of a C++ function.
 *
 * Those take all strands of a thread for one. If another task wants what a parked task is about to
 * initialise, the thread waits for itself for ever, or the runtime finds a recursion and aborts. So
 * whoever runs an initialiser makes real calls. It may still leave the thread to others for a lock,
 * which one of them may have; another task that comes to the same initialiser then waits parked.
 *
 * The next call finds out that an initialiser was left by an exception or by siglongjmp: a frame of
 * ours no longer stands where it did. __cxa_guard_* are resolved as the loader would have bound the
 * caller (real/cxx_find.c).
 */
#ifndef CALL_INITIALISER_H
#define CALL_INITIALISER_H

#include "sys/thread.h"

#include <stdbool.h>
#include <stdint.h>

/* An initialiser in progress that is a call; on its hook's stack. */
struct initialiser {
    const void *control;
    struct frame around; /* what the strand was in before */
    uint64_t mark;
};

/* By pthread_once and call_once. It is found out later if it was left by an exception or by
 * siglongjmp. */
void initialiser_begin(struct initialiser *initialiser, const void *control);
void initialiser_end(struct initialiser *initialiser);

/* Of a static variable: the runtime has said that the calling code is to initialise it; it has
 * done so, or failed. `frame`: of the hook that was called for the first. */
void initialiser_guard_begin(const void *guard, const void *frame);
void initialiser_guard_end(const void *guard);

/* The same as below, of a strand that has noted some. */
bool initialiser_is_around(struct strand *strand);

/* Whether the calling strand runs one. */
static inline bool initialiser_is_running(struct strand *strand)
{
    return __builtin_expect(strand->initialiser.at || strand->guards, 0) &&
           initialiser_is_around(strand);
}

/* Leaves the thread to others as long as another strand of it runs this initialiser. `is_open` says
 * whether its state is still that of one in progress. */
void initialiser_await_other(const void *control, bool (*is_open)(const void *control));

#endif
