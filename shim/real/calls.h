/*
 * calls.h: the numbers, names and roles of the hooked functions, from hooks.def.
 */
#ifndef REAL_CALLS_H
#define REAL_CALLS_H

#include <stdbool.h>
#include <stdint.h>

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
_Static_assert(ROLE_COUNT <= 64, "sets of roles are the bits of a word");

enum call_flag {
    LOGGED_ONLY = 1,
    GLIBC_2_3_2 = 2,
    LOGGED_IF_LONG = LOGGED_ONLY | 4,
};

/* The name is no pointer, which each process would have to relocate. */
struct call_info {
    char name[27];
    unsigned char flags;       /* enum call_flag */
    unsigned short covered_by; /* enum call_id */
    unsigned char family;      /* enum call_family */
    unsigned char role;        /* enum call_role */
};

extern const struct call_info call_infos[CALL_COUNT] __attribute__((visibility("hidden")));
extern const char *const family_names[FAMILY_COUNT];

static inline enum call_role call_role(enum call_id id)
{
    return (enum call_role)call_infos[id].role;
}

/* The same, and a constant of one that is. */
static inline enum call_role call_role_of(enum call_id id)
{
    switch (id) {
#define HOOK(symbol, covered_by, family, library, role, flags) \
case CALL_##symbol:                                            \
    return ROLE_##role;
#include "hooks.def"
    default:
        return ROLE_NONE;
    }
}

#define ROLE_BIT(name) (UINT64_C(1) << ROLE_##name)
#define ROLES_READING                                                              \
    (ROLE_BIT(READ) | ROLE_BIT(READ_MANY) | ROLE_BIT(STDIO) | ROLE_BIT(TLS_READ) | \
     ROLE_BIT(TLS_PEEK))
#define ROLES_WRITING (ROLE_BIT(WRITE) | ROLE_BIT(WRITE_MANY) | ROLE_BIT(TLS_WRITE))

static inline bool call_role_is_of(enum call_role role, uint64_t roles)
{
    return roles >> role & 1;
}

/* Whether it moves bytes of a descriptor, or of the connection above it, in or out. */
static inline bool call_role_reads(enum call_role role)
{
    return call_role_is_of(role, ROLES_READING);
}

static inline bool call_role_writes(enum call_role role)
{
    return call_role_is_of(role, ROLES_WRITING);
}

static inline bool call_role_moves(enum call_role role)
{
    return call_role_is_of(role, ROLES_READING | ROLES_WRITING);
}

/* The same, and there is nothing else to look at before or after the call. */
static inline bool call_role_moves_alone(enum call_role role)
{
    return call_role_is_of(role, (ROLES_READING | ROLES_WRITING) & ~ROLE_BIT(TLS_WRITE));
}

/* Whether it is never parked, whoever calls it. */
static inline bool call_is_logged_only(enum call_id id)
{
    return call_infos[id].flags & LOGGED_ONLY;
}

#endif
