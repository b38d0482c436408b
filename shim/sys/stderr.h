/*
 * stderr.h: whether descriptor 2 is still what the program was started with. A program may close it
 * and open a file of its own, which then has that number.
 */
#ifndef SYS_STDERR_H
#define SYS_STDERR_H

#include <stdbool.h>

/* Remembers what it is now. By the library's constructor. */
void stderr_remember(void);

/* Whether it is still that; true when nobody has remembered. From any thread; leaves errno alone.
 */
bool stderr_is_same(void);

#endif
