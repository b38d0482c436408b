/*
 * calls.h: the numbers, names and roles of the hooked functions, from hooks.def.
 */
#ifndef REAL_CALLS_H
#define REAL_CALLS_H

#include <stdbool.h>

enum call_id {
#define HOOK(symbol, covered_by, family, library, role, flags) CALL_##symbol,
#include "hooks.def"
    CALL_COUNT
};

enum call_family {
#define FAMILY(name) FAMILY_##name,
#include "hooks.def"
    FAMILY_COUNT,
    FAMILY_own = FAMILY_COUNT
};

enum call_role {
#define ROLE(name) ROLE_##name,
#include "hooks.def"
    ROLE_COUNT
};

enum call_flag {
    LOGGED_ONLY = 1,
    GLIBC_2_3_2 = 2,
    LOGGED_IF_LONG = LOGGED_ONLY | 4,
};

struct call_info {
    const char *name;
    unsigned short covered_by; /* enum call_id */
    unsigned char family;      /* enum call_family */
    unsigned char role;        /* enum call_role */
    unsigned char flags;       /* enum call_flag */
};

extern const struct call_info call_infos[CALL_COUNT];
extern const char *const family_names[FAMILY_COUNT];
extern const char *const role_names[ROLE_COUNT];

static inline enum call_role call_role(enum call_id id)
{
    return (enum call_role)call_infos[id].role;
}

/* Whether it moves bytes of a descriptor, or of the connection above it, in or out. */
static inline bool call_role_reads(enum call_role role)
{
    return role == ROLE_READ || role == ROLE_READ_MANY || role == ROLE_STDIO ||
           role == ROLE_TLS_READ || role == ROLE_TLS_PEEK;
}

static inline bool call_role_writes(enum call_role role)
{
    return role == ROLE_WRITE || role == ROLE_WRITE_MANY || role == ROLE_TLS_WRITE;
}

/* Whether it is never parked, whoever calls it. */
static inline bool call_is_logged_only(enum call_id id)
{
    return call_infos[id].flags & LOGGED_ONLY;
}

#endif
