#include "python/greenlets.h"

#include "sys/elf.h"

#include <string.h>

static unsigned long long searched; /* elf_loaded_count() of the last search in vain */
static bool found;

/* "_greenlet.cpython-311-x86_64-linux-gnu.so"; before greenlet 1.0 without the underscore. */
bool greenlets_are_in(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    name += *name == '_';
    return strncmp(name, "greenlet.", strlen("greenlet.")) == 0;
}

static bool look_at(const struct dl_phdr_info *object, void *unused)
{
    (void)unused;
    if (!greenlets_are_in(object->dlpi_name))
        return false;
    __atomic_store_n(&found, true, __ATOMIC_RELAXED);
    return true;
}

bool greenlets_find(void)
{
    if (!__atomic_load_n(&found, __ATOMIC_RELAXED)) {
        unsigned long long loaded = elf_loaded_count();
        if (loaded == __atomic_load_n(&searched, __ATOMIC_RELAXED))
            return false;
        elf_each_object(look_at, NULL);
        __atomic_store_n(&searched, loaded, __ATOMIC_RELAXED);
    }
    return __atomic_load_n(&found, __ATOMIC_RELAXED);
}
