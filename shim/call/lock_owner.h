/*
 * lock_owner.h: which task of a thread has a lock, where libc only knows the thread.
 *
 * A recursive mutex lets its owner in again, and other locks tell their owner that he would wait
 * for himself. To libc all tasks of a thread are one. So the thread notes who has taken such a
 * lock.
 *
 * That is noted only where something cooperates, and costs about 3 ns. Another task of the thread
 * waits; the same one gets libc's answer (recursion, EDEADLK). Greenlets of a thread are one
 * strand, so while one has such a lock its thread does not park (thread->exclusive).
 */
#ifndef CALL_LOCK_OWNER_H
#define CALL_LOCK_OWNER_H

#include <stdbool.h>

struct strand;

enum lock_owner {
    LOCK_OWNER_UNKNOWN, /* nobody of this thread, or too many locks are taken */
    LOCK_OWNER_SELF,    /* the calling strand */
    LOCK_OWNER_OTHER,   /* another strand of the same thread */
};

/* The calling strand has taken a lock, or the calling thread is about to let it go. `is_exclusive`:
 * no other strand of the thread may run meanwhile. */
void lock_owner_add(const void *lock, bool is_exclusive);
void lock_owner_remove(const void *lock);

/* Whether a strand of the calling thread has such a lock. While it waits for another lock others
 * run, and may park: else one that sleeps again and again would keep it from going on. */
bool lock_owner_is_exclusive(const struct strand *strand);

enum lock_owner lock_owner_of(const void *lock);

#endif
