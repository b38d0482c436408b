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
};

static void note(struct live_greenlets *greenlets, struct map *before,
                 const struct remote_greenlet *greenlet, uint64_t now)
{
    if (map_get(&greenlets->seen, greenlet->object))
        return;
    struct seen *seen = map_remove(before, greenlet->object);
    if (!seen)
        seen = memory_alloc(1, sizeof *seen);
    if (seen->state != greenlet->state || !seen->since)
        seen->since = now;
    seen->state = greenlet->state;
    map_put(&greenlets->seen, greenlet->object, seen);
}

static void forget(struct map *seen)
{
    size_t position = 0;
    for (struct seen *each; (each = map_next(seen, &position));)
        free(each);
    map_clear(seen);
}

/* What the last look did not see is forgotten: another greenlet may be there next. */
void live_greenlets_look(struct live_greenlets *greenlets, pid_t process, uint64_t now)
{
    struct map before = greenlets->seen;
    greenlets->seen = (struct map){0};
    remote_greenlets_free(&greenlets->last);
    remote_greenlets_read(&greenlets->last, process);
    for (size_t i = 0; i < greenlets->last.count; i++)
        note(greenlets, &before, &greenlets->last.items[i], now);
    forget(&before);
}

double live_greenlets_unchanged(const struct live_greenlets *greenlets,
                                const struct remote_greenlet *greenlet, uint64_t now)
{
    const struct seen *seen = map_get(&greenlets->seen, greenlet->object);
    return seen && seen->state ? (double)(now - seen->since) / 1e9 : -1;
}

void live_greenlets_finish(struct live_greenlets *greenlets)
{
    forget(&greenlets->seen);
    remote_greenlets_free(&greenlets->last);
}
