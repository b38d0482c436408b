/*
 * stack.h: which Python lines made a call.
 *
 * A call may have to wait for the GIL to say so, and then only after a long call. It does where the
 * interpreter or its own modules made it, which take the GIL next anyway. A library's call asks
 * only when the GIL is free (which can be found out before Python 3.12), since the library may hold
 * a lock that whoever has the GIL wants. For the same reason waits for mutexes and conditions do
 * not ask. Where nobody is asked the frames are read without the GIL, of CPython 3.11 (frames.h).
 */
#ifndef PYTHON_STACK_H
#define PYTHON_STACK_H

#include "python/python.h"

/* With its end. */
enum { TASK_NAME_SIZE = 64 };

/*
 * Writes the Python frames of the calling thread into `text`, NUL-terminated: a line for each,
 * innermost first, "FILE:LINE FUNCTION\n", as many as there is room for. `task`, of TASK_NAME_SIZE
 * bytes, or NULL, receives the name of the asyncio task that runs them, or is made empty.
 *
 * Returns the length, 0 when there are none or they cannot be had with this patience.
 */
size_t python_stack(char *text, size_t room, char *task, enum python_patience patience);

#endif
