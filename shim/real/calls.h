/*
 * calls.h: the numbers and names of the hooked functions, from hooks.def.
 */
#ifndef REAL_CALLS_H
#define REAL_CALLS_H

#include <stdbool.h>

enum call_id {
#define HOOK(symbol, covered_by, family, library) CALL_##symbol,
#include "hooks.def"
    CALL_COUNT
};

enum call_family {
#define FAMILY(name) FAMILY_##name,
#include "hooks.def"
    FAMILY_COUNT,
    FAMILY_own = FAMILY_COUNT
};

struct call_info {
    const char *name;
    unsigned char covered_by; /* enum call_id */
    unsigned char family;     /* enum call_family */
};

extern const struct call_info call_infos[CALL_COUNT];
extern const char *const family_names[FAMILY_COUNT];

/* Whether it waits for a semaphore. */
bool call_is_semaphore(enum call_id id);

#endif
