/*
 * greenlets.h: whether this process has Python's greenlet module, and where.
 *
 * Greenlets take turns on one piece of stack: what is in use by one is copied away for the next.
 * The innermost frame of the module is the running greenlet's first; what lies beyond it is of any
 * time and any greenlet, and no return address there can be followed.
 */
#ifndef PYTHON_GREENLETS_H
#define PYTHON_GREENLETS_H

#include <stdbool.h>

/* Looks for the module, if anything has been loaded since the last time. Takes the loader's lock
 * then. Returns whether it is there; like all of Python's modules it is never unloaded. */
bool greenlets_find(void);

/* Whether the module is the one whose file has this path. */
bool greenlets_are_in(const char *path);

#endif
