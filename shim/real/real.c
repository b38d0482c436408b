#include "real/real.h"

#include "sys/elf.h"
#include "sys/table.h"

#include <dlfcn.h>
#include <stddef.h>

SMALL_TABLE void *real_functions[CALL_COUNT];

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

static bool take_libc(const struct dl_phdr_info *object, void *libc)
{
    if (!elf_find(object, "__libc_start_main"))
        return false;
    *(struct dl_phdr_info *)libc = *object;
    return true;
}

/* Only what is there: a look-up in vain would allocate, and change the program's dlerror(). */
void real_look_up_all(void)
{
    struct dl_phdr_info libc;
    if (!elf_each_object(take_libc, &libc))
        return;
    for (int id = 0; id < CALL_COUNT; id++)
        if (!real_functions[id] && elf_find(&libc, call_infos[id].name))
            real_look_up((enum call_id)id);
}
