/*
 * loader_lock.h: the loader's lock, which another thread may have while one forks.
 *
 * dl_iterate_phdr and dlopen take it, and fork does not free it in the child (glibc: only dlopen's
 * other one). Whoever asks the loader there waits for ever, though the program itself may never do:
 * it is freed, as a child has one thread. The lock has no name. But dl_iterate_phdr holds it while
 * it calls back, and then it is the first recursive mutex among the loader's variables that this
 * thread has taken once.
 */
#ifndef SYS_LOADER_LOCK_H
#define SYS_LOADER_LOCK_H

#include <stdbool.h>

/* When the library is loaded. Does nothing where there is no such lock: of another libc, or of a
 * program that has a dl_iterate_phdr of its own. */
void loader_lock_find(void);

/* Whether the calling thread has it: who forks so goes on in the child where it was. Asks the
 * kernel only if somebody has it. */
bool loader_lock_is_own(void);

/* In the child of a thread that did not have it, before there is another thread. Makes no system
 * call. */
void loader_lock_free(void);

#endif
