/*
 * logged.h: hooks of functions that are only logged: each is the real call, with a record of it.
 *
 *     LOGGED(ssize_t, tee, in, error_by_errno, (int in, int out, size_t size, unsigned flags),
 *            (in, out, size, flags))
 *
 * descriptor  the descriptor that it is about, or -1
 * error_of    how its result says that it failed
 *
 * The record gives LOGGED_ONLY (hooks.def) as the reason. A wait for a signal is by the thread's
 * mask, which all of its tasks share; queues of System V have no descriptor, and a helper thread
 * could not be called back from them; res_query and kin use the thread's own resolver.
 */
#ifndef CALL_LOGGED_H
#define CALL_LOGGED_H

#include "call/call.h"

#define LOGGED(type, symbol, descriptor, error_of, parameters, arguments)                        \
    ENTRY(type, symbol, parameters, arguments)                                                   \
    {                                                                                            \
        if (call_is_plain())                                                                     \
            return REAL(symbol) arguments;                                                       \
        struct call call = {.log = {.id = CALL_##symbol, .fd = (descriptor), .caller = caller}}; \
        call_enter(&call);                                                                       \
        type result = REAL(symbol) arguments;                                                    \
        call_leave_with(&call, (int64_t)result, error_of((int64_t)result));                      \
        return result;                                                                           \
    }

/* -1, and errno. */
static inline int error_by_errno(int64_t result)
{
    return result < 0 ? errno : 0;
}

/* The error number itself, or 0. */
static inline int error_by_code(int64_t result)
{
    return (int)result;
}

#endif
