/*
 * frames.h: the calling thread's lines of Python, without the interpreter's lock and without a call
 * into the interpreter: by where things are in the memory of CPython 3.11.
 *
 * A thread that waits for the lock, or with a lock of the program's in hand, may not ask. But its
 * own frames stay as they are while it waits: nobody else runs them, and they hold what they refer
 * to. Debian's CPython and others may be built with other structs; so nothing is said before the
 * same text was read here as the interpreter itself has given.
 */
#ifndef PYTHON_FRAMES_H
#define PYTHON_FRAMES_H

#include <stddef.h>

/*
 * Writes the calling thread's Python frames into `text`, as python_stack does.
 *
 * Returns the length, 0 when there are none or they cannot be read: it is another release, it has
 * not been compared yet or was not the same, or the interpreter is ending. Takes no lock, allocates
 * nothing.
 */
size_t python_frames(char *text, size_t room);

/* The interpreter has given `expected` for the calling thread, which has its lock. */
void python_frames_compare(const char *expected, size_t length);

#endif
