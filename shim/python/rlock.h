/*
 * rlock.h: counts the threading.RLocks that a thread holds.
 *
 * An RLock belongs to a thread, so a second greenlet of the thread that holds it walks in as if it
 * were the first. Its exclusion holds only while the holder does not leave the thread to others:
 * this_thread.exclusive says that it must not.
 */
#ifndef PYTHON_RLOCK_H
#define PYTHON_RLOCK_H

#include "python/python.h"

/*
 * Begins to count, in all threads, what is acquired from now on. Locks that are implemented in
 * Python, and gevent's own, are none of these. Needs the GIL; once is enough.
 */
void rlock_count(const struct python *python);

#endif
