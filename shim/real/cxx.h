/*
 * cxx.h: the C++ runtimes of the process: their exceptions in flight, and their functions.
 *
 * A runtime (libstdc++, libc++abi) keeps two words per thread: which exceptions are being handled,
 * and how many are on their way. They belong to the code that threw, so a task or greenlet takes
 * them along when it leaves the thread. A runtime may be loaded at any time, where no weak
 * reference sees it, and there may be several.
 *
 * For the thread whose exceptions they are. Allocates nothing itself, but a runtime's first use in
 * a thread may.
 */
#ifndef REAL_CXX_H
#define REAL_CXX_H

#include "real/calls.h"
#include "sys/elf.h"

#include <stdint.h>

/* So many runtimes are known at once; the exceptions of another one stay with the thread. */
#define CXX_RUNTIMES 4

/* __cxa_eh_globals of the C++ ABI. */
struct cxx_globals {
    void *caught;
    uint64_t uncaught; /* an unsigned int and what the alignment leaves */
};

struct cxx_exceptions {
    unsigned count;
    struct cxx_globals of[CXX_RUNTIMES];
};

/*
 * The runtimes as the thread knows them. Where the words are is asked for each time: a program may
 * have a __cxa_get_globals of its own, which looks at what its own coroutines do.
 */
struct cxx_runtimes {
    uint64_t version; /* elf_objects_version() when it was looked last, and 1; 0: never */
    unsigned count;
    struct cxx_globals *(*places[CXX_RUNTIMES])(void); /* __cxa_get_globals; NULL: none there */
};
extern __thread struct cxx_runtimes cxx_runtimes __attribute__((tls_model("initial-exec")));

/* Looks for them; and what follows does its work once there is any. */
void cxx_runtimes_look(uint64_t version);
void cxx_globals_take(struct cxx_exceptions *exceptions);
void cxx_globals_put(const struct cxx_exceptions *exceptions);

static inline void cxx_runtimes_update(void)
{
    uint64_t version = elf_objects_version();
    if (__builtin_expect(cxx_runtimes.version != version + 1, 0))
        cxx_runtimes_look(version);
}

/* Moves the thread's exceptions out; it has none then. After cxx_runtimes_update. */
static inline void cxx_exceptions_take(struct cxx_exceptions *exceptions)
{
    exceptions->count = cxx_runtimes.count;
    if (exceptions->count)
        cxx_globals_take(exceptions);
}

/* Moves them back in, in place of what the thread has. All zero is "none". */
static inline void cxx_exceptions_put(const struct cxx_exceptions *exceptions)
{
    if (!cxx_runtimes.count)
        return;
    cxx_runtimes_update(); /* a greenlet may have been away for long */
    cxx_globals_put(exceptions);
}

/* ---- functions ---- */

/*
 * The runtime's function for a call of it that returns to `caller`: the one that the caller would
 * have been bound to. Asks the loader for nothing that may be missing, and allocates nothing where
 * there is one runtime.
 */
void *cxx_find(enum call_id id, const void *caller);

#endif
