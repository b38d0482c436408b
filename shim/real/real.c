#include "real/real.h"

#include <dlfcn.h>
#include <stddef.h>

void *real_functions[CALL_COUNT];

/*
 * libc may have two bodies of a function, and dlsym does not promise which one it finds. Programs
 * are linked with the newest: on x86-64 a condition variable has had another layout once.
 */
static const char *version_of(enum call_id id)
{
#ifdef __x86_64__
    return call_infos[id].flags & GLIBC_2_3_2 ? "GLIBC_2.3.2" : NULL;
#else
    (void)id;
    return NULL;
#endif
}

void *real_look_up(enum call_id id)
{
    const char *version = version_of(id);
    void *found = version ? dlvsym(RTLD_NEXT, call_infos[id].name, version)
                          : dlsym(RTLD_NEXT, call_infos[id].name);
    __atomic_store_n(&real_functions[id], found, __ATOMIC_RELAXED);
    return found;
}
