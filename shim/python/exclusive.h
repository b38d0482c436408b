/*
 * exclusive.h: notes which greenlets are in a place that takes all greenlets of a thread for one.
 *
 * A threading.RLock lets in a second greenlet of the thread that holds it, a module that is being
 * imported is handed to it half made, and a BufferedWriter refuses it. All of them know threads
 * only. So a greenlet must not leave its thread to others while it is in there.
 */
#ifndef PYTHON_EXCLUSIVE_H
#define PYTHON_EXCLUSIVE_H

#include "python/python.h"

/*
 * Begins to take note, in threads that have a loop, in `held`: a dict of greenlets and how often
 * they are in such a place. `getcurrent` is greenlet's; `watch_imports` gets a function that
 * counts. Locks that are implemented in Python, and gevent's own, are not seen. Needs the GIL;
 * once.
 */
void exclusive_watch(const struct python *python, PyObject *held, PyObject *getcurrent,
                     PyObject *watch_imports);

/* The interpreter has ended. */
void exclusive_end(void);

#endif
