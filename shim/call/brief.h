/*
 * brief.h: hooks of functions that seldom wait and are called often: opening and naming files,
 * writing through stdio. They are only logged, and only when a call takes TRACE_LONG_CALL_NS or
 * more.
 *
 *     BRIEF(int, rename, -1, error_by_errno, (const char *from, const char *to), (from, to))
 *
 * While such a call is in progress the trace has a record of it, so that one that never ends is
 * seen; a quick one takes its record away again. The call decides for nobody: what is called inside
 * of it (by callbacks of fopencookie, say) is a call of its own, and ends this one's record. In
 * signal handlers, and inside of another hooked call, there is no record; on a handler's alternate
 * stack not even a look.
 *
 * A trace that is read while it is written may lose the record at its very end by this. A printf
 * while half of the buffer is free is taken to fit into it: one that writes more at once, and
 * blocks, is not seen (fwrite, fputs and puts are, whatever their size).
 *
 * Measured under a trace: 70 to 80 ns for a call that might wait (stat 282 to 361 ns, a flush 125
 * to 190 ns), 1 to 2 ns for fputs into a buffer with room. fprintf takes 30 ns more on average (45
 * to 78 ns): its buffer is more than half full every other time. Without a trace: 1 to 4 ns.
 */
#ifndef CALL_BRIEF_H
#define CALL_BRIEF_H

#include "call/logged.h"

struct brief {
    struct log_call log; /* id, fd, caller: set by the hook */
    struct thread *thread;
    uint32_t signals; /* handlers that the thread had run before */
    bool is_recorded;
};

/* Whether there is nothing to do but the real call. */
static inline bool brief_is_plain(void)
{
    return __builtin_expect(!log_on(), 1) || !thread_has_variables() || this_thread.passing ||
           thread_on_alternate(&this_thread);
}

/* Both leave errno as it is. */
void brief_enter(struct brief *brief);
void brief_leave(struct brief *brief, int64_t result, int error);

#define BRIEF(type, symbol, descriptor, error_of, parameters, arguments) \
    BRIEF_CALL(false, (void)0, type, symbol, descriptor, error_of, parameters, arguments)

/* The same where `quick` says beforehand that the call cannot wait. */
#define BRIEF_UNLESS(quick, type, symbol, descriptor, error_of, parameters, arguments) \
    BRIEF_CALL(quick, (void)0, type, symbol, descriptor, error_of, parameters, arguments)

/* The same where something is done just before the call, be it recorded or not. */
#define BRIEF_AFTER(before, type, symbol, descriptor, error_of, parameters, arguments) \
    BRIEF_CALL(false, before, type, symbol, descriptor, error_of, parameters, arguments)

#define BRIEF_CALL(quick, before, type, symbol, descriptor, error_of, parameters, arguments)       \
    ENTRY(type, symbol, parameters, arguments)                                                     \
    {                                                                                              \
        if (brief_is_plain() || (quick))                                                           \
            return ((before), REAL(symbol) arguments);                                             \
        struct brief brief = {.log = {.id = CALL_##symbol, .fd = (descriptor), .caller = caller}}; \
        brief_enter(&brief);                                                                       \
        type result = ((before), REAL(symbol) arguments);                                          \
        brief_leave(&brief, (int64_t)result, error_of((int64_t)result));                           \
        return result;                                                                             \
    }

/* A pointer, in a trace 0 or 1. */
#define BRIEF_POINTER(type, symbol, descriptor, parameters, arguments) \
    BRIEF_POINTER_AFTER((void)0, type, symbol, descriptor, parameters, arguments)

#define BRIEF_POINTER_AFTER(before, type, symbol, descriptor, parameters, arguments)               \
    ENTRY(type, symbol, parameters, arguments)                                                     \
    {                                                                                              \
        if (brief_is_plain())                                                                      \
            return ((before), REAL(symbol) arguments);                                             \
        struct brief brief = {.log = {.id = CALL_##symbol, .fd = (descriptor), .caller = caller}}; \
        brief_enter(&brief);                                                                       \
        type result = ((before), REAL(symbol) arguments);                                          \
        brief_leave(&brief, result != NULL, result ? 0 : errno);                                   \
        return result;                                                                             \
    }

/* A result that does not say whether it failed. */
static inline int error_unknown(int64_t result)
{
    (void)result;
    return 0;
}

#endif
