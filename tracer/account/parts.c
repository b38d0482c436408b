#include "account/parts.h"

#include "base/memory.h"
#include "model/mark.h"

#include <stdlib.h>

static struct part_stay *stay_of(struct parts *parts, const struct mark *mark)
{
    parts->stays = memory_reach(parts->stays, mark->number, &parts->capacity, sizeof *parts->stays);
    return &parts->stays[mark->number];
}

/* U1 */
static void begin_part(struct listener *listener, const struct mark *mark, bool named,
                       uint64_t time)
{
    struct part_stay *stay = stay_of((struct parts *)listener, mark);
    stay->count += named;
    if (!stay->inside++)
        stay->since = time;
}

/* U1, U2 */
static void leave_part(struct listener *listener, const struct mark *mark, uint64_t since,
                       uint64_t time)
{
    struct part_stay *stay = stay_of((struct parts *)listener, mark);
    if (stay->longest < time - since)
        stay->longest = time - since;
    if (!--stay->inside)
        stay->wall += time - stay->since;
}

void parts_begin(struct parts *parts)
{
    *parts = (struct parts){.listener = {.part_begun = begin_part, .part_left = leave_part}};
}

const struct part_stay *parts_stay(const struct parts *parts, const struct mark *mark)
{
    return &parts->stays[mark->number];
}

void parts_finish(struct parts *parts)
{
    free(parts->stays);
}
