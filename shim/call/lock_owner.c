#include "call/lock_owner.h"

#include "config/config.h"
#include "sys/check.h"
#include "sys/thread.h"

#include <stddef.h>

/* A thread rarely has more than a few such locks at once. */
#define MAX_OWNED 32

static __thread struct {
    unsigned count;
    struct {
        const void *lock;
        const struct strand *strand;
        bool exclusive;
    } locks[MAX_OWNED];
} owned __attribute__((tls_model("initial-exec")));

static unsigned find(const void *lock)
{
    unsigned place = owned.count;
    while (place && owned.locks[place - 1].lock != lock)
        place--;
    return place;
}

/* A host's coroutines are one strand: while one has such a lock, no other may run. */
static void set_exclusive(unsigned place, bool on)
{
    bool *exclusive = &owned.locks[place - 1].exclusive;
    if (on != *exclusive)
        this_thread.exclusive += on ? 1 : -1u;
    *exclusive = on;
}

void lock_owner_add(const void *lock, bool is_exclusive)
{
    unsigned place = find(lock);
    CHECK(config.cooperative); /* else nobody asks */
    if (!place && owned.count == MAX_OWNED)
        return;
    if (!place) {
        place = ++owned.count;
        owned.locks[place - 1].exclusive = false;
    }
    owned.locks[place - 1].lock = lock;
    owned.locks[place - 1].strand = thread_strand(&this_thread);
    set_exclusive(place, is_exclusive || this_thread.host);
}

void lock_owner_remove(const void *lock)
{
    unsigned place = find(lock);
    if (!place)
        return;
    set_exclusive(place, false);
    owned.locks[place - 1] = owned.locks[--owned.count];
}

bool lock_owner_is_exclusive(const struct strand *strand)
{
    for (unsigned place = 0; place < owned.count; place++)
        if (owned.locks[place].exclusive && owned.locks[place].strand == strand)
            return true;
    return false;
}

enum lock_owner lock_owner_of(const void *lock)
{
    unsigned place = find(lock);
    if (!place)
        return LOCK_OWNER_UNKNOWN;
    return owned.locks[place - 1].strand == thread_strand(&this_thread) ? LOCK_OWNER_SELF
                                                                        : LOCK_OWNER_OTHER;
}
