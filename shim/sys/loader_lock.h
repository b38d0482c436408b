/*
 * loader_lock.h: has a thread that a fork did not copy the loader's lock?
 *
 * dl_iterate_phdr and dlopen take it, and fork does not free it in the child (glibc: only dlopen's
 * other one). Whoever asks the loader there waits for ever, though the program itself may never do.
 * The lock has no name. But dl_iterate_phdr holds it while it calls back, and then it is the first
 * recursive mutex among the loader's variables that this thread has taken once.
 */
#ifndef SYS_LOADER_LOCK_H
#define SYS_LOADER_LOCK_H

#include <stdbool.h>

/* When the library is loaded. Does nothing where there is no such lock: of another libc, or of a
 * program that has a dl_iterate_phdr of its own. */
void loader_lock_find(void);

/* Whether its owner is no thread of this process. Reads a word; false if the lock was not found.
 * Keeps errno. */
bool loader_lock_is_lost(void);

#endif
