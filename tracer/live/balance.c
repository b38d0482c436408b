#include "live/balance.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Of a thread, by /proc/PID/task/TID/schedstat. */
struct used {
    uint64_t computed, queued; /* ns */
    size_t look;               /* at which it was seen last */
};

static bool read_used(struct used *used, pid_t process, pid_t thread)
{
    char text[64];
    return live_thread_read_file(process, thread, "schedstat", text, sizeof text) &&
           sscanf(text, "%" SCNu64 " %" SCNu64, &used->computed, &used->queued) == 2;
}

/* A thread counts from the second look that finds it. */
static void look_at(struct live_balance *balance, pid_t process, pid_t number, double passed)
{
    struct used now, *before = map_get(&balance->threads, (uint64_t)number);
    if (!read_used(&now, process, number))
        return;
    now.look = balance->count;
    if (!before) {
        before = memory_alloc(1, sizeof *before);
        map_put(&balance->threads, (uint64_t)number, before);
    } else if (before->look + 1 == now.look) {
        balance->sums.all += passed;
        balance->sums.computed += (double)(now.computed - before->computed) / 1e9;
        balance->sums.queued += (double)(now.queued - before->queued) / 1e9;
    }
    *before = now;
}

void live_balance_look(struct live_balance *balance, pid_t process,
                       const struct live_threads *threads, double at)
{
    double passed = balance->count ? at - balance->sums.at : 0;
    balance->sums.at = at;
    for (size_t i = 0; i < threads->count; i++)
        look_at(balance, process, threads->items[i].number, passed);
    balance->looks[balance->count++ % BALANCE_LOOKS] = balance->sums;
}

struct balance_sums live_balance_last(const struct live_balance *balance)
{
    if (balance->count < 2)
        return (struct balance_sums){0};
    size_t oldest = balance->count < BALANCE_LOOKS ? 0 : balance->count - BALANCE_LOOKS;
    const struct balance_sums *from = &balance->looks[oldest % BALANCE_LOOKS];
    const struct balance_sums *to = &balance->sums;
    return (struct balance_sums){to->at - from->at, to->all - from->all,
                                 to->computed - from->computed, to->queued - from->queued};
}

void live_balance_finish(struct live_balance *balance)
{
    size_t position = 0;
    for (struct used *used; (used = map_next(&balance->threads, &position));)
        free(used);
    map_clear(&balance->threads);
}
