/*
 * closing.h: what the end of a descriptor is to the shim, however the program ends it.
 *
 * Tasks that wait for it are woken, and what is known of its number is forgotten. The shim's own
 * descriptors are as good as not there: closing them is EBADF, and ranges pass over them.
 *
 * From any thread, handler and child; nothing here is a point of cancellation. errno is the real
 * call's.
 */
#ifndef CALL_CLOSING_H
#define CALL_CLOSING_H

#include <stdbool.h>

/* Around the call that ends them: those from `first` to `last`. closing_end if it has. */
void closing_begin(unsigned first, unsigned last);
void closing_end(unsigned first, unsigned last);

/* As close(2), by `real`. `waits`: somebody may wait for it; if not, nothing runs here that needs
 * more than a small stack. */
int closing_one(int fd, int (*real)(int fd), bool waits);

/* As close_range(2), by `real`. */
int closing_range(unsigned first, unsigned last, int flags,
                  int (*real)(unsigned first, unsigned last, int flags));

#endif
