#include "host/fall_through.h"

static uint64_t counts[FALL_COUNT];

static const char *const names[FALL_COUNT] = {
    [FALL_NO_PYTHON] = "fell through: interpreter not available",
    [FALL_NO_HUB] = "fell through: thread without a hub",
    [FALL_IN_HUB] = "fell through: in the hub itself",
    [FALL_STANDARD_STREAM] = "fell through: standard stream",
    [FALL_EXCLUSIVE] = "fell through: in an RLock, an import or a buffered write",
    [FALL_FORKED] = "fell through: forked child whose hub has not run",
    [FALL_FAILED] = "fell through: the hub refused",
};

void fall_through_add(enum fall_through reason)
{
    __atomic_fetch_add(&counts[reason], 1, __ATOMIC_RELAXED);
}

uint64_t fall_through_count(enum fall_through reason)
{
    return __atomic_load_n(&counts[reason], __ATOMIC_RELAXED);
}

const char *fall_through_name(enum fall_through reason)
{
    return names[reason];
}
