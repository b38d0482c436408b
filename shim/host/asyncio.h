/*
 * asyncio.h: what greenlet_py/asyncio.py needs of C: the functions by which a task steps its
 * coroutine, the word that a thread has tasks; and whether it can be had here.
 */
#ifndef HOST_ASYNCIO_H
#define HOST_ASYNCIO_H

#include "python/python.h"

/* Whether asyncio was asked for and may be had with this Python. Says once why not. */
bool asyncio_is_wanted(const struct python *python);

/* The process begins, and ends: where it has no Python the word was for nothing. */
void asyncio_begin(void);
void asyncio_end(void);

/* The greenlet package is not there: says so, once. */
void asyncio_lacks_greenlet(void);

/*
 * With the GIL. Puts into the module's names what its code calls:
 *
 *     _make_steps(lane, send, throw): (is_parked, send, throw) of a task whose coroutine has these
 *     _adopt_thread(): tasks of the calling thread may be parked from now on
 *
 * Returns whether it was possible.
 */
bool asyncio_open(const struct python *python, PyObject *names);

/* The greenlet package's. */
void asyncio_set_getcurrent(PyObject *function);

#endif
