/*
 * greenlets.c: nobody writes down since when a greenlet is suspended. But one that has run comes
 * back with another C stack (remote_greenlet.state), so what is the same in look after look has not
 * run: one that hangs is told from those that sleep again and again in the same line.
 */
#include "live/greenlets.h"

#include "base/memory.h"

#include <stdlib.h>

struct seen {
    uint64_t state, since; /* ns */
    uint64_t look;         /* the number of the last look that saw it */
};

static void note(struct live_greenlets *greenlets, const struct remote_greenlet *greenlet,
                 uint64_t now)
{
    struct seen *seen = map_get(&greenlets->seen, greenlet->object);
    if (!seen) {
        seen = memory_alloc(1, sizeof *seen);
        map_put(&greenlets->seen, greenlet->object, seen);
    }
    if (seen->state != greenlet->state || seen->look + 1 != greenlets->looks)
        seen->since = now;
    seen->state = greenlet->state;
    seen->look = greenlets->looks;
}

void live_greenlets_look(struct live_greenlets *greenlets, pid_t process, uint64_t now)
{
    remote_greenlets_free(&greenlets->last);
    remote_greenlets_read(&greenlets->last, process);
    greenlets->looks++;
    for (size_t i = 0; i < greenlets->last.count; i++)
        note(greenlets, &greenlets->last.items[i], now);
}

double live_greenlets_unchanged(const struct live_greenlets *greenlets,
                                const struct remote_greenlet *greenlet, uint64_t now)
{
    const struct seen *seen = map_get(&greenlets->seen, greenlet->object);
    return seen && seen->state ? (double)(now - seen->since) / 1e9 : -1;
}

void live_greenlets_finish(struct live_greenlets *greenlets)
{
    size_t position = 0;
    for (struct seen *seen; (seen = map_next(&greenlets->seen, &position));)
        free(seen);
    map_clear(&greenlets->seen);
    remote_greenlets_free(&greenlets->last);
}
