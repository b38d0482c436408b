/*
 * python.h: the Python interpreter in this process, found by name and never linked.
 *
 * It may be the program itself, a shared library, or one that an embedder opened RTLD_LOCAL. There
 * is nothing here that a thread without a Python thread state may use.
 */
#ifndef PYTHON_PYTHON_H
#define PYTHON_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct _object PyObject;
typedef struct _ts PyThreadState;
typedef struct _is PyInterpreterState;

struct python {
#define PYTHON(result, name, arguments)   result(*name) arguments;
#define OPTIONAL(result, name, arguments) result(*name) arguments;
#include "python/names.def"
    const void *begin, *end; /* the object it is in */
    int minor; /* of 3.minor, 0: not known. Before 12 "who has the GIL" is of all threads */
};

/*
 * The process's Python, or NULL, also after it was unloaded. Cheap when no object has been loaded
 * or unloaded since the last time; takes the loader's lock otherwise. From any thread; not from a
 * signal handler.
 */
const struct python *python_find(void);

/* Whether it has been found already. Async-signal-safe. */
bool python_is_found(void);

/* Whether the calling thread is one of Python's. */
bool python_has_thread(void);

/* Whether the interpreter is ending. */
bool python_is_finalizing(void);

/* Whether a return address is in the interpreter or one of the extension modules that come with it,
 * which hold no locks of their own when they block. */
bool python_is_caller(const void *address);

/* Whether an address is in the interpreter itself. */
bool python_contains(const void *address);

/* None, borrowed. With the GIL. */
PyObject *python_none(const struct python *python);

/* ---- the global interpreter lock ---- */

/* Whether the calling thread has it. */
bool python_holds_gil(void);

/* The calling thread's, or NULL: it is none of Python's, which is starting, ending, or may have
 * been unloaded, or has several interpreters. Takes no lock. */
PyThreadState *python_own_state(void);

/* How long a thread may have to wait for it. */
enum python_patience {
    PYTHON_UNASKED, /* nothing of it is called: see frames.h */
    PYTHON_IF_FREE, /* only when the thread has it, or nobody has it just now */
    PYTHON_WAIT,
};

struct python_gil {
    const struct python *python;
    PyThreadState *state; /* of this thread */
    bool taken;           /* it did not have it before */
    PyObject *pending[3]; /* an exception on its way, put aside: no Python code may run with one */
};

/*
 * Lets the calling thread use Python. Returns false, and nothing is changed, when it cannot: there
 * is no Python, it is starting or ending, the thread is none of its, there are several
 * interpreters, or patience ended.
 */
bool python_enter(struct python_gil *gil, enum python_patience patience);

/* Gives back what python_enter took. */
void python_leave(struct python_gil *gil);

#endif
