#include "account/attempts.h"

#include "base/map.h"

static bool is_of(const struct attempt *attempt, const char *host, const struct caller *caller)
{
    return attempt->host == host && attempt->caller.thread == caller->thread &&
           attempt->caller.task == caller->task;
}

struct attempt *attempts_find(struct attempts *attempts, const char *host,
                              const struct caller *caller, struct attempt *replaced)
{
    uint64_t hash = map_mix(map_mix((uintptr_t)host, caller->thread), caller->task);
    struct attempt *attempt = &attempts->items[hash % ATTEMPTS_MAX];
    *replaced = (struct attempt){0};
    if (is_of(attempt, host, caller))
        return attempt;
    *replaced = *attempt;
    *attempt = (struct attempt){.host = host, .caller = *caller};
    return attempt;
}

void attempt_fail(struct attempt *attempt, uint64_t since, uint64_t until, uint64_t lookup)
{
    if (!attempt->failed) {
        attempt->since = since;
        attempt->lookup = lookup;
    }
    attempt->failed = true;
    attempt->until = until;
}
