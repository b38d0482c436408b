/*
 * greenlets.h: greenlets that do not run, looked at again and again: since when each is as it is.
 */
#ifndef LIVE_GREENLETS_H
#define LIVE_GREENLETS_H

#include "base/map.h"
#include "launch/remote_greenlets.h"

#include <stdint.h>
#include <sys/types.h>

/* All zeros before the first look. */
struct live_greenlets {
    struct remote_greenlets last;
    struct map seen; /* struct seen by the object's address, of those */
};

/* Looks once; `now` in ns. */
void live_greenlets_look(struct live_greenlets *greenlets, pid_t process, uint64_t now);

/* How long one of `last` has been seen as it is now, in s: it waits for so long at the least.
 * Negative: not known. */
double live_greenlets_unchanged(const struct live_greenlets *greenlets,
                                const struct remote_greenlet *greenlet, uint64_t now);

void live_greenlets_finish(struct live_greenlets *greenlets);

#endif
