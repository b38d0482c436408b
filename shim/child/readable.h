/*
 * readable.h: whether what a program hands to exec can be read.
 *
 * The kernel answers a bad pointer with EFAULT. Whoever looks at the same before it must not crash
 * there. May be used after vfork and in signal handlers; leaves errno alone.
 */
#ifndef CHILD_READABLE_H
#define CHILD_READABLE_H

#include <stdbool.h>

/* A string, up to its end; an environment, its variables included. NULL can be read. */
bool readable_text(const char *text);
bool readable_environment(char *const *environment);

#endif
