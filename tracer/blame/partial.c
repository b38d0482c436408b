#include "blame/partial.h"

#include "base/memory.h"

#include <stdio.h>

enum { REMEDY_SIZE = 512 };

static const char *const reasons[TRACE_REFUSAL_COUNT] = {
#define REASON(name, word, text) [TRACE_REFUSAL_##name] = text,
    TRACE_REFUSALS(REASON)
#undef REASON
};

/* With the function's name in it. */
static const char *const remedies[TRACE_REFUSAL_COUNT] = {
    [TRACE_REFUSAL_NONE] = "call %s on a thread of its own",
    [TRACE_REFUSAL_NOT_PATCHED] = "stop excluding %s (or its family) in GREQ_PATCH",
    [TRACE_REFUSAL_LOGGED_ONLY] = "call %s on a thread of its own (a pool of threads)",
    [TRACE_REFUSAL_IN_HANDLER] = "do not call %s in a signal handler: note the signal there, and "
                                 "wait elsewhere",
    [TRACE_REFUSAL_SHARED_LOCK] =
        "do not call %s while holding that lock (a recursive or error-checking mutex, or a "
        "read-write lock): it belongs to the thread, so no other task may run meanwhile",
    [TRACE_REFUSAL_INITIALISER] =
        "do not call %s in pthread_once, call_once or the initialiser of a "
        "static variable: nobody else may run before that is done",
    [TRACE_REFUSAL_LIBC_LOCK] =
        "use a plain mutex: one with priorities or error checks lets nobody else run in %s",
    [TRACE_REFUSAL_THREAD_STATE] = "call %s on a thread of its own (a hub's pool of threads); if "
                                   "nothing that the module keeps "
                                   "matters there, GREQ_PATCH=through:MODULE lets it park",
    [TRACE_REFUSAL_STACK_UNKNOWN] =
        "call %s on a thread of its own (a hub's pool of threads), or from code with unwind tables",
    [TRACE_REFUSAL_HOLDS_GIL] =
        "let the module release the interpreter's lock around %s; if no other code relies on that "
        "lock there, GREQ_PATCH=through:MODULE lets it park",
    [TRACE_REFUSAL_RUNTIME_LOOP] =
        "do not call %s in a coroutine, and run loops on threads of their own",
    [TRACE_REFUSAL_NO_INTERPRETER] = "call %s while the interpreter runs",
    [TRACE_REFUSAL_NO_HUB] = "call %s in a thread that has a hub",
    [TRACE_REFUSAL_IN_HUB] = "do not call %s in the hub's own callbacks: spawn a greenlet for it",
    [TRACE_REFUSAL_STANDARD_STREAM] =
        "call %s on a thread of its own: standard streams are not shared by greenlets",
    [TRACE_REFUSAL_EXCLUSIVE] =
        "do not call %s while holding an RLock, in an import or in a write to a buffered file",
    [TRACE_REFUSAL_NO_SWITCH] =
        "call %s on a thread of its own: gevent, eventlet and the start of a "
        "thread rely on it that nobody else runs meanwhile",
    [TRACE_REFUSAL_FORKED] = "let the child's hub run once before it calls %s, or start it by exec",
    [TRACE_REFUSAL_FAILED] =
        "raise the limits of memory, descriptors (ulimit -n) and threads for %s",
};

/* The reason that held tasks up longest. */
static unsigned worst(const struct blamed_call *call)
{
    const struct refused_calls *refused = call->group->refused;
    unsigned found = TRACE_REFUSAL_NONE;
    for (unsigned i = 1; i < TRACE_REFUSAL_COUNT; i++)
        if (refused[i].held > refused[found].held)
            found = i;
    return found;
}

static bool is_for_module(unsigned refusal)
{
    return refusal == TRACE_REFUSAL_THREAD_STATE || refusal == TRACE_REFUSAL_HOLDS_GIL;
}

const char *partial_reason(char text[PARTIAL_REASON_SIZE], const struct blamed_call *call)
{
    unsigned refusal = worst(call);
    const char *refuser = is_for_module(refusal) ? call->group->refuser : NULL;
    if (refusal == TRACE_REFUSAL_NOT_PATCHED)
        snprintf(text, PARTIAL_REASON_SIZE, "was not patched (GREQ_PATCH)");
    else if (refusal == TRACE_REFUSAL_NONE)
        snprintf(text, PARTIAL_REASON_SIZE, "was not cooperative");
    else
        snprintf(text, PARTIAL_REASON_SIZE, "was the real call (%s%s%.100s)", reasons[refusal],
                 refuser ? ": " : "", refuser ? refuser : "");
    return text;
}

bool partial_is_for_another_reason(const struct blamed_call *call)
{
    unsigned refusal = worst(call);
    return refusal != TRACE_REFUSAL_NONE && refusal != TRACE_REFUSAL_NOT_PATCHED;
}

char *partial_remedy(const char *name, const struct blamed_call *call)
{
    char text[REMEDY_SIZE];
    snprintf(text, sizeof text, remedies[worst(call)], name);
    return memory_copy(text);
}
