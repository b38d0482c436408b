/*
 * Which C++ runtime serves a caller. The loader binds a name to the first object of the program's
 * global scope that defines it, else to one that the caller's own object needs.
 */
#include "real/cxx.h"
#include "real/real.h"
#include "sys/self.h"
#include "sys/table.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

struct search {
    const char *name;
    void *found;
    unsigned count;
};

static bool look(const struct dl_phdr_info *object, void *argument)
{
    struct search *search = argument;
    void *found = elf_find(object, search->name);
    if (!found || self_contains(found))
        return false;
    if (!search->count++)
        search->found = found;
    return false;
}

/* With several runtimes, or one whose names the objects do not show in the usual way, the loader is
 * asked: RTLD_NEXT is the global scope behind this library. */
static void *find_among_several(const char *name, const void *caller)
{
    Dl_info info;
    void *found = dlsym(RTLD_NEXT, name);
    void *object = !found && dladdr(caller, &info) && info.dli_fname
                       ? dlopen(info.dli_fname, RTLD_NOLOAD | RTLD_LAZY)
                       : NULL;
    if (!object)
        return found;
    found = dlsym(object, name);
    dlclose(object);
    return found && !self_contains(found) ? found : NULL;
}

/* Stays right as long as nothing is loaded; few programs ever have a second runtime. */
static TABLE struct {
    uint64_t version; /* elf_objects_version(), and 1; 0: none */
    void *function;
} only[CALL_COUNT];

void *cxx_find(enum call_id id, const void *caller)
{
    uint64_t version = elf_objects_version() + 1;
    if (__atomic_load_n(&only[id].version, __ATOMIC_ACQUIRE) == version)
        return __atomic_load_n(&only[id].function, __ATOMIC_RELAXED);
    struct search search = {call_infos[id].name, NULL, 0};
    elf_each_object(look, &search);
    if (search.count != 1) {
        void *found = find_among_several(search.name, caller);
        return found ? found : search.found;
    }
    __atomic_store_n(&only[id].function, search.found, __ATOMIC_RELAXED);
    __atomic_store_n(&only[id].version, version, __ATOMIC_RELEASE);
    return search.found;
}
